"""`ecr.image`."""

from __future__ import annotations

from collections.abc import Iterator

from tests.lifecycle.case import Case, Drift, Thing
from tests.support.watched import WatchedAws


def things(aws: WatchedAws) -> Iterator[Thing]:
    for repository in aws.items("ecr", "DescribeRepositories", "repositories"):
        name = repository["repositoryName"]
        for image in aws.items("ecr", "ListImages", "imageIds", repositoryName=name):
            yield Thing(f"{name}:{image.get('imageTag', image['imageDigest'])}", image)


def remove(aws: WatchedAws) -> None:
    images = list(aws.items("ecr", "ListImages", "imageIds", repositoryName="shop"))
    aws.call("ecr", "BatchDeleteImage", repositoryName="shop", imageIds=images)


# The digest of what will be pushed is not known before.
ROLLED_OUT = [
    ("update", "ecs.task_definition", ["image"]),
    ("update", "ecs.service", ["task_definition"]),
]

CASE = Case(
    kind="ecr.image",
    id="web",
    things=things,
    made_by=("ecr:PutImage",),  # stands for Docker Engine's push, which ends with it
    removed_by=(),
    removal=Drift("it is deleted", remove, also=ROLLED_OUT),
    cannot={
        "foreign": "ecr:PutImage wrote it into a repository of ours, under a tag made of its content.",
        "tags": "ecr:TagResource takes repositories only: images carry no AWS tags.",
        "prune": "ecr:PutLifecyclePolicy made ECR expire the oldest; those to roll back to must stay.",
        "delete": "ecr:DeleteRepository with force removes a repository's images too.",
        "repetition": "ecr:PutImage is Docker Engine's call, and its push protocol takes a repetition.",
    },
)
