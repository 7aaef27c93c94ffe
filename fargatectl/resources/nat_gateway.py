"""A NAT gateway of a network of the app's own."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any, ClassVar, Self

from fargatectl.dataclass import dataclass
from fargatectl.engine.observe import Look
from fargatectl.engine.outputs import Outputs
from fargatectl.engine.resource import FIXED, IDENTITY, FieldChange, Live, NotYet, Settled, Watch
from fargatectl.engine.rights import Operation, Right, Territory
from fargatectl.engine.tools import Tools
from fargatectl.errors import DeployError
from fargatectl.resources import _overridable_network
from fargatectl.resources._ec2 import Ec2Resource, live, ours, sought
from fargatectl.resources.elastic_ip import ElasticIp
from fargatectl.resources.internet_gateway import InternetGateway
from fargatectl.resources.subnet import Subnet


@dataclass(frozen=True, kw_only=True, eq=False)
class NatGateway(Ec2Resource):
    """Lets out what has no public address; it stands in a public subnet, and costs by the hour and the GB.

    Attributes:
        internet_gateway: Must be attached before AWS makes one.

    Outputs: ``arn`` (its id).
    """

    kind: ClassVar[str] = "ec2.nat_gateway"
    looks: ClassVar[str] = "ec2:DescribeNatGateways"
    overridable = _overridable_network.NAT_GATEWAY

    subnet: Subnet = field(metadata=FIXED)
    elastic_ip: ElasticIp = field(metadata=FIXED)
    internet_gateway: InternetGateway = field(metadata=IDENTITY)

    def rights(self, territory: Territory) -> Sequence[Right]:
        follows = (Operation.FOLLOW, Operation.DELETE, Operation.PRUNE)
        return (
            Right(follows, (self.looks,)),
            *self.permissions(territory, creates="CreateNatGateway", deletes=("DeleteNatGateway",)),
        )

    @classmethod
    def find(cls, look: Look, wanted: Sequence[Self]) -> Iterable[Live]:
        if not sought(look, wanted, "natgateway"):
            return []
        found = look.aws.items("ec2", "DescribeNatGateways", "NatGateways", Filter=ours(look.scope))
        ids = {one.id for one in wanted}
        lives = [_live(look, one) for one in found if one["State"] not in ("deleted", "failed")]
        # One that is being deleted is as good as gone where it is wanted again.
        return [live for live in lives if not (live.extra["state"] == "deleting" and live.id in ids)]

    def create(self, tools: Tools, outputs: Outputs) -> Live:
        answer = tools.aws.call(
            "ec2",
            "CreateNatGateway",
            SubnetId=outputs.need(self.subnet),
            AllocationId=outputs.need(self.elastic_ip),
            ClientToken=uuid.uuid4().hex,  # makes the retry of a lost answer safe
            TagSpecifications=self.marked(tools, "natgateway"),
        )["NatGateway"]
        values, state = self.values(outputs), str(answer.get("State", "pending"))
        return self.made(answer, values, key="NatGatewayId", settled=state == "available", state=state)

    def update(self, tools: Tools, live: Live, fields: Mapping[str, FieldChange], outputs: Outputs) -> Live:
        raise TypeError("all that is compared of a NAT gateway is fixed")

    def watch(self, tools: Tools, live: Live, outputs: Outputs) -> Watch | None:
        return None if live.settled else _Availability(self.name, tools, live.outputs["arn"])

    @classmethod
    def delete(cls, tools: Tools, live: Live) -> None:
        if live.extra["state"] != "deleting":
            tools.aws.call("ec2", "DeleteNatGateway", NatGatewayId=live.outputs["arn"])

    @classmethod
    def gone(cls, tools: Tools, live: Live) -> NotYet | Settled:
        found = _one(tools, live.outputs["arn"])
        if found.get("State", "deleted") in ("deleted", "failed"):
            return Settled()
        return NotYet("the NAT gateway is being deleted, which takes AWS a minute or more", 5.0)


@dataclass(frozen=True)
class _Availability:
    name: str
    tools: Tools
    gateway: str

    def poll(self) -> NotYet | Settled:
        found = _one(self.tools, self.gateway)
        if found.get("State") == "failed":
            raise DeployError(
                f"AWS could not make the NAT gateway {self.name}: {found.get('FailureMessage', '')} "
                f"({found.get('FailureCode', 'no code given')})",
                hint="Run it again once the cause is gone: AWS removes the failed one itself.",
            )
        if found.get("State") == "available":
            return Settled()
        return NotYet("the NAT gateway is pending, which takes AWS a minute or two", 3.0)

    def abandon(self) -> str:
        return f"the NAT gateway {self.name} is still being made"


def _one(tools: Tools, gateway: str) -> Mapping[str, Any]:
    filters = [{"Name": "nat-gateway-id", "Values": [gateway]}]
    found: list[Mapping[str, Any]] = list(
        tools.aws.items("ec2", "DescribeNatGateways", "NatGateways", Filter=filters)
    )
    return found[0] if found else {}


def _live(look: Look, shown: Mapping[str, Any]) -> Live:
    addresses = [str(one.get("AllocationId", "")) for one in shown.get("NatGatewayAddresses", ())]
    fields = {"subnet": shown["SubnetId"], "elastic_ip": next(iter(addresses), "")}
    private = [one["PrivateIp"] for one in shown.get("NatGatewayAddresses", ()) if "PrivateIp" in one]
    state = str(shown["State"])
    return live(
        NatGateway, look.scope, shown, fields, key="NatGatewayId", settled=state == "available", state=state,
        raw={"PrivateIpAddress": private[0]} if private else {},
    )  # fmt: skip
