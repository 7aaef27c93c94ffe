"""When a container of a task may start and stop beside the others, as its ``dependsOn`` says.

Sources: ECS API reference, ContainerDependency (condition) and ContainerDefinition (startTimeout); the texts
are the ECS agent's (aws/amazon-ecs-agent, pull request 3218). Nothing of MiniStack in here: the tests run it
as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Definition = Mapping[str, Any]
Record = Mapping[str, Any]

NEVER_RAN = 143
"""The exit code that ECS gives to a container that it never starts."""


def waits_for(definition: Definition, records: Mapping[str, Record]) -> tuple[str, str] | None:
    """(container, condition) of the first dependency that is not met yet; None where it may start.

    Args:
        records: Name -> what DescribeTasks shows of each container of the task.
    """
    for one in definition.get("dependsOn") or ():
        name, condition = str(one["containerName"]), str(one["condition"])
        if not _met(condition, records[name]):
            return name, condition
    return None


def _met(condition: str, record: Record) -> bool:
    status, code = record.get("lastStatus"), record.get("exitCode")
    if condition == "START":
        return status in ("RUNNING", "STOPPED")
    if condition == "HEALTHY":
        return status == "RUNNING" and record.get("healthStatus") == "HEALTHY"
    return status == "STOPPED" and (condition == "COMPLETE" or code == 0)


def never(
    definition: Definition, records: Mapping[str, Record], definitions: Mapping[str, Definition],
    running: Mapping[str, float],
) -> str:  # fmt: skip
    """Why a container can never start any more, in AWS's words; empty where it still may.

    Args:
        definitions: All of the task, by name.
        running: Name -> seconds since it started, of those that have.
    """
    for one in definition.get("dependsOn") or ():
        name, condition = str(one["containerName"]), str(one["condition"])
        record, target = records[name], _shown(definition, "NONE->RUNNING")
        stopped = record.get("lastStatus") == "STOPPED"
        code = record.get("exitCode")
        if stopped and name not in running:
            return _failed(
                _shown(definitions[name], "STOPPED->RUNNING"), target, "because dependency will never start"
            )
        if stopped and condition == "SUCCESS" and code != 0:
            ended = _shown(definitions[name], "STOPPED->RUNNING", f" - Exit: {code}")
            return _failed(ended, target, "as dependency did not exit successfully.")
        limit = definitions[name].get("startTimeout")
        late = bool(limit) and running.get(name, 0.0) > float(limit or 0)
        if late and not stopped and condition != "START" and not _met(condition, record):
            return (
                "CannotStartContainerError: dependency graph: container ordering dependency "
                f"[{_shown(definitions[name], 'RUNNING->RUNNING')}] for target [{target}] has timed out."
            )
    return ""


def _failed(dependency: str, target: str, why: str) -> str:
    return (
        "CannotStartContainerError: dependency graph: failed to resolve container ordering dependency "
        f"[{dependency}] for target [{target}] {why}"
    )


def _shown(definition: Definition, states: str, more: str = "") -> str:
    return f"{definition['name']}({definition.get('image', '')}) ({states}){more}"


def stops(definitions: Sequence[Definition]) -> Iterator[list[str]]:
    """The names of containers that are stopped together, one group after the other.

    Whatever depends on a container is stopped before it.
    """
    needs = {
        str(one["name"]): {str(each["containerName"]) for each in one.get("dependsOn") or ()}
        for one in definitions
    }
    while needs:
        needed = set().union(*needs.values())
        group = [name for name in needs if name not in needed] or list(needs)  # never stuck in a circle
        yield group
        for name in group:
            del needs[name]
