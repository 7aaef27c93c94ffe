"""The way out over IPv6 of a private network of the app's own."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import ClassVar, Self

from fargatectl.dataclass import dataclass
from fargatectl.engine.observe import Look
from fargatectl.engine.outputs import Outputs
from fargatectl.engine.resource import FIXED, FieldChange, Live
from fargatectl.engine.rights import Right, Territory
from fargatectl.engine.tools import Tools
from fargatectl.resources._ec2 import Ec2Resource, live, ours, sought
from fargatectl.resources.vpc import Vpc


@dataclass(frozen=True, kw_only=True, eq=False)
class EgressOnlyInternetGateway(Ec2Resource):
    """Lets IPv6 out and no connection in; it costs nothing.

    Outputs: ``arn`` (its id).
    """

    kind: ClassVar[str] = "ec2.egress_only_internet_gateway"
    looks: ClassVar[str] = "ec2:DescribeEgressOnlyInternetGateways"

    vpc: Vpc = field(metadata=FIXED)

    def rights(self, territory: Territory) -> Sequence[Right]:
        return self.permissions(
            territory,
            creates="CreateEgressOnlyInternetGateway",
            deletes=("DeleteEgressOnlyInternetGateway",),
        )

    @classmethod
    def find(cls, look: Look, wanted: Sequence[Self]) -> Iterable[Live]:
        if not sought(look, wanted, "egress-only-internet-gateway"):
            return []
        found = look.aws.items(
            "ec2",
            "DescribeEgressOnlyInternetGateways",
            "EgressOnlyInternetGateways",
            Filters=ours(look.scope),
        )
        return [
            live(cls, look.scope, one, {"vpc": vpc}, key="EgressOnlyInternetGatewayId")
            for one in found
            for vpc in [next((str(to["VpcId"]) for to in one.get("Attachments", ())), "")]
        ]

    def create(self, tools: Tools, outputs: Outputs) -> Live:
        answer = tools.aws.call(
            "ec2",
            "CreateEgressOnlyInternetGateway",
            VpcId=outputs.need(self.vpc),
            ClientToken=uuid.uuid4().hex,
            TagSpecifications=self.marked(tools, "egress-only-internet-gateway"),
        )["EgressOnlyInternetGateway"]
        return self.made(answer, self.values(outputs), key="EgressOnlyInternetGatewayId")

    def update(self, tools: Tools, live: Live, fields: Mapping[str, FieldChange], outputs: Outputs) -> Live:
        raise TypeError("all that is compared of an egress-only internet gateway is fixed")

    @classmethod
    def delete(cls, tools: Tools, live: Live) -> None:
        tools.aws.call(
            "ec2", "DeleteEgressOnlyInternetGateway", EgressOnlyInternetGatewayId=live.outputs["arn"]
        )
