"""Routes as DescribeRouteTables shows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

EVERYWHERE = {"ipv4": "0.0.0.0/0", "ipv6": "::/0"}

_TARGETS = (
    "GatewayId", "NatGatewayId", "EgressOnlyInternetGatewayId", "TransitGatewayId", "NetworkInterfaceId",
    "VpcPeeringConnectionId", "LocalGatewayId", "CarrierGatewayId", "CoreNetworkArn", "InstanceId",
)  # fmt: skip
_DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")


def target(route: Mapping[str, Any]) -> str:
    """The id of what a route leads to."""
    return next((str(route[name]) for name in _TARGETS if route.get(name)), "")


def destination(route: Mapping[str, Any]) -> str:
    """What a route is for."""
    return next((str(route[name]) for name in _DESTINATIONS if route.get(name)), "")


def default_route(table: Mapping[str, Any], way: str) -> str:
    """Where a table sends what has no nearer route; empty where that is nowhere.

    Args:
        way: ``ipv4`` or ``ipv6``.
    """
    found = [one for one in table.get("Routes", ()) if destination(one) == EVERYWHERE[way]]
    return target(found[0]) if found else ""


def table_of(subnet: str, tables: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The table that a subnet uses: its own, else the VPC's main one; empty where neither is known."""
    known = list(tables)

    def uses(table: Mapping[str, Any], key: str, value: object) -> bool:
        return any(one.get(key) == value for one in table.get("Associations", ()))

    own = [table for table in known if uses(table, "SubnetId", subnet)]
    main = [table for table in known if uses(table, "Main", True)]
    return next(iter([*own, *main]), {})
