"""Watching a running task's containers: exits, health, replacement, and taking a stopped task apart."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import Any

from ministack.core.concurrency import resource_lock, spawn_background
from ministack.core.responses import get_account_id, get_region
from ministack.services import ecs

from . import ecs_targets, failures, placement, task_order
from .labels import STOP_TIMEOUT, VOLUME_TASK
from .patching import Function, replace

Task = dict[str, Any]
_LOST_EXIT_CODE = 137  # a container that was removed behind our back: killed
_STEADY = 3.0  # seconds that a task must last; an app that dies of a missing setting takes one or two
_LAST_LOGS = 3.0  # seconds to wait for a stopped container's last lines
_LONGEST_STOP = 30  # seconds; a local stop need not wait for Fargate's 120
_FREE_FAILURES = 3  # replaced at once; ECS slows down a service that keeps failing
_LONGEST_BACKOFF = 30.0  # seconds
_HEALTH = {"healthy": "HEALTHY", "unhealthy": "UNHEALTHY"}

_log_ends: dict[str, threading.Event] = {}


def observe(task: Task, client: Any = None) -> None:
    """Bring the record of a task that starts or runs up to what Docker says of its containers.

    An essential exit stops the task; a service's task that is UNHEALTHY is stopped and replaced.
    """
    arn = task.get("taskArn", "")
    with resource_lock("ecs-task", arn):
        if (
            not ecs._task_is_active(arn, task)
            or task["lastStatus"] not in ("ACTIVATING", "RUNNING")
            or not task.get("_docker_ids")
        ):
            return
        ids = [container.get("runtimeId") for container in task["containers"]]
    client = client or ecs._get_docker()
    if not client:
        return
    states = [_inspect(client, container_id) if container_id else None for container_id in ids]
    turned_healthy = False
    with resource_lock("ecs-task", arn):
        for container, state in zip(task["containers"], states, strict=True):
            _record(container, state)
        before = task.get("healthStatus")
        task["healthStatus"] = _task_health(task)
        turned_healthy = before != "HEALTHY" and task["healthStatus"] == "HEALTHY"
        gone = [container["lastStatus"] == "STOPPED" for container in task["containers"]]
    ran = [one and container_id is not None for one, container_id in zip(gone, ids, strict=True)]
    essential = task["_container_essentials"]
    if all(ran) or any(one and essential[index] for index, one in enumerate(ran)):
        if ecs._mark_task_stopped(arn, task, failures.ESSENTIAL_EXITED, "EssentialContainerExited"):
            ecs._cleanup_task_resources(task, client)
    elif task["healthStatus"] == "UNHEALTHY" and task.get("group", "").startswith("service:"):
        if ecs._mark_task_stopped(arn, task, failures.HEALTH_CHECK_FAILED, "ServiceSchedulerInitiated"):
            ecs._cleanup_task_resources(task, client)
            ecs._record_service_task_failure(task)
    elif turned_healthy and task["lastStatus"] == "RUNNING":
        _rollout_may_go_on(task)


def _inspect(client: Any, container_id: str) -> dict[str, Any] | None:
    """Docker's State of a container; None while Docker cannot tell, which is no sign of an exit."""
    from docker.errors import NotFound

    try:
        state: dict[str, Any] = client.api.inspect_container(container_id)["State"]
        return state
    except NotFound:
        return {"Status": "dead", "ExitCode": _LOST_EXIT_CODE}
    except Exception:
        return None


def _record(container: dict[str, Any], state: dict[str, Any] | None) -> None:
    if state is None:
        return
    if state["Status"] in ("exited", "dead"):
        container["lastStatus"] = "STOPPED"
        container["exitCode"] = state["ExitCode"]
        if state.get("OOMKilled"):
            container["reason"] = failures.OUT_OF_MEMORY
    health = (state.get("Health") or {}).get("Status", "")
    container["healthStatus"] = _HEALTH.get(health, "UNKNOWN")


def _checked_containers(task: Task) -> set[str]:
    """Names of the essential containers that define a health check."""
    key = ecs._resolve_td_key(task["taskDefinitionArn"])
    definition = ecs._task_defs.get(key) or {}
    return {
        container["name"]
        for container in definition.get("containerDefinitions", [])
        if container.get("essential", True) and container.get("healthCheck")
    }


def _task_health(task: Task) -> str:
    """A task is as healthy as its essential containers that have a check (Task.healthStatus)."""
    checked = _checked_containers(task)
    found = {container["healthStatus"] for container in task["containers"] if container["name"] in checked}
    if "UNHEALTHY" in found:
        return "UNHEALTHY"
    return "HEALTHY" if found == {"HEALTHY"} else "UNKNOWN"


def _rollout_may_go_on(task: Task) -> None:
    group = task.get("group", "")
    cluster = ecs._cluster_name_from_arn(task["clusterArn"])
    if group.startswith("service:"):
        key = f"{cluster}/{group.removeprefix('service:')}"
        ecs._schedule_service_deployment_completion(
            cluster, key, get_account_id(), get_region(), healthy_task=task
        )


def _once_healthy(original: Function) -> Function:
    def record_service_task_healthy(service_key: str, task: Task) -> None:
        if _checked_containers(task) and task.get("healthStatus") != "HEALTHY":
            return
        service = ecs._services.get(service_key)
        deployment = ecs._deployment_for_task(service, task) if service else None
        if deployment:
            deployment["_failures_in_a_row"] = 0
        original(service_key, task)

    return record_service_task_healthy


def backoff(failures_in_a_row: int) -> float:
    """Seconds to wait before another task of a deployment that has failed so often in a row."""
    if failures_in_a_row <= _FREE_FAILURES:
        return 0.0
    return float(min(_LONGEST_BACKOFF, 2.0 ** (failures_in_a_row - _FREE_FAILURES)))


