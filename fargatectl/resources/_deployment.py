"""ECS's deploymentConfiguration of a service: what is asked for, and what DescribeServices shows.

Both have one shape, a flat mapping whose names a plan shows: AWS's defaults are filled in on both sides.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

_PAUSE = 24 * 60  # minutes
_SHIFTS = {"steps": "linearConfiguration", "canary": "canaryConfiguration"}

if TYPE_CHECKING:
    from fargatectl.spec.deployment import Deployment

_OFF = "off"
# ECS API reference, ThresholdConfiguration: what holds where none is given.
_THRESHOLD = "bounded_percent 50"


def wanted(deployment: Deployment) -> dict[str, object]:
    """What a spec asks for; `bake` stands apart, as AWS may choose it."""
    early, threshold = deployment.early, deployment.breaker.threshold
    found: dict[str, object] = {
        "strategy": deployment.strategy,
        "minimum_healthy_percent": deployment.minimum_healthy_percent,
        "maximum_percent": deployment.maximum_percent,
        "circuit_breaker": True,
        "breaker": f"{threshold[0].lower()} {threshold[1]}" if threshold else _THRESHOLD,
        "reset_on_healthy_task": deployment.breaker.reset_on_healthy_task,
        "alarms": tuple(sorted(deployment.alarms)),
        "early_success": f"{early.healthy_percent} percent, {early.cleanup}" if early.enable else _OFF,
    }
    if deployment.strategy == "linear":
        percent, minutes = deployment.step_percent or Decimal(10), deployment.step_bake
        found["steps"] = f"{float(percent)} percent, {6 if minutes is None else minutes} minutes"
    if deployment.strategy == "canary":
        percent, minutes = deployment.canary_percent or Decimal(5), deployment.canary_bake
        found["canary"] = f"{float(percent)} percent, {10 if minutes is None else minutes} minutes"
    if deployment.pause:
        found["pause"] = tuple(sorted(deployment.pause))
        found["pause_timeout"] = deployment.pause_timeout or _PAUSE
    return found


def shown(raw: Mapping[str, Any]) -> dict[str, object]:
    """What a service has: its ``deploymentConfiguration``."""
    breaker, alarms = raw.get("deploymentCircuitBreaker", {}), raw.get("alarms", {})
    threshold = breaker.get("thresholdConfiguration")
    early = raw.get("earlySuccessCriteria", {})
    strategy = str(raw.get("strategy", "ROLLING")).lower()
    more: dict[str, object] = {}
    for name, member in _SHIFTS.items():
        if strategy == member.removesuffix("Configuration"):
            one = raw.get(member, {})
            kind = member.removesuffix("Configuration")
            part = {"linear": "step", "canary": "canary"}[kind]
            percent = float(one.get(f"{part}Percent", 0))
            more[name] = f"{percent} percent, {one.get(f'{part}BakeTimeInMinutes')} minutes"
    hooks = [one for one in raw.get("lifecycleHooks", ()) if one.get("targetType") == "PAUSE"]
    if hooks:
        more["pause"] = tuple(
            sorted(str(at).lower() for one in hooks for at in one.get("lifecycleStages", ()))
        )
        more["pause_timeout"] = hooks[0].get("timeoutConfiguration", {}).get("timeoutInMinutes", _PAUSE)
    cleanup = str(early.get("sourceServiceRevisionCleanup", "BLOCKING")).lower()
    return {
        "strategy": strategy,
        "minimum_healthy_percent": raw.get("minimumHealthyPercent"),
        "maximum_percent": raw.get("maximumPercent"),
        "circuit_breaker": bool(breaker.get("enable") and breaker.get("rollback")),
        "breaker": f"{str(threshold['type']).lower()} {threshold['value']}" if threshold else _THRESHOLD,
        "reset_on_healthy_task": breaker.get("resetOnHealthyTask", True),
        "alarms": tuple(sorted(alarms.get("alarmNames", ()) if alarms.get("enable") else ())),
        "early_success": f"{early.get('healthyPercent')} percent, {cleanup}" if early.get("enable") else _OFF,
        **more,
    }


def request(asked: Mapping[str, Any], bake: int | None, before: Mapping[str, Any]) -> dict[str, Any]:
    """The parameter ``deploymentConfiguration`` of CreateService and UpdateService.

    Args:
        asked: As `wanted` says.
        bake: Minutes; None where AWS is to choose.
        before: As `shown` says; empty for a new service. What is as AWS has it by default is only sent to
            undo what was there before.
    """
    breaker: dict[str, Any] = {"enable": asked["circuit_breaker"], "rollback": asked["circuit_breaker"]}
    made: dict[str, Any] = {
        "minimumHealthyPercent": asked["minimum_healthy_percent"],
        "maximumPercent": asked["maximum_percent"],
        "deploymentCircuitBreaker": breaker,
    }
    if asked["strategy"] != "rolling" or before.get("strategy", "rolling") != "rolling":
        made["strategy"] = asked["strategy"].upper()
    if asked["breaker"] != _THRESHOLD or before.get("breaker", _THRESHOLD) != _THRESHOLD:
        kind, _, value = asked["breaker"].partition(" ")
        breaker["thresholdConfiguration"] = {"type": kind.upper(), "value": int(value)}
    if not asked["reset_on_healthy_task"] or not before.get("reset_on_healthy_task", True):
        breaker["resetOnHealthyTask"] = asked["reset_on_healthy_task"]
    if asked["alarms"] or before.get("alarms"):
        on = bool(asked["alarms"])
        made["alarms"] = {"alarmNames": list(asked["alarms"]), "rollback": on, "enable": on}
    for name, member in _SHIFTS.items():
        if name in asked:
            percent, _, minutes = asked[name].removesuffix(" minutes").partition(" percent, ")
            part = "step" if name == "steps" else name
            made[member] = {f"{part}Percent": float(percent), f"{part}BakeTimeInMinutes": int(minutes)}
    if "pause" in asked or "pause" in before:
        stages = asked.get("pause", ())
        hook = {
            "targetType": "PAUSE",
            "lifecycleStages": [one.upper() for one in stages],
            "timeoutConfiguration": {
                "timeoutInMinutes": asked.get("pause_timeout", _PAUSE), "action": "ROLLBACK"
            },
        }  # fmt: skip
        made["lifecycleHooks"] = [hook] if stages else []
    if bake is not None:
        made["bakeTimeInMinutes"] = bake
    if asked["early_success"] != _OFF:
        percent, _, cleanup = asked["early_success"].partition(" percent, ")
        made["earlySuccessCriteria"] = {
            "enable": True,
            "healthyPercent": int(percent),
            "sourceServiceRevisionCleanup": cleanup.upper(),
        }
    elif before.get("early_success", _OFF) != _OFF:
        made["earlySuccessCriteria"] = {"enable": False}
    return made
