"""AWS's token buckets: how many calls an account may make at once, and how many a second from then on.

Sources: "Request throttling for the Amazon ECS API" (ECS API reference), where operations share a bucket;
"Request throttling for the Amazon EC2 API" (EC2 Developer Guide), where each operation has one of its own.
The other services publish no figures and are not limited here.
"""

from __future__ import annotations

from dataclasses import dataclass

Limit = tuple[int, float]  # burst, calls a second


def _shared(name: str, limit: Limit, *operations: str) -> dict[str, tuple[str, Limit]]:
    return dict.fromkeys(operations, (name, limit))


ECS: dict[str, tuple[str, Limit]] = {
    **_shared("task definition changes", (20, 1), "RegisterTaskDefinition", "DeregisterTaskDefinition"),
    **_shared("task definition deletions", (5, 1), "DeleteTaskDefinitions"),
    **_shared(
        "cluster changes", (20, 1),
        "CreateCluster", "DeleteCluster", "UpdateCluster", "UpdateClusterSettings",
        "PutClusterCapacityProviders",
    ),
    **_shared("service changes", (50, 5), "CreateService", "UpdateService", "DeleteService"),
    **_shared(
        "service and task reads", (100, 20),
        "DescribeServices", "ListServices", "DescribeTasks", "ListTasks",
    ),
    **_shared(
        "service deployment reads", (50, 20),
        "DescribeServiceDeployments", "ListServiceDeployments", "DescribeServiceRevisions",
    ),
    **_shared("task changes", (100, 40), "RunTask", "StopTask", "ExecuteCommand"),
}  # fmt: skip
"""Operation -> the bucket it takes from."""

EC2_CHANGES: Limit = (50, 5)
EC2_READS: Limit = (100, 20)


@dataclass
class Bucket:
    """Full at first; refilled all the time, up to its burst.

    Attributes:
        burst: How many tokens it holds.
        rate: Tokens a second.
    """

    burst: int
    rate: float
    tokens: float = -1.0
    seen: float = 0.0

    def take(self, now: float) -> bool:
        """Take a token, if there is one. A refused call costs none."""
        if self.tokens < 0:
            self.tokens = float(self.burst)
        else:
            self.tokens = min(float(self.burst), self.tokens + (now - self.seen) * self.rate)
        self.seen = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


class Buckets:
    """All buckets of one account in one region."""

    def __init__(self) -> None:
        self._buckets: dict[str, Bucket] = {}

    def take(self, service: str, operation: str, now: float) -> bool:
        """Whether the call is let through.

        Args:
            now: Seconds, on a clock that never goes back.
        """
        found = limit(service, operation)
        if found is None:
            return True
        name, (burst, rate) = found
        return self._buckets.setdefault(name, Bucket(burst, rate)).take(now)


def limit(service: str, operation: str) -> tuple[str, Limit] | None:
    """The name of an operation's bucket with its burst and rate; None where AWS publishes none."""
    if service == "ecs":
        return ECS.get(operation)
    if service == "ec2":
        reads = operation.startswith(("Describe", "Get"))
        return f"ec2 {operation}", EC2_READS if reads else EC2_CHANGES
    return None


def least_seconds(counts: dict[tuple[str, str], int]) -> float:
    """The least time in which so many calls can all have been let through.

    Args:
        counts: (service, operation) -> how many calls.
    """
    sums: dict[str, tuple[int, Limit]] = {}
    for (service, operation), count in counts.items():
        found = limit(service, operation)
        if found is not None:
            name, of = found
            sums[name] = (sums.get(name, (0, of))[0] + count, of)
    return max([0.0, *((count - burst) / rate for count, (burst, rate) in sums.values())])
