"""What belongs to a scalable target: its policies and scheduled actions, as fields and as AWS's parameters.

A field is a mapping that plans can show and compare; AWS answers with more than it was told, and without what
is its own default. Source: Application Auto Scaling API reference, PutScalingPolicy and PutScheduledAction.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

Fields = dict[str, Any]
Shown = Mapping[str, Any]


def tracking(metric: str, target: float, *, out: int, back: int, scale_in: bool, label: str = "") -> Fields:
    """A policy that keeps a metric at a value.

    Args:
        metric: PredefinedMetricType, such as ``ECSServiceAverageCPUUtilization``.
        out: Seconds without a further change after tasks were added.
        back: The same after tasks were taken away.
        scale_in: Whether it may take tasks away.
        label: ResourceLabel: which load balancer and target group.
    """
    return {
        "metric": metric,
        **({"label": label} if label else {}),
        "target": float(target),
        "scale_out_cooldown": out,
        "scale_in_cooldown": back,
        "scale_in": scale_in,
    }


def stepping(
    adjustment: str, steps: Sequence[tuple[float | None, float | None, int]], cooldown: int
) -> Fields:
    """A policy that takes a step when an alarm rings.

    Args:
        adjustment: AdjustmentType, such as ``ChangeInCapacity``.
        steps: From and to how far beyond the alarm's threshold (None: however far), and by how much.
        cooldown: Seconds without a further change.
    """
    return {
        "adjustment": adjustment,
        "steps": tuple(_step_text(*one) for one in steps),
        "cooldown": cooldown,
    }


def policy_request(policy: Shown) -> Fields:
    """PutScalingPolicy's parameters that say what it does."""
    if "adjustment" in policy:
        configuration: Fields = {
            "AdjustmentType": policy["adjustment"],
            "StepAdjustments": [_adjustment(text) for text in policy["steps"]],
            "Cooldown": policy["cooldown"],
            "MetricAggregationType": "Average",
        }
        if policy["adjustment"] == "PercentChangeInCapacity":
            configuration["MinAdjustmentMagnitude"] = 1  # a tenth of three tasks is one, not none
        return {"PolicyType": "StepScaling", "StepScalingPolicyConfiguration": configuration}
    label = {"ResourceLabel": policy["label"]} if "label" in policy else {}
    return {
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": {
            "TargetValue": policy["target"],
            "PredefinedMetricSpecification": {"PredefinedMetricType": policy["metric"], **label},
            "ScaleOutCooldown": policy["scale_out_cooldown"],
            "ScaleInCooldown": policy["scale_in_cooldown"],
            "DisableScaleIn": not policy["scale_in"],
        },
    }


def policy_shown(policy: Shown) -> Fields:
    """A policy of DescribeScalingPolicies as a field; one of a kind that we never make by its type alone."""
    step, track = (policy.get(f"{kind}ScalingPolicyConfiguration") for kind in ("Step", "TargetTracking"))
    if step:
        return {
            "adjustment": step.get("AdjustmentType"),
            "steps": tuple(
                _step_text(
                    one.get("MetricIntervalLowerBound"),
                    one.get("MetricIntervalUpperBound"),
                    one["ScalingAdjustment"],
                )
                for one in step.get("StepAdjustments", ())
            ),
            "cooldown": step.get("Cooldown", 0),
        }
    metric = (track or {}).get("PredefinedMetricSpecification", {})
    if not track or not metric:
        return {"type": policy.get("PolicyType")}
    return tracking(
        str(metric.get("PredefinedMetricType")),
        track["TargetValue"],
        out=track.get("ScaleOutCooldown", 300),
        back=track.get("ScaleInCooldown", 300),
        scale_in=not track.get("DisableScaleIn", False),
        label=str(metric.get("ResourceLabel", "")),
    )


def in_common(policies: Sequence[Shown]) -> Fields:
    """What all of the step scaling policies that AWS shows have, under the name that it has in requests."""
    name = "StepScalingPolicyConfiguration"
    every = [one[name] for one in policies if name in one]
    same = (
        {key: value for key, value in every[0].items() if all(one.get(key) == value for one in every)}
        if every
        else {}
    )
    return {name: same} if every else {}


def scheduled(schedule: str, timezone: str, least: int | None, most: int | None) -> Fields:
    """A scheduled action: what is not given stays as it is."""
    limits = {"min": least, "max": most}
    return {
        "schedule": schedule,
        "timezone": timezone,
        **{name: limit for name, limit in limits.items() if limit is not None},
    }


def action_request(action: Shown) -> Fields:
    """PutScheduledAction's parameters that say what it does."""
    limits = {"MinCapacity": action.get("min"), "MaxCapacity": action.get("max")}
    return {
        "Schedule": action["schedule"],
        "Timezone": action["timezone"],
        "ScalableTargetAction": {name: limit for name, limit in limits.items() if limit is not None},
    }


def action_shown(action: Shown) -> Fields:
    """A scheduled action of DescribeScheduledActions as a field."""
    limits = action.get("ScalableTargetAction") or {}
    return scheduled(
        str(action["Schedule"]),
        action.get("Timezone") or "UTC",
        limits.get("MinCapacity"),
        limits.get("MaxCapacity"),
    )


def is_over(action: Shown, now: datetime) -> bool:
    """Whether a scheduled action happens no more: the moment of its ``at(...)`` has passed.

    Args:
        now: With a time zone of its own.
    """
    match = re.fullmatch(r"at\((.*)\)", action["schedule"])
    if match is None:
        return False
    try:
        moment = datetime.strptime(match[1], "%Y-%m-%dT%H:%M:%S")
        return moment.replace(tzinfo=ZoneInfo(action["timezone"])) <= now
    except (ValueError, KeyError):  # not of our writing
        return False


def _step_text(low: float | None, high: float | None, adjustment: int) -> str:
    """Such as ``+2 from 0 to 15``: the bounds count from the alarm's threshold."""
    bounds = [f" from {low:g}"] if low is not None else []
    bounds += [f" to {high:g}"] if high is not None else []
    return f"{adjustment:+d}{''.join(bounds)}"


def _adjustment(text: str) -> Fields:
    size, *rest = text.split()
    found: Fields = {"ScalingAdjustment": int(size)}
    for word, bound in zip(rest[::2], rest[1::2], strict=True):
        found["MetricIntervalLowerBound" if word == "from" else "MetricIntervalUpperBound"] = float(bound)
    return found
