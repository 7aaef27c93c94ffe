"""A VPC endpoint of a network of the app's own: an AWS service without a way to the internet."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any, ClassVar, Self

from fargatectl.aws.errors import AwsError
from fargatectl.dataclass import dataclass
from fargatectl.engine.observe import Look
from fargatectl.engine.outputs import Outputs, texts
from fargatectl.engine.resource import FIXED, FieldChange, Live, NotYet, Settled, Watch
from fargatectl.engine.rights import Operation, Right, Territory
from fargatectl.engine.tools import Tools
from fargatectl.errors import DeployError
from fargatectl.resources import _overridable_network
from fargatectl.resources._ec2 import Ec2Resource, live, ours, sought
from fargatectl.resources.nat_gateway import NatGateway
from fargatectl.resources.route_table import RouteTable
from fargatectl.resources.security_group import SecurityGroup
from fargatectl.resources.subnet import Subnet
from fargatectl.resources.vpc import Vpc

_ENDED = ("deleted", "failed", "expired", "rejected")
# Field -> the parameters of ModifyVpcEndpoint that add to it and take from it.
_CHANGES = {
    "subnets": ("AddSubnetIds", "RemoveSubnetIds"),
    "security_groups": ("AddSecurityGroupIds", "RemoveSecurityGroupIds"),
    "route_tables": ("AddRouteTableIds", "RemoveRouteTableIds"),
}


@dataclass(frozen=True, kw_only=True, eq=False)
class VpcEndpoint(Ec2Resource):
    """A gateway endpoint where it has route tables (S3), else an interface endpoint with private DNS.

    Attributes:
        service: The end of its name, such as ``ecr.api``.

    Outputs: ``arn`` (its id).
    """

    kind: ClassVar[str] = "ec2.vpc_endpoint"
    looks: ClassVar[str] = "ec2:DescribeVpcEndpoints"
    overridable = _overridable_network.VPC_ENDPOINT
    # Out through these, tasks reach the service without it.
    gives_way_to: ClassVar[frozenset[str]] = frozenset({NatGateway.kind, RouteTable.kind})

    vpc: Vpc = field(metadata=FIXED)
    service: str = field(metadata=FIXED)
    subnets: tuple[Subnet, ...] = ()
    security_groups: tuple[SecurityGroup, ...] = ()
    route_tables: tuple[RouteTable, ...] = ()
    private_dns: bool = True

    def values(self, outputs: Outputs) -> dict[str, object]:
        lists = {
            name: tuple(sorted((outputs.get(one) for one in getattr(self, name)), key=str))
            for name in _CHANGES
        }
        private_dns = self.private_dns and not self.route_tables
        return {"vpc": outputs.get(self.vpc), "service": self.service, **lists, "private_dns": private_dns}

    def rights(self, territory: Territory) -> Sequence[Right]:
        follows = (Operation.FOLLOW, Operation.DELETE, Operation.PRUNE)
        writes = (Operation.CREATE, Operation.UPDATE)
        return (
            Right(follows, (self.looks,)),
            # What makes its names known in the VPC is a hosted zone of AWS's own.
            *([] if self.route_tables else [Right(writes, ("route53:AssociateVPCWithHostedZone",))]),
            *self.permissions(
                territory,
                creates="CreateVpcEndpoint",
                updates=("ModifyVpcEndpoint",),
                deletes=("DeleteVpcEndpoints",),
            ),
        )

    @classmethod
    def find(cls, look: Look, wanted: Sequence[Self]) -> Iterable[Live]:
        if not sought(look, wanted, "vpc-endpoint"):
            return []
        found = look.aws.items("ec2", "DescribeVpcEndpoints", "VpcEndpoints", Filters=ours(look.scope))
        ids = {one.id for one in wanted}
        lives = [_live(look, one) for one in found if _state(one) not in _ENDED]
        # One that is being deleted is as good as gone where it is wanted again.
        return [live for live in lives if not (live.extra["state"] == "deleting" and live.id in ids)]

    def create(self, tools: Tools, outputs: Outputs) -> Live:
        values = self.values(outputs)
        if self.route_tables:
            how: dict[str, Any] = {
                "VpcEndpointType": "Gateway",
                "RouteTableIds": [outputs.need(one) for one in self.route_tables],
            }
        else:
            how = {
                "VpcEndpointType": "Interface",
                "SubnetIds": [outputs.need(one) for one in self.subnets],
                "SecurityGroupIds": [outputs.need(one) for one in self.security_groups],
                "PrivateDnsEnabled": self.private_dns,
            }
        answer = tools.aws.call(
            "ec2",
            "CreateVpcEndpoint",
            VpcId=outputs.need(self.vpc),
            ServiceName=f"{_prefix(tools, self.service)}.{tools.aws.region}.{self.service}",
            ClientToken=uuid.uuid4().hex,  # makes the retry of a lost answer safe
            TagSpecifications=self.marked(tools, "vpc-endpoint"),
            **how,
        )["VpcEndpoint"]
        state = _state(answer)
        return self.made(answer, values, key="VpcEndpointId", settled=state == "available", state=state)

    def update(self, tools: Tools, live: Live, fields: Mapping[str, FieldChange], outputs: Outputs) -> Live:
        values = self.values(outputs)
        changes: dict[str, Any] = {}
        for name, (adds, removes) in _CHANGES.items():
            if name in fields:
                old, new = set(texts(live.fields[name])), set(texts(values[name]))
                changes |= {adds: sorted(new - old), removes: sorted(old - new)}
        if "private_dns" in fields:
            changes["PrivateDnsEnabled"] = values["private_dns"]
        given = {name: value for name, value in changes.items() if value != []}
        tools.aws.call("ec2", "ModifyVpcEndpoint", VpcEndpointId=live.outputs["arn"], **given)
        return dataclasses.replace(live, fields=values)

    def watch(self, tools: Tools, live: Live, outputs: Outputs) -> Watch | None:
        return None if live.settled else _Availability(self.service, tools, live.outputs["arn"])

    @classmethod
    def delete(cls, tools: Tools, live: Live) -> None:
        if live.extra["state"] == "deleting":
            return
        answer = tools.aws.call("ec2", "DeleteVpcEndpoints", VpcEndpointIds=[live.outputs["arn"]])
        for failure in answer.get("Unsuccessful", ()):
            why = failure.get("Error", {})
            raise AwsError(str(why.get("Code", "")), str(why.get("Message", "")), "ec2", "DeleteVpcEndpoints")

    @classmethod
    def gone(cls, tools: Tools, live: Live) -> NotYet | Settled:
        if _state(_one(tools, live.outputs["arn"])) in _ENDED:
            return Settled()
        return NotYet("the endpoint's network interfaces are being removed", 3.0)


@dataclass(frozen=True)
class _Availability:
    service: str
    tools: Tools
    endpoint: str

    def poll(self) -> NotYet | Settled:
        state = _state(_one(self.tools, self.endpoint))
        if state in _ENDED:
            raise DeployError(
                f"AWS could not make the VPC endpoint for {self.service}: it is {state}",
                hint="Run it again; fargatectl down removes what is there.",
            )
        return Settled() if state == "available" else NotYet("the endpoint is pending", 3.0)

    def abandon(self) -> str:
        return f"the VPC endpoint for {self.service} is still being made"


def _prefix(tools: Tools, service: str) -> str:
    """What a service's name begins with: in China some have another one (Amazon ECR User Guide there)."""
    china = service.startswith("ecr.") and tools.aws.partition == "aws-cn"
    return "cn.com.amazonaws" if china else "com.amazonaws"


def _one(tools: Tools, endpoint: str) -> Mapping[str, Any]:
    found: list[Mapping[str, Any]] = list(
        tools.aws.items("ec2", "DescribeVpcEndpoints", "VpcEndpoints", VpcEndpointIds=[endpoint])
    )
    return found[0] if found else {}


def _state(shown: Mapping[str, Any]) -> str:
    """In small letters: the API's enum has capitals, its answers have none."""
    return str(shown.get("State", "deleted")).lower()


def _live(look: Look, shown: Mapping[str, Any]) -> Live:
    fields = {
        "vpc": shown["VpcId"],
        "service": str(shown["ServiceName"]).partition(f".{look.aws.region}.")[2],
        "subnets": tuple(sorted(shown.get("SubnetIds", ()))),
        "security_groups": tuple(sorted(one["GroupId"] for one in shown.get("Groups", ()))),
        "route_tables": tuple(sorted(shown.get("RouteTableIds", ()))),
        "private_dns": shown.get("VpcEndpointType") == "Interface" and bool(shown.get("PrivateDnsEnabled")),
    }
    state = _state(shown)
    return live(
        VpcEndpoint, look.scope, shown, fields, key="VpcEndpointId", settled=state == "available", state=state
    )
