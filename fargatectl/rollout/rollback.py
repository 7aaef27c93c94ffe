"""Ends a failed deployment: back to what served before, or to nothing where nothing did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fargatectl.aws.errors import AwsError
from fargatectl.dataclass import dataclass
from fargatectl.errors import FargatectlError
from fargatectl.rollout.deployments import Deployment, primary

if TYPE_CHECKING:
    from fargatectl.resources.service import Service


@dataclass(frozen=True)
class Rollback:
    """How it ended.

    Attributes:
        sentence: For people.
        serving: ARN of the task definition that serves now, or None.
        error: Why it could not be done.
    """

    sentence: str
    serving: str | None
    error: FargatectlError | None = None


def roll_back(
    aws: Any, service: Service, raw: Mapping[str, Any], failed: Deployment, previous: str
) -> Rollback:
    """End a deployment.

    Args:
        raw: The service as DescribeServices showed it last.
        failed: The deployment that does not come up.
        previous: ARN of the task definition that served when it began; empty where none did.
    """
    old = [one for one in raw["deployments"] if one["id"] != failed.get("id")]
    serving = [one for one in old if one.get("runningCount")]
    back = next((one for one in old if one["status"] == "PRIMARY"), None)  # ECS's circuit breaker was quicker
    before = back or next(iter(serving), None)
    target = str(before["taskDefinition"]) if before else previous
    if not target:
        return _stop(aws, service, raw)
    name = f"{service.id}:{target.rpartition(':')[2]}"
    try:
        if back is None:
            _begin(aws, service, raw, target, before)
    except FargatectlError as error:
        return Rollback(f"It could not be rolled back to {name}: {error.message}.", None, error)
    if any(one["taskDefinition"] == target for one in serving):
        return Rollback(f"Rolled back to {name}, which still serves.", target)
    return Rollback(f"Rolling back to {name}.", target)


def _begin(
    aws: Any, service: Service, raw: Mapping[str, Any], target: str, before: Deployment | None
) -> None:
    running = raw.get("currentServiceDeployment")
    if running:
        # Brings back all of the earlier service revision, and keeps the event in ECS's own history.
        try:
            aws.call("ecs", "StopServiceDeployment", serviceDeploymentArn=running, stopType="ROLLBACK")
        except AwsError as error:
            # ECS's own circuit breaker may have begun to go back since we looked.
            if error.error != "ConflictException" or not _is_back(aws, service, target):
                raise
        return
    settings = ("networkConfiguration", "capacityProviderStrategy")
    kept = {name: before[name] for name in settings if before and before.get(name)}
    aws.call(
        "ecs",
        "UpdateService",
        cluster=service.cluster.name,
        service=service.name,
        taskDefinition=target,
        forceNewDeployment=True,  # a change of the capacity provider strategy asks for it
        **kept,
    )


def _is_back(aws: Any, service: Service, target: str) -> bool:
    described = aws.call("ecs", "DescribeServices", cluster=service.cluster.name, services=[service.name])
    return any(primary(one).get("taskDefinition") == target for one in described["services"])


def _stop(aws: Any, service: Service, raw: Mapping[str, Any]) -> Rollback:
    """A first deployment has nothing to go back to: without this it would start tasks for ever."""
    if raw.get("desiredCount"):
        try:
            aws.call(
                "ecs", "UpdateService", cluster=service.cluster.name, service=service.name, desiredCount=0
            )
        except FargatectlError as error:
            return Rollback(f"It still tries: its count could not be set to 0: {error.message}.", None, error)
    return Rollback("Nothing served before; its count is set to 0 until the next up.", None)
