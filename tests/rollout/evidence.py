"""Evidence for tests: a service ``web`` as the spec in ``LINES`` has it, whose rollout of web:9 fails."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from fargatectl.rollout.explain import Evidence, Explanation, StoppedContainer, StoppedTask, explain

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

# The lines of an imagined fargate.yml.
LINES = {
    "services.web": 3,
    "services.web.image": 4,
    "services.web.port": 5,
    "services.web.cpu": 6,
    "services.web.env": 7,
    "services.web.memory": 8,
}
BUILT = {key: line for key, line in LINES.items() if not key.endswith("image")} | {"services.web.build": 4}


def task(**given: Any) -> StoppedTask:
    """A stopped task; `exit` is short for one container's exit code, `ran` for the seconds that it ran."""
    containers = given.pop("containers", None) or [
        {"name": "web", "exit_code": given.pop("exit", None), "reason": given.pop("container_reason", "")}
    ]
    ran = given.pop("ran", None)
    started = NOON if ran is not None else None
    return StoppedTask(
        id=given.pop("id", "0f6b3cdf5e24"),
        stop_code=given.pop("stop_code", "TaskFailedToStart"),
        stopped_reason=given.pop("reason", "Essential container in task exited"),
        containers=tuple(StoppedContainer(**container) for container in containers),
        started_at=started,
        stopped_at=NOON + timedelta(seconds=ran or 0),
        log_lines=tuple(given.pop("log", ())),
        **given,
    )


def evidence(**given: Any) -> Evidence:
    """Evidence in which nothing failed, changed by what is given; `built`: the spec builds its image."""
    lines: Mapping[str, int] = BUILT if given.pop("built", False) else given.pop("lines", LINES)
    facts: dict[str, Any] = {
        "service": "web",
        "task_definition": "web:9",
        "previous": "web:8",
        "tasks": (),
        "events": (),
        "architecture": "x86_64",
        "cpu": 256,
        "memory": 512,
        "port": 8080,
        "image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:v9",
        "target_health": (),
        "env_names": (),
        "secrets": {},
        "spec_file": "fargate.yml",
        "line_of": lambda key: lines.get(key, 0),
        "subnets": ("subnet-1",),
    }
    return Evidence(**{**facts, **given})


def explained(**given: Any) -> Explanation:
    """The explanation of `evidence(**given)`."""
    told = explain(evidence(**given))
    assert told is not None
    return told
