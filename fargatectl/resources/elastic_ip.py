"""The public address of a NAT gateway."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, Self

from fargatectl.dataclass import dataclass
from fargatectl.engine.observe import Look
from fargatectl.engine.outputs import Outputs
from fargatectl.engine.resource import FieldChange, Live
from fargatectl.engine.rights import Right, Territory
from fargatectl.engine.tools import Tools
from fargatectl.resources import _overridable_network
from fargatectl.resources._ec2 import Ec2Resource, live, ours, sought


@dataclass(frozen=True, kw_only=True, eq=False)
class ElasticIp(Ec2Resource):
    """An Elastic IP address: what the services behind a NAT gateway are known by to others.

    Outputs: ``arn`` (its allocation id), ``address``.
    """

    kind: ClassVar[str] = "ec2.elastic_ip"
    looks: ClassVar[str] = "ec2:DescribeAddresses"
    overridable = _overridable_network.ELASTIC_IP

    def rights(self, territory: Territory) -> Sequence[Right]:
        return self.permissions(territory, creates="AllocateAddress", deletes=("ReleaseAddress",), alone=True)

    @classmethod
    def find(cls, look: Look, wanted: Sequence[Self]) -> Iterable[Live]:
        if not sought(look, wanted, "elastic-ip"):
            return []
        found = look.aws.call("ec2", "DescribeAddresses", Filters=ours(look.scope))["Addresses"]
        return [
            live(cls, look.scope, one, {}, key="AllocationId", outputs={"address": str(one["PublicIp"])})
            for one in found
        ]

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
