"""`sts.account`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from tests.lifecycle.case import LookedUp, Thing
from tests.lifecycle.cases.network import by_subnets
from tests.support.apps import ONE
from tests.support.watched import ACCOUNT, REGION, WatchedAws

OUTPUTS = {"id": ACCOUNT, "region": REGION, "partition": "aws"}


def things(aws: WatchedAws) -> Iterator[Thing]:
    answer = aws.call("sts", "GetCallerIdentity")
    yield Thing(answer["Account"], {"Arn": answer["Arn"]})


def used(aws: WatchedAws) -> Mapping[str, str]:
    """Whose tasks alone may assume the roles."""
    trusts = {request["AssumeRolePolicyDocument"] for request in aws.of("CreateRole")}
    (statement,) = json.loads(trusts.pop())["Statement"]
    _, partition, _, region, account, _ = statement["Condition"]["ArnLike"]["aws:SourceArn"].split(":")
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": account}
    assert not trusts
    return {"id": account, "region": region, "partition": partition}


CASE = LookedUp(
    kind="sts.account",
    id="account",
    found={
        "by the default VPC's owner": lambda _: (ONE, OUTPUTS),
        "by STS, where subnets are named": lambda aws: (by_subnets(aws)[0], OUTPUTS),
    },
    used=used,
    things=things,
    never_missing="sts:GetCallerIdentity answers whoever has valid credentials; others end with exit code 5.",
)
