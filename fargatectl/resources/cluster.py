"""The ECS cluster that an app's services run in."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Self

from fargatectl.dataclass import dataclass
from fargatectl.engine.observe import Look
from fargatectl.engine.outputs import Outputs
from fargatectl.engine.overrides import Overridable
from fargatectl.engine.resource import FieldChange, Live, NotYet, Resource, Settled, Watch
from fargatectl.engine.rights import Operation, Right, Territory
from fargatectl.engine.scope import TAG_ID
from fargatectl.engine.tools import Tools
from fargatectl.errors import DeployError
from fargatectl.resources._linked_role import linked_role, linked_role_right
from fargatectl.resources._tags import indexed, lower, read
from fargatectl.resources.account import Account
from fargatectl.resources.kms_key import KmsKey

_BATCH = 100  # ECS API reference, DescribeClusters
_DEFAULT_STRATEGY = [{"capacityProvider": "FARGATE", "weight": 1}]


@dataclass(frozen=True, kw_only=True, eq=False)
class Cluster(Resource):
    """A cluster whose capacity is Fargate's alone, on demand and Spot.

    Attributes:
        container_insights: ``enhanced``, ``enabled`` or ``disabled``; empty: as the account has it.
        storage_key: Encrypts the disks of its tasks on Fargate; None: whichever it has.
    """

    kind: ClassVar[str] = "ecs.cluster"
    overridable = Overridable(
        service="ecs",
        create="CreateCluster",
        updates=("UpdateCluster", "PutClusterCapacityProviders"),
        by={"configuration": (), "defaultCapacityProviderStrategy": ("capacity_providers",)},
        shown=(("DescribeClusters", "clusters"),),
        reserved={
            "cluster": "set cluster, its name",
            "clusterName": "set cluster, its name",
            "tags": "fargatectl knows its own by them",
            "settings": "set container_insights",
            "capacityProviders": "they are Fargate's, on demand and Spot",
            "serviceConnectDefaults": "set connect of the services",
        },
    )

    account: Account
    capacity_providers: tuple[str, ...] = ("FARGATE", "FARGATE_SPOT")
    container_insights: str = ""
    storage_key: KmsKey | None = None

    def values(self, outputs: Outputs) -> dict[str, object]:
        insights = {"container_insights": self.container_insights} if self.container_insights else {}
        key = {"storage_key": outputs.get(self.storage_key)} if self.storage_key else {}
        return {"capacity_providers": tuple(sorted(self.capacity_providers)), **insights, **key}

    def predict(self, outputs: Outputs) -> Mapping[str, str]:
        account = {name: outputs.get(self.account, name) for name in ("id", "region", "partition")}
        return {"arn": "arn:{partition}:ecs:{region}:{id}:cluster/".format(**account) + self.name}

    def rights(self, territory: Territory) -> Sequence[Right]:
        own, every = (territory.arn("ecs", f"cluster/{name}") for name in (self.name, "*"))
        tagging = {"StringEquals": {"ecs:CreateAction": "CreateCluster"}}
        changes = self.container_insights or self.overrides.fields or self.storage_key
        updates = ("ecs:UpdateCluster",) if changes else ()
        return (
            Right((Operation.FIND, Operation.FOLLOW, Operation.DELETE), ("ecs:DescribeClusters",), (own,)),
            Right((Operation.FIND,), ("tag:GetResources",)),
            Right((Operation.SEARCH,), ("ecs:ListClusters",)),
            Right((Operation.SEARCH,), ("ecs:DescribeClusters",), (every,)),
            Right((Operation.CREATE,), ("ecs:CreateCluster",), (own,)),
            Right((Operation.CREATE,), ("ecs:TagResource",), (own,), tagging),
            Right((Operation.UPDATE,), ("ecs:PutClusterCapacityProviders", *updates), (own,)),
            Right((Operation.DELETE,), ("ecs:DeleteCluster",), (own,)),
            linked_role_right(territory),
        )

    @classmethod
    def find(cls, look: Look, wanted: Sequence[Self]) -> Iterable[Live]:
        names = {one.name for one in wanted}
        return [
            live
            for live in clusters(look)
            # One that is being deleted is as good as gone where it is wanted again.
            if (live.owned or live.name in names)
            and not (live.name in names and live.extra["status"] == "DEPROVISIONING")
        ]

    def create(self, tools: Tools, outputs: Outputs) -> Live:
        with linked_role(tools):
            answer = tools.aws.call(
                "ecs",
                "CreateCluster",
                clusterName=self.name,
                capacityProviders=list(self.capacity_providers),
                defaultCapacityProviderStrategy=_DEFAULT_STRATEGY,
                tags=lower(tools.scope.tags(self.id)),
                **self._settings(outputs),
            )["cluster"]
        return Live(
            self.kind, self.id, self.name, self.address, True, self.values(outputs),
            {"arn": str(answer["clusterArn"])}, extra={"status": answer.get("status")},
        )  # fmt: skip

    def update(self, tools: Tools, live: Live, fields: Mapping[str, FieldChange], outputs: Outputs) -> Live:
        if "capacity_providers" in fields:
            tools.aws.call(
                "ecs",
                "PutClusterCapacityProviders",
                cluster=self.name,
                capacityProviders=list(self.capacity_providers),
                defaultCapacityProviderStrategy=_DEFAULT_STRATEGY,
            )
        if fields.keys() & {"container_insights", "overrides", "storage_key"}:
            tools.aws.call("ecs", "UpdateCluster", cluster=self.name, **self._settings(outputs))
        return dataclasses.replace(live, fields=self.values(outputs))

    def _settings(self, outputs: Outputs) -> dict[str, Any]:
        insights = {"name": "containerInsights", "value": self.container_insights}
        key = outputs.get(self.storage_key) if self.storage_key else ""
        storage = {"managedStorageConfiguration": {"fargateEphemeralStorageKmsKeyId": key}}
        return {
            **({"settings": [insights]} if self.container_insights else {}),
            **({"configuration": storage} if key else {}),
        }

    def watch(self, tools: Tools, live: Live, outputs: Outputs) -> Watch | None:
        return _Activation(tools, self.name) if live.extra.get("status") == "PROVISIONING" else None

    @classmethod
    def delete(cls, tools: Tools, live: Live) -> None:
        tools.aws.call("ecs", "DeleteCluster", cluster=live.name)

    @classmethod
    def gone(cls, tools: Tools, live: Live) -> NotYet | Settled:
        found = tools.aws.call("ecs", "DescribeClusters", clusters=[live.name])["clusters"]
        left = [one["status"] for one in found if one["status"] != "INACTIVE"]
        return NotYet(f"the cluster is {left[0].lower()}") if left else Settled()


@dataclass(frozen=True)
class _Activation:
    tools: Tools
    name: str

    def poll(self) -> NotYet | Settled:
        answer = self.tools.aws.call("ecs", "DescribeClusters", clusters=[self.name])
        status = answer["clusters"][0]["status"] if answer["clusters"] else "PROVISIONING"
        if status == "FAILED":
            raise DeployError(
                f"AWS could not set up the cluster {self.name}: its capacity providers failed",
                hint="Run it again; fargatectl down removes what is there.",
            )
        return Settled() if status == "ACTIVE" else NotYet(f"the cluster is {status.lower()}")

    def abandon(self) -> str:
        return f"the cluster {self.name} is still being provisioned"


def clusters(look: Look) -> list[Live]:
    """The wanted clusters that are there, and all others that are ours; shared by those who look inside."""
    return look.once("clusters", lambda: _clusters(look))


def _clusters(look: Look) -> list[Live]:
    names = {one.name for one in look.wanted(Cluster)}
    if look.thorough:
        names |= {arn.rpartition("/")[2] for arn in look.aws.items("ecs", "ListClusters", "clusterArns")}
        return _describe(look, names)
    known, strays = look.gather(
        lambda: _describe(look, names), lambda: set(indexed(look, "ecs", ":cluster/")) - names
    )
    return [*known, *_describe(look, strays)]


def _describe(look: Look, names: Iterable[str]) -> list[Live]:
    ordered = sorted(names)
    wanted = look.wanted(Cluster)
    include = [
        "TAGS",
        *(["SETTINGS"] if any(one.container_insights for one in wanted) else []),
        *(["CONFIGURATIONS"] if any(one.overrides.fields or one.storage_key for one in wanted) else []),
    ]
    parts = look.gather(
        *[
            lambda part=ordered[start : start + _BATCH]: look.aws.call(
                "ecs", "DescribeClusters", clusters=part, include=include
            )["clusters"]
            for start in range(0, len(ordered), _BATCH)
        ]
    )
    # AWS still shows deleted clusters for a while, as INACTIVE.
    return [_live(look, one) for part in parts for one in part if one["status"] != "INACTIVE"]


def _live(look: Look, cluster: Mapping[str, Any]) -> Live:
    tags, name = read(cluster.get("tags")), str(cluster["clusterName"])
    storage = (cluster.get("configuration") or {}).get("managedStorageConfiguration") or {}
    settings = {str(one.get("name")): str(one.get("value")) for one in cluster.get("settings", ())}
    return Live(
        Cluster.kind,
        tags.get(TAG_ID, ""),
        name,
        name,
        look.scope.owns(tags),
        {
            "capacity_providers": tuple(sorted(cluster.get("capacityProviders", ()))),
            "container_insights": settings.get("containerInsights", ""),
            "storage_key": storage.get("fargateEphemeralStorageKmsKeyId", ""),
        },
        {"arn": str(cluster["clusterArn"])},
        settled=cluster["status"] == "ACTIVE",
        extra={"status": cluster["status"], "services": cluster.get("activeServicesCount", 0)},
        raw=cluster,
    )
