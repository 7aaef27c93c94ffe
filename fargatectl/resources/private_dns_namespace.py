"""The Cloud Map namespace whose names anything in the VPC finds by DNS.

A kind of its own beside `fargatectl.resources.namespace`: it lives in a VPC, and takes rights in Route 53.
Source: Cloud Map API reference, CreatePrivateDnsNamespace; developer guide, "API permissions reference";
Route 53 API reference, GetHostedZone.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from functools import partial
from typing import ClassVar, Self

from fargatectl.aws.errors import AwsError
from fargatectl.dataclass import dataclass
from fargatectl.engine.observe import Look
from fargatectl.engine.outputs import Outputs
from fargatectl.engine.resource import FIXED, FieldChange, Live, NotYet, Resource, Settled, Watch
from fargatectl.engine.rights import Operation, Right, Territory
from fargatectl.engine.scope import TAG_ID
from fargatectl.engine.tools import Tools
from fargatectl.resources import _overridable
from fargatectl.resources._cloud_map import (
    LISTS,
    Making,
    Shown,
    handle,
    namespace_rights,
    private_namespaces,
    remove,
    removed,
)
from fargatectl.resources._dns import may_change
from fargatectl.resources._registry import discovered
from fargatectl.resources._tags import upper
from fargatectl.resources.network import Network, locate

TAG_VPC = "fargatectl:vpc"
"""On a namespace: its VPC, which otherwise only Route 53 tells, of its hosted zone: a call more."""


@dataclass(frozen=True, kw_only=True, eq=False)
class PrivateDnsNamespace(Resource):
    """A namespace of Cloud Map with names in DNS: a hosted zone of Route 53 that one VPC sees.

    AWS makes and removes both in the background. It is looked for where a service is wanted in one or is in
    one, and by `down`.

    Outputs: ``arn``, ``id``.
    """

    kind: ClassVar[str] = "servicediscovery.private_dns_namespace"
    overridable = _overridable.PRIVATE_DNS_NAMESPACE

    network: Network = field(metadata=FIXED)

    def values(self, outputs: Outputs) -> dict[str, object]:
        return {"network": outputs.get(self.network, "vpc")}

    @classmethod
    def searches(cls, territory: Territory) -> Sequence[Right]:
        return (Right((Operation.SEARCH,), LISTS),)

    def rights(self, territory: Territory) -> Sequence[Right]:
        # In the caller's name Cloud Map makes the hosted zone, and looks at it and at the VPC.
        updates = self.overriding("servicediscovery")
        zones = ("route53:CreateHostedZone", "route53:ListHostedZonesByName")
        looks = ("ec2:DescribeVpcs", "ec2:DescribeRegions")
        zone = f"arn:{territory.partition}:route53:::hostedzone/*"
        return (
            *namespace_rights(territory, "CreatePrivateDnsNamespace", updates),
            # And it sets the zone's own record (developer guide, "API permissions reference").
            *((may_change(territory, (Operation.UPDATE,), ("SOA",), ("{any}",)),) if updates else ()),
            Right((Operation.CREATE,), (*zones, *looks)),
            Right((Operation.FIND, Operation.CREATE), ("route53:GetHostedZone",), (zone,)),
        )

    @classmethod
    def find(cls, look: Look, wanted: Sequence[Self]) -> Iterable[Live]:
        if not (wanted or look.thorough or discovered(look)):
            return []
        networks = {one.name: one.network for one in wanted}
        asks = [
            partial(_live, look, one, networks.get(str(one.raw["Name"]))) for one in private_namespaces(look)
        ]
        return [live for live in look.gather(*asks) if live is not None]

    def create(self, tools: Tools, outputs: Outputs) -> Live:
        vpc = outputs.need(self.network, "vpc")
        operation = tools.aws.call(
            "servicediscovery",
            "CreatePrivateDnsNamespace",
            Name=self.name,
            Vpc=vpc,
            CreatorRequestId=uuid.uuid4().hex,  # makes the retry of a lost answer safe
            Tags=upper({**tools.scope.tags(self.id), TAG_VPC: vpc}),
        )["OperationId"]
        fields, extra = {"network": vpc}, {"operation": operation}
        return Live(self.kind, self.id, self.name, self.address, True, fields, settled=False, extra=extra)

    def update(self, tools: Tools, live: Live, fields: Mapping[str, FieldChange], outputs: Outputs) -> Live:
        return live

    def watch(self, tools: Tools, live: Live, outputs: Outputs) -> Watch | None:
        hint = (
            "Run it again. If the VPC has a hosted zone of that name already, give another one: "
            "discovery.namespace in the spec."
        )
        return None if live.settled else Making(self, tools, live, outputs, hint)

    @classmethod
    def delete(cls, tools: Tools, live: Live) -> None:
        remove(tools, live)

    @classmethod
    def gone(cls, tools: Tools, live: Live) -> NotYet | Settled:
        return removed(tools, live)


def _live(look: Look, one: Shown, wanted: Network | None) -> Live | None:
    """As it is; None where it is somebody else's and in nobody's way: a name is one VPC's own.

    Args:
        wanted: Where one of this name is to be.
    """
    name, ours = str(one.raw["Name"]), look.scope.owns(one.tags)
    vpc = one.tags.get(TAG_VPC)
    if wanted is not None and (not ours or vpc is None):
        place = locate(look, wanted).vpc
        taken = [vpc] if vpc is not None else _vpcs(look, one)
        # Of ours that nobody tells it of, a replacement would be refused if it is there.
        vpc = place if place in taken or (ours and not taken) else next(iter(taken), None)
        wanted = wanted if vpc == place else None
    if not ours and wanted is None:
        return None
    outputs = {"arn": str(one.raw["Arn"]), "id": str(one.raw["Id"])}
    return Live(
        PrivateDnsNamespace.kind, one.tags.get(TAG_ID, ""), name, name, ours,
        {"network": vpc}, outputs, extra=handle(one.raw), raw=one.raw,
    )  # fmt: skip


def _vpcs(look: Look, one: Shown) -> list[str]:
    """Those that see it, as its hosted zone tells; none where that is not there any more."""
    zone = one.raw.get("Properties", {}).get("DnsProperties", {}).get("HostedZoneId")
    if not zone:
        return []
    try:
        answer = look.aws.call("route53", "GetHostedZone", Id=zone)
    except AwsError as error:
        if error.error == "NoSuchHostedZone":
            return []
        raise
    return [str(vpc["VPCId"]) for vpc in answer.get("VPCs", ())]
