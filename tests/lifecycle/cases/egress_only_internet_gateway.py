"""`ec2.egress_only_internet_gateway`."""

from __future__ import annotations

from collections.abc import Iterator

from fargatectl.resources._tags import read
from tests.lifecycle.case import Case, Drift, Thing
from tests.lifecycle.networks import NAMELESS, NAT
from tests.support.watched import WatchedAws


def things(aws: WatchedAws) -> Iterator[Thing]:
    for one in aws.items("ec2", "DescribeEgressOnlyInternetGateways", "EgressOnlyInternetGateways"):
        yield Thing(one["EgressOnlyInternetGatewayId"], one, read(one.get("Tags")))


def drop(aws: WatchedAws) -> None:
    [one] = things(aws)
    aws.call("ec2", "DeleteEgressOnlyInternetGateway", EgressOnlyInternetGatewayId=one.name)


CASE = Case(
    kind="ec2.egress_only_internet_gateway",
    id="network",
    spec=NAT,
    things=things,
    made_by=("ec2:CreateEgressOnlyInternetGateway",),
    removed_by=("ec2:DeleteEgressOnlyInternetGateway",),
    fixed={"vpc": "ec2:CreateEgressOnlyInternetGateway puts it into a VPC for ever."},
    removal=Drift(
        "it is deleted",
        drop,
        also=[("update", "ec2.route_table", ["ipv6"]), ("update", "ec2.route_table", ["ipv6"])],
    ),
    cannot={"foreign": NAMELESS.format("CreateEgressOnlyInternetGateway")},
)
