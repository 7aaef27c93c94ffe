"""Ends a failed deployment: back to what served before, or to nothing where nothing did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fargatectl.errors import FargatectlError

if TYPE_CHECKING:
    from fargatectl.resources.service import Service


@dataclass(frozen=True)
class Rollback:
    """How it ended: a sentence for people, and the task definition's ARN that serves now, or None."""

    sentence: str
    serving: str | None


def roll_back(aws: Any, service: Service, raw: Mapping[str, Any], failed: str, previous: str) -> Rollback:
    """Stop the deployment of `failed`.

    Args:
        raw: The service as DescribeServices showed it last.
        failed: ARN of the task definition that does not come up.
        previous: ARN of the one before; empty where it is not known.
    """
    old = [one for one in raw["deployments"] if one["taskDefinition"] != failed]
    before = next((one for one in old if not previous or one["taskDefinition"] == previous), None)
    target = previous or (str(before["taskDefinition"]) if before else "")
    if not target or target == failed:
        return _stop(aws, service, raw)
    name = f"{service.id}:{target.rpartition(':')[2]}"
    back = any(one["status"] == "PRIMARY" for one in old)  # ECS's circuit breaker was quicker
    try:
        if not back:
            _begin(aws, service, raw, target, before)
    except FargatectlError as error:
        return Rollback(f"It could not be rolled back to {name}: {error.message}.", None)
    if before and before.get("runningCount"):
        return Rollback(f"Rolled back to {name}, which still serves.", target)
    return Rollback(f"Rolling back to {name}.", target)


def _begin(
    aws: Any, service: Service, raw: Mapping[str, Any], target: str, before: Mapping[str, Any] | None
) -> None:
    running = raw.get("currentServiceDeployment")
    if running:
        # Brings back all of the earlier service revision, and keeps the event in ECS's own history.
        aws.call("ecs", "StopServiceDeployment", serviceDeploymentArn=running, stopType="ROLLBACK")
        return
    kept = {
        name: before[name]
        for name in ("networkConfiguration", "capacityProviderStrategy")
        if before and before.get(name)
    }
    aws.call(
        "ecs",
        "UpdateService",
        cluster=service.cluster.name,
        service=service.name,
        taskDefinition=target,
        **kept,
    )


def _stop(aws: Any, service: Service, raw: Mapping[str, Any]) -> Rollback:
    """A first deployment has nothing to go back to: without this it would start tasks for ever."""
    if raw.get("desiredCount"):
        try:
            aws.call(
                "ecs", "UpdateService", cluster=service.cluster.name, service=service.name, desiredCount=0
            )
        except FargatectlError as error:
            return Rollback(f"It still tries: its count could not be set to 0: {error.message}.", None)
    return Rollback("Nothing served before; its count is set to 0 until the next up.", None)
