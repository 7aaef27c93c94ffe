"""ECS's service scheduler: starts and stops a service's tasks as `ecs_plan` says."""

from __future__ import annotations

from typing import Any

from ministack.core.concurrency import resource_lock
from ministack.services import ecs

from . import ecs_deployments
from .ecs_plan import plan
from .ecs_targets import is_serving
from .failures import SCHEDULER_REASONS
from .patching import Function, replace

Task = dict[str, Any]
Service = dict[str, Any]


def _is_healthy(task: Task) -> bool:
    """Past its start, and in service; a task that was never waited for is healthy when it runs."""
    stable = bool(task.get("_startup_stable"))
    return task["lastStatus"] == "RUNNING" and stable and is_serving(task)


def _may_still_tell(service: Service, task: Task) -> bool:
    """A task of a failed deployment that has not started yet: its end, which is near, says what is wrong."""
    deployment = ecs._deployment_for_task(service, task) or {}
    return task["lastStatus"] != "RUNNING" and deployment.get("rolloutState") == "FAILED"


def _stop(cluster: str, task: Task, reason: str) -> None:
    ecs._stop_task({"task": task["taskArn"], "cluster": cluster, "reason": reason})


def _by_health(original: Function) -> Function:
    def reconcile_service_tasks(cluster: str, key: str) -> None:
        ecs_deployments.note(key)  # before its first task
        service = ecs._services.get(key)
        primary = ecs._primary_deployment(service) if service else None
        definition = ecs._task_defs.get(ecs._resolve_td_key(service["taskDefinition"])) if service else None
        rolling = service and (service.get("deploymentController") or {}).get("type", "ECS") == "ECS"
        if definition is None or not rolling or not ecs._get_docker():
            original(cluster, key)
            return
        if primary is None:
            return  # for an instant, while another becomes it; MiniStack would stop what serves
        if service["status"] != "ACTIVE" or not service["desiredCount"]:
            original(cluster, key)
            return
        # One at a time for a service: two would both start what is missing.
        with resource_lock("fargatectl-scheduler", key):
            _adjust(cluster, service, primary, definition)
        ecs._refresh_service_state(cluster, f"service:{service['serviceName']}")
        ecs._recount_cluster(cluster)

    return reconcile_service_tasks


def _adjust(cluster: str, service: Service, primary: dict[str, Any], definition: dict[str, Any]) -> None:
    group = f"service:{service['serviceName']}"
    tasks = [
        task
        for task in list(ecs._tasks.values())
        if task.get("group") == group
        and task.get("clusterArn") == service["clusterArn"]
        and task.get("lastStatus") in ecs._PRE_STOP_STATUSES
        and task.get("desiredStatus") != "STOPPED"
    ]
    new = [task for task in tasks if ecs._deployment_for_task(service, task) is primary]
    old = [
        task for task in tasks if not any(task is one for one in new) and not _may_still_tell(service, task)
    ]
    old.sort(key=_is_healthy)  # what does not serve goes first
    configuration = service.get("deploymentConfiguration") or {}
    now = plan(
        int(service["desiredCount"]),
        int(configuration.get("minimumHealthyPercent", 100)),
        int(configuration.get("maximumPercent", 200)),
        new=len(new),
        new_healthy=sum(map(_is_healthy, new)),
        old=len(old),
        old_healthy=sum(map(_is_healthy, old)),
    )
    shifting = bool(primary.get("_shifting"))  # then the old ones serve until all traffic has moved
    for task in old[: 0 if shifting else now.stop_old]:
        _stop(cluster, task, "Task definition updated")
    newest_first = sorted(new, key=lambda task: str(task.get("createdAt", "")), reverse=True)
    for task in newest_first[: now.stop_new]:
        _stop(cluster, task, "Service scaling down")
    start = max(0, int(service["desiredCount"]) - len(new)) if shifting else now.start
    if primary.get("rolloutState") == "FAILED":
        start = 0
    if start and ecs._deployment_needs_first_task(primary, definition, service):
        # Only the first task resolves the images' digests; the others wait for them.
        start = 0 if new else 1
    if start:
        _start(cluster, service, primary, start)


def _start(cluster: str, service: Service, primary: dict[str, Any], count: int) -> None:
    ecs._run_task(
        {
            "cluster": cluster,
            "taskDefinition": service["taskDefinition"],
            "count": count,
            "group": f"service:{service['serviceName']}",
            "startedBy": service["serviceName"],
            "launchType": service.get("launchType"),
            "capacityProviderStrategy": service.get("capacityProviderStrategy"),
            "platformVersion": service.get("platformVersion", ""),
            "networkConfiguration": service.get("networkConfiguration", {}),
            "enableExecuteCommand": service.get("enableExecuteCommand", False),
            "_deploymentId": primary["id"],
        }
    )


def _replacing_stopped(original: Function) -> Function:
    """A service's task that a user stops is replaced."""

    def stop_task(data: dict[str, Any]) -> Any:
        answer = original(data)
        task = ecs._resolve_task(
            data.get("task", ""), ecs._resolve_cluster_name(data.get("cluster", "default"))
        )
        group = str(task.get("group", "")) if task else ""
        if answer[0] == 200 and group.startswith("service:") and data.get("reason") not in SCHEDULER_REASONS:
            cluster = ecs._cluster_name_from_arn(task["clusterArn"])
            ecs._reconcile_service_tasks(cluster, f"{cluster}/{group.removeprefix('service:')}")
        return answer

    return stop_task


def install() -> None:
    """Replace the scheduler."""
    replace(ecs, "_reconcile_service_tasks", _by_health)
    replace(ecs, "_stop_task", _replacing_stopped)
