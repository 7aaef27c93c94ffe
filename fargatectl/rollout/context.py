"""What is known of the tasks of a task definition, put together as evidence; see `rollout.evidence`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fargatectl.rollout.evidence import Evidence, StoppedTask

if TYPE_CHECKING:
    from fargatectl.engine.outputs import Outputs
    from fargatectl.engine.tools import Tools
    from fargatectl.resources.network import Network
    from fargatectl.resources.task_definition import TaskDefinition

IAM_SPREADS = 60.0  # seconds for which a denial may be due to a role just made


def evidence_of(
    tools: Tools,
    outputs: Outputs,
    definition: TaskDefinition,
    network: Network,
    *,
    tasks: tuple[StoppedTask, ...],
    wanted: str,
    previous: str = "",
    events: tuple[str, ...] = (),
    target_health: tuple[tuple[str, str], ...] = (),
    health_path: str = "",
    began: float | None = None,
) -> Evidence:
    """The evidence about one revision of a service's task definition.

    Args:
        wanted, previous: ARNs of revisions: the one that is to run, and the one that serves, or empty.
        target_health, health_path: See `Evidence`.
        began: When what failed began, on the clock of `tools`; now where it is not known.
    """
    values = definition.values(outputs)
    context = tools.context
    made_at = [
        live.extra["made_at"]
        for role in (definition.execution_role, definition.task_role)
        if (live := outputs.live(role)) is not None and "made_at" in live.extra
    ]
    secrets = values["secrets"]
    assert isinstance(secrets, dict)
    return Evidence(
        service=definition.id,
        task_definition=f"{definition.id}:{revision(wanted)}",
        previous=f"{definition.id}:{revision(previous)}" if previous else None,
        tasks=tasks,
        events=events,
        architecture=definition.architecture,
        cpu=definition.cpu,
        memory=definition.memory,
        port=definition.port,
        image=str(values["image"]),
        target_health=target_health,
        env_names=tuple(definition.env),
        secrets=secrets,
        spec_file=str(context.path) if context is not None else "fargate.yml",
        line_of=lambda key: context.lines.get(key, 0) if context is not None else 0,
        subnets=tuple(str(outputs.get(network, "subnets")).split(",")),
        health_command=" ".join(definition.health_check.get("command", ())),
        health_path=health_path,
        beside=_beside(definition),
        settling=any((began or tools.clock()) - moment < IAM_SPREADS for moment in made_at),
    )


def _beside(definition: TaskDefinition) -> dict[str, str]:
    from fargatectl.resources.task_definition import ROUTER

    found = {name: str(one.get("image", "")) for name, one in definition.sidecars.items()}
    if definition.log_router:
        found[ROUTER] = str(definition.log_router["container"].get("image", ""))
    return found


def revision(arn: str) -> str:
    """The number of a revision."""
    return arn.rpartition(":")[2]
