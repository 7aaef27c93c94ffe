"""`logs.log_group`."""

from __future__ import annotations

from collections.abc import Iterator

from tests.lifecycle.case import Case, Drift, Thing
from tests.lifecycle.common import ACCOUNT, call, given
from tests.support.watched import WatchedAws

NAME = "/ecs/shop"


def things(aws: WatchedAws) -> Iterator[Thing]:
    for group in aws.items("logs", "DescribeLogGroups", "logGroups"):
        arn = group["arn"].removesuffix(":*")
        yield Thing(
            group["logGroupName"], group, aws.call("logs", "ListTagsForResource", resourceArn=arn)["tags"]
        )


CASE = Case(
    kind="logs.log_group",
    id="app",
    things=things,
    made_by=("logs:CreateLogGroup", "logs:PutRetentionPolicy"),
    removed_by=("logs:DeleteLogGroup",),
    drifts={
        "retention_days": (
            Drift("it is taken away", call("logs", "DeleteRetentionPolicy", logGroupName=NAME)),
            Drift(
                "it is shortened", call("logs", "PutRetentionPolicy", logGroupName=NAME, retentionInDays=1)
            ),
        )
    },
    fixed={
        "account": ACCOUNT,
        "kms_key": "logs:AssociateKmsKey changes it: tests/app/test_kms.py does, and finds it put back.",
        "log_class": "logs:CreateLogGroup alone sets a class",
    },
    foreign=lambda aws, tags: aws.call("logs", "CreateLogGroup", logGroupName=NAME, **given(tags=tags)),
    removal=Drift("it is deleted", call("logs", "DeleteLogGroup", logGroupName=NAME)),
)
