"""Container definitions as they are compared: what the spec can say of them, without what ECS adds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fargatectl.engine.overrides import Overridable

OVERRIDABLE = Overridable(
    service="ecs",
    create="RegisterTaskDefinition",
    updates=("RegisterTaskDefinition",),  # each is a new one
    shown=(("DescribeTaskDefinition", "taskDefinition"),),
    reserved={
        "family": "fargatectl finds the revisions by it",
        "tags": "fargatectl knows its own by them",
        "cpu": "set cpu of the service",
        "memory": "set memory of the service",
        "requiresCompatibilities": "fargatectl is for Fargate",
        "networkMode": "Fargate has awsvpc only",
        "containerDefinitions.*.name": "set container of the service",
        "containerDefinitions.*.image": "set image or build of the service or sidecar",
        "containerDefinitions.*.essential": "set essential of the sidecar",
    },
)

OPTIONS = (
    "workingDirectory", "readonlyRootFilesystem", "mountPoints", "ulimits", "linuxParameters",
    "environmentFiles", "repositoryCredentials", "dependsOn",
)  # fmt: skip
"""Members of any container definition beyond those that `TaskDefinition` has fields for."""

_SIDECAR = (
    "essential", "image", "portMappings", "environment", "secrets", "command", "entryPoint", "user",
    "healthCheck", "stopTimeout", *OPTIONS,
)  # fmt: skip
_SORTED = {
    "mountPoints": "sourceVolume", "ulimits": "name", "dependsOn": "containerName", "environment": "name",
    "secrets": "name",
}  # fmt: skip


def options_of(container: Mapping[str, Any]) -> dict[str, Any]:
    """The `OPTIONS` that a registered container has."""
    return _picked(container, OPTIONS)


def sidecars_of(containers: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """All but the first, which is the service's own, and a log router, by name."""
    beside = [one for one in containers[1:] if not one.get("firelensConfiguration")]
    found = {str(one["name"]): _picked(one, _SIDECAR) for one in beside}
    return {name: {**one, "essential": bool(one.get("essential"))} for name, one in found.items()}


def log_router_of(containers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The log router, and how the service's own container uses it, as `TaskDefinition.log_router` has it."""
    router = _router(containers)
    if router is None:
        return {}
    logs = containers[0].get("logConfiguration") or {}
    driver = {name: logs[name] for name in ("logDriver", "options", "secretOptions") if logs.get(name)}
    if "secretOptions" in driver:
        driver["secretOptions"] = sorted(driver["secretOptions"], key=lambda one: str(one.get("name")))
    picked = _picked(router, ("image", "firelensConfiguration"))
    return {"container": {**picked, "essential": bool(router.get("essential"))}, "driver": driver}


def log_group_of(containers: Sequence[Mapping[str, Any]]) -> str | None:
    """The group of the service's own container, or of the log router where that has its lines."""
    one = _router(containers) or next(iter(containers), {})
    group: str | None = one.get("logConfiguration", {}).get("options", {}).get("awslogs-group")
    return group


def _router(containers: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    return next((one for one in containers if one.get("firelensConfiguration")), None)


def _picked(container: Mapping[str, Any], members: Sequence[str]) -> dict[str, Any]:
    found = {name: container[name] for name in members if container.get(name)}
    for name, key in _SORTED.items():
        if name in found:
            found[name] = sorted(found[name], key=lambda one: str(one.get(key)))
    if "portMappings" in found:
        found["portMappings"] = [
            {"containerPort": one.get("containerPort"), "protocol": one.get("protocol", "tcp")}
            for one in found["portMappings"]
        ]
    linux = _linux(found.pop("linuxParameters", {}))
    return {**found, "linuxParameters": linux} if linux else found


def _linux(parameters: Mapping[str, Any]) -> dict[str, Any]:
    capabilities = {
        side: sorted(names) for side, names in (parameters.get("capabilities") or {}).items() if names
    }
    return {
        **({"capabilities": capabilities} if capabilities else {}),
        **({"initProcessEnabled": True} if parameters.get("initProcessEnabled") else {}),
    }
