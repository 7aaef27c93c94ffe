"""A route table whose calls are sent again for want of an answer: AWS refuses what it has done already."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fargatectl.errors import FargatectlError
from tests.lifecycle.cases.route_table import to_another_table, to_the_main_table
from tests.lifecycle.networks import NAT
from tests.support.apps import Deployer
from tests.support.watched import Call, WatchedAws


def twice(_: Call, real: Callable[[], Any]) -> Any:
    real()
    return real()


@pytest.mark.parametrize(
    ("meddle", "operation"),
    [(to_the_main_table, "AssociateRouteTable"), (to_another_table, "ReplaceRouteTableAssociation")],
)
def test_a_subnet_that_came_over_by_a_call_without_an_answer_is_as_wanted(
    deployer: Deployer, moto_aws: WatchedAws, meddle: Callable[[WatchedAws], None], operation: str
) -> None:
    deployer.deployed(NAT)
    meddle(moto_aws)
    aws = deployer.aws()
    aws.rig("ec2", operation, twice)
    deployer.up(NAT, aws)
    assert operation in aws.writes
    assert deployer.plan(NAT).plan.documents() == []


def test_a_subnet_that_somebody_else_took_meanwhile_is_an_error(
    deployer: Deployer, moto_aws: WatchedAws
) -> None:
    """Not every refusal of the kind is our own call's: what is there decides."""
    deployer.deployed(NAT)
    to_the_main_table(moto_aws)
    aws = deployer.aws()

    def quicker(call: Call, real: Callable[[], Any]) -> Any:
        subnet = call.parameters["SubnetId"]
        [shown] = moto_aws.items("ec2", "DescribeSubnets", "Subnets", SubnetIds=[subnet])
        made = moto_aws.call("ec2", "CreateRouteTable", VpcId=shown["VpcId"])["RouteTable"]["RouteTableId"]
        moto_aws.call("ec2", "AssociateRouteTable", SubnetId=subnet, RouteTableId=made)
        return real()

    aws.rig("ec2", "AssociateRouteTable", quicker)
    with pytest.raises(FargatectlError, match="AlreadyAssociated"):
        deployer.up(NAT, aws)
