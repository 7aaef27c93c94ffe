"""Why a task did not start or stopped, in AWS's words.

Source: the Amazon ECS developer guide, "Stopped task error messages" and "Stopped task errors", and
DescribeTasks (stopCode, stoppedReason, containers[].reason).
"""

from __future__ import annotations

import re
from typing import Any

from ministack.services import ecs, ssm

from .authorization import PULLING
from .ecr import registry
from .patching import Function, replace

Task = dict[str, Any]
ESSENTIAL_EXITED = "Essential container in task exited"
HEALTH_CHECK_FAILED = "Task failed container health checks"
FAILED_TO_START = "Task failed to start"
OUT_OF_MEMORY = "OutOfMemoryError: Container killed due to memory usage"
OF_DOCKER = "Docker Engine of this machine"  # no task of AWS's: `fargatectl.rollout.causes` knows it
_GENERIC_PREFIX = "ResourceInitializationError: unable to pull image or start container: "
# What MiniStack's own service scheduler says when it stops a task.
SCHEDULER_REASONS = frozenset(
    {
        "Service deleted",
        "Service scaling down",
        "Task definition updated",
        "Deployment capacity limit",
        "Deployment completed",
    }
)


class StartError(Exception):
    """A task cannot start; the text is the stoppedReason."""


def run_container(client: Any, image: str, options: dict[str, Any]) -> Any:
    """Start a container of an image that is there (see `pull`).

    Raises:
        StartError: Docker Engine refuses.
    """
    from docker.errors import APIError

    try:
        return client.containers.run(image, **options)
    except APIError as error:
        discard(client, options["name"])
        if options.get("ports") and is_about_ports(error):
            task = ecs._tasks.get(options["labels"]["com.amazonaws.ecs.task-arn"], {})
            task.pop("_public_ip", None)
            return run_container(client, image, {**options, "ports": None})
        text = error.explanation or str(error)
        raise StartError(f"CannotStartContainerError: {text}") from error


def is_about_ports(error: Exception) -> bool:
    """Whether Docker Engine cannot publish a port there."""
    return bool(re.search(r"port is already allocated|external connectivity|listen |bind:", str(error)))


def pull(client: Any, image: str, fallback: str | None, auth_config: dict[str, str] | None) -> str:
    """Pull an image as Fargate does, every time; what it is called then.

    An image of the local registry must really be there; another one may come from Docker's cache, so that
    one works without a network.

    Raises:
        ecs._ImagePullError: It cannot be had.
    """
    from docker.errors import ImageNotFound, NotFound

    if image.startswith(f"{registry()}/"):
        auth_config = auth_config or PULLING
    try:
        client.images.pull(image, **({"auth_config": auth_config} if auth_config else {}))
    except Exception as error:
        if not image.startswith(f"{registry()}/"):
            for candidate in (image, fallback):
                try:
                    if candidate:
                        client.images.get(candidate)
                        return candidate
                except ImageNotFound:
                    continue
        detail = f"{image}: not found" if isinstance(error, NotFound) else f"{OF_DOCKER}: {error}"
        raise ecs._ImagePullError(
            f"pull image manifest has been retried 1 time(s): failed to resolve ref {image}: {detail}"
        ) from error
    return image


def discard(client: Any, name: str) -> None:
    """Remove a container that was created and could not be started."""
    from docker.errors import APIError

    try:
        client.containers.get(name).remove(force=True, v=True)
    except APIError:
        return


def _in_aws_words(original: Function) -> Function:
    def fail_task_start(task: Task, client: Any, reason: str) -> None:
        reason = reason.removeprefix(_GENERIC_PREFIX)
        if not re.match(r"[A-Z][A-Za-z]+Error: ", reason):
            reason = f"CannotStartContainerError: {reason}"
        if reason.startswith(("CannotPull", "CannotStart")):
            for container in task["containers"]:
                container["reason"] = reason
        original(task, client, reason)

    return fail_task_start


def _with_stop_codes(original: Function) -> Function:
    def mark_task_stopped(
        task_arn: str, task: Task, reason: str, stop_code: str, exit_code: int | None = None
    ) -> bool:
        if stop_code == "UserInitiated":
            # Not yet known: it is recorded when the container has really stopped.
            exit_code = None
            if reason in SCHEDULER_REASONS and task.get("group", "").startswith("service:"):
                stop_code = "ServiceSchedulerInitiated"
                reason = f"Scaling activity initiated by (deployment {task.get('_deployment_id')})"
        return bool(original(task_arn, task, reason, stop_code, exit_code))

    return mark_task_stopped


def _naming_the_store(original: Function) -> Function:
    def resolve_container_secrets(container: dict[str, Any]) -> Any:
        try:
            return original(container)
        except ecs._SecretResolutionError as error:
            missing = re.search(r"secret (\S+) for environment variable", str(error))
            if not missing:
                raise
            source = missing.group(1)
            if "secretsmanager" in source:
                raise ecs._SecretResolutionError(
                    "unable to retrieve secret from asm: service call has been retried 1 time(s): failed to "
                    f"fetch secret {source} from secrets manager: ResourceNotFoundException: Secrets Manager "
                    "can't find the specified secret."
                ) from error
            raise ecs._SecretResolutionError(
                "unable to retrieve secrets from ssm: service call has been retried 1 time(s): "
                f"invalid parameters: {source}"
            ) from error

    return resolve_container_secrets


def _decrypting(original: Function) -> Function:
    def resolve_parameter_value(name: str, version: Any = None, decrypt: bool = True) -> Any:
        return original(name, version=version, decrypt=decrypt)

    return resolve_parameter_value


def install() -> None:
    """Replace how a container is started and how a task's end is told."""
    replace(ecs, "_fail_task_start", _in_aws_words)
    replace(ecs, "_mark_task_stopped", _with_stop_codes)
    replace(ecs, "_resolve_container_secrets", _naming_the_store)
    replace(ssm, "resolve_parameter_value", _decrypting)
