"""What routes the traffic of somebody else's VPC: its route tables, NAT gateways and endpoints."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fargatectl.engine.observe import Look

_FILTER = {  # EC2 API reference: each operation's member for the list, and for filters
    "DescribeRouteTables": ("RouteTables", "Filters"),
    "DescribeNatGateways": ("NatGateways", "Filter"),
    "DescribeVpcEndpoints": ("VpcEndpoints", "Filters"),
}


def tables_of(look: Look, vpc: str) -> list[dict[str, Any]]:
    """The route tables of a VPC, asked once for all who need them."""
    return _of(look, vpc, "DescribeRouteTables")


def nats_of(look: Look, vpc: str) -> list[dict[str, Any]]:
    """The NAT gateways of a VPC, those that are gone included."""
    return _of(look, vpc, "DescribeNatGateways")


def endpoints_of(look: Look, vpc: str) -> list[dict[str, Any]]:
    """The endpoints of a VPC."""
    return _of(look, vpc, "DescribeVpcEndpoints")


def ahead(look: Look) -> list[Callable[[], object]]:
    """What `tables_of` and its like will need, where it is asked before the VPC is known: a round trip less.

    It is asked of the whole region, which has few VPCs (five, unless AWS was asked for more).
    """
    if not look.at_once:
        return []
    return [lambda operation=operation: _all(look, operation) for operation in _FILTER]  # type: ignore[misc]


def _of(look: Look, vpc: str, operation: str) -> list[dict[str, Any]]:
    if look.at_once:
        return [one for one in _all(look, operation) if one.get("VpcId") == vpc]
    member, filters = _FILTER[operation]
    here = {filters: [{"Name": "vpc-id", "Values": [vpc]}]}
    return look.once(f"{operation} {vpc}", lambda: list(look.aws.items("ec2", operation, member, **here)))


def _all(look: Look, operation: str) -> list[dict[str, Any]]:
    member, _ = _FILTER[operation]
    return look.once(operation, lambda: list(look.aws.items("ec2", operation, member)))
