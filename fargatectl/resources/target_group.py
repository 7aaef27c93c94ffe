"""The targets of a load balancer: the tasks of one service, and how their health is asked for."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any, ClassVar, Self

from fargatectl.dataclass import dataclass
from fargatectl.engine.observe import Look
from fargatectl.engine.outputs import Outputs
from fargatectl.engine.overrides import Overridable
from fargatectl.engine.resource import FIXED, IDENTITY, FieldChange, Live, Resource
from fargatectl.engine.rights import Operation, Right, Territory
from fargatectl.engine.scope import TAG_ID
from fargatectl.engine.tools import Tools
from fargatectl.resources._balancing import (
    Shown,
    attributes,
    found_or,
    hinted,
    listed,
    logical,
    marked,
    pairs,
    tags_of,
)
from fargatectl.resources._tags import upper
from fargatectl.resources.network import Network, locate

PORT = 80
"""Of every target group. AWS asks for one and cannot change it, but ECS registers each task with the port of
its own container: so a service can change its port without losing its targets."""


@dataclass(frozen=True, kw_only=True, eq=False)
class TargetGroup(Resource):
    """The tasks of one service as targets: by address, as Fargate's have network interfaces of their own.

    Attributes:
        family: What the names of the app's target groups begin with.
        protocol: ``HTTP``, ``TCP``, ``UDP`` or ``TCP_UDP``.
        scheme: Of its load balancer: a target group serves one load balancer only.
        health_check: AWS's settings of the check under short names: ``protocol``, ``port``, ``interval``,
            ``timeout`` (seconds), ``healthy``, ``unhealthy`` (checks in a row); with HTTP also ``path`` and
            ``codes``.
        attributes: Those of AWS's attributes that matter here; the others stay as they are.
    """

    kind: ClassVar[str] = "elbv2.target_group"
    overridable = Overridable(
        service="elbv2",
        create="CreateTargetGroup",
        updates=("ModifyTargetGroupAttributes",),
        shown=(("DescribeTargetGroupAttributes",), ("DescribeTargetGroups", "TargetGroups")),
        by={"Attributes": ("attributes",)},
        keeps="Its name is taken as long as it is there, and the service's requests come by it.",
        reserved={
            "Name": "fargatectl finds it by its name",
            "Tags": "fargatectl knows its own by them",
            "TargetGroupArn": "it is the app's own",
            "VpcId": "set network",
            "Port": "ECS registers each task with the port of its container",
            "TargetType": "tasks of Fargate have addresses of their own",
            "Protocol": "set load_balancer.protocol of the service",
            **dict.fromkeys(
                (
                    "Matcher",
                    "HealthCheckEnabled",
                    "HealthCheckProtocol",
                    "HealthCheckPort",
                    "HealthCheckPath",
                    "HealthCheckIntervalSeconds",
                    "HealthCheckTimeoutSeconds",
                    "HealthyThresholdCount",
                    "UnhealthyThresholdCount",
                ),
                "set load_balancer.health_check of the service",
            ),
            "Attributes.deregistration_delay.timeout_seconds": "set load_balancer.deregistration_delay",
            "Attributes.stickiness.enabled": "set load_balancer.sticky of the service",
            "Attributes.stickiness.type": "set load_balancer.sticky of the service",
            "Attributes.stickiness.lb_cookie.duration_seconds": "set load_balancer.sticky of the service",
        },
    )

    family: str = field(metadata=IDENTITY)
    network: Network = field(metadata=FIXED)
    protocol: str = field(default="HTTP", metadata=FIXED)
    scheme: str = field(metadata=FIXED)
    health_check: Mapping[str, object]
    attributes: Mapping[str, str] = field(default_factory=dict)

    def called(self, vpc: str) -> str:
        """Its name in AWS."""
        return marked(self.name, self.protocol, self.scheme, vpc)

    def values(self, outputs: Outputs) -> dict[str, object]:
        return {
            "network": outputs.get(self.network, "vpc"),
            "protocol": self.protocol,
            "scheme": self.scheme,
            "health_check": dict(self.health_check),
            "attributes": dict(self.attributes),
        }

    @classmethod
    def searches(cls, territory: Territory) -> Sequence[Right]:
        reads = ("elasticloadbalancing:DescribeTargetGroups", "elasticloadbalancing:DescribeTags")
        return (Right((Operation.SEARCH,), reads),)

    def rights(self, territory: Territory) -> Sequence[Right]:
        # Of all services: those that the spec no longer has are removed too.
        own = (territory.arn("elasticloadbalancing", f"targetgroup/{self.family}-*/*"),)
        reads = ("DescribeTargetGroups", "DescribeTargetGroupAttributes", "DescribeTags")
        changes = ("ModifyTargetGroup", "ModifyTargetGroupAttributes")
        return (
            Right((Operation.FIND,), tuple(f"elasticloadbalancing:{one}" for one in reads)),
            Right((Operation.FIND,), ("tag:GetResources",)),
            Right((Operation.CREATE,), ("elasticloadbalancing:CreateTargetGroup",), own),
            Right((Operation.CREATE,), ("elasticloadbalancing:AddTags",), own),
            # Asked for in the caller's name (ELB user guide, "Elastic Load Balancing API permissions").
            Right((Operation.CREATE,), ("ec2:DescribeInternetGateways", "ec2:DescribeVpcs")),
            Right((Operation.UPDATE,), tuple(f"elasticloadbalancing:{one}" for one in changes), own),
            Right((Operation.DELETE, Operation.PRUNE), ("elasticloadbalancing:DeleteTargetGroup",), own),
            Right((Operation.FOLLOW,), ("elasticloadbalancing:DescribeTargetHealth",)),
        )

    @classmethod
    def find(cls, look: Look, wanted: Sequence[Self]) -> Iterable[Live]:
        shown = listed(
            look,
            "targetgroup/",
            lambda: list(look.aws.items("elbv2", "DescribeTargetGroups", "TargetGroups")),
            wanted=bool(wanted),
        )
        if not shown:
            return []
        names = {one.called(locate(look, one.network).vpc) for one in wanted}
        ours = hinted(look, "targetgroup/")
        here = [
            one
            for one in shown
            if look.thorough or one["TargetGroupArn"] in ours or one["TargetGroupName"] in names
        ]
        tags = tags_of(look, [str(one["TargetGroupArn"]) for one in here])
        told = {one.name: one.attributes for one in wanted}
        lives = []
        for one in here:
            own = tags[str(one["TargetGroupArn"])]
            if look.scope.owns(own) or one["TargetGroupName"] in names:
                lives.append(_live(one, own, look.scope.owns(own)))
        asks = [
            lambda live=live: _attributes(look, live, told[live.name]) for live in lives if live.name in told
        ]
        return [*(live for live in lives if live.name not in told), *look.gather(*asks)]

    def create(self, tools: Tools, outputs: Outputs) -> Live:
        values = self.values(outputs)
        vpc = outputs.need(self.network, "vpc")
        (answer,) = tools.aws.call(
            "elbv2",
            "CreateTargetGroup",
            Name=self.called(vpc),
            Protocol=self.protocol,
            Port=PORT,
            VpcId=vpc,
            TargetType="ip",
            Tags=upper(tools.scope.tags(self.id)),
            **self._check(),
        )["TargetGroups"]
        fields = {name: value for name, value in values.items() if name != "attributes"}
        return dataclasses.replace(
            _live(answer, tools.scope.tags(self.id), True),
            name=self.name,
            address=self.address,
            fields=fields,
        )

    def update(self, tools: Tools, live: Live, fields: Mapping[str, FieldChange], outputs: Outputs) -> Live:
        arn = {"TargetGroupArn": live.outputs["arn"]}
        if "health_check" in fields:
            tools.aws.call("elbv2", "ModifyTargetGroup", **arn, **self._check())
        if "attributes" in fields:
            tools.aws.call("elbv2", "ModifyTargetGroupAttributes", Attributes=pairs(self.attributes), **arn)
        return dataclasses.replace(live, fields=self.values(outputs))

    @classmethod
    def delete(cls, tools: Tools, live: Live) -> None:
        tools.aws.call("elbv2", "DeleteTargetGroup", TargetGroupArn=live.outputs["arn"])

    def _check(self) -> dict[str, Any]:
        """The parameters that set the health check."""
        codes = self.health_check.get("codes")
        given = {_CHECK[name]: value for name, value in self.health_check.items() if name in _CHECK}
        return {"HealthCheckEnabled": True, **given, **({"Matcher": {"HttpCode": codes}} if codes else {})}


_CHECK = {
    "protocol": "HealthCheckProtocol",
    "port": "HealthCheckPort",
    "path": "HealthCheckPath",
    "interval": "HealthCheckIntervalSeconds",
    "timeout": "HealthCheckTimeoutSeconds",
    "healthy": "HealthyThresholdCount",
    "unhealthy": "UnhealthyThresholdCount",
}


def _attributes(look: Look, live: Live, wanted: Mapping[str, str]) -> Live:
    """With those of its attributes that are spoken of."""
    shown = found_or(
        lambda: look.aws.call("elbv2", "DescribeTargetGroupAttributes", TargetGroupArn=live.outputs["arn"])[
            "Attributes"
        ]
    )
    found = attributes(shown)
    told = {name: found[name] for name in wanted if name in found}
    return dataclasses.replace(
        live, fields={**live.fields, "attributes": told}, raw={**live.raw, "Attributes": list(shown or ())}
    )


def _live(shown: Shown, tags: Mapping[str, str], owned: bool) -> Live:
    called = str(shown["TargetGroupName"])
    name, protocol, vpc = logical(called), shown.get("Protocol"), shown.get("VpcId")
    check = {short: shown[long] for short, long in _CHECK.items() if long in shown}
    codes = shown.get("Matcher", {}).get("HttpCode")
    # AWS tells which load balancers it serves; its name tells for which it was made.
    schemes = [one for one in ("internet-facing", "internal") if called == marked(name, protocol, one, vpc)]
    return Live(
        TargetGroup.kind,
        tags.get(TAG_ID, ""),
        name,
        name,
        owned,
        {
            "network": vpc,
            "protocol": protocol,
            "scheme": schemes[0] if schemes else None,
            "health_check": {**check, **({"codes": codes} if codes else {})},
        },
        {"arn": str(shown["TargetGroupArn"])},
        raw=shown,
    )
