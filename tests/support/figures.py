"""What the tests of an area tried, by sort, for the summary at the end of the run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

AREAS = {
    "bad input": ("tests/fuzz", "inputs tried"),
    "secrets": ("tests/canaries", "searches for canaries"),
    "ends": ("tests/ends", "ends tried"),
}
"""Area -> the folder of its tests, and what its numbers count."""

TRIED: Counter[tuple[str, str]] = Counter()
"""(area, sort) -> how many; of this process, and of all of them at the end of a run with xdist."""


def tried(area: str, sort: str, number: int = 1) -> None:
    """Count what a test has just tried."""
    assert area in AREAS
    TRIED[area, sort] += number


def handed_over() -> list[list[str | int]]:
    """What a worker sends to the process that reports."""
    return [[area, sort, number] for (area, sort), number in TRIED.items()]


def take_over(counts: Iterable[tuple[str, str, int]]) -> None:
    """Add what a worker has sent."""
    for area, sort, number in counts:
        TRIED[area, sort] += number


def summary(failed: Iterable[str]) -> list[str]:
    """A line for each area that was tried.

    Args:
        failed: Ids of the tests that failed.
    """
    ids = list(failed)
    lines = []
    for area, (folder, what) in AREAS.items():
        sorts = {sort: number for (one, sort), number in TRIED.items() if one == area}
        if sorts:
            parts = ", ".join(f"{sort} {number}" for sort, number in sorted(sorts.items()))
            failures = sum(one.startswith(folder) for one in ids)
            lines.append(f"{what} {sum(sorts.values())} ({parts}), failures {failures}")
    return lines
