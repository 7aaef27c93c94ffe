"""GuardDuty's own endpoint in a VPC of the app keeps it: `down` says so, and does not wait for it in vain."""

from __future__ import annotations

from typing import Any

import pytest

from fargatectl.aws.errors import AwsError
from fargatectl.errors import ForeignError
from tests.lifecycle.networks import PUBLIC
from tests.support.apps import Deployer
from tests.support.watched import Call, WatchedAws


@pytest.mark.parametrize("operation", ["DeleteSubnet", "DeleteVpc"])
def test_it_is_named_with_what_to_do(deployer: Deployer, moto_aws: WatchedAws, operation: str) -> None:
    deployer.up(PUBLIC)
    (vpc,) = moto_aws.call(
        "ec2", "DescribeVpcs", Filters=[{"Name": "tag:fargatectl:app", "Values": ["shop"]}]
    )["Vpcs"]
    made = moto_aws.call(
        "ec2", "CreateVpcEndpoint", VpcEndpointType="Interface", VpcId=vpc["VpcId"],
        ServiceName="com.amazonaws.us-east-1.guardduty-data",
    )["VpcEndpoint"]["VpcEndpointId"]  # fmt: skip
    asked: list[str] = []

    def refuse(_: Call, real: Any) -> Any:
        asked.append(operation)
        raise AwsError("DependencyViolation", "has dependencies.", "ec2", operation)

    aws = deployer.aws()
    aws.rig("ec2", operation, refuse)
    with pytest.raises(ForeignError, match=f"GuardDuty has put {made} into the VPC") as caught:
        deployer.down(PUBLIC, aws)
    assert made in caught.value.hint
    assert len(asked) == (2 if operation == "DeleteSubnet" else 1)  # once for each


def test_what_else_is_inside_is_waited_for(deployer: Deployer) -> None:
    deployer.up(PUBLIC)
    asked: list[str] = []

    def refuse(_: Call, real: Any) -> Any:
        asked.append("DeleteVpc")
        if len(asked) <= 2:
            raise AwsError("DependencyViolation", "has dependencies.", "ec2", "DeleteVpc")
        return real()

    aws = deployer.aws()
    aws.rig("ec2", "DeleteVpc", refuse)
    deployer.down(PUBLIC, aws)
    assert len(asked) == 3
