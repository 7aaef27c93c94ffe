"""A service's count in the hands of Application Auto Scaling: limits, policies and scheduled actions."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from datetime import UTC, datetime
from typing import Any, ClassVar, Self

from fargatectl.aws.errors import done_if_gone
from fargatectl.dataclass import dataclass
from fargatectl.engine.observe import Look
from fargatectl.engine.outputs import Outputs, Pending
from fargatectl.engine.resource import FieldChange, Live, Resource
from fargatectl.engine.rights import Operation, Right, Territory
from fargatectl.engine.scope import TAG_ID
from fargatectl.engine.tools import Tools
from fargatectl.resources import _overridable, _scaling
from fargatectl.resources._linked_role import linked_role_right
from fargatectl.resources._scaled import API, ECS, described, details, scaled
from fargatectl.resources.service import Service

_LISTS = ("ScalableTargets", "ScalingPolicies", "ScheduledActions")
_WRITES = ("DeleteScalingPolicy", "DeleteScheduledAction", "PutScalingPolicy", "PutScheduledAction")
_SUSPENDED = {
    "DynamicScalingInSuspended": "scaling in",
    "DynamicScalingOutSuspended": "scaling out",
    "ScheduledScalingSuspended": "scheduled scaling",
}

REQUESTS = "ALBRequestCountPerTarget"
"""The predefined metric of the requests for each target and minute."""

TAG_LIMITS = "fargatectl:limits"
"""On a scalable target: ``<min>-<max>`` of the spec. A scheduled action overwrites AWS's own two numbers."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ScalableTarget(Resource):
    """What decides a service's count; removed with its policies and scheduled actions in one call.

    Attributes:
        min, max: Limits of the count, as long as no scheduled action has set others.
        policies: Name -> what it does, see `fargatectl.resources._scaling`.
        schedule: Name -> when it sets which limits.
        suspended: What somebody has stopped in the console.

    Outputs: ``arn``; ``policy <name>``, the ARN of a policy.
    """

    kind: ClassVar[str] = "appscaling.scalable_target"
    overridable = _overridable.SCALABLE_TARGET

    service: Service
    min: int
    max: int
    policies: Mapping[str, _scaling.Fields] = field(default_factory=dict)
    schedule: Mapping[str, _scaling.Fields] = field(default_factory=dict)
    suspended: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        return self.service.address

    def values(self, outputs: Outputs) -> dict[str, object]:
        return {
            "min": self.min,
            "max": self.max,
            "policies": {name: self._labelled(policy, outputs) for name, policy in self.policies.items()},
            "schedule": _to_come(self.schedule),
            "suspended": self.suspended,
        }

    def _labelled(self, policy: _scaling.Fields, outputs: Outputs) -> _scaling.Fields:
        """With whose requests are counted: ``app/<name>/<id>/targetgroup/<name>/<id>``, both known by now.

        Source: Application Auto Scaling API reference, PredefinedMetricSpecification.
        """
        balancer, groups = self.service.entrance, self.service.target_groups
        if policy.get("metric") != REQUESTS or balancer is None:
            return policy
        arns = [outputs.get(balancer), outputs.get(groups[0])]
        pending = next((one for one in arns if isinstance(one, Pending)), None)
        first, second = (str(one).rpartition(":")[2] for one in arns)
        return {**policy, "label": pending or f"{first.removeprefix('loadbalancer/')}/{second}"}

    def rights(self, territory: Territory) -> Sequence[Right]:
        # The last part of a scalable target's ARN is AWS's own invention.
        targets = (territory.arn(API, "scalable-target/*"),)
        ecs = {"StringEquals": {f"{API}:service-namespace": "ecs"}}
        writes = (Operation.CREATE, Operation.UPDATE)
        role = (
            "ecs.application-autoscaling.amazonaws.com",
            "AWSServiceRoleForApplicationAutoScaling_ECSService",
        )
        return (
            Right((Operation.FIND,), tuple(f"{API}:Describe{one}" for one in _LISTS)),
            Right((Operation.FIND,), (f"{API}:ListTagsForResource",), targets),
            Right(writes, (f"{API}:RegisterScalableTarget",), targets, ecs),
            Right(writes, (f"{API}:TagResource",), targets),
            Right(writes, tuple(f"{API}:{one}" for one in _WRITES), targets, ecs),
            Right((Operation.DELETE, Operation.PRUNE), (f"{API}:DeregisterScalableTarget",), targets, ecs),
            # Made by RegisterScalableTarget itself, with the permissions of whoever calls.
            linked_role_right(territory, *role),
        )

    @classmethod
    def find(cls, look: Look, wanted: Sequence[Self]) -> Iterable[Live]:
        by_address = {one.address: one for one in wanted}
        if look.thorough:
            found = list(
                look.aws.items("application-autoscaling", "DescribeScalableTargets", "ScalableTargets", **ECS)
            )
        else:
            known, hinted = look.gather(
                lambda: described(look, by_address),
                lambda: {one.address for one in scaled(look)} - set(by_address),
            )
            found = [*known, *described(look, hinted)]
        lives = look.gather(*[lambda one=one: _live(look, one, by_address) for one in found])
        return [live for live in lives if live.owned or live.address in by_address]

    def create(self, tools: Tools, outputs: Outputs) -> Live:
        arn = tools.aws.call(
            "application-autoscaling",
            "RegisterScalableTarget",
            **_on(self.address),
            MinCapacity=self.min,
            MaxCapacity=self.max,
            Tags={**tools.scope.tags(self.id), TAG_LIMITS: f"{self.min}-{self.max}"},
        )["ScalableTargetARN"]
        fields = {
            "min": self.min, "max": self.max, "policies": {}, "schedule": {}, "suspended": self.suspended,
        }  # fmt: skip
        extra = {"limits": (self.min, self.max)}
        return Live(self.kind, self.id, self.name, self.address, True, fields, {"arn": str(arn)}, extra=extra)

    def update(self, tools: Tools, live: Live, fields: Mapping[str, FieldChange], outputs: Outputs) -> Live:
        values = self.values(outputs)
        limits = self._register(tools, live, resume="suspended" in fields)
        if fields.keys() & {"min", "max"}:
            # Last: a run that is killed before it leaves limits that are right, and a tag that is mended.
            tags = {TAG_LIMITS: f"{self.min}-{self.max}"}
            tools.aws.call(
                "application-autoscaling", "TagResource", ResourceARN=live.outputs["arn"], Tags=tags
            )
        there: Any = live.fields["policies"]
        policies: Any = values["policies"]
        gone = {output_of(name) for name in there if name not in self.policies}
        arns = {name: arn for name, arn in live.outputs.items() if name not in gone}
        arns |= self._put_policies(tools, there, policies, "overrides" in fields)
        self._put_actions(tools, live.fields["schedule"], _to_come(self.schedule))
        return dataclasses.replace(live, fields=values, outputs=arns, extra={"limits": limits})

    @classmethod
    def delete(cls, tools: Tools, live: Live) -> None:
        tools.aws.call("application-autoscaling", "DeregisterScalableTarget", **_on(live.address))

    def _register(self, tools: Tools, live: Live, *, resume: bool) -> tuple[int, int]:
        """Set the limits that no scheduled action has set: at night a service is not woken by an `up`."""
        now: tuple[int, int] = live.extra["limits"]
        limits = tuple(
            there if there != live.fields[name] and there in _set_by(self.schedule, name) else wanted
            for there, name, wanted in zip(now, ("min", "max"), (self.min, self.max), strict=True)
        )
        if limits != now or resume:
            suspended = {"SuspendedState": dict.fromkeys(_SUSPENDED, False)} if resume else {}
            tools.aws.call(
                "application-autoscaling",
                "RegisterScalableTarget",
                **_on(self.address),
                MinCapacity=limits[0],
                MaxCapacity=limits[1],
                **suspended,
            )
        return limits[0], limits[1]

    def _put_policies(self, tools: Tools, there: Any, wanted: Any, overridden: bool) -> dict[str, str]:
        arns = {}
        for name in sorted(set(there) - set(wanted)):
            with done_if_gone():
                tools.aws.call(
                    "application-autoscaling", "DeleteScalingPolicy", **_on(self.address), PolicyName=name
                )
        for name, policy in wanted.items():
            if there.get(name) != policy or overridden:
                answer = tools.aws.call(
                    "application-autoscaling",
                    "PutScalingPolicy",
                    **_on(self.address),
                    PolicyName=name,
                    **_scaling.policy_request(policy),
                )
                arns[output_of(name)] = str(answer["PolicyARN"])
        return arns

    def _put_actions(self, tools: Tools, there: Any, wanted: Mapping[str, _scaling.Fields]) -> None:
        for name in sorted(set(there) - set(wanted)):
            with done_if_gone():
                tools.aws.call(
                    "application-autoscaling",
                    "DeleteScheduledAction",
                    **_on(self.address),
                    ScheduledActionName=name,
                )
        for name, action in wanted.items():
            if there.get(name) != action:
                tools.aws.call(
                    "application-autoscaling",
                    "PutScheduledAction",
                    **_on(self.address),
                    ScheduledActionName=name,
                    **_scaling.action_request(action),
                )