def _slowing_down(original: Function) -> Function:
    def record_service_task_failure(task: Task, digest_resolution_failed: bool = False) -> None:
        cluster = ecs._cluster_name_from_arn(task["clusterArn"])
        service = ecs._services.get(f"{cluster}/{task.get('group', '').removeprefix('service:')}")
        deployment = ecs._deployment_for_task(service, task) if service else None
        if not deployment:
            original(task, digest_resolution_failed)
            return
        deployment["_failures_in_a_row"] = deployment.get("_failures_in_a_row", 0) + 1
        delay = backoff(deployment["_failures_in_a_row"])

        def later() -> None:
            time.sleep(delay)
            original(task, digest_resolution_failed)

        if delay:
            spawn_background(later, thread_name="fargatectl-backoff")
        else:
            original(task, digest_resolution_failed)

    return record_service_task_failure


def _in_the_background(original: Function) -> Function:
    """StopTask and DeleteService answer at once, as AWS does; the containers stop meanwhile."""

    def cleanup_task_resources(task: Task, client: Any, extra_container: Any = None) -> None:
        def clean() -> None:
            docker = client or ecs._get_docker()
            ecs_targets.wait_until_drained(task)
            _stop_in_order(task, docker)
            original(task, docker, extra_container)
            _remove_volumes(docker, task["taskArn"].rsplit("/", 1)[-1])
            placement.release(task)
            ecs_targets.note_the_end(task)

        spawn_background(clean, thread_name="fargatectl-cleanup")

    return cleanup_task_resources


def _stop_in_order(task: Task, client: Any) -> None:
    """Stop each container after those that depend on it; those of one turn at the same time."""
    definition = ecs._task_defs.get(ecs._resolve_td_key(task["taskDefinitionArn"])) or {}
    ids = {one["name"]: one.get("runtimeId") for one in task["containers"]}
    for group in task_order.stops(definition.get("containerDefinitions", [])):
        threads = [
            threading.Thread(target=_stop, args=(client, ids[name]), daemon=True)
            for name in group
            if ids.get(name)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def _stop(client: Any, reference: Any) -> None:
    """Ask a container to end, and kill it when its time is over; one that is gone has ended."""
    from docker.errors import APIError

    try:
        container = client.containers.get(reference) if isinstance(reference, str) else reference
        container.stop(timeout=min(int(container.labels.get(STOP_TIMEOUT, "5")), _LONGEST_STOP))
    except APIError as error:
        ecs.logger.debug("could not stop container %s: %s", reference, error)


def _remove_volumes(client: Any, task_id: str) -> None:
    from docker.errors import APIError

    for volume in client.volumes.list(filters={"label": f"{VOLUME_TASK}={task_id}"}):
        with suppress(APIError):  # a container that came late has it; it goes when that one does
            volume.remove(force=True)


def remove_container(client: Any, reference: Any) -> None:
    """Stop a container as ECS does, keep its exit code and last log lines, and remove it."""
    from docker.errors import APIError

    if not client or reference is None:
        return
    try:
        container = client.containers.get(reference) if isinstance(reference, str) else reference
        _stop(client, container)
        container.reload()
        _keep_exit_code(container)
        ended = _log_ends.pop(container.id, None)
        if ended:
            ended.wait(_LAST_LOGS)
        container.remove(v=True, force=True)
    except APIError as error:
        ecs.logger.debug("could not remove container %s: %s", reference, error)


def _keep_exit_code(container: Any) -> None:
    task = ecs._tasks.get(container.labels.get("com.amazonaws.ecs.task-arn", ""))
    for record in (task or {}).get("containers", []):
        ours = record["name"] == container.labels["com.amazonaws.ecs.container-name"]
        if ours and record.get("exitCode") is None:
            record["exitCode"] = container.attrs["State"]["ExitCode"]


def _announcing_the_end(original: Function) -> Function:
    def start_awslogs_forwarder(container: Any, definition: dict[str, Any], task_id: str) -> None:
        if ecs._awslogs_config(definition, task_id, container.id):
            _log_ends[container.id] = threading.Event()
        original(container, definition, task_id)

    return start_awslogs_forwarder


def _ending(original: Function) -> Function:
    def forward_awslogs(container: Any, config: dict[str, Any], account_id: str, region: str) -> None:
        ended = _log_ends.get(container.id)
        try:
            original(container, config, account_id, region)
        finally:
            if ended:
                ended.set()

    return forward_awslogs


def _with_digest(original: Function) -> Function:
    def attach_started_container(
        task: Task, container: Any, index: int, token: str, network: str | None
    ) -> bool:
        record = task["containers"][index]
        if "@" in record["image"]:
            record["imageDigest"] = record["image"].split("@", 1)[1]
        attached = bool(original(task, container, index, token, network))
        record["runtimeId"] = container.id
        return attached

    return attach_started_container


def install() -> None:
    """Replace the watching, failing and cleaning up of tasks."""
    ecs._ECS_DEPLOYMENT_STEADY_DELAY = _STEADY
    replace(ecs, "_maybe_mark_stopped", lambda _original: observe)
    replace(ecs, "_record_service_task_healthy", _once_healthy)
    replace(ecs, "_record_service_task_failure", _slowing_down)
    replace(ecs, "_cleanup_task_resources", _in_the_background)
    replace(ecs, "_remove_docker_container", lambda _original: remove_container)
    replace(ecs, "_start_awslogs_forwarder", _announcing_the_end)
    replace(ecs, "_forward_awslogs", _ending)
    replace(ecs, "_attach_started_container", _with_digest)
