"""A route table of a network of the app's own, with its ways out and its subnets."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any, ClassVar, Self

from fargatectl.aws.errors import AwsError, done_if_gone
from fargatectl.dataclass import dataclass
from fargatectl.engine.observe import Look
from fargatectl.engine.outputs import Outputs, texts
from fargatectl.engine.resource import FIXED, FieldChange, Live
from fargatectl.engine.rights import Right, Territory
from fargatectl.engine.tools import Tools
from fargatectl.resources._ec2 import Ec2Resource, live, ours, sought
from fargatectl.resources._routes import EVERYWHERE, default_route
from fargatectl.resources.egress_only_internet_gateway import EgressOnlyInternetGateway
from fargatectl.resources.internet_gateway import InternetGateway
from fargatectl.resources.nat_gateway import NatGateway
from fargatectl.resources.subnet import Subnet
from fargatectl.resources.vpc import Vpc

_TARGETS = {"igw": "GatewayId", "nat": "NatGatewayId", "eigw": "EgressOnlyInternetGatewayId"}


@dataclass(frozen=True, kw_only=True, eq=False)
class RouteTable(Ec2Resource):
    """Where what leaves its subnets goes, beyond the VPC itself.

    Attributes:
        ipv4: Where ``0.0.0.0/0`` goes; None for nowhere.
        ipv6: Where ``::/0`` goes; None for nowhere.

    Outputs: ``arn`` (its id).
    """

    kind: ClassVar[str] = "ec2.route_table"
    looks: ClassVar[str] = "ec2:DescribeRouteTables"
    # Kinds that need this one, so it cannot import them.
    gives_way_to: ClassVar[frozenset[str]] = frozenset({"ec2.vpc_endpoint"})

    vpc: Vpc = field(metadata=FIXED)
    subnets: tuple[Subnet, ...] = ()
    ipv4: InternetGateway | NatGateway | None = None
    ipv6: InternetGateway | EgressOnlyInternetGateway | None = None

    def values(self, outputs: Outputs) -> dict[str, object]:
        return {
            "vpc": outputs.get(self.vpc),
            "subnets": tuple(sorted((outputs.get(one) for one in self.subnets), key=str)),
            **{way: outputs.get(to) if to is not None else "" for way, to in self._ways()},
        }

    def rights(self, territory: Territory) -> Sequence[Right]:
        return self.permissions(
            territory,
            creates="CreateRouteTable",
            updates=(
                "AssociateRouteTable",
                "ReplaceRouteTableAssociation",
                "DisassociateRouteTable",
                "CreateRoute",
                "ReplaceRoute",
                "DeleteRoute",
            ),
            deletes=("DisassociateRouteTable", "DeleteRouteTable"),
        )

    @classmethod
    def find(cls, look: Look, wanted: Sequence[Self]) -> Iterable[Live]:
        if not sought(look, wanted, "route-table"):
            return []
        found = look.aws.items("ec2", "DescribeRouteTables", "RouteTables", Filters=ours(look.scope))
        return [_live(look, one) for one in found]

    def create(self, tools: Tools, outputs: Outputs) -> Live:
        vpc = outputs.need(self.vpc)
        answer = tools.aws.call(
            "ec2",
            "CreateRouteTable",
            VpcId=vpc,
            ClientToken=uuid.uuid4().hex,  # makes the retry of a lost answer safe
            TagSpecifications=self.marked(tools, "route-table"),
        )["RouteTable"]
        fields = {"vpc": vpc, "subnets": (), "ipv4": "", "ipv6": ""}
        return self.made(answer, fields, key="RouteTableId", associations={})

    def update(self, tools: Tools, live: Live, fields: Mapping[str, FieldChange], outputs: Outputs) -> Live:
        table, values = live.outputs["arn"], self.values(outputs)
        for way in EVERYWHERE:
            if way in fields and values[way]:
                _route(tools, table, way, str(live.fields[way]), str(values[way]))
        if "subnets" in fields:
            wanted = {str(one) for one in texts(values["subnets"])}
            _associate(tools, table, sorted(wanted - set(live.extra["associations"])))
        return dataclasses.replace(live, fields=values)

    def tidy(self, tools: Tools, live: Live, fields: Mapping[str, FieldChange], outputs: Outputs) -> None:
        """Last: tasks that still serve go out there until there are endpoints in its place."""
        table, values = live.outputs["arn"], self.values(outputs)
        for way in EVERYWHERE:
            if way in fields and not values[way]:
                with done_if_gone():
                    tools.aws.call("ec2", "DeleteRoute", **_to_everywhere(table, way))
        if "subnets" in fields:
            associations = live.extra["associations"]
            for subnet in sorted(set(associations) - {str(one) for one in texts(values["subnets"])}):
                with done_if_gone():
                    tools.aws.call("ec2", "DisassociateRouteTable", AssociationId=associations[subnet])

    @classmethod
    def delete(cls, tools: Tools, live: Live) -> None:
        for association in live.extra["associations"].values():
            with done_if_gone():
                tools.aws.call("ec2", "DisassociateRouteTable", AssociationId=association)
        tools.aws.call("ec2", "DeleteRouteTable", RouteTableId=live.outputs["arn"])

    def _ways(self) -> Iterable[tuple[str, Any]]:
        return {"ipv4": self.ipv4, "ipv6": self.ipv6}.items()


def _to_everywhere(table: str, way: str) -> dict[str, str]:
    """What a call names a way out by: ``ipv4`` or ``ipv6``."""
    name = "DestinationIpv6CidrBlock" if way == "ipv6" else "DestinationCidrBlock"
    return {"RouteTableId": table, name: EVERYWHERE[way]}


def _route(tools: Tools, table: str, way: str, old: str, new: str) -> None:
    """Let a way out lead somewhere else: `old` and `new` are ids, `old` may be empty."""
    route = {**_to_everywhere(table, way), _TARGETS[new.partition("-")[0]]: new}
    if not old:
        try:
            tools.aws.call("ec2", "CreateRoute", **route)
            return
        except AwsError as error:
            if not error.exists:  # by a try whose answer was lost
                raise
    tools.aws.call("ec2", "ReplaceRoute", **route)


def _associate(tools: Tools, table: str, subnets: Sequence[str]) -> None:
    """Let subnets use a table; those that use another one come over without a moment between."""
    if not subnets:
        return
    tables = _tables_of(tools, subnets)
    for subnet in subnets:
        try:
            if subnet in tables:
                association = tables[subnet][1]
                tools.aws.call(
                    "ec2", "ReplaceRouteTableAssociation", AssociationId=association, RouteTableId=table
                )
            else:
                tools.aws.call("ec2", "AssociateRouteTable", SubnetId=subnet, RouteTableId=table)
        except AwsError as error:
            if not error.exists and not error.gone:
                raise
            # Perhaps a lost answer, tried again: what is there decides.
            if _tables_of(tools, [subnet]).get(subnet, ("",))[0] != table:
                raise


def _tables_of(tools: Tools, subnets: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Subnet -> the table that it was given, and the id of its association with it."""
    filters = [{"Name": "association.subnet-id", "Values": list(subnets)}]
    return {
        subnet: (str(one["RouteTableId"]), association)
        for one in tools.aws.items("ec2", "DescribeRouteTables", "RouteTables", Filters=filters)
        for subnet, association in _associations(one).items()
    }


def _associations(shown: Mapping[str, Any]) -> dict[str, str]:
    """Subnet -> id of its association."""
    return {
        str(one["SubnetId"]): str(one["RouteTableAssociationId"])
        for one in shown.get("Associations", ())
        if one.get("SubnetId")
        and one.get("AssociationState", {}).get("State", "associated") in ("associating", "associated")
    }


def _live(look: Look, shown: Mapping[str, Any]) -> Live:
    associations = _associations(shown)
    fields = {
        "vpc": shown["VpcId"],
        "subnets": tuple(sorted(associations)),
        **{way: default_route(shown, way) for way in EVERYWHERE},
    }
    return live(RouteTable, look.scope, shown, fields, key="RouteTableId", associations=associations)
