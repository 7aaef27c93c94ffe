"""The VPC of a network of the app's own."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from functools import partial
from typing import Any, ClassVar, Self

from fargatectl.dataclass import dataclass
from fargatectl.engine.observe import Look
from fargatectl.engine.outputs import Outputs
from fargatectl.engine.resource import FIXED, FieldChange, Live, NotYet, Settled, Watch
from fargatectl.engine.rights import Operation, Right, Territory
from fargatectl.engine.tools import Tools
from fargatectl.resources import _lodging, _overridable_network
from fargatectl.resources._ec2 import Ec2Resource, live, ours, sought


@dataclass(frozen=True, kw_only=True, eq=False)
class Vpc(Ec2Resource):
    """A VPC whose tasks and endpoints have DNS names.

    Attributes:
        ipv6: Whether it must have addresses of Amazon's beside those of `cidr`; where not, it may.
        dns_hostnames: Endpoints' private DNS and EFS want it.

    Outputs: ``arn`` (its id), ``ipv6_cidr``.
    """

    kind: ClassVar[str] = "ec2.vpc"
    looks: ClassVar[str] = "ec2:DescribeVpcs"
    overridable = _overridable_network.VPC

    cidr: str = field(metadata=FIXED)
    ipv6: bool = field(default=False, metadata=FIXED)
    dns_hostnames: bool = True

    def values(self, outputs: Outputs) -> dict[str, object]:
        found = super().values(outputs)
        return found if self.ipv6 else {name: value for name, value in found.items() if name != "ipv6"}

    def rights(self, territory: Territory) -> Sequence[Right]:
        looks, own = (Operation.FIND, Operation.SEARCH), (territory.arn("ec2", "vpc/*"),)
        return (
            Right(looks, ("ec2:DescribeVpcAttribute",), own, territory.tagged("aws:ResourceTag")),
            *self.permissions(
                territory,
                creates="CreateVpc",
                updates=("ModifyVpcAttribute",),
                deletes=("DeleteVpc",),
                alone=True,
            ),
        )

    @classmethod
    def find(cls, look: Look, wanted: Sequence[Self]) -> Iterable[Live]:
        return own_vpcs(look) if sought(look, wanted, "vpc") else []

    def create(self, tools: Tools, outputs: Outputs) -> Live:
        more = {"AmazonProvidedIpv6CidrBlock": True} if self.ipv6 else {}
        answer = tools.aws.call(
            "ec2", "CreateVpc", CidrBlock=self.cidr, TagSpecifications=self.marked(tools, "vpc"), **more
        )["Vpc"]
        # AWS gives a new VPC none.
        fields = {"cidr": self.cidr, "ipv6": self.ipv6, "dns_hostnames": False}
        return self.made(answer, fields, key="VpcId", outputs=_ipv6(answer), settled=_settled(answer))

    def update(self, tools: Tools, live: Live, fields: Mapping[str, FieldChange], outputs: Outputs) -> Live:
        value = {"Value": self.dns_hostnames}
        tools.aws.call("ec2", "ModifyVpcAttribute", VpcId=live.outputs["arn"], EnableDnsHostnames=value)
        return dataclasses.replace(live, fields=self.values(outputs))

    def watch(self, tools: Tools, live: Live, outputs: Outputs) -> Watch | None:
        return None if live.settled else _Availability(self, tools, live, outputs)

    @classmethod
    def delete(cls, tools: Tools, live: Live) -> None:
        with _lodging.named(tools, live.outputs["arn"]):
            tools.aws.call("ec2", "DeleteVpc", VpcId=live.outputs["arn"])


@dataclass(frozen=True)
class _Availability:
    """Until it can be used, its IPv6 addresses included: subnets take theirs from them."""

    vpc: Vpc
    tools: Tools
    live: Live
    outputs: Outputs

    def poll(self) -> NotYet | Settled:
        filters = [{"Name": "vpc-id", "Values": [self.live.outputs["arn"]]}]
        for shown in self.tools.aws.items("ec2", "DescribeVpcs", "Vpcs", Filters=filters):
            if _settled(shown):
                known = {**self.live.outputs, **_ipv6(shown)}
                self.outputs.put(self.vpc, dataclasses.replace(self.live, outputs=known, settled=True))
                return Settled()
        return NotYet("the VPC is pending", 1.0)

    def abandon(self) -> str:
        return f"the VPC {self.vpc.name} is still being made"


def own_vpcs(look: Look) -> list[Live]:
    """The app's VPCs; asked once for all who look inside."""
    return look.once("own vpcs", lambda: _own(look))


def _own(look: Look) -> list[Live]:
    found = list(look.aws.items("ec2", "DescribeVpcs", "Vpcs", Filters=ours(look.scope)))

    def dns(shown: Mapping[str, Any]) -> bool:
        # DescribeVpcs shows no attributes.
        answer = look.aws.call(
            "ec2", "DescribeVpcAttribute", VpcId=shown["VpcId"], Attribute="enableDnsHostnames"
        )
        return bool(answer["EnableDnsHostnames"]["Value"])

    names = look.gather(*[lambda one=one: dns(one) for one in found])
    metrics = look.gather(*[partial(_usage, look, one) for one in found])
    return [
        live(
            Vpc,
            look.scope,
            one,
            {"cidr": one["CidrBlock"], "ipv6": bool(_blocks(one)), "dns_hostnames": hostnames},
            key="VpcId",
            outputs=_ipv6(one),
            settled=_settled(one),
            raw=usage,
        )
        for one, hostnames, usage in zip(found, names, metrics, strict=True)
    ]


_USAGE = "EnableNetworkAddressUsageMetrics"


def _usage(look: Look, shown: Mapping[str, Any]) -> dict[str, Any]:
    """An attribute that is asked for only where it is overridden."""
    if not any(_USAGE in one.overrides.fields for one in look.wanted(Vpc)):
        return {}
    attribute = _USAGE[0].lower() + _USAGE[1:]
    answer = look.aws.call("ec2", "DescribeVpcAttribute", VpcId=shown["VpcId"], Attribute=attribute)
    return {_USAGE: answer.get(_USAGE)}


def _blocks(shown: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The IPv6 addresses that it has or is about to get."""
    states = ("associating", "associated")
    return [
        one
        for one in shown.get("Ipv6CidrBlockAssociationSet", ())
        if one.get("Ipv6CidrBlockState", {}).get("State") in states
    ]


def _ipv6(shown: Mapping[str, Any]) -> dict[str, str]:
    done = [one for one in _blocks(shown) if one["Ipv6CidrBlockState"]["State"] == "associated"]
    return {"ipv6_cidr": str(done[0]["Ipv6CidrBlock"])} if done else {}


def _settled(shown: Mapping[str, Any]) -> bool:
    return shown.get("State") == "available" and len(_ipv6(shown)) == bool(_blocks(shown))
