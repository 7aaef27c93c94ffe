"""The Cloud Map service in which ECS registers a service's tasks: their name in DNS.

Source: Cloud Map API reference, CreateService and UpdateService; ECS developer guide, "Use service discovery
to connect Amazon ECS services with DNS names".
"""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import ClassVar, Self

from fargatectl.dataclass import dataclass
from fargatectl.engine.observe import Look
from fargatectl.engine.outputs import Outputs
from fargatectl.engine.resource import FIXED, FieldChange, Live, Resource
from fargatectl.engine.rights import Operation, Right, Territory
from fargatectl.engine.scope import TAG_ID
from fargatectl.engine.tools import Tools
from fargatectl.resources import _overridable
from fargatectl.resources._cloud_map import LISTS, Shown, services_in
from fargatectl.resources._registry import discovered
from fargatectl.resources._tags import upper
from fargatectl.resources.private_dns_namespace import PrivateDnsNamespace

_LOOKS = (*LISTS, "servicediscovery:ListServices")


@dataclass(frozen=True, kw_only=True, eq=False)
class DiscoveryService(Resource):
    """A service of Cloud Map: the DNS name under which the tasks of one ECS service are found.

    Attributes:
        name: In full, such as ``api.shop.local``.
        record: ``A``, the address of each task; or ``SRV``, with the port as well. AWS changes neither into
            the other: their names differ (see `fargatectl.topology.discovering`), so nobody asks it to.
        ttl: For how many seconds the answer may be kept.

    Outputs: ``arn``.
    """

    kind: ClassVar[str] = "servicediscovery.discovery_service"
    overridable = _overridable.DISCOVERY_SERVICE

    namespace: PrivateDnsNamespace = field(metadata=FIXED)
    record: str = field(default="A", metadata=FIXED)
    ttl: int

    def values(self, outputs: Outputs) -> dict[str, object]:
        return {"namespace": outputs.get(self.namespace, "id"), "record": self.record, "ttl": self.ttl}

    def rights(self, territory: Territory) -> Sequence[Right]:
        # Its id is AWS's own invention, and Cloud Map lets no policy ask for the tags of what is there.
        spaces = (territory.arn("servicediscovery", "namespace/*"),)
        every = (territory.arn("servicediscovery", "service/*"),)
        ours = territory.tagged("aws:RequestTag")
        return (
            Right((Operation.FIND, Operation.SEARCH), _LOOKS),
            Right((Operation.CREATE,), ("servicediscovery:CreateService",), (*spaces, *every), ours),
            Right((Operation.CREATE,), ("servicediscovery:TagResource",), when=ours),
            Right((Operation.UPDATE,), ("servicediscovery:UpdateService",), every),
            Right((Operation.DELETE, Operation.PRUNE), ("servicediscovery:DeleteService",), every),
        )

    @classmethod
    def find(cls, look: Look, wanted: Sequence[Self]) -> Iterable[Live]:
        if not (wanted or look.thorough or discovered(look)):
            return []
        names = {one.name for one in wanted}
        lives = [_live(look, space, one) for space, one in services_in(look)]
        # Somebody else's in a namespace of ours would keep that from being removed.
        return [live for live in lives if live.owned or live.name in names or look.thorough]

    def create(self, tools: Tools, outputs: Outputs) -> Live:
        namespace = outputs.need(self.namespace, "id")
        made = tools.aws.call(
            "servicediscovery",
            "CreateService",
            Name=self.name.removesuffix(f".{self.namespace.name}"),
            NamespaceId=namespace,
            CreatorRequestId=uuid.uuid4().hex,  # makes the retry of a lost answer safe
            DnsConfig={
                "RoutingPolicy": "MULTIVALUE",
                "DnsRecords": [{"Type": self.record, "TTL": self.ttl}],
            },
            # ECS says which tasks are healthy; without it unhealthy ones are found too, and it cannot be
            # added later.
            HealthCheckCustomConfig={"FailureThreshold": 1},
            Tags=upper(tools.scope.tags(self.id)),
        )["Service"]
        return Live(
            self.kind, self.id, self.name, self.address, True, self.values(outputs),
            {"arn": str(made["Arn"])}, extra={"id": str(made["Id"])},
        )  # fmt: skip

    def update(self, tools: Tools, live: Live, fields: Mapping[str, FieldChange], outputs: Outputs) -> Live:
        records = [{"Type": self.record, "TTL": self.ttl}]
        tools.aws.call(
            "servicediscovery",
            "UpdateService",
            Id=live.extra["id"],
            Service={"DnsConfig": {"DnsRecords": records}},
        )
        return dataclasses.replace(live, fields=self.values(outputs))

    @classmethod
    def delete(cls, tools: Tools, live: Live) -> None:
        tools.aws.call("servicediscovery", "DeleteService", Id=live.extra["id"])


def _live(look: Look, space: str, one: Shown) -> Live:
    name, records = f"{one.raw['Name']}.{space}", one.raw.get("DnsConfig", {}).get("DnsRecords", ())
    return Live(
        DiscoveryService.kind,
        one.tags.get(TAG_ID, ""),
        name,
        name,
        look.scope.owns(one.tags),
        {
            "namespace": str(one.raw["Namespace"]["Id"]),
            "record": " and ".join(str(record["Type"]) for record in records),
            "ttl": next((record["TTL"] for record in records), None),
        },
        {"arn": str(one.raw["Arn"])},
        extra={"id": str(one.raw["Id"]), "inside": f"the namespace {space}"},
        raw=one.raw,
    )
