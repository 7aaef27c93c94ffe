"""`ec2.elastic_ip`."""

from __future__ import annotations

from collections.abc import Iterator

from fargatectl.resources._tags import read
from tests.lifecycle.case import Case, Drift, Thing
from tests.lifecycle.networks import NAMELESS, NAT, TWICE, drop_nat
from tests.support.watched import WatchedAws


def things(aws: WatchedAws) -> Iterator[Thing]:
    for one in aws.call("ec2", "DescribeAddresses")["Addresses"]:
        yield Thing(one["AllocationId"], one, read(one.get("Tags")))


def drop(aws: WatchedAws) -> None:
    [one] = things(aws)
    drop_nat(aws)
    aws.call("ec2", "ReleaseAddress", AllocationId=one.name)


CASE = Case(
    kind="ec2.elastic_ip",
    id="nat-1/10.0.0.0/16/ipv6",
    spec=NAT,
    things=things,
    made_by=("ec2:AllocateAddress",),
    removed_by=("ec2:ReleaseAddress",),
    removal=Drift(
        "it is released, its NAT gateway deleted",
        drop,
        also=[
            ("create", "ec2.nat_gateway", []),
            ("update", "ec2.route_table", ["ipv4"]),
            ("update", "ec2.route_table", ["ipv4"]),
        ],
    ),
    cannot={"foreign": NAMELESS.format("AllocateAddress"), "repetition": TWICE.format("AllocateAddress")},
)
