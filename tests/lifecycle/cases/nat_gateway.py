"""`ec2.nat_gateway`."""

from __future__ import annotations

from collections.abc import Iterator

from fargatectl.resources._tags import read
from tests.lifecycle.case import Case, Drift, Thing
from tests.lifecycle.networks import NAMELESS, NAT, drop_nat, everything
from tests.support.watched import WatchedAws


def things(aws: WatchedAws) -> Iterator[Thing]:
    for one in everything(aws, "NatGateways"):
        yield Thing(one["NatGatewayId"], one, read(one.get("Tags")))


CASE = Case(
    kind="ec2.nat_gateway",
    id="nat-1",
    spec=NAT,
    things=things,
    made_by=("ec2:CreateNatGateway",),
    removed_by=("ec2:DeleteNatGateway",),
    fixed={
        "subnet": "ec2:CreateNatGateway puts it into a subnet for ever.",
        "elastic_ip": "ec2:CreateNatGateway gives it its address for ever.",
    },
    removal=Drift(
        "it is deleted",
        drop_nat,
        also=[("update", "ec2.route_table", ["ipv4"]), ("update", "ec2.route_table", ["ipv4"])],
    ),
    cannot={"foreign": NAMELESS.format("CreateNatGateway")},
)
