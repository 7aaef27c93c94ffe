"""Whether a rolling deployment can ever move, from how ECS counts tasks.

Source: ECS API, data type DeploymentConfiguration: the minimum is rounded up, the maximum down.
"""

from __future__ import annotations


def deadlock(count: int, minimum_percent: int, maximum_percent: int) -> str:
    """Why `count` tasks could never be replaced, and what to change; empty if they can be.

    With all old tasks running, ECS must be able either to start one more or to stop one first.
    """
    least = -(-count * minimum_percent // 100)
    most = count * maximum_percent // 100
    if not count or most > count or least < count:
        return ""
    maximum = -(-(count + 1) * 100 // count)
    minimum = (count - 1) * 100 // count
    tasks = "1 task" if count == 1 else f"{count} tasks"
    return (
        f"no deployment could ever finish: with count {count}, minimum_healthy_percent {minimum_percent}"
        f" keeps {tasks} running "
        f"and maximum_percent {maximum_percent} allows no more than {tasks}: "
        f"raise maximum_percent to {maximum} or lower minimum_healthy_percent to {minimum}"
    )
