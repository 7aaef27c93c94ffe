"""What stopped together was one try: whatever passes by itself has struck all of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fargatectl.rollout.tries import tries

START = datetime(2026, 11, 26, tzinfo=UTC)


def task(created: int | None, ended: int | None) -> dict[str, Any]:
    """One that was created and stopped so many seconds after the start."""
    times = {"createdAt": created, "stoppedAt": ended}
    return {name: START + timedelta(seconds=at) for name, at in times.items() if at is not None}


@pytest.mark.parametrize(
    ("tasks", "count"),
    [
        ([], 0),
        ([(0, 20)], 1),
        ([(0, 20), (1, 22), (2, 21)], 1),
        ([(0, 20), (21, 40)], 2),
        ([(0, 20), (1, 22), (21, 40), (23, 41)], 2),
        ([(21, 40), (0, 20)], 2),
        ([(0, 20), (20, 30), (30, 31)], 3),
        ([(0, 50), (1, 10), (11, 20)], 2),  # the next one was begun when the first had stopped
        ([(None, 20), (None, 21)], 2),
        ([(0, None), (5, None)], 1),
    ],
)
def test_tries(tasks: list[tuple[int | None, int | None]], count: int) -> None:
    assert tries(task(*one) for one in tasks) == count
