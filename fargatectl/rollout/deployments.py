"""The deployments of a service as DescribeServices shows them: which one is whose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Deployment = Mapping[str, Any]


def primary(service: Mapping[str, Any]) -> Deployment:
    """The deployment that a service is heading for; empty if there is none."""
    return next((one for one in service.get("deployments", ()) if one.get("status") == "PRIMARY"), {})


def by_id(service: Mapping[str, Any], deployment: Deployment) -> Deployment | None:
    """The same deployment as it is now; None where ECS does not show it."""
    same = (one for one in service.get("deployments", ()) if one["id"] == deployment.get("id"))
    return next(same, None)


def settled(service: Mapping[str, Any]) -> bool:
    """Whether a service, as DescribeServices shows it, has nothing under way.

    Old tasks may still stop in the background, where a deployment is done earlier than that.
    """
    deployments = service.get("deployments", ())
    now = primary(service)
    if len(deployments) > 1 and now.get("rolloutState") == "COMPLETED":
        counted = now
    elif len(deployments) == 1 and deployments[0].get("rolloutState", "COMPLETED") == "COMPLETED":
        counted = service
    else:
        return False
    running, pending = counted.get("runningCount", 0), counted.get("pendingCount", 0)
    return bool(running == service.get("desiredCount", 0) and not pending)


def begun(service: Mapping[str, Any], revision: str) -> Deployment:
    """The deployment that the call which was answered with `service` began, or left as it was.

    It is the PRIMARY one, unless ECS has already given it up by the time it answers; empty where ECS does
    not even list it any more.

    Args:
        revision: ARN of the task definition that was asked for.
    """
    same = [one for one in service.get("deployments", ()) if one["taskDefinition"] == revision]
    same.sort(key=lambda one: (one.get("status") == "PRIMARY", one.get("createdAt", 0)))
    return same[-1] if same else {}


def redone(service: Mapping[str, Any], deployment: Deployment) -> Deployment:
    """The same deployment begun anew by somebody (a forced one), else the one given.

    ECS's own rollback is no such thing: it goes back to another revision or to other settings.
    """
    now = primary(service)
    newer = (
        deployment and now and now["id"] != deployment["id"] and now["createdAt"] > deployment["createdAt"]
    )
    return now if newer and all(now.get(name) == deployment.get(name) for name in _SETTINGS) else deployment


_SETTINGS = ("taskDefinition", "networkConfiguration", "capacityProviderStrategy", "platformVersion")
