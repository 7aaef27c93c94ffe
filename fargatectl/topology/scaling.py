"""What decides the count of a service: its scalable target, and the alarms of its step scaling."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from fargatectl.resources import _scaling
from fargatectl.resources.alarm import Alarm
from fargatectl.resources.scalable_target import REQUESTS, ScalableTarget
from fargatectl.spec.scaling import group_of
from fargatectl.topology.names import shortened

if TYPE_CHECKING:
    from fargatectl.engine.resource import Resource
    from fargatectl.resources.service import Service
    from fargatectl.spec.scaling import Scaling, Step
    from fargatectl.topology.basis import Basis

_TRACKED = {
    "cpu": "ECSServiceAverageCPUUtilization",
    "memory": "ECSServiceAverageMemoryUtilization",
    "requests": REQUESTS,
}
_OF_SERVICE = {"cpu": "CPUUtilization", "memory": "MemoryUtilization"}
_ALARM_NAME = 255  # longest, CloudWatch API reference, PutMetricAlarm


def scaling(basis: Basis, service: Service) -> tuple[Resource, ...]:
    """The resources that a service's `scaling` asks for; none without one."""
    wanted = basis.spec.services[service.id].scaling
    if wanted is None:
        return ()
    groups = _groups(wanted)
    target = ScalableTarget(
        id=service.id,
        name=service.name,
        service=service,
        min=wanted.min,
        max=wanted.max,
        policies={**_tracking(wanted), **{name: _policy(steps, wanted) for name, steps in groups.items()}},
        schedule={
            name: _scaling.scheduled(one.expression, one.timezone, one.min, one.max)
            for name, one in wanted.schedule.items()
        },
    )
    return (target, *(_alarm(basis, target, name, steps[0]) for name, steps in groups.items()))


def _tracking(wanted: Scaling) -> dict[str, _scaling.Fields]:
    targets = {"cpu": wanted.cpu, "memory": wanted.memory, "requests": wanted.requests}
    return {
        name: _scaling.tracking(
            _TRACKED[name],
            target,
            out=wanted.cooldown.scale_out,
            back=wanted.cooldown.scale_in,
            scale_in=wanted.scale_in,
        )
        for name, target in targets.items()
        if target is not None
    }


def _groups(wanted: Scaling) -> dict[str, list[Step]]:
    """Steps by the name of their policy, those nearest to the middle first."""
    groups: dict[tuple[object, ...], list[Step]] = {}
    for step in wanted.steps:
        groups.setdefault(group_of(step), []).append(step)
    named: dict[str, list[Step]] = {}
    for steps in groups.values():
        first = steps[0]
        name = re.sub(r"[^A-Za-z0-9-]+", "-", first.metric.name)
        if first.metric.dimensions:
            name += "-" + "-".join(
                re.sub(r"[^A-Za-z0-9]+", "-", one) for one in first.metric.dimensions.values()
            )
        name = f"{name}-{first.side}"
        while name in named:  # the same metric by another statistic, or in another namespace
            name += "-2"
        named[name] = sorted(steps, key=lambda one: one.threshold, reverse=first.side == "below")
    return named


def _policy(steps: list[Step], wanted: Scaling) -> _scaling.Fields:
    """Each step reaches to where the next begins, counted from the first, at which the alarm rings."""
    start = steps[0].threshold
    edges: list[float | None] = [round(step.threshold - start, 9) for step in steps]
    spans = zip(edges, [*edges[1:], None], steps, strict=True)
    if steps[0].side == "below":
        bounds: list[Any] = [(far, near, step.adjustment[1]) for near, far, step in spans]
    else:
        bounds = [(near, far, step.adjustment[1]) for near, far, step in spans]
    fewer = any(step.remove for step in steps)
    cooldown = wanted.cooldown.scale_in if fewer else wanted.cooldown.scale_out
    return _scaling.stepping(steps[0].adjustment[0], bounds, cooldown)


def _alarm(basis: Basis, target: ScalableTarget, policy: str, first: Step) -> Alarm:
    metric, service = first.metric, target.service
    own = {"ClusterName": service.cluster.name, "ServiceName": service.name}
    return Alarm(
        id=f"{service.id}-{policy}",
        name=shortened(f"{basis.scope.prefix}-{service.id}-{policy}", _ALARM_NAME),
        target=target,
        policy=policy,
        namespace=metric.namespace or "AWS/ECS",
        metric=metric.name if metric.namespace else _OF_SERVICE[metric.name],
        dimensions=dict(metric.dimensions) if metric.namespace else own,
        statistic=metric.statistic,
        side=first.side,
        threshold=first.threshold,
        minutes=first.minutes,
    )
