"""The load balancer in front of an app's services."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any, ClassVar, Self

from fargatectl.dataclass import dataclass
from fargatectl.engine.observe import Look
from fargatectl.engine.outputs import Outputs, Pending, texts
from fargatectl.engine.overrides import Overridable
from fargatectl.engine.resource import FIXED, FieldChange, Live, NotYet, Resource, Settled, Watch
from fargatectl.engine.rights import Operation, Right, Territory
from fargatectl.engine.scope import TAG_ID
from fargatectl.engine.tools import Tools
from fargatectl.errors import DeployError
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
from fargatectl.resources._linked_role import linked_role_right
from fargatectl.resources._tags import upper
from fargatectl.resources.load_balancer_subnets import LoadBalancerSubnets
from fargatectl.resources.network import Network, locate
from fargatectl.resources.security_group import SecurityGroup

LINKED_SERVICE = "elasticloadbalancing.amazonaws.com"

_LOOKS = ("AccountAttributes", "Addresses", "InternetGateways", "SecurityGroups", "Subnets", "Vpcs")


@dataclass(frozen=True, kw_only=True, eq=False)
class LoadBalancer(Resource):
    """An Application or Network Load Balancer that an app's services share.

    Its listeners can be made while AWS still sets it up: only the end of the run waits until it is active.

    Attributes:
        scheme: ``internet-facing`` or ``internal``.
        type: ``application`` or ``network``.
        attributes: Those of AWS's attributes that matter here; the others stay as they are.

    Outputs: ``arn``, ``dns_name``, ``zone`` (the Route 53 zone of that name).
    """

    kind: ClassVar[str] = "elbv2.load_balancer"
    overridable = Overridable(
        service="elbv2",
        create="CreateLoadBalancer",
        updates=("ModifyLoadBalancerAttributes",),
        further={"SetIpAddressType": {"LoadBalancerArn": "{arn}"}},
        shown=(("DescribeLoadBalancerAttributes",), ("DescribeLoadBalancers", "LoadBalancers")),
        by={"Attributes": ("attributes",)},
        keeps="Its name is taken as long as it is there, and its address is known.",
        reserved={
            "Name": "fargatectl finds it by its name",
            "Tags": "fargatectl knows its own by them",
            "LoadBalancerArn": "it is the app's own",
            **dict.fromkeys(("Subnets", "SubnetMappings"), "set load_balancer.subnets"),
            "Type": "set protocol of the service's load_balancer",
            "CustomerOwnedIpv4Pool": "Fargate runs in no subnet of an Outpost",
            "SecurityGroups": "set load_balancer.allow",
            "Scheme": "set load_balancer.public",
            "Attributes.idle_timeout.timeout_seconds": "set load_balancer.idle_timeout",
            "Attributes.routing.http.drop_invalid_header_fields.enabled": "it is always on",
        },
    )
    follows: ClassVar[bool] = True
    usable_early: ClassVar[bool] = True

    network: Network = field(metadata=FIXED)
    scheme: str = field(metadata=FIXED)
    type: str = field(default="application", metadata=FIXED)
    subnets: LoadBalancerSubnets
    security_groups: tuple[SecurityGroup, ...]
    attributes: Mapping[str, str] = field(default_factory=dict)

    def called(self, vpc: str) -> str:
        """Its name in AWS."""
        return marked(self.name, self.type, self.scheme, vpc)

    def values(self, outputs: Outputs) -> dict[str, object]:
        groups = [outputs.get(group) for group in self.security_groups]
        return {
            "network": outputs.get(self.network, "vpc"),
            "scheme": self.scheme,
            "type": self.type,
            "subnets": tuple(str(outputs.get(self.subnets, "subnets")).split(",")),
            "security_groups": next(
                (group for group in groups if isinstance(group, Pending)), tuple(sorted(map(str, groups)))
            ),
            "attributes": dict(self.attributes),
        }

    @classmethod
    def searches(cls, territory: Territory) -> Sequence[Right]:
        reads = ("elasticloadbalancing:DescribeLoadBalancers", "elasticloadbalancing:DescribeTags")
        return (Right((Operation.SEARCH,), reads),)

    def rights(self, territory: Territory) -> Sequence[Right]:
        own = (balancer_arn(territory, "loadbalancer", self),)
        reads = ("DescribeLoadBalancers", "DescribeLoadBalancerAttributes", "DescribeTags")
        changes = ("ModifyLoadBalancerAttributes", "SetSecurityGroups", "SetSubnets", *self.overriding())
        return (
            Right((Operation.FIND,), tuple(f"elasticloadbalancing:{one}" for one in reads)),
            Right((Operation.FIND,), ("tag:GetResources",)),
            Right((Operation.FOLLOW,), ("elasticloadbalancing:DescribeLoadBalancers",)),
            Right((Operation.CREATE,), ("elasticloadbalancing:CreateLoadBalancer",), own),
            Right((Operation.CREATE,), ("elasticloadbalancing:AddTags",), own),
            # Asked for in the caller's name (ELB user guide, "Elastic Load Balancing API permissions").
            Right((Operation.CREATE,), tuple(f"ec2:Describe{one}" for one in _LOOKS)),
            Right((Operation.UPDATE,), ("ec2:DescribeSubnets",)),
            Right((Operation.UPDATE,), tuple(f"elasticloadbalancing:{one}" for one in changes), own),
            Right((Operation.DELETE, Operation.PRUNE), ("elasticloadbalancing:DeleteLoadBalancer",), own),
            linked_role_right(territory, LINKED_SERVICE, "AWSServiceRoleForElasticLoadBalancing"),
        )

    @classmethod
    def find(cls, look: Look, wanted: Sequence[Self]) -> Iterable[Live]:
        names = {one.called(locate(look, one.network).vpc) for one in wanted}
        told = {one.name: one.attributes for one in wanted}
        lives = []
        for found in balancers(look):
            name = str(found.shown["LoadBalancerName"])
            if found.owned or name in names:
                lives.append(_live(found, told.get(logical(name), {})))
        asks = [lambda live=live: _attributes(look, live) for live in lives if live.name in told]
        return [*(live for live in lives if live.name not in told), *look.gather(*asks)]

    def create(self, tools: Tools, outputs: Outputs) -> Live:
        values = self.values(outputs)
        (answer,) = tools.aws.call(
            "elbv2",
            "CreateLoadBalancer",
            Name=self.called(str(values["network"])),
            Type=self.type,
            Scheme=self.scheme,
            IpAddressType="ipv4",
            Subnets=list(texts(values["subnets"])),
            SecurityGroups=list(texts(values["security_groups"])),
            Tags=upper(tools.scope.tags(self.id)),
        )["LoadBalancers"]
        fields = {name: value for name, value in values.items() if name != "attributes"}
        # Without attributes: they take a call of their own.
        return dataclasses.replace(
            _bare(answer), id=self.id, name=self.name, address=self.address, owned=True, fields=fields
        )

    def update(self, tools: Tools, live: Live, fields: Mapping[str, FieldChange], outputs: Outputs) -> Live:
        values = self.values(outputs)
        arn = {"LoadBalancerArn": live.outputs["arn"]}
        if "attributes" in fields:
            tools.aws.call("elbv2", "ModifyLoadBalancerAttributes", Attributes=pairs(self.attributes), **arn)
        if "security_groups" in fields:
            groups = list(texts(values["security_groups"]))
            tools.aws.call("elbv2", "SetSecurityGroups", SecurityGroups=groups, **arn)
        if "subnets" in fields:
            tools.aws.call("elbv2", "SetSubnets", Subnets=list(texts(values["subnets"])), **arn)
        return dataclasses.replace(live, fields=values)

    def watch(self, tools: Tools, live: Live, outputs: Outputs) -> Watch | None:
        return None if live.settled else _Activation(tools, live.outputs["arn"], self.name)

    @classmethod
    def delete(cls, tools: Tools, live: Live) -> None:
        tools.aws.call("elbv2", "DeleteLoadBalancer", LoadBalancerArn=live.outputs["arn"])


@dataclass(frozen=True)
class _Activation:
    tools: Tools
    arn: str
    name: str

    def poll(self) -> NotYet | Settled:
        answer = self.tools.aws.call("elbv2", "DescribeLoadBalancers", LoadBalancerArns=[self.arn])
        state = answer["LoadBalancers"][0].get("State", {})
        if state.get("Code") == "failed":
            why = state.get("Reason") or "it gives no reason"
            raise DeployError(
                f"AWS could not set up the load balancer {self.name}: {why}",
                hint="Run fargatectl down, then up again; often the subnets have no free addresses left.",
            )
        if state.get("Code", "active") == "provisioning":
            return NotYet("AWS is setting it up", 3.0)
        return Settled("active")

    def abandon(self) -> str:
        return f"AWS goes on setting up the load balancer {self.name}"


@dataclass(frozen=True)
class Found:
    """A load balancer as DescribeLoadBalancers shows it."""

    shown: Shown
    tags: Mapping[str, str]
    owned: bool

    @property
    def arn(self) -> str:
        """Its ARN."""
        return str(self.shown["LoadBalancerArn"])

    @property
    def name(self) -> str:
        """Its logical name."""
        return logical(str(self.shown["LoadBalancerName"]))


def balancers(look: Look) -> list[Found]:
    """Those that are ours, and those that have a wanted name; asked once for all who look inside."""
    return look.once("load balancers", lambda: _balancers(look))


def _balancers(look: Look) -> list[Found]:
    wanted = look.wanted(LoadBalancer)
    shown = listed(
        look,
        "loadbalancer/",
        lambda: list(look.aws.items("elbv2", "DescribeLoadBalancers", "LoadBalancers")),
        wanted=bool(wanted),
    )
    if not shown:
        return []
    names = {one.called(locate(look, one.network).vpc) for one in wanted}
    ours = hinted(look, "loadbalancer/")
    here = [
        one
        for one in shown
        if look.thorough or one["LoadBalancerArn"] in ours or one["LoadBalancerName"] in names
    ]
    tags = tags_of(look, [str(one["LoadBalancerArn"]) for one in here])
    return [
        Found(one, own, look.scope.owns(own)) for one in here for own in [tags[str(one["LoadBalancerArn"])]]
    ]


def balancer_arn(territory: Territory, type: str, balancer: LoadBalancer, rest: str = "*") -> str:
    """The ARNs of a load balancer, or of what belongs to it: names in AWS end with a mark and an id.

    Args:
        type: Such as ``listener``.
    """
    short = "app" if balancer.type == "application" else "net"
    return territory.arn("elasticloadbalancing", f"{type}/{short}/{balancer.name}-*/{rest}")


def _attributes(look: Look, live: Live) -> Live:
    """With those of its attributes that are spoken of."""
    wanted: Mapping[str, str] = live.extra["told"]
    shown = found_or(
        lambda: look.aws.call("elbv2", "DescribeLoadBalancerAttributes", LoadBalancerArn=live.outputs["arn"])[
            "Attributes"
        ]
    )
    found = attributes(shown)
    told = {name: found[name] for name in wanted if name in found}
    return dataclasses.replace(
        live, fields={**live.fields, "attributes": told}, raw={**live.raw, "Attributes": list(shown or ())}
    )


def _live(found: Found, told: Mapping[str, str]) -> Live:
    return dataclasses.replace(
        _bare(found.shown), id=found.tags.get(TAG_ID, ""), owned=found.owned, extra={"told": told}
    )


def _bare(shown: Shown) -> Live:
    name = logical(str(shown["LoadBalancerName"]))
    zones: Sequence[Mapping[str, Any]] = shown.get("AvailabilityZones", ())
    return Live(
        LoadBalancer.kind,
        "",
        name,
        name,
        False,
        {
            "network": shown.get("VpcId"),
            "scheme": shown.get("Scheme"),
            "type": shown.get("Type"),
            "subnets": tuple(sorted(str(one["SubnetId"]) for one in zones)),
            "security_groups": tuple(sorted(shown.get("SecurityGroups", ()))),
        },
        {
            "arn": str(shown["LoadBalancerArn"]),
            "dns_name": str(shown.get("DNSName", "")),
            "zone": str(shown.get("CanonicalHostedZoneId", "")),
        },
        # One that AWS could not set up is looked at again, and told as such.
        settled=shown.get("State", {}).get("Code", "active") in ("active", "active_impaired"),
        raw=shown,
    )
