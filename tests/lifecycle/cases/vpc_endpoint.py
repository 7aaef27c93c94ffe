"""`ec2.vpc_endpoint`."""

from __future__ import annotations

from collections.abc import Iterator

from fargatectl.resources._tags import read
from tests.lifecycle.case import Case, Drift, Thing
from tests.lifecycle.networks import ENDPOINTS, NAMELESS, everything, id_of
from tests.support.watched import WatchedAws


def things(aws: WatchedAws) -> Iterator[Thing]:
    for one in everything(aws, "VpcEndpoints"):
        yield Thing(one["VpcEndpointId"], one, read(one.get("Tags")))


def modify(aws: WatchedAws, id: str, **changes: object) -> None:
    aws.call("ec2", "ModifyVpcEndpoint", VpcEndpointId=id_of(aws, "VpcEndpoints", id), **changes)


def one_zone_less(aws: WatchedAws) -> None:
    modify(aws, "ecr.api", RemoveSubnetIds=[id_of(aws, "Subnets", "private-2")])


def another_group(aws: WatchedAws) -> None:
    vpc = id_of(aws, "Vpcs", "network")
    group = aws.call("ec2", "CreateSecurityGroup", GroupName="theirs", Description="x", VpcId=vpc)["GroupId"]
    modify(aws, "ecr.api", AddSecurityGroupIds=[group])


def one_table_less(aws: WatchedAws) -> None:
    modify(aws, "s3", RemoveRouteTableIds=[id_of(aws, "RouteTables", "private-2")])


def drop(aws: WatchedAws) -> None:
    aws.call("ec2", "DeleteVpcEndpoints", VpcEndpointIds=[id_of(aws, "VpcEndpoints", "ecr.api")])


CASE = Case(
    kind="ec2.vpc_endpoint",
    id="ecr.api",
    spec=ENDPOINTS,
    things=things,
    made_by=("ec2:CreateVpcEndpoint",),
    removed_by=("ec2:DeleteVpcEndpoints",),
    drifts={
        "subnets": (Drift("it leaves a zone", one_zone_less),),
        "security_groups": (Drift("it gets another group", another_group),),
        "route_tables": (Drift("S3's leaves a route table", one_table_less),),
        "private_dns": (
            Drift("names lead past it", lambda aws: modify(aws, "logs", PrivateDnsEnabled=False)),
        ),
    },
    fixed={
        "vpc": "ec2:CreateVpcEndpoint puts it into a VPC for ever.",
        "service": "ec2:CreateVpcEndpoint connects it to a service for ever.",
    },
    removal=Drift("it is deleted", drop),
    cannot={"foreign": NAMELESS.format("CreateVpcEndpoint")},
)
