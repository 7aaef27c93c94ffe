"""ECS's deploymentConfiguration of a service: what is asked for, and what DescribeServices shows.

Both have one shape, a flat mapping whose names a plan shows: AWS's defaults are filled in on both sides.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fargatectl.spec.deployment import Deployment

_OFF = "off"
# ECS API reference, ThresholdConfiguration: what holds where none is given.
_THRESHOLD = "bounded_percent 50"


def wanted(deployment: Deployment) -> dict[str, object]:
    """What a spec asks for. `bake` is left out where AWS is to choose."""
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
    return found


def shown(raw: Mapping[str, Any]) -> dict[str, object]:
    """What a service has: its ``deploymentConfiguration``."""
    breaker, alarms = raw.get("deploymentCircuitBreaker", {}), raw.get("alarms", {})
    threshold = breaker.get("thresholdConfiguration")
    early = raw.get("earlySuccessCriteria", {})
    cleanup = str(early.get("sourceServiceRevisionCleanup", "BLOCKING")).lower()
    return {
        "strategy": str(raw.get("strategy", "ROLLING")).lower(),
        "minimum_healthy_percent": raw.get("minimumHealthyPercent"),
        "maximum_percent": raw.get("maximumPercent"),
        "circuit_breaker": bool(breaker.get("enable") and breaker.get("rollback")),
        "breaker": f"{str(threshold['type']).lower()} {threshold['value']}" if threshold else _THRESHOLD,
        "reset_on_healthy_task": breaker.get("resetOnHealthyTask", True),
        "alarms": tuple(sorted(alarms.get("alarmNames", ()) if alarms.get("enable") else ())),
        "early_success": f"{early.get('healthyPercent')} percent, {cleanup}" if early.get("enable") else _OFF,
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
