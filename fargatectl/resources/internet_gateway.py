"""The internet gateway of a network of the app's own."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import ClassVar, Self

from fargatectl.aws.errors import AwsError, done_if_gone
from fargatectl.dataclass import dataclass
from fargatectl.engine.observe import Look
from fargatectl.engine.outputs import Outputs
from fargatectl.engine.resource import SET_ONCE, FieldChange, Live
from fargatectl.engine.rights import Right, Territory
from fargatectl.engine.tools import Tools
from fargatectl.resources._ec2 import Ec2Resource, live, ours, sought
from fargatectl.resources.vpc import Vpc


@dataclass(frozen=True, kw_only=True, eq=False)
class InternetGateway(Ec2Resource):
    """The VPC's door to the internet, for whoever has a public address.

    Outputs: ``arn`` (its id).
    """

    kind: ClassVar[str] = "ec2.internet_gateway"
    looks: ClassVar[str] = "ec2:DescribeInternetGateways"

    vpc: Vpc = field(metadata=SET_ONCE)

    def rights(self, territory: Territory) -> Sequence[Right]:
        return self.permissions(
            territory,
            creates="CreateInternetGateway",
            alone=True,
            updates=("AttachInternetGateway",),
            deletes=("DetachInternetGateway", "DeleteInternetGateway"),
        )

    @classmethod
    def find(cls, look: Look, wanted: Sequence[Self]) -> Iterable[Live]:
        if not sought(look, wanted, "internet-gateway"):
            return []
        found = look.aws.items(
            "ec2", "DescribeInternetGateways", "InternetGateways", Filters=ours(look.scope)
        )
        return [
            live(cls, look.scope, one, {"vpc": vpc}, key="InternetGatewayId")
            for one in found
            for vpc in [next((str(to["VpcId"]) for to in one.get("Attachments", ())), "")]
        ]

    def create(self, tools: Tools, outputs: Outputs) -> Live:
        answer = tools.aws.call(
            "ec2", "CreateInternetGateway", TagSpecifications=self.marked(tools, "internet-gateway")
        )
        return self.made(answer["InternetGateway"], {"vpc": ""}, key="InternetGatewayId")

    def update(self, tools: Tools, live: Live, fields: Mapping[str, FieldChange], outputs: Outputs) -> Live:
        try:
            tools.aws.call(
                "ec2",
                "AttachInternetGateway",
                InternetGatewayId=live.outputs["arn"],
                VpcId=outputs.need(self.vpc),
            )
        except AwsError as error:
            if not error.exists:  # by a try whose answer was lost
                raise
        return dataclasses.replace(live, fields=self.values(outputs))

    @classmethod
    def delete(cls, tools: Tools, live: Live) -> None:
        gateway = live.outputs["arn"]
        if live.fields["vpc"]:
            with done_if_gone():
                tools.aws.call(
                    "ec2", "DetachInternetGateway", InternetGatewayId=gateway, VpcId=live.fields["vpc"]
                )
        tools.aws.call("ec2", "DeleteInternetGateway", InternetGatewayId=gateway)
