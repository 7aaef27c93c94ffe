"""A subnet of a network of the app's own."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any, ClassVar, Self

from fargatectl.dataclass import dataclass
from fargatectl.engine.observe import Look
from fargatectl.engine.outputs import Outputs, Pending
from fargatectl.engine.resource import FIXED, IDENTITY, FieldChange, Live
from fargatectl.engine.rights import Right, Territory
from fargatectl.engine.tools import Tools
from fargatectl.resources import _lodging, _overridable_network
from fargatectl.resources._ec2 import Ec2Resource, live, ours, sought
from fargatectl.resources.availability_zones import AvailabilityZones
from fargatectl.resources.vpc import Vpc


@dataclass(frozen=True, kw_only=True, eq=False)
class Subnet(Ec2Resource):
    """A subnet in one zone.

    Attributes:
        zone: Its place among the region's zones, from 0. Where it once lies, it stays.
        ipv6: Its place among the 256 parts of the VPC's IPv6 addresses; where None, it may have some.

    Outputs: ``arn`` (its id).
    """

    kind: ClassVar[str] = "ec2.subnet"
    looks: ClassVar[str] = "ec2:DescribeSubnets"
    overridable = _overridable_network.SUBNET

    vpc: Vpc = field(metadata=FIXED)
    zones: AvailabilityZones = field(metadata=IDENTITY)
    zone: int = field(metadata=IDENTITY)
    cidr: str = field(metadata=FIXED)
    ipv6: int | None = field(default=None, metadata=FIXED)

    def values(self, outputs: Outputs) -> dict[str, object]:
        ipv6 = {"ipv6": self._ipv6(outputs, self.ipv6)} if self.ipv6 is not None else {}
        return {"vpc": outputs.get(self.vpc), "cidr": self.cidr, **ipv6}

    def rights(self, territory: Territory) -> Sequence[Right]:
        return self.permissions(
            territory, creates="CreateSubnet", deletes=("DeleteSubnet",), updates=self.overriding()
        )

    @classmethod
    def find(cls, look: Look, wanted: Sequence[Self]) -> Iterable[Live]:
        if not sought(look, wanted, "subnet"):
            return []
        found = look.aws.items("ec2", "DescribeSubnets", "Subnets", Filters=ours(look.scope))
        return [_live(look, one) for one in found]

    def create(self, tools: Tools, outputs: Outputs) -> Live:
        zones = outputs.need(self.zones, "names").split(",")
        values = self.values(outputs)
        more = {"Ipv6CidrBlock": values["ipv6"]} if "ipv6" in values else {}
        answer = tools.aws.call(
            "ec2",
            "CreateSubnet",
            VpcId=outputs.need(self.vpc),
            AvailabilityZone=zones[self.zone],
            CidrBlock=self.cidr,
            TagSpecifications=self.marked(tools, "subnet"),
            **more,
        )["Subnet"]
        return self.made(answer, values, key="SubnetId")

    def update(self, tools: Tools, live: Live, fields: Mapping[str, FieldChange], outputs: Outputs) -> Live:
        raise TypeError("all that is compared of a subnet is fixed")

    @classmethod
    def delete(cls, tools: Tools, live: Live) -> None:
        with _lodging.named(tools, str(live.fields["vpc"])):
            tools.aws.call("ec2", "DeleteSubnet", SubnetId=live.outputs["arn"])

    def _ipv6(self, outputs: Outputs, part: int) -> object:
        whole = outputs.get(self.vpc, "ipv6_cidr")
        if isinstance(whole, Pending):
            return whole
        # A VPC has a /56, a subnet takes a /64 of it (EC2 API reference, CreateSubnet).
        first = ipaddress.IPv6Network(whole).network_address + (part << 64)
        return f"{first}/64"


def _live(look: Look, shown: Mapping[str, Any]) -> Live:
    ipv6 = [
        str(one["Ipv6CidrBlock"])
        for one in shown.get("Ipv6CidrBlockAssociationSet", ())
        if one.get("Ipv6CidrBlockState", {}).get("State") in ("associating", "associated")
    ]
    fields = {"vpc": shown["VpcId"], "cidr": shown["CidrBlock"], "ipv6": next(iter(ipv6), "")}
    return live(Subnet, look.scope, shown, fields, key="SubnetId", raw=_attributes(shown))


def _attributes(shown: Mapping[str, Any]) -> dict[str, Any]:
    """What AWS shows, as ModifySubnetAttribute takes it."""
    names = shown.get("PrivateDnsNameOptionsOnLaunch", {})
    switches = {
        **{
            one: shown.get(one)
            for one in ("MapPublicIpOnLaunch", "AssignIpv6AddressOnCreation", "EnableDns64")
        },
        "EnableResourceNameDnsARecordOnLaunch": names.get("EnableResourceNameDnsARecord"),
        "EnableResourceNameDnsAAAARecordOnLaunch": names.get("EnableResourceNameDnsAAAARecord"),
    }
    return {
        **{name: {"Value": bool(value)} for name, value in switches.items()},
        "PrivateDnsHostnameTypeOnLaunch": names.get("HostnameType"),
    }
