"""`ec2.way_out`; what it says of each kind of network: tests/resources/test_way_out.py."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fargatectl.resources._tags import read
from tests.lifecycle.case import LookedUp, Thing
from tests.lifecycle.cases.network import default, made_vpc, spec
from tests.lifecycle.networks import KEYS, everything
from tests.support.apps import ONE
from tests.support.watched import WatchedAws


def things(aws: WatchedAws) -> Iterator[Thing]:
    for key in ("RouteTables", "NatGateways", "VpcEndpoints"):
        for one in everything(aws, key):
            yield Thing(one[KEYS[key]], one, read(one.get("Tags")))


def in_default(aws: WatchedAws) -> tuple[str, Mapping[str, str]]:
    default(aws)
    return ONE, {}


def in_subnets(aws: WatchedAws) -> tuple[str, Mapping[str, str]]:
    _, ids = made_vpc(aws, public=2)
    return spec(f"{{subnets: [{', '.join(ids)}]}}"), {}


def nowhere(aws: WatchedAws) -> tuple[str, str]:
    _, ids = made_vpc(aws, public=1)
    return spec(f"{{subnets: [{', '.join(ids)}]}}"), f"services.web: a task in {ids[1]} ("


CASE = LookedUp(
    kind="ec2.way_out",
    id="web",
    found={"the default VPC": in_default, "subnets": in_subnets},
    used=lambda _: {},
    things=things,
    missing={"no route": nowhere},
)
