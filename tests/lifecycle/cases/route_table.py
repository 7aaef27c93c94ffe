"""`ec2.route_table`."""

from __future__ import annotations

from collections.abc import Iterator

from fargatectl.resources._tags import read
from tests.lifecycle.case import Case, Drift, Meddle, Thing
from tests.lifecycle.networks import NAMELESS, NAT, drop_table, everything, id_of, own
from tests.support.watched import WatchedAws

TABLE = "private-1"


def things(aws: WatchedAws) -> Iterator[Thing]:
    for one in everything(aws, "RouteTables"):
        main = any(to.get("Main") for to in one["Associations"])
        yield Thing(one["RouteTableId"], one, read(one.get("Tags")), given=main)


def no_route(**destination: str) -> Meddle:
    return lambda aws: aws.call(
        "ec2", "DeleteRoute", RouteTableId=id_of(aws, "RouteTables", TABLE), **destination
    )


def past_the_nat(aws: WatchedAws) -> None:
    table, gateway = id_of(aws, "RouteTables", TABLE), id_of(aws, "InternetGateways", "network")
    aws.call("ec2", "ReplaceRoute", RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)


def to_the_main_table(aws: WatchedAws) -> None:
    [one] = own(aws, "RouteTables", TABLE)["Associations"]
    aws.call("ec2", "DisassociateRouteTable", AssociationId=one["RouteTableAssociationId"])


def to_another_table(aws: WatchedAws) -> None:
    [one] = own(aws, "RouteTables", TABLE)["Associations"]
    vpc = id_of(aws, "Vpcs", "network")
    table = aws.call("ec2", "CreateRouteTable", VpcId=vpc)["RouteTable"]["RouteTableId"]
    aws.call(
        "ec2", "ReplaceRouteTableAssociation",
        AssociationId=one["RouteTableAssociationId"], RouteTableId=table,
    )  # fmt: skip


def a_subnet_too_many(aws: WatchedAws) -> None:
    vpc, table = id_of(aws, "Vpcs", "network"), id_of(aws, "RouteTables", TABLE)
    made = aws.call("ec2", "CreateSubnet", VpcId=vpc, CidrBlock="10.0.240.0/24")["Subnet"]
    aws.call("ec2", "AssociateRouteTable", SubnetId=made["SubnetId"], RouteTableId=table)


CASE = Case(
    kind="ec2.route_table",
    id=TABLE,
    spec=NAT,
    things=things,
    made_by=("ec2:CreateRouteTable", "ec2:CreateRoute", "ec2:AssociateRouteTable"),
    removed_by=("ec2:DisassociateRouteTable", "ec2:DeleteRouteTable"),
    drifts={
        "ipv4": (
            Drift("its way out is removed", no_route(DestinationCidrBlock="0.0.0.0/0")),
            Drift("its way out leads past the NAT gateway", past_the_nat),
        ),
        "ipv6": (Drift("its way out is removed", no_route(DestinationIpv6CidrBlock="::/0")),),
        "subnets": (
            Drift("its subnet falls back to the main table", to_the_main_table),
            Drift("its subnet goes over to another table", to_another_table),
            Drift("another subnet uses it", a_subnet_too_many),
        ),
    },
    fixed={"vpc": "ec2:CreateRouteTable puts it into a VPC for ever."},
    removal=Drift("it is deleted", drop_table(TABLE)),
    cannot={"foreign": NAMELESS.format("CreateRouteTable")},
)
