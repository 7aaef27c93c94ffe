"""A service's tasks as targets of its load balancer, as ECS treats them.

A task counts as healthy only while its targets are; one whose target fails its checks after the grace period
is stopped and replaced; a task that is stopped is deregistered first and gets SIGTERM after the target
group's deregistration delay. Sources: the Amazon ECS developer guide, "Use load balancing to distribute
Amazon ECS service traffic", and CreateService (loadBalancers, healthCheckGracePeriodSeconds).
"""

from __future__ import annotations

import time
from typing import Any

from ministack.core.concurrency import resource_lock
from ministack.core.responses import error_response_json, new_uuid
from ministack.services import alb, ecs

from . import elb_health, elb_targets
from .elb_targets import Target
from .patching import Function, replace

Data = dict[str, Any]
Task = dict[str, Any]
Service = dict[str, Any]
_LOOK = 0.1  # seconds between two looks whether a target is gone
_SERVING = ("healthy", "unavailable")  # unavailable: its group has no health checks
_MOST_EVENTS = 100  # that DescribeServices shows


def service_of(task: Task) -> tuple[str, Service] | None:
    """The key in MiniStack's store and the record of the service that a task belongs to."""
    group, cluster = task.get("group", ""), ecs._cluster_name_from_arn(task.get("clusterArn", ""))
    if not cluster or not group.startswith("service:"):
        return None
    key = f"{cluster}/{group.removeprefix('service:')}"
    service = ecs._services.get(key)
    return (key, service) if service else None


def target_groups(service: Service, task: Task) -> list[tuple[str, int]]:
    """ARN and container port of each target group that a service's task belongs in.

    A deployment that shifts traffic has its tasks in the alternate groups (see `ecs_shift`).
    """
    deployment = ecs._deployment_for_task(service, task) or {}
    others = deployment.get("_target_groups") or {}
    return [
        (others.get(one["targetGroupArn"], one["targetGroupArn"]), int(one.get("containerPort") or 80))
        for one in service.get("loadBalancers") or []
        if one.get("targetGroupArn")
    ]


def targets_of(task: Task) -> list[tuple[str, Target]]:
    """A task's targets, with their groups."""
    found, address = service_of(task), ecs._task_ip(task)
    if found is None or not address:
        return []
    pairs = [(arn, elb_targets.find(arn, address, port)) for arn, port in target_groups(found[1], task)]
    return [(arn, target) for arn, target in pairs if target is not None]


def is_serving(task: Task) -> bool:
    """Whether the load balancers send requests to a task; true for one without."""
    found = service_of(task)
    if found is None:
        return True
    targets = targets_of(task)
    wanted = len(target_groups(found[1], task))
    return len(targets) >= wanted and all(elb_targets.health(*one)[0] in _SERVING for one in targets)


def event(service: Service, text: str) -> None:
    """Note a service event, in AWS's words."""
    message = {
        "id": new_uuid(),
        "createdAt": ecs._iso(),
        "message": f"(service {service['serviceName']}) {text}",
    }
    service["events"].insert(0, message)
    del service["events"][_MOST_EVENTS:]


def _once_serving(original: Function) -> Function:
    def record_service_task_healthy(service_key: str, task: Task) -> None:
        if is_serving(task):
            original(service_key, task)

    return record_service_task_healthy


def _heard(arn: str, target: Target) -> None:
    """A target turned healthy, or is found unhealthy."""
    for task in list(ecs._tasks.values()):
        if ecs._task_ip(task) != target["Id"] or task.get("lastStatus") != "RUNNING":
            continue
        if not any(one is target for _, one in targets_of(task)):
            continue
        if elb_targets.health(arn, target)[0] == "healthy":
            _go_on(task)
        else:
            _replace(task, arn, target)


def _go_on(task: Task) -> None:
    found = service_of(task)
    if found is None:
        return
    key, service = found
    cluster, deployment = key.split("/", 1)[0], ecs._deployment_for_task(service, task)
    ecs._record_service_task_healthy(key, task)
    ecs._refresh_service_state(cluster, task["group"])
    ecs._reconcile_service_tasks(cluster, key)
    if deployment:
        ecs._complete_service_deployment(cluster, key, deployment["id"])


def _replace(task: Task, arn: str, target: Target) -> None:
    found = service_of(task)
    if found is None:
        return
    service = found[1]
    state, _, description = elb_targets.health(arn, target)
    grace = float(service.get("healthCheckGracePeriodSeconds") or 0)
    if state != "unhealthy" or time.monotonic() - task.get("_running_since", 0.0) < grace:
        return
    reason = f"Task failed ELB health checks in (target-group {arn})"
    if ecs._mark_task_stopped(task["taskArn"], task, reason, "ServiceSchedulerInitiated"):
        port = elb_targets.port_of(arn, target)
        event(service, f"(port {port}) is unhealthy in (target-group {arn}) due to (reason {description}).")
        ecs._cleanup_task_resources(task, None)
        ecs._record_service_task_failure(task)


def _noting_the_start(original: Function) -> Function:
    def mark_task_running(arn: str, task: Task) -> bool:
        task["_running_since"] = time.monotonic()
        return bool(original(arn, task))

    return mark_task_running


