"""`ecr.repository`."""

from __future__ import annotations

from collections.abc import Iterator

from fargatectl.resources._tags import read, upper
from tests.lifecycle.case import Case, Drift, Thing
from tests.lifecycle.cases.image import ROLLED_OUT
from tests.lifecycle.common import ACCOUNT, call, given
from tests.support.apps import ONE
from tests.support.watched import WatchedAws

HERE = {"repositoryName": "shop"}
KEEP_ONE = (
    '{"rules":[{"rulePriority":1,"selection":{"tagStatus":"any","countType":"imageCountMoreThan",'
    '"countNumber":1},"action":{"type":"expire"}}]}'
)


def things(aws: WatchedAws) -> Iterator[Thing]:
    for repository in aws.items("ecr", "DescribeRepositories", "repositories"):
        tags = aws.call("ecr", "ListTagsForResource", resourceArn=repository["repositoryArn"])["tags"]
        yield Thing(repository["repositoryName"], repository, read(tags))


CASE = Case(
    kind="ecr.repository",
    id="shop",
    things=things,
    made_by=("ecr:CreateRepository", "ecr:PutLifecyclePolicy"),
    removed_by=("ecr:DeleteRepository",),
    drifts={
        "tag_mutability": (
            Drift(
                "tags become mutable",
                call("ecr", "PutImageTagMutability", imageTagMutability="MUTABLE", **HERE),
            ),
        ),
        "scan_on_push": (
            Drift(
                "scanning is switched off",
                call(
                    "ecr", "PutImageScanningConfiguration",
                    imageScanningConfiguration={"scanOnPush": False}, **HERE,
                ),
            ),
        ),
        "lifecycle": (
            Drift("it is removed", call("ecr", "DeleteLifecyclePolicy", **HERE)),
            Drift(
                "it keeps less", call("ecr", "PutLifecyclePolicy", lifecyclePolicyText=KEEP_ONE, **HERE)
            ),
        ),
    },
    fixed={"account": ACCOUNT},
    foreign=lambda aws, tags: aws.call("ecr", "CreateRepository", **HERE, **given(tags=upper(tags))),
    removal=Drift(
        "it is deleted, images and all",
        call("ecr", "DeleteRepository", force=True, **HERE),
        also=[("create", "ecr.image", []), *ROLLED_OUT],
    ),
    without=ONE.replace("services:", "repository: other\nservices:"),
)  # fmt: skip
