"""A container definition as Docker options: what MiniStack leaves out of the container.

Names are those of ECS's ContainerDefinition and of docker-py's ``containers.run``.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from ministack.core.container_reaper import own_labels
from ministack.services import cloudwatch_logs, ecs

from . import efs, placement
from .failures import StartError
from .labels import STOP_TIMEOUT, VOLUME_TASK
from .patching import Function, replace

_SECOND = 1_000_000_000  # Docker's health check counts nanoseconds
_MIB = 1024 * 1024
_DEFAULT_STOP_TIMEOUT = 5  # seconds; Fargate's 30 would only make one wait for what ignores SIGTERM

Definition = dict[str, Any]


@cache
def _host_cpus() -> int:
    """CPUs of the machine that Docker Engine runs on: it refuses a limit above them."""
    return int(ecs._get_docker().info()["NCPU"])


def process_options(container: Definition) -> dict[str, Any]:
    """How the container's process starts."""
    options: dict[str, Any] = {}
    if container.get("entryPoint"):
        options["entrypoint"] = list(container["entryPoint"])
    if container.get("user"):
        options["user"] = container["user"]
    if container.get("workingDirectory"):
        options["working_dir"] = container["workingDirectory"]
    if container.get("readonlyRootFilesystem"):
        options["read_only"] = True
    linux = container.get("linuxParameters") or {}
    if linux.get("initProcessEnabled"):
        options["init"] = True
    dropped = (linux.get("capabilities") or {}).get("drop")
    if dropped:
        options["cap_drop"] = list(dropped)
    if container.get("ulimits"):
        options["ulimits"] = [
            {"Name": one["name"], "Soft": one["softLimit"], "Hard": one["hardLimit"]}
            for one in container["ulimits"]
        ]
    return options