def _deactivating(original: Function) -> Function:
    """A task that is deregistered is DEACTIVATING until its targets are gone and its containers stopped."""

    def mark_task_stopped(
        arn: str, task: Task, reason: str, stop_code: str, exit_code: int | None = None
    ) -> bool:
        targets = targets_of(task)
        if not original(arn, task, reason, stop_code, exit_code):
            return False
        if targets and stop_code != "EssentialContainerExited":
            with resource_lock("ecs-task", arn):
                task["_draining"] = targets
                task["lastStatus"] = "DEACTIVATING"
                task["stoppedAt"] = task["executionStoppedAt"] = None
                for container in task["containers"]:
                    container["lastStatus"] = "RUNNING"
        return True

    return mark_task_stopped


def wait_until_drained(task: Task) -> None:
    """Return when no load balancer has a stopped task as its target any more."""
    for arn, target in task.get("_draining", ()):
        while elb_targets.is_registered(arn, target) and not task.get("_ecs_resetting"):
            time.sleep(_LOOK)


def note_the_end(task: Task) -> None:
    """The task's containers are gone: it is STOPPED."""
    with resource_lock("ecs-task", task["taskArn"]):
        if task.pop("_draining", None) is not None:
            task["lastStatus"] = "STOPPED"
            task["stoppedAt"] = task["executionStoppedAt"] = ecs._iso()
            for container in task["containers"]:
                container["lastStatus"] = "STOPPED"


def sync_service_targets(_cluster: str, service: Service) -> None:
    """Register the service's running tasks, each in its groups; deregister those that run no more.

    Only what the service itself registered is withdrawn, from groups that it had before as well.
    """
    ledger: dict[str, list[tuple[str, int]]] = service.setdefault("_published_targets", {})
    if not service.get("loadBalancers") and not ledger:
        return
    group = f"service:{service['serviceName']}"
    with resource_lock("fargatectl-targets", service["serviceArn"]):
        wanted: dict[str, list[tuple[str, int]]] = {arn: [] for arn in ledger}
        for task in list(ecs._tasks.values()) if service["status"] == "ACTIVE" else ():
            address = ecs._task_ip(task)
            mine = task.get("group") == group and task.get("clusterArn") == service["clusterArn"]
            if mine and address and task.get("lastStatus") == "RUNNING":
                for arn, port in target_groups(service, task):
                    wanted.setdefault(arn, []).append((address, port))
        for arn, targets in wanted.items():
            before = ledger.get(arn, [])
            alb.set_targets_for_group(arn, targets, [address for address, _ in before])
            ledger[arn] = targets
            for text, count in (
                ("registered", len(set(targets) - set(before))),
                ("deregistered", len(set(before) - set(targets))),
            ):
                if count:
                    event(service, f"{text} {count} targets in (target-group {arn})")


def _refused(text: str) -> Any:
    return error_response_json("InvalidParameterException", text, 400)


def refusal(data: Data, definition: dict[str, Any] | None) -> Any:
    """What AWS refuses of a service's load balancers; None where they are right."""
    load_balancers = data.get("loadBalancers") or []
    if not load_balancers and data.get("healthCheckGracePeriodSeconds"):
        return _refused(
            "Health check grace period is only valid for services configured to use load balancers"
        )
    for one in load_balancers:
        arn = one.get("targetGroupArn", "")
        group = alb._tgs.get(arn)
        if group is None:
            return _refused(f"The target group with targetGroupArn {arn} does not exist.")
        if not elb_targets.load_balancers(arn):
            return _refused(
                f"The target group with targetGroupArn {arn} does not have an associated load balancer."
            )
        if definition is None:
            continue
        if definition.get("networkMode") == "awsvpc" and group["TargetType"] != "ip":
            return _refused(
                f"The provided target group {arn} has target type {group['TargetType']}, which is "
                "incompatible with the awsvpc network mode specified in the task definition."
            )
        name, port = one.get("containerName"), one.get("containerPort")
        if not any(
            container["name"] == name
            and any(mapping["containerPort"] == port for mapping in container.get("portMappings", []))
            for container in definition.get("containerDefinitions", [])
        ):
            return _refused(f"The container {name} did not have a container port {port} defined.")
    return None


def _checking(original: Function) -> Function:
    def create_service(data: Data) -> Any:
        definition = ecs._task_defs.get(ecs._resolve_td_key(data.get("taskDefinition", "")))
        return (refusal(data, definition) if definition else None) or original(data)

    return create_service


def _checking_changes(original: Function) -> Function:
    def update_service(data: Data) -> Any:
        key = ecs._resolve_td_key(data.get("taskDefinition", ""))
        changed = {"loadBalancers": data["loadBalancers"]} if data.get("loadBalancers") else {}
        return (refusal(changed, ecs._task_defs.get(key)) if changed else None) or original(data)

    return update_service


def install() -> None:
    """Replace how a service's tasks are registered, counted, replaced and taken away."""
    elb_health.listeners.append(_heard)
    replace(ecs, "_record_service_task_healthy", _once_serving)
    replace(ecs, "_mark_task_running", _noting_the_start)
    replace(ecs, "_mark_task_stopped", _deactivating)
    replace(ecs, "_sync_service_targets", lambda _original: sync_service_targets)
    replace(ecs, "_create_service", _checking)
    replace(ecs, "_update_service", _checking_changes)
