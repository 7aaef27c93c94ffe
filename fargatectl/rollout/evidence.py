"""What is known about a rollout that does not get on, and what is made of it: plain data, no AWS."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import datetime

from fargatectl.dataclass import dataclass


@dataclass(frozen=True)
class StoppedContainer:
    """One container of a stopped task (ECS DescribeTasks, ``tasks[].containers[]``).

    Attributes:
        name: Its name in the task definition.
        exit_code: As ECS gives it; None where it never ran.
        reason: AWS's text, such as ``OutOfMemoryError: Container killed due to memory usage``; often empty.
        essential: Whether the task stops with it.
    """

    name: str
    exit_code: int | None
    reason: str
    essential: bool = True


@dataclass(frozen=True)
class StoppedTask:
    """One task that ECS stopped (ECS DescribeTasks).

    Attributes:
        id: The last part of its ARN.
        stop_code: Such as ``TaskFailedToStart``, ``EssentialContainerExited`` or ``SpotInterruption``.
        stopped_reason: AWS's text.
        log_lines: The last lines that its failed container wrote, oldest first.
    """

    id: str
    stop_code: str
    stopped_reason: str
    containers: tuple[StoppedContainer, ...]
    started_at: datetime | None
    stopped_at: datetime | None
    health: str = "UNKNOWN"
    log_lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Evidence:
    """Everything that was seen of one service's deployment, and nothing of earlier deployments.

    Attributes:
        service: The service's name in the spec.
        task_definition: The one being rolled out, as ``family:revision``.
        previous: The one that still serves, or None.
        tasks: The stopped ones, newest first.
        events: ECS service event messages, newest first.
        architecture: ``x86_64`` or ``arm64``: what the task definition asks for.
        cpu: CPU units of the task.
        memory: MiB of the task.
        port: What the app should listen on, or None.
        image: The URI that the tasks pull.
        beside: Container beside the service's own -> the image that it runs.
        target_health: (reason code, description) of each unhealthy target (ELBv2 DescribeTargetHealth).
        env_names: The names under ``env``.
        secrets: Name -> ARN or parameter that its value comes from; never a value.
        spec_file: The spec's path as the user gave it.
        line_of: Dotted key path -> 1-based line in the spec, 0 where unknown.
        subnets: Where the tasks are placed.
        health_command: The container health check's command, where there is one.
        health_path: The path that the load balancer asks for, where there is one.
        settling: True while roles or policies written in this run may not have reached all of AWS:
            a denial may then heal by waiting.
    """

    service: str
    task_definition: str
    previous: str | None
    tasks: tuple[StoppedTask, ...]
    events: tuple[str, ...]
    architecture: str
    cpu: int
    memory: int
    port: int | None
    image: str
    target_health: tuple[tuple[str, str], ...]
    env_names: tuple[str, ...]
    secrets: Mapping[str, str]
    spec_file: str
    line_of: Callable[[str], int] = field(compare=False)
    subnets: tuple[str, ...]
    health_command: str = ""
    health_path: str = ""
    settling: bool = False
    beside: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Explanation:
    """Why a rollout fails, in plain words.

    Attributes:
        code: A stable dotted word for scripts, such as ``image.not_found``.
        cause: One sentence.
        fix: One thing to do, naming the spec's key and line where it lies there.
        log_lines: At most 12 telling lines of the container's log.
        fatal: Waiting cannot heal it: stop the deployment now.
        symptom: ECS's own summary, that tasks fail: it says no cause.
        passing: AWS's own trouble, or new permissions that still spread: the next task may well start.
    """

    code: str
    cause: str
    fix: str
    log_lines: tuple[str, ...] = ()
    fatal: bool = False
    passing: bool = False
    symptom: bool = False
