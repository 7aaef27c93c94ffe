"""What EC2 shows of a network's parts: filtered as AWS does, and a NAT gateway with its address.

API names: DescribeVpcEndpoints, DescribeAddresses, DescribeEgressOnlyInternetGateways (MiniStack ignores
their filters), DescribeNatGateways (it shows no ``NatGatewayAddresses``; the filter ``nat-gateway-id``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ministack.services import ec2

from .patching import Function, replace

_NOBODY = "none-0"


def _matching(things: Mapping[str, Mapping[str, Any]], parameters: dict[str, Any]) -> list[str]:
    """The ids of the things that a request's filters leave."""
    filters: dict[str, list[str]] = ec2._parse_filters(parameters)
    found = []
    for thing, shown in list(things.items()):
        known = {"vpc-id": shown.get("VpcId"), "allocation-id": thing, "nat-gateway-id": thing}
        fits = all(known[name] in values for name, values in filters.items() if name in known)
        if fits and ec2._resource_matches_tag_filters(thing, filters):
            found.append(thing)
    return found


def _filtered(things: Mapping[str, Mapping[str, Any]], member: str) -> Any:
    """A describe call that asks the original for the matching ids alone."""

    def patch(original: Function) -> Function:
        def describe(parameters: dict[str, Any]) -> Any:
            asked = ec2._parse_member_list(parameters, member)
            if not asked and not ec2._parse_filters(parameters):
                return original(parameters)
            left = [one for one in _matching(things, parameters) if not asked or one in asked]
            rest = (name for name in parameters if not name.startswith(f"{member}."))
            narrowed = {name: parameters[name] for name in rest}
            for position, thing in enumerate(left or [_NOBODY], start=1):
                narrowed[f"{member}.{position}"] = [thing]
            return original(narrowed)

        return describe

    return patch


_ITEM = re.compile(r"<natGatewayId>(?P<id>[^<]+)</natGatewayId>.*?<natGatewayAddressSet/>", re.DOTALL)


def _with_addresses(original: Function) -> Function:
    def describe_nat_gateways(parameters: dict[str, Any]) -> Any:
        status, headers, body = original(parameters)
        text = body.decode() if isinstance(body, bytes) else body
        text = _ITEM.sub(_address, text)
        return status, headers, text.encode() if isinstance(body, bytes) else text

    return describe_nat_gateways


def _address(found: re.Match[str]) -> str:
    nat = ec2._nat_gateways[found["id"]]
    address = ec2._addresses.get(nat["AllocationId"], {}).get("PublicIp", "")
    shown = (
        f"<natGatewayAddressSet><item><allocationId>{nat['AllocationId']}</allocationId>"
        f"<publicIp>{address}</publicIp></item></natGatewayAddressSet>"
    )
    return found[0].replace("<natGatewayAddressSet/>", shown)


def install() -> None:
    """Replace the describe calls."""
    replace(ec2, "_describe_vpc_endpoints", _filtered(ec2._vpc_endpoints, "VpcEndpointId"))
    replace(ec2, "_describe_addresses", _filtered(ec2._addresses, "AllocationId"))
    replace(ec2, "_describe_egress_only_igws", _filtered(ec2._egress_igws, "EgressOnlyInternetGatewayId"))
    replace(ec2, "_describe_nat_gateways", _with_addresses)
    replace(ec2, "_describe_nat_gateways", _filtered(ec2._nat_gateways, "NatGatewayId"))
