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
