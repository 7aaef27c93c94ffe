"""`ec2.subnet`."""

from __future__ import annotations

from collections.abc import Iterator

from fargatectl.resources._tags import read
from tests.lifecycle.case import Case, Drift, Thing
from tests.lifecycle.networks import NAMELESS, PUBLIC, everything, id_of, own
from tests.support.watched import WatchedAws


def things(aws: WatchedAws) -> Iterator[Thing]:
    for one in everything(aws, "Subnets"):
        yield Thing(one["SubnetId"], one, read(one.get("Tags")), given=one["DefaultForAz"])


def drop(aws: WatchedAws) -> None:
    subnet, table = id_of(aws, "Subnets", "public-1"), own(aws, "RouteTables", "public")
    for one in table["Associations"]:
        if one["SubnetId"] == subnet:
            aws.call("ec2", "DisassociateRouteTable", AssociationId=one["RouteTableAssociationId"])
    aws.call("ec2", "DeleteSubnet", SubnetId=subnet)


CASE = Case(
    kind="ec2.subnet",
    id="public-1",
    spec=PUBLIC,
    things=things,
    made_by=("ec2:CreateSubnet",),
    removed_by=("ec2:DeleteSubnet",),
    fixed={
        "vpc": "ec2:CreateSubnet puts it into a VPC for ever.",
        "cidr": "ec2:CreateSubnet gives it for ever: a spec with other addresses replaces it.",
        "ipv6": "ec2:CreateSubnet gives it; where it is taken away, the subnet is replaced.",
    },
    removal=Drift(
        "it is deleted",
        drop,
        also=[("update", "ec2.route_table", ["subnets"]), ("update", "ecs.service", ["network"])],
    ),
    cannot={"foreign": NAMELESS.format("CreateSubnet")},
)