def output_of(policy: str) -> str:
    """The output that has a policy's ARN."""
    return f"policy {policy}"


def _on(address: str) -> dict[str, str]:
    """What every call names a target by."""
    return {**ECS, "ResourceId": f"service/{address}"}


def _to_come(schedule: Mapping[str, _scaling.Fields]) -> dict[str, _scaling.Fields]:
    """Without what has happened for the last time: AWS takes no new action of the past."""
    now = datetime.now(UTC)
    return {name: action for name, action in schedule.items() if not _scaling.is_over(action, now)}


def _set_by(schedule: Mapping[str, _scaling.Fields], name: str) -> set[int]:
    """What scheduled actions set a limit to."""
    return {int(action[name]) for action in schedule.values() if name in action}


def _live(look: Look, target: Mapping[str, Any], wanted: Mapping[str, ScalableTarget]) -> Live:
    address = str(target["ResourceId"]).removeprefix("service/")
    # To remove it, or to see that it is somebody else's, its tags are enough.
    whole = address in wanted and not look.thorough
    tags, policies, actions = details(look, target, whole=whole)
    there = {str(one["ScheduledActionName"]): _scaling.action_shown(one) for one in actions}
    planned = [there, wanted[address].schedule] if address in wanted else [there]
    limits = (int(target["MinCapacity"]), int(target["MaxCapacity"]))
    said = _said(tags, limits)
    ask = wanted.get(address)
    # What is wanted while the tag says otherwise: a run was killed between the two.
    asked = (ask.min, ask.max) if ask is not None else said
    shown = {
        name: base if now in (base, want) or any(now in _set_by(one, name) for one in planned) else now
        for name, now, base, want in zip(("min", "max"), limits, said, asked, strict=True)
    }
    arns = {output_of(str(one["PolicyName"])): str(one["PolicyARN"]) for one in policies}
    state = target.get("SuspendedState") or {}
    return Live(
        ScalableTarget.kind,
        tags.get(TAG_ID, ""),
        address.rpartition("/")[2],
        address,
        look.scope.owns(tags),
        {
            **shown,
            "policies": {str(one["PolicyName"]): _scaling.policy_shown(one) for one in policies},
            "schedule": _to_come(there),
            "suspended": tuple(words for name, words in _SUSPENDED.items() if state.get(name)),
        },
        {"arn": str(target.get("ScalableTargetARN", "")), **arns},
        extra={"limits": limits},
        raw=_scaling.in_common(policies),
    )


def _said(tags: Mapping[str, str], limits: tuple[int, int]) -> tuple[int, int]:
    """The limits of the spec that made it; those that it has where nothing tells."""
    least, _, most = tags.get(TAG_LIMITS, "").partition("-")
    return (int(least), int(most)) if least.isdigit() and most.isdigit() else limits
