"""How many calls `up` makes to find that nothing has changed: the one place that says so."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from benchmarks.calls import Call


@dataclass(frozen=True)
class Term:
    """An operation that is asked anew for so many of something.

    Attributes:
        operation: AWS's name.
        each: How many one call takes or answers.
        of: Of what, by its letter in the formula.
        least: Calls that are made where there is none of it.
    """

    operation: str
    each: int
    of: str
    least: int = 0

    def __str__(self) -> str:
        text = f"⌈{self.of}/{self.each}⌉"
        return f"max({self.least}, {text})" if self.least else text

    def calls(self, counts: Mapping[str, int]) -> int:
        """How many it takes."""
        return max(self.least, math.ceil(counts[self.of] / self.each))


SERVICES, TASKS, RUNNING = "N", "T", "R"
FIXED = 8
"""One call each, whatever the size: the account's index of tags, subnets, security groups, clusters, roles,
the execution role's policy, log groups, families of task definitions."""
TERMS = (
    # ECS API reference: DescribeServices takes ten, ListTasks answers a hundred, DescribeTasks takes as many.
    Term("DescribeServices", 10, SERVICES),
    Term("ListTasks", 100, TASKS, least=1),
    Term("DescribeTasks", 100, TASKS),
    # EC2 User Guide, "Filter your resources": 200 values of one filter, here security groups.
    Term("DescribeNetworkInterfaces", 200, RUNNING),
)
FORMULA = " + ".join(map(str, [FIXED, *TERMS]))


def _counts(services: int, tasks: int) -> dict[str, int]:
    return {SERVICES: services, TASKS: tasks, RUNNING: min(services, tasks)}


def total(services: int, tasks: int) -> int:
    """The calls for an app of so many services, of which so many tasks run."""
    counts = _counts(services, tasks)
    return FIXED + sum(term.calls(counts) for term in TERMS)


def goal(kinds: int, services: int, tasks: int) -> int:
    """The most it may be: one call for each kind, and for a kind that is batched one for each batch.

    Args:
        kinds: Of what the spec asks for; its tasks and their network interfaces are two more.
    """
    counts = _counts(services, tasks)
    batches = {(term.each, term.of) for term in TERMS}  # ListTasks and DescribeTasks are about one kind
    return kinds + 2 + sum(math.ceil(counts[of] / each) for each, of in batches)


def misfits(calls: Iterable[Call], services: int, tasks: int) -> list[str]:
    """Where calls are not what the formula says, term by term."""
    made = Counter(call.operation for call in calls)
    counts = _counts(services, tasks)
    terms = [(term.operation, made.pop(term.operation, 0), term.calls(counts)) for term in TERMS]
    terms.append(("others", made.total(), FIXED))
    return [f"{what} {found}, by the formula {wanted}" for what, found, wanted in terms if found != wanted]
