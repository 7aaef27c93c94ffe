"""`ssm.secret`."""

from __future__ import annotations

from collections.abc import Iterator

from tests.lifecycle.case import Case, Drift, Thing
from tests.lifecycle.common import ACCOUNT, call
from tests.support.watched import WatchedAws

NAME = "/fargatectl/shop/default/secrets/SESSION_KEY"
SPEC = """\
app: shop
services:
  web:
    image: public.example/web:1
    secrets: {SESSION_KEY: "generated:SESSION_KEY"}
"""


def things(aws: WatchedAws) -> Iterator[Thing]:
    for one in aws.items("ssm", "DescribeParameters", "Parameters"):
        if not one["Name"].endswith("/lock"):
            tags = aws.call("ssm", "ListTagsForResource", ResourceType="Parameter", ResourceId=one["Name"])
            yield Thing(one["Name"], one, {tag["Key"]: tag["Value"] for tag in tags["TagList"]})


CASE = Case(
    kind="ssm.secret",
    id="SESSION_KEY",
    spec=SPEC,
    things=things,
    made_by=("ssm:PutParameter",),
    removed_by=("ssm:DeleteParameter",),
    fixed={"account": ACCOUNT},
    removal=Drift(
        "it is deleted",
        call("ssm", "DeleteParameter", Name=NAME),
        also=[("update", "ecs.service", ["changed_secrets"])],
    ),
    cannot={
        "foreign": "ssm:DescribeParameters shows no tags: what lies in the app's own folder is the app's.",
        "prune": "ssm:DeleteParameter is only called at somebody's word: the value is theirs.",
    },
)
