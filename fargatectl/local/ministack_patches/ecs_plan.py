"""How many tasks of a rolling deployment ECS starts and stops now, and how the others move their traffic.

"Deploy Amazon ECS services by replacing tasks" (deploymentConfiguration: minimumHealthyPercent rounds up,
maximumPercent rounds down): never more tasks than the maximum, never fewer healthy ones than the minimum. A
task of the deployment before goes when one of the new deployment is healthy in its place, or when room is
needed. Nothing of MiniStack in here: the tests run it as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Plan:
    """How many tasks to start, how many of the old and the new to stop."""

    start: int
    stop_old: int
    stop_new: int


def plan(
    desired: int, minimum: int, maximum: int, *, new: int, new_healthy: int, old: int, old_healthy: int
) -> Plan:
    """What to do now.

    Args:
        desired: The service's desired count, above zero.
        minimum: minimumHealthyPercent.
        maximum: maximumPercent.
        new: Tasks of the deployment, started or starting.
        new_healthy: Those of them that are healthy.
        old: Tasks of earlier deployments.
        old_healthy: Those of them that are healthy.
    """
    least, most = -(-desired * minimum // 100), max(1, desired * maximum // 100)
    missing, spare = max(0, desired - new), max(0, new - desired)
    unhealthy = old - old_healthy  # of no use to anybody
    dispensable = max(0, new_healthy + old_healthy - least)
    replaced = min(old_healthy, dispensable, max(0, new_healthy + old_healthy - max(desired, least)))
    stop = unhealthy + replaced
    room = most - new - (old - stop)
    if room < missing:
        more = min(missing - max(0, room), dispensable - replaced, old_healthy - replaced)
        stop, room = stop + max(0, more), room + max(0, more)
    return Plan(max(0, min(missing, room)), stop, spare)


def steps(configuration: Mapping[str, Any]) -> Iterator[tuple[float, float]]:
    """(Percent of the traffic that is green's, minutes until the next step) of a deployment's shift."""
    kind = configuration.get("strategy")
    if kind == "CANARY":
        canary = configuration.get("canaryConfiguration") or {}
        yield float(canary.get("canaryPercent", 5)), float(canary.get("canaryBakeTimeInMinutes", 10))
    elif kind == "LINEAR":
        linear = configuration.get("linearConfiguration") or {}
        step, at = float(linear.get("stepPercent", 10)), 0.0
        while (at := at + step) < 100:
            yield at, float(linear.get("stepBakeTimeInMinutes", 6))
    yield 100.0, 0.0
