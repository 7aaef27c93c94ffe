"""The public address of a NAT gateway."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import ClassVar, Self

from fargatectl.dataclass import dataclass
from fargatectl.engine.observe import Look
from fargatectl.engine.outputs import Outputs
from fargatectl.engine.resource import IDENTITY, FieldChange, Live
from fargatectl.engine.rights import Right, Territory
from fargatectl.engine.tools import Tools
from fargatectl.resources import _overridable_network
from fargatectl.resources._ec2 import Ec2Resource, live, ours, sought
from fargatectl.resources.vpc import own_vpcs


@dataclass(frozen=True, kw_only=True, eq=False)
class ElasticIp(Ec2Resource):
    """An Elastic IP address: what the services behind a NAT gateway are known by to others.

    Attributes:
        other_id: The id that it has where it was allocated for the same VPC, while the spec said otherwise
            about IPv6.
        ipv6: Whether the VPC must have IPv6; where not, it may.

    Outputs: ``arn`` (its allocation id), ``address``.
    """

    kind: ClassVar[str] = "ec2.elastic_ip"
    looks: ClassVar[str] = "ec2:DescribeAddresses"
    overridable = _overridable_network.ELASTIC_IP

    other_id: str = field(default="", metadata=IDENTITY)
    ipv6: bool = field(default=False, metadata=IDENTITY)

    def rights(self, territory: Territory) -> Sequence[Right]:
        return self.permissions(territory, creates="AllocateAddress", deletes=("ReleaseAddress",), alone=True)

    @classmethod
    def find(cls, look: Look, wanted: Sequence[Self]) -> Iterable[Live]:
        if not sought(look, wanted, "elastic-ip"):
            return []
        found = look.aws.call("ec2", "DescribeAddresses", Filters=ours(look.scope))["Addresses"]
        lives = [
            live(cls, look.scope, one, {}, key="AllocationId", outputs={"address": str(one["PublicIp"])})
            for one in found
        ]
        ids = {one.id for one in lives}
        # Where the VPC stays, so does the address: a released one never comes back.
        stay = {
            one.other_id: one.id
            for one in wanted
            if one.id not in ids and one.other_id in ids and one._vpc_stays(look)
        }
        return [dataclasses.replace(one, address=stay.get(one.id, one.address)) for one in lives]

    def create(self, tools: Tools, outputs: Outputs) -> Live:
        answer = tools.aws.call(
            "ec2", "AllocateAddress", Domain="vpc", TagSpecifications=self.marked(tools, "elastic-ip")
        )
        return self.made(answer, {}, key="AllocationId", outputs={"address": str(answer["PublicIp"])})

    def update(self, tools: Tools, live: Live, fields: Mapping[str, FieldChange], outputs: Outputs) -> Live:
        raise TypeError("nothing of an Elastic IP address is compared")

    @classmethod
    def delete(cls, tools: Tools, live: Live) -> None:
        tools.aws.call("ec2", "ReleaseAddress", AllocationId=live.outputs["arn"])

    def _vpc_stays(self, look: Look) -> bool:
        """Whether no VPC without IPv6 is there, in place of which another one is to be made."""
        return not self.ipv6 or all(one.fields["ipv6"] for one in own_vpcs(look))
