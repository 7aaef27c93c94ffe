"""The ECS service that keeps a task definition's tasks running."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from functools import partial
from typing import Any, ClassVar, Self

from fargatectl.dataclass import dataclass
from fargatectl.engine import observe
from fargatectl.engine.observe import Look
from fargatectl.engine.outputs import Outputs, Pending
from fargatectl.engine.resource import (
    AFTER,
    FIXED,
    IDENTITY,
    FieldChange,
    Live,
    NotYet,
    Resource,
    Settled,
    Watch,
)
from fargatectl.engine.rights import Right, Territory
from fargatectl.engine.scope import TAG_ID
from fargatectl.engine.tools import Tools
from fargatectl.resources import _capacity, _connect, _deployment, _registry, _targets
from fargatectl.resources._changed_secrets import changed_secrets
from fargatectl.resources._draining import unlisted
from fargatectl.resources._linked_role import linked_role
from fargatectl.resources._service_request import OVERRIDABLE, request
from fargatectl.resources._service_rights import service_rights
from fargatectl.resources._services import TAG_REVISION, TAG_SCALED, TAG_URL, Found, services
from fargatectl.resources._tags import lower
from fargatectl.resources.before_deploy import BeforeDeploy
from fargatectl.resources.cluster import Cluster
from fargatectl.resources.discovery_service import DiscoveryService
from fargatectl.resources.given_alarm import GivenAlarm
from fargatectl.resources.listener import Listener
from fargatectl.resources.load_balancer import LoadBalancer
from fargatectl.resources.namespace import Namespace
from fargatectl.resources.network import Network
from fargatectl.resources.role import Role
from fargatectl.resources.rule import Rule
from fargatectl.resources.security_group import SecurityGroup
from fargatectl.resources.target_group import TargetGroup
from fargatectl.resources.task_definition import TaskDefinition
from fargatectl.resources.way_out import WayOut
from fargatectl.rollout.deployments import primary, settled


@dataclass(frozen=True, kw_only=True, eq=False)
class Service(Resource):
    """A service on Fargate with rolling deployments, a circuit breaker and its rollback.

    Attributes:
        capacity: The capacity provider strategy, as texts; see `fargatectl.resources._capacity`.
        extra_groups: Ids of security groups of the user's, beside our own.
        scaled: Whether autoscaling decides the count, which is then only what the service begins with.
        at_rest: False: it must have tasks, since autoscaling never takes them all, which a first deployment
            that failed has done; None: nobody looks.
        target_groups: Of the load balancers that its tasks are behind.
        routes: What leads to them: ECS takes no target group that no listener or rule leads to.
        alternate, test_route, infrastructure_role: Where ECS shifts requests: the second target group, where
            tests reach the new tasks, and the role as which it shifts.
        entrance: The load balancer that `url` leads to; with ``{}`` there in place of its name.
        closed: Only the app's own tasks may connect: what is told of its addresses leads nobody there.
        namespace, connect: Its place in Service Connect; see `fargatectl.resources._connect`.
        registry, discovery: Its name in DNS; see `fargatectl.resources._registry`.
        grace_period: Seconds after a task's start in which failing health checks do not count.
        deployment: How old tasks are replaced; see `fargatectl.resources._deployment`.
        bake: Minutes that ECS still watches a deployment once its tasks are healthy; None: as AWS has it.
        rollout: What the newest deployment came to; one that failed is begun anew.
        changed_secrets: Own secrets of the app that were set since its newest deployment began: tasks read
            them when they start.
        before_deploy: What must have ended well before tasks of a new revision start.
        after: Services that must be steady before.
        alarms: Those of `deployment`: they must be there.

    Outputs: ``arn``.
    """

    kind: ClassVar[str] = "ecs.service"
    follows: ClassVar[bool] = True
    overridable = OVERRIDABLE

    cluster: Cluster = field(metadata=FIXED)
    task_definition: TaskDefinition
    count: int
    scaled: bool = False
    at_rest: bool | None = None
    network: Network
    way_out: WayOut | None = field(default=None, metadata=IDENTITY)
    security_groups: tuple[SecurityGroup, ...]
    extra_groups: tuple[str, ...] = field(default=(), metadata=IDENTITY)
    public_ip: bool = True
    capacity: tuple[str, ...] = _capacity.ON_DEMAND
    platform_version: str = _capacity.LATEST
    deployment: Mapping[str, Any]
    bake: int | None = None
    target_groups: tuple[TargetGroup, ...] = ()
    routes: tuple[Listener | Rule, ...] = field(default=(), metadata=IDENTITY)
    alternate: TargetGroup | None = field(default=None, metadata=IDENTITY)
    test_route: Rule | None = field(default=None, metadata=IDENTITY)
    infrastructure_role: Role | None = field(default=None, metadata=IDENTITY)
    entrance: LoadBalancer | None = field(default=None, metadata=IDENTITY)
    url: str = ""
    closed: bool = field(default=False, metadata=IDENTITY)
    namespace: Namespace | None = field(default=None, metadata=IDENTITY)
    connect: Mapping[str, Any] = field(default_factory=dict)
    registry: DiscoveryService | None = field(default=None, metadata=IDENTITY)
    discovery: Mapping[str, Any] = field(default_factory=dict)
    grace_period: int | None = None
    rollout: str = "in progress or completed"
    changed_secrets: tuple[str, ...] = ()
    tags: str = ""
    before_deploy: tuple[BeforeDeploy, ...] = field(default=(), metadata=IDENTITY)
    after: tuple[Service, ...] = field(default=(), metadata=AFTER)
    alarms: tuple[GivenAlarm, ...] = field(default=(), metadata=IDENTITY)

    @property
    def address(self) -> str:
        return f"{self.cluster.name}/{self.name}"

    def values(self, outputs: Outputs) -> dict[str, object]:
        groups = [outputs.get(group) for group in self.security_groups]
        values: dict[str, object] = {
            "task_definition": outputs.get(self.task_definition),
            "count": self.count,
            "network": self._subnets(outputs),
            "security_groups": next(
                (group for group in groups if isinstance(group, Pending)),
                tuple(sorted([*map(str, groups), *self.extra_groups])),
            ),
            "public_ip": self.public_ip,
            "capacity": self.capacity,
            "platform_version": self.platform_version,
            "deployment": dict(self.deployment),
            "target_groups": _targets.wanted(self, outputs),
            "grace_period": self.grace_period or 0,
            "connect": _connect.wanted(outputs.get(self.namespace) if self.namespace else None, self.connect),
            "discovery": self._discovery(outputs),
            "rollout": self.rollout,
            "changed_secrets": self.changed_secrets,
        }
        if self.bake is not None:
            values["bake"] = self.bake
        if self.at_rest is not None:
            values["at_rest"] = self.at_rest
        if self.scaled:
            del values["count"]
            values["scaled"] = True
        if self.entrance is not None:  # otherwise nobody looks at it
            name = outputs.get(self.entrance, "dns_name") if "{}" in self.url else ""
            values["url"] = name if isinstance(name, Pending) else self.url.format(name)
        revision = outputs.get(self.task_definition, "revision")
        if not isinstance(revision, Pending):
            definition = self.task_definition
            port = definition.port if definition.port and not self.closed else ""
            values["tags"] = f"{revision}:{definition.made_of(outputs)}:{port}"
        return values

    def _discovery(self, outputs: Outputs) -> object:
        if self.registry is None:
            return {}
        port = self.task_definition.port if self.registry.record == "SRV" else None
        return _registry.wanted(outputs.get(self.registry), port)

    def _subnets(self, outputs: Outputs) -> object:
        subnets = outputs.get(self.network, "subnets")
        return subnets if isinstance(subnets, Pending) else tuple(sorted(str(subnets).split(",")))

    def rights(self, territory: Territory) -> Sequence[Right]:
        return service_rights(self, territory)

    @classmethod
    def find(cls, look: Look, wanted: Sequence[Self]) -> Iterable[Live]:
        addresses = {one.address for one in wanted}
        found = services(look, addresses)
        found = [*found, *unlisted(look, addresses.union(one.address for one in found))]
        changed = changed_secrets(look, {one.address: one.task_definition for one in wanted})
        inside = {one.address for one in wanted if one.registry is not None}
        lives = [
            _live(one, changed(one), _registry.shown(look, one.raw, ours=one.address in inside))
            for one in found
            if one.owned or one.address in addresses
        ]
        # A draining one is as good as gone where it is wanted again; AWS says when the name is free.
        return [live for live in lives if not (live.extra["draining"] and live.address in addresses)]

    def create(self, tools: Tools, outputs: Outputs) -> Live:
        values = self.values(outputs)
        with linked_role(tools):
            answer = tools.aws.call(
                "ecs",
                "CreateService",
                cluster=self.cluster.name,
                serviceName=self.name,
                desiredCount=self.count,
                clientToken=uuid.uuid4().hex,  # makes the retry of a lost answer safe
                propagateTags="SERVICE",
                enableECSManagedTags=True,
                tags=lower({**tools.scope.tags(self.id), **_own_tags(values)}),
                **request(self, values, set(values), {}),
            )["service"]
        return self._made(answer, values, "", {})

    def update(self, tools: Tools, live: Live, fields: Mapping[str, FieldChange], outputs: Outputs) -> Live:
        values = self.values(outputs)
        roots = set(fields)
        before: Mapping[str, Any] = live.extra["raw"]
        changes: list[Callable[[], Mapping[str, Any]]] = []
        begins = bool(roots - {"tags", "url", "scaled"})
        if begins:
            settings = live.fields["deployment"]
            assert isinstance(settings, Mapping)
            parameters = request(self, values, roots, settings)
            if roots & {"count", "at_rest"}:
                parameters["desiredCount"] = self.count
            woken = bool(roots & {"count", "at_rest"}) and not live.fields["count"]
            discovery = live.fields["discovery"]
            assert isinstance(discovery, Mapping)
            if woken or "stale" in discovery or roots & {"rollout", "capacity", "changed_secrets"}:
                # ECS begins one by itself neither for a failed one, nor for a count or a secret, nor for a
                # registry that it knows; for a changed capacity provider strategy it insists.
                parameters["forceNewDeployment"] = True
            changes.append(
                partial(
                    tools.aws.call,
                    "ecs", "UpdateService", cluster=self.cluster.name, service=self.name, **parameters,
                )
            )  # fmt: skip
        if any(live.fields.get(one) != values[one] for one in ("tags", "url", "scaled") if one in values):
            # The tag speaks of a revision and is believed only while that one runs: either may come first.
            tags = lower(_own_tags(values))
            changes.append(
                partial(tools.aws.call, "ecs", "TagResource", resourceArn=live.outputs["arn"], tags=tags)
            )
        answers = observe.gather(changes)
        answer = answers[0]["service"] if begins else before
        previous = str(live.fields["task_definition"]) if before.get("runningCount") else ""
        return self._made(answer, values, previous, before)

    def watch(self, tools: Tools, live: Live, outputs: Outputs) -> Watch | None:
        if live.settled:
            return None
        from fargatectl.rollout.follow import Rollout

        return Rollout(self, tools, live, outputs)

    def leaves(self, tools: Tools, live: Live, outputs: Outputs) -> Watch | None:
        from fargatectl.rollout.leaving import Leaving

        return Leaving(tools, self.cluster.name, self.name)

    @classmethod
    def delete(cls, tools: Tools, live: Live) -> None:
        if live.extra["draining"]:  # an earlier run has: what is left is to wait for it
            return
        tools.aws.call("ecs", "DeleteService", cluster=live.extra["cluster"], service=live.name, force=True)

    @classmethod
    def gone(cls, tools: Tools, live: Live) -> NotYet | Settled:
        cluster = live.extra["cluster"]
        answer = tools.aws.call("ecs", "DescribeServices", cluster=cluster, services=[live.name])
        if {one["status"] for one in answer["services"]} <= {"INACTIVE"}:
            return Settled()
        running = sum(one.get("runningCount", 0) + one.get("pendingCount", 0) for one in answer["services"])
        return NotYet(f"{running} tasks are stopping" if running else "draining")

    def _made(
        self,
        answer: Mapping[str, Any],
        values: Mapping[str, object],
        previous: str,
        before: Mapping[str, Any],
    ) -> Live:
        """What a call has made of it.

        Args:
            previous: ARN of the task definition that served when the call was made; empty if none did.
            before: The service as it was then; empty for a new one.
        """
        extra = {
            "cluster": self.cluster.name,
            "raw": answer,
            "previous": previous,
            "before": str(primary(before).get("id", "")),
            "before_deployment": before.get("currentServiceDeployment", ""),
            "draining": False,
        }
        return Live(
            self.kind,
            self.id,
            self.name,
            self.address,
            True,
            values,
            {"arn": str(answer["serviceArn"])},
            settled=settled(answer),
            extra=extra,
        )


def _own_tags(values: Mapping[str, object]) -> dict[str, str]:
    """What its tags tell of it, beside whose it is.

    The one about scaling stays when that has ended: else a run that is killed before it has removed the
    scalable target would leave that out of sight.
    """
    url = {TAG_URL: str(values["url"])} if "url" in values else {}
    scaled = {TAG_SCALED: "yes"} if "scaled" in values else {}
    return {TAG_REVISION: str(values["tags"]), **url, **scaled}


def _live(found: Found, changed: tuple[str, ...], discovery: Mapping[str, Any]) -> Live:
    raw = found.raw
    vpc = raw.get("networkConfiguration", {}).get("awsvpcConfiguration", {})
    how = raw.get("deploymentConfiguration", {})
    failed = primary(raw).get("rolloutState") == "FAILED"
    return Live(
        Service.kind,
        found.tags.get(TAG_ID, ""),
        found.name,
        found.address,
        found.owned,
        {
            "task_definition": raw.get("taskDefinition"),
            "count": raw.get("desiredCount"),
            "scaled": TAG_SCALED in found.tags,
            "at_rest": not raw.get("desiredCount"),
            "network": tuple(sorted(vpc.get("subnets", ()))),
            "security_groups": tuple(sorted(vpc.get("securityGroups", ()))),
            "public_ip": vpc.get("assignPublicIp") == "ENABLED",
            "capacity": _capacity.shown(raw.get("capacityProviderStrategy", ())),
            "platform_version": raw.get("platformVersion") or _capacity.LATEST,
            "deployment": _deployment.shown(how),
            "bake": how.get("bakeTimeInMinutes"),
            "target_groups": _targets.shown(raw.get("loadBalancers", ())),
            "url": found.tags.get(TAG_URL, ""),
            "connect": _connect.shown(raw),
            "discovery": discovery,
            "grace_period": raw.get("healthCheckGracePeriodSeconds") or 0,
            "rollout": "failed" if failed else Service.rollout,
            "changed_secrets": changed,
            "tags": found.tags.get(TAG_REVISION),
        },
        {"arn": str(raw["serviceArn"])},
        settled=settled(raw),
        extra={"cluster": found.cluster, "raw": raw, "draining": found.draining, "tags": dict(found.tags)},
        raw={**primary(raw), **raw},  # some of it is shown of its deployments alone
    )