def limits(container: Definition, task_definition: Definition) -> dict[str, Any]:
    """CPU and memory: the container's own, else the task's."""
    options: dict[str, Any] = {}
    memory = int(container.get("memory") or task_definition.get("memory") or 0)
    if memory:
        # Without swap, as on Fargate: a task over its memory is killed here too.
        options["mem_limit"] = options["memswap_limit"] = memory * _MIB
    if container.get("memoryReservation"):
        options["mem_reservation"] = int(container["memoryReservation"]) * _MIB
    units = int(task_definition.get("cpu") or 0)
    if units:
        options["nano_cpus"] = min(units * _SECOND // 1024, _host_cpus() * _SECOND)
    return options


def health_check(container: Definition) -> dict[str, Any]:
    """The definition's healthCheck with ECS's defaults; ECS ignores the image's own HEALTHCHECK."""
    check = container.get("healthCheck")
    if not check:
        return {"healthcheck": {"test": ["NONE"]}}
    return {
        "healthcheck": {
            "test": list(check["command"]),
            "interval": int(check.get("interval", 30)) * _SECOND,
            "timeout": int(check.get("timeout", 5)) * _SECOND,
            "retries": int(check.get("retries", 3)),
            "start_period": int(check.get("startPeriod", 0)) * _SECOND,
        }
    }


def volume_binds(container: Definition, task_definition: Definition, task_id: str) -> list[str]:
    """Named Docker volumes for the task's volumes: one per task, or one per folder of a file system.

    A task's own is an empty folder of root's, with mode 0755, except where the image declares a VOLUME of
    that path: then it begins as the image has it (the Amazon ECS developer guide, "Use bind mounts").
    """
    volumes = {volume["name"]: volume for volume in task_definition.get("volumes", [])}
    binds: list[str] = []
    mounts = container.get("mountPoints") or []
    declared = _declared_volumes(container["image"]) if mounts else set()
    for mount in mounts:
        mode = "ro" if mount.get("readOnly") else "rw"
        volume = volumes.get(mount.get("sourceVolume"))
        if volume is None or (volume.get("host") or {}).get("sourcePath"):
            continue
        elastic = volume.get("efsVolumeConfiguration")
        if elastic:
            name = efs.volume_of(elastic, container["image"])
            mode += ",nocopy"
        else:
            name = f"fargatectl-{task_id}-{volume['name']}"
            labels = own_labels("ecs", **{VOLUME_TASK: task_id})
            if mount["containerPath"].rstrip("/") not in declared:
                mode += ",nocopy"
            ecs._get_docker().volumes.create(name=name, labels=labels)
        binds.append(f"{name}:{mount['containerPath']}:{mode}")
    return binds


def _declared_volumes(image: str) -> set[str]:
    """The paths that an image's Dockerfile names with VOLUME."""
    configuration = ecs._get_docker().images.get(image).attrs.get("Config") or {}
    return {path.rstrip("/") for path in configuration.get("Volumes") or ()}


def check_log_group(container: Definition) -> None:
    """Fail the start as Fargate does when the log group is missing.

    Raises:
        StartError: With AWS's text.
    """
    config = container.get("logConfiguration") or {}
    options = config.get("options") or {}
    if config.get("logDriver") != "awslogs" or str(options.get("awslogs-create-group")).lower() == "true":
        return
    if options.get("awslogs-group") not in cloudwatch_logs._log_groups:
        raise StartError(
            "ResourceInitializationError: failed to validate logger args: create stream has been retried "
            "1 times: failed to create Cloudwatch log stream: ResourceNotFoundException: "
            "The specified log group does not exist. : exit status 1"
        )


def _completing(original: Function) -> Function:
    def build_run_kwargs(
        container: Definition,
        task_definition: Definition,
        environment: dict[str, str],
        port_bindings: dict[str, Any],
        network: str | None,
        host_mode: bool,
        task_id: str,
        task_arn: str,
        own_address: str | None,
        cluster_arn: str,
    ) -> dict[str, Any]:
        check_log_group(container)
        options: dict[str, Any] = original(
            container, task_definition, environment, port_bindings, network,
            host_mode, task_id, task_arn, own_address, cluster_arn,
        )  # fmt: skip
        # The image decides the platform, as on Fargate; containers cannot reach MiniStack's loopback.
        options.pop("platform", None)
        options.pop("extra_hosts", None)
        options |= process_options(container)
        options |= limits(container, task_definition)
        options |= health_check(container)
        stop_timeout = container.get("stopTimeout", _DEFAULT_STOP_TIMEOUT)
        options["labels"] = {
            **container.get("dockerLabels", {}), **options["labels"], STOP_TIMEOUT: str(stop_timeout)
        }  # fmt: skip
        binds = volume_binds(container, task_definition, task_id)
        if binds:
            options["volumes"] = [*options.get("volumes", []), *binds]
        if task_definition.get("networkMode") == "awsvpc":
            options |= placement.network_options(ecs._tasks[task_arn], task_definition)
        return options

    return build_run_kwargs


def _without_unreachable_addresses(original: Function) -> Function:
    """The metadata, credentials and endpoint addresses that MiniStack adds do not answer from a container.

    What Fargate itself sets, and is true here, is set instead.
    """

    def register_metadata(
        task_arn: str, cluster_arn: str, task_definition: Definition, container: Definition,
        launch_type: str, environment: dict[str, str], host_mode: bool, own_address: str | None,
    ) -> Any:  # fmt: skip
        environment.setdefault("AWS_REGION", ecs.get_region())
        environment.setdefault("AWS_DEFAULT_REGION", ecs.get_region())
        environment.setdefault("AWS_EXECUTION_ENV", "AWS_ECS_FARGATE")
        return original(
            task_arn, cluster_arn, task_definition, container,
            launch_type, dict(environment), host_mode, own_address,
        )  # fmt: skip

    return register_metadata


def install() -> None:
    """Replace what makes a container's options and environment."""
    replace(ecs, "_build_run_kwargs", _completing)
    replace(ecs, "_register_metadata", _without_unreachable_addresses)
