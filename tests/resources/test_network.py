"""Where tasks run: the default VPC, a named one, named subnets; and what is said when there is none."""

from __future__ import annotations

from typing import Any

import pytest

from fargatectl.errors import ExitCode, UsageError
from tests.support.apps import ONE, Deployer
from tests.support.watched import WatchedAws


def network(text: str) -> str:
    return ONE.replace("services:", f"network: {text}\nservices:")


def made_vpc(aws: WatchedAws, *, subnets: int = 2, public: int = 1) -> tuple[str, list[str]]:
    """A VPC with so many subnets, of which so many route to an internet gateway."""
    vpc = aws.call("ec2", "CreateVpc", CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    gateway = aws.call("ec2", "CreateInternetGateway")["InternetGateway"]["InternetGatewayId"]
    aws.call("ec2", "AttachInternetGateway", InternetGatewayId=gateway, VpcId=vpc)
    table = aws.call("ec2", "CreateRouteTable", VpcId=vpc)["RouteTable"]["RouteTableId"]
    aws.call("ec2", "CreateRoute", RouteTableId=table, GatewayId=gateway, DestinationCidrBlock="0.0.0.0/0")
    ids = []
    for number in range(subnets):
        subnet = aws.call("ec2", "CreateSubnet", VpcId=vpc, CidrBlock=f"10.0.{number}.0/24")["Subnet"][
            "SubnetId"
        ]
        ids.append(subnet)
        if number < public:
            aws.call("ec2", "AssociateRouteTable", RouteTableId=table, SubnetId=subnet)
    return vpc, ids


def subnets_of(aws: WatchedAws) -> list[str]:
    (request,) = aws.of("CreateService")
    ids: list[str] = request["networkConfiguration"]["awsvpcConfiguration"]["subnets"]
    return sorted(ids)


def test_the_default_vpcs_subnets(deployer: Deployer, moto_aws: WatchedAws) -> None:
    aws = deployer.aws()
    deployer.up(aws=aws)
    default = [
        one["SubnetId"] for one in moto_aws.items("ec2", "DescribeSubnets", "Subnets") if one["DefaultForAz"]
    ]
    assert subnets_of(aws) == sorted(default)


def test_a_named_vpcs_public_subnets(deployer: Deployer, moto_aws: WatchedAws) -> None:
    vpc, ids = made_vpc(moto_aws)
    aws = deployer.aws()
    deployer.up(network(f"{{vpc: {vpc}}}"), aws)
    assert subnets_of(aws) == ids[:1]
    assert aws.of("CreateSecurityGroup")[0]["VpcId"] == vpc


def test_named_subnets(deployer: Deployer, moto_aws: WatchedAws) -> None:
    _, ids = made_vpc(moto_aws)
    aws = deployer.aws()
    deployer.up(network(f"{{subnets: [{', '.join(ids)}]}}"), aws)
    assert subnets_of(aws) == sorted(ids)


@pytest.mark.parametrize("wrong", ["no such subnet", "no public subnet", "two VPCs", "no default VPC"])
def test_a_network_that_cannot_be_is_refused_before_anything_is_made(
    deployer: Deployer, moto_aws: WatchedAws, wrong: str
) -> None:
    text, said = _wrong(moto_aws, wrong)
    aws = deployer.aws()
    with pytest.raises(UsageError, match=said) as caught:
        deployer.up(text, aws)
    assert caught.value.exit_code == ExitCode.USAGE
    assert caught.value.hint
    assert aws.writes == []


def _wrong(aws: WatchedAws, wrong: str) -> tuple[str, Any]:
    if wrong == "no such subnet":
        return network("{subnets: [subnet-0123456789abcdef0]}"), "subnet-0123456789abcdef0"
    if wrong == "no public subnet":
        vpc, _ = made_vpc(aws, public=0)
        return network(f"{{vpc: {vpc}}}"), f"{vpc} in us-east-1 has no public subnet"
    if wrong == "two VPCs":
        ids = [made_vpc(aws)[1][0], made_vpc(aws)[1][0]]
        return network(f"{{subnets: [{', '.join(ids)}]}}"), " and "
    for one in list(aws.items("ec2", "DescribeSubnets", "Subnets")):
        aws.call("ec2", "DeleteSubnet", SubnetId=one["SubnetId"])
    for one in list(aws.items("ec2", "DescribeVpcs", "Vpcs")):
        aws.call("ec2", "DeleteVpc", VpcId=one["VpcId"])
    return ONE, "no default VPC in us-east-1"
