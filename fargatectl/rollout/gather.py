"""Asks AWS for a deployment's evidence: its stopped tasks, their last log lines, the service's events."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from fargatectl.aws.errors import AwsError, DeniedError
from fargatectl.engine.observe import gather
from fargatectl.errors import FargatectlError
from fargatectl.resources.task_definition import ROUTER
from fargatectl.rollout.case import never_ran
from fargatectl.rollout.evidence import StoppedContainer, StoppedTask

if TYPE_CHECKING:
    from fargatectl.resources.service import Service

LOG_LINES = 60  # read of each failed container; `explain` picks the telling ones
_TASKS = 20  # newest stopped tasks that are looked at
_PAGES, _BATCH = 10, 100  # of ListTasks; tasks of one DescribeTasks, as many as a page has


def stopped_tasks(aws: Any, service: Service, revision: str, deployment: str) -> list[Mapping[str, Any]]:
    """The stopped tasks of one deployment as DescribeTasks shows them, newest first.

    Args:
        revision: ARN of the task definition that it rolls out.
        deployment: Its id; empty for the newest that started tasks of this revision.

    ECS lists stopped tasks for about an hour. ListTasks takes ``startedBy`` only without other filters,
    so the service's are listed and sorted out here.
    """
    cluster = service.cluster.name
    arns: list[str] = []
    where: dict[str, str] = {"cluster": cluster, "serviceName": service.name, "desiredStatus": "STOPPED"}
    for _ in range(_PAGES):  # in no order: the newest may be on the last
        try:
            answer = aws.call("ecs", "ListTasks", **where)
        except AwsError as error:
            if error.gone:  # ECS does not show a new service at once
                return []
            raise
        arns += answer["taskArns"]
        if not answer.get("nextToken"):
            break
        where["nextToken"] = answer["nextToken"]
    tasks = [
        task
        for start in range(0, len(arns), _BATCH)
        for task in aws.call("ecs", "DescribeTasks", cluster=cluster, tasks=arns[start : start + _BATCH])[
            "tasks"
        ]
    ]
    same = [task for task in tasks if task.get("taskDefinitionArn") == revision and "stoppedReason" in task]
    same.sort(key=_moment, reverse=True)
    deployment = deployment or (str(same[0].get("startedBy")) if same else "")
    return [task for task in same if task.get("startedBy") == deployment][:_TASKS]


def with_logs(
    aws: Any,
    service: Service,
    tasks: Sequence[Mapping[str, Any]],
    denied: Callable[[DeniedError], None] = lambda _: None,
) -> tuple[StoppedTask, ...]:
    """The tasks as evidence; the newest few with their containers' last log lines.

    Args:
        denied: Told when a log may not be read.
    """
    logs = gather([partial(log_lines, aws, service, task, denied) for task in tasks[:2]])
    logs += [()] * (len(tasks) - len(logs))
    return tuple(stopped(task, lines) for task, lines in zip(tasks, logs, strict=True))


def log_lines(
    aws: Any, service: Service, task: Mapping[str, Any], denied: Callable[[DeniedError], None]
) -> tuple[str, ...]:
    """The last lines that a task's container wrote, oldest first; none where there is no log.

    Of several containers, one that ended badly tells most.
    """
    definition = service.task_definition
    task_id = str(task["taskArn"]).rpartition("/")[2]
    failed = [
        str(one["name"])
        for one in task.get("containers", ())
        if one.get("exitCode") and not never_ran(str(one.get("reason", "")))
    ]
    beside = {*definition.sidecars, *([ROUTER] if definition.log_router else [])}
    container = next((name for name in failed if name in beside), definition.container)
    if definition.container in failed:
        container = definition.container
    try:
        answer = aws.call(
            "logs",
            "GetLogEvents",
            logGroupName=definition.log_group.name,
            logStreamName=f"{definition.id}/{container}/{task_id}",
            limit=LOG_LINES,
            startFromHead=False,
        )
    except DeniedError as error:
        denied(error)
        return ()
    except FargatectlError:  # no stream: it never wrote
        return ()
    return tuple(str(event["message"]) for event in answer.get("events", ()))


def exit_code(task: Mapping[str, Any], container: str) -> int | None:
    """What a task's container ended with; None where it never ran."""
    for one in task.get("containers", ()):
        if one.get("name") == container:
            code = one.get("exitCode")
            return int(code) if code is not None else None
    return None


def unhealthy(aws: Any, target_groups: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """(reason code, description) of each target that a load balancer finds unhealthy, none twice.

    Those that are only being registered or are on their way out say nothing about the app.

    Args:
        target_groups: ARNs.
    """
    answers = gather([partial(_targets, aws, arn) for arn in target_groups])
    found = [
        (str(health.get("Reason", "")), str(health.get("Description", "")))
        for targets in answers
        for target in targets
        if (health := target.get("TargetHealth", {})).get("State") == "unhealthy"
    ]
    return tuple(dict.fromkeys(found))


def _targets(aws: Any, target_group: str) -> Sequence[Mapping[str, Any]]:
    try:
        answer = aws.call("elbv2", "DescribeTargetHealth", TargetGroupArn=target_group)
    except DeniedError:  # what ECS says must do
        return ()
    except AwsError as error:
        if error.gone:
            return ()
        raise
    found: Sequence[Mapping[str, Any]] = answer["TargetHealthDescriptions"]
    return found


def _moment(task: Mapping[str, Any]) -> float:
    moment = task.get("stoppedAt") or task.get("stoppingAt") or task.get("createdAt")
    return moment.timestamp() if isinstance(moment, datetime) else 0.0


def stopped(task: Mapping[str, Any], lines: tuple[str, ...]) -> StoppedTask:
    """A task as evidence, with the last lines of its log."""
    return StoppedTask(
        id=str(task["taskArn"]).rpartition("/")[2],
        stop_code=str(task.get("stopCode", "")),
        stopped_reason=str(task.get("stoppedReason", "")),
        containers=tuple(
            StoppedContainer(str(one["name"]), one.get("exitCode"), str(one.get("reason", "")))
            for one in task.get("containers", ())
        ),
        started_at=task.get("startedAt"),
        stopped_at=task.get("stoppedAt"),
        health=str(task.get("healthStatus", "UNKNOWN")),
        log_lines=lines,
    )
