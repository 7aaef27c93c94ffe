"""The containers of a task as ECS takes them: what is said of any, and those beside the service's own.

Source of the members: ECS API reference, ContainerDefinition.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from fargatectl.spec.storage import mounted

if TYPE_CHECKING:
    from fargatectl.spec import models
    from fargatectl.spec.containers import ContainerOptions, Sidecar
    from fargatectl.spec.parts import HealthCheck

ValueFrom = Callable[[str], str]
"""What ECS calls a secret of the spec."""


def options(wanted: ContainerOptions, value_from: ValueFrom, inits: tuple[str, ...] = ()) -> dict[str, Any]:
    """The members of a container definition that few need; those not given are left out.

    Args:
        inits: Containers that must have ended well before it starts.
    """
    capabilities = {
        side: sorted(names)
        for side, names in (("add", wanted.capabilities.add), ("drop", wanted.capabilities.drop))
        if names
    }
    linux = {
        **({"capabilities": capabilities} if capabilities else {}),
        **({"initProcessEnabled": True} if wanted.init_process else {}),
    }
    credentials = wanted.registry_credentials
    waits = {**dict.fromkeys(inits, "SUCCESS"), **wanted.depends_on}
    found = {
        "workingDirectory": wanted.working_directory,
        "readonlyRootFilesystem": wanted.read_only,
        "mountPoints": [
            {"sourceVolume": name, "containerPath": one.path, "readOnly": one.read_only}
            for name, one in sorted(wanted.mounts.items())
        ],
        "ulimits": [
            {"name": name, "softLimit": one.soft, "hardLimit": one.hard}
            for name, one in sorted(wanted.ulimits.items())
        ],
        "linuxParameters": linux,
        "environmentFiles": [{"value": arn, "type": "s3"} for arn in wanted.env_files],
        "repositoryCredentials": {"credentialsParameter": value_from(credentials)} if credentials else {},
        "dependsOn": [{"containerName": name, "condition": waits[name]} for name in sorted(waits)],
    }
    return {name: value for name, value in found.items() if value}


def sidecars(wanted: models.Service, value_from: ValueFrom) -> dict[str, dict[str, Any]]:
    """The containers beside the service's own, by name; their logs are the task definition's affair."""
    inits = init_containers(wanted)
    return {
        name: _sidecar(one, value_from, () if one.init else inits) for name, one in wanted.sidecars.items()
    }


def log_router(wanted: models.Service, value_from: ValueFrom) -> dict[str, Any]:
    """The container that sends logs on, and what tells the others to use it; empty for none.

    Returns:
        ``container``, a container definition without name and logs, and ``driver``, the LogConfiguration of
        all others.
    """
    router = wanted.log_router
    if router is None:
        return {}
    options = {"enable-ecs-log-metadata": "true" if router.metadata else "false"}
    if router.config_file:
        options |= {"config-file-type": "file", "config-file-value": router.config_file}
    driver: dict[str, Any] = {"logDriver": "awsfirelens", "options": router.driver_options()}
    if router.secrets:
        driver["secretOptions"] = [
            {"name": name, "valueFrom": value_from(router.secrets[name])} for name in sorted(router.secrets)
        ]
    configuration = {"type": router.type, "options": options}
    # Essential, as AWS recommends: without it, lines would be lost and nobody would know.
    container = {"essential": True, "image": router.image, "firelensConfiguration": configuration}
    return {"container": container, "driver": driver}


def init_containers(wanted: models.Service) -> tuple[str, ...]:
    """Those that run to their end before all others."""
    return tuple(sorted(name for name, one in wanted.sidecars.items() if one.init))


def volumes(wanted: models.Service) -> tuple[str, ...]:
    """The names of the volumes that containers mount."""
    return tuple(sorted(mounted(wanted)))


def secrets_of(wanted: models.Service) -> list[str]:
    """Every secret that a task reads when it starts, as the spec names it."""
    every: list[models.Service | Sidecar] = [wanted, *wanted.sidecars.values()]
    named = [one for container in every for one in container.secrets.values()]
    routed = list(wanted.log_router.secrets.values()) if wanted.log_router else []
    return named + routed + [one.registry_credentials for one in every if one.registry_credentials]


def images_of(wanted: models.Service) -> list[str]:
    """The images of the containers beside the service's own."""
    routers = [wanted.log_router.image] if wanted.log_router else []
    return [one.image for one in wanted.sidecars.values()] + routers


def env_files_of(wanted: models.Service) -> list[str]:
    """ARNs of the files in S3 that a task reads when it starts."""
    return [arn for one in (wanted, *wanted.sidecars.values()) for arn in one.env_files]


def health_check(check: HealthCheck | None) -> dict[str, Any]:
    """As ECS takes it; empty for none."""
    if check is None:
        return {}
    return {
        "command": list(check.command),
        "interval": check.interval,
        "timeout": check.timeout,
        "retries": check.retries,
        "startPeriod": check.start_period,
    }


def _sidecar(wanted: Sidecar, value_from: ValueFrom, inits: tuple[str, ...]) -> dict[str, Any]:
    secrets: Mapping[str, str] = wanted.secrets
    found = {
        "image": wanted.image,
        "portMappings": [{"containerPort": wanted.port, "protocol": "tcp"}] if wanted.port else [],
        "environment": [{"name": name, "value": wanted.env[name]} for name in sorted(wanted.env)],
        "secrets": [{"name": name, "valueFrom": value_from(secrets[name])} for name in sorted(secrets)],
        "command": list(wanted.command or ()),
        "entryPoint": list(wanted.entrypoint or ()),
        "user": wanted.user,
        "healthCheck": health_check(wanted.health_check),
        "stopTimeout": wanted.stop_timeout,
    }
    return {
        "essential": wanted.essential and not wanted.init,
        **{name: value for name, value in found.items() if value},
        **options(wanted, value_from, inits),
    }
