"""A look that asks everything in the first round sees what the other one sees."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from fargatectl import operations
from fargatectl.errors import ForeignError
from tests.support.apps import ONE, Deployer
from tests.support.watched import WatchedAws


def plans(deployer: Deployer, text: str = ONE) -> list[Any]:
    """What `plan` says, asked either way."""
    loaded = deployer.load(text)
    app = deployer.app(loaded)
    return [
        operations.plan(deployer.run(loaded), app, at_once=at_once).plan.documents()
        for at_once in (False, True)
    ]


def test_of_nothing_of_all_and_of_a_change(deployer: Deployer) -> None:
    lazy, eager = plans(deployer)
    assert eager == lazy
    assert len(eager) > 5
    deployer.up()
    assert plans(deployer) == [[], []]
    lazy, eager = plans(deployer, ONE.replace("hello", "good day"))
    assert eager == lazy
    assert [one["kind"] for one in eager] == ["ecs.task_definition", "ecs.service"]


def _role(aws: WatchedAws) -> None:
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    aws.call("iam", "CreateRole", RoleName="shop-execution-us-east-1", AssumeRolePolicyDocument=document)


def _group(aws: WatchedAws) -> None:
    vpc = aws.call("ec2", "DescribeVpcs")["Vpcs"][0]["VpcId"]
    aws.call("ec2", "CreateSecurityGroup", GroupName="shop-web", Description="theirs", VpcId=vpc)


@pytest.mark.parametrize("put", [_role, _group])
def test_somebody_elses_of_our_name_is_seen(
    deployer: Deployer, moto_aws: WatchedAws, put: Callable[[WatchedAws], None]
) -> None:
    put(moto_aws)
    loaded = deployer.load(ONE)
    with pytest.raises(ForeignError, match="not ours"):
        operations.plan(deployer.run(loaded), deployer.app(loaded), at_once=True)


def test_a_group_of_our_name_in_another_vpc_is_none_of_ours(deployer: Deployer, moto_aws: WatchedAws) -> None:
    other = moto_aws.call("ec2", "CreateVpc", CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    moto_aws.call("ec2", "CreateSecurityGroup", GroupName="shop-web", Description="theirs", VpcId=other)
    lazy, eager = plans(deployer)
    assert eager == lazy
