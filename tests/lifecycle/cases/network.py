"""`ec2.network`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fargatectl.resources._tags import read
from tests.lifecycle.case import LookedUp, Thing
from tests.support.apps import ONE
from tests.support.watched import WatchedAws


def things(aws: WatchedAws) -> Iterator[Thing]:
    for vpc in aws.items("ec2", "DescribeVpcs", "Vpcs"):
        yield Thing(vpc["VpcId"], vpc, read(vpc.get("Tags")))
    for subnet in aws.items("ec2", "DescribeSubnets", "Subnets"):
        yield Thing(subnet["SubnetId"], subnet, read(subnet.get("Tags")))
    for table in aws.items("ec2", "DescribeRouteTables", "RouteTables"):
        yield Thing(table["RouteTableId"], table, read(table.get("Tags")))


def spec(text: str) -> str:
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


def outputs(aws: WatchedAws, vpc: str, ids: list[str]) -> dict[str, str]:
    """Of a network that was looked up: its public subnets are the same; and the first of each zone."""
    shown = sorted(
        aws.call("ec2", "DescribeSubnets", SubnetIds=ids)["Subnets"], key=lambda one: str(one["SubnetId"])
    )
    zones = {one["AvailabilityZone"]: one["SubnetId"] for one in reversed(shown)}
    every = ",".join(ids)
    return {"vpc": vpc, "subnets": every, "public_subnets": every, "zonal_subnets": ",".join(zones.values())}


def default(aws: WatchedAws) -> tuple[str, Mapping[str, str]]:
    subnets = [one for one in aws.items("ec2", "DescribeSubnets", "Subnets") if one["DefaultForAz"]]
    ids = [one["SubnetId"] for one in sorted(subnets, key=lambda one: one["AvailabilityZone"])]
    return ONE, outputs(aws, subnets[0]["VpcId"], ids)


def by_vpc(aws: WatchedAws) -> tuple[str, Mapping[str, str]]:
    vpc, ids = made_vpc(aws)
    return spec(f"{{vpc: {vpc}}}"), outputs(aws, vpc, ids[:1])


def by_subnets(aws: WatchedAws) -> tuple[str, Mapping[str, str]]:
    vpc, ids = made_vpc(aws, public=2)
    return spec(f"{{subnets: [{', '.join(ids)}]}}"), outputs(aws, vpc, ids)


def used(aws: WatchedAws) -> Mapping[str, str]:
    (group,), (service,) = aws.of("CreateSecurityGroup"), aws.of("CreateService")
    subnets = service["networkConfiguration"]["awsvpcConfiguration"]["subnets"]
    return outputs(aws, group["VpcId"], subnets)


def no_public_subnet(aws: WatchedAws) -> tuple[str, str]:
    vpc, _ = made_vpc(aws, public=0)
    return spec(f"{{vpc: {vpc}}}"), f"{vpc} in us-east-1 has no public subnet"


def two_vpcs(aws: WatchedAws) -> tuple[str, str]:
    (one, first), (other, second) = made_vpc(aws), made_vpc(aws)
    return spec(f"{{subnets: [{first[0]}, {second[0]}]}}"), " and ".join(sorted([one, other]))


def no_default_vpc(aws: WatchedAws) -> tuple[str, str]:
    for one in list(aws.items("ec2", "DescribeSubnets", "Subnets")):
        aws.call("ec2", "DeleteSubnet", SubnetId=one["SubnetId"])
    for gateway in list(aws.items("ec2", "DescribeInternetGateways", "InternetGateways")):
        for to in gateway["Attachments"]:
            aws.call(
                "ec2", "DetachInternetGateway",
                InternetGatewayId=gateway["InternetGatewayId"], VpcId=to["VpcId"],
            )  # fmt: skip
    for one in list(aws.items("ec2", "DescribeVpcs", "Vpcs")):
        aws.call("ec2", "DeleteVpc", VpcId=one["VpcId"])
    return ONE, "no default VPC in us-east-1"


STRANGE = "subnet-0123456789abcdef0"

CASE = LookedUp(
    kind="ec2.network",
    id="network",
    found={"the default VPC": default, "a VPC": by_vpc, "subnets": by_subnets},
    used=used,
    things=things,
    missing={
        "no such subnet": lambda aws: (spec(f"{{subnets: [{STRANGE}]}}"), STRANGE),
        "no public subnet": no_public_subnet,
        "two VPCs": two_vpcs,
        "no default VPC": no_default_vpc,
    },
)
