"""Which percentages can replace tasks: compared with playing ECS's rules through, task by task."""

from __future__ import annotations

import math
import re

from hypothesis import given
from hypothesis import strategies as st

from fargatectl.spec.deadlock import deadlock


def rolls(count: int, minimum: int, maximum: int) -> bool:
    """Whether a rolling deployment ends, played through."""
    least, most = math.ceil(count * minimum / 100), math.floor(count * maximum / 100)
    old, new = count, 0
    while old:
        before = (old, new)
        new += max(0, min(count - new, most - old - new))
        old -= max(0, min(old, old + new - least))
        if (old, new) == before:
            return False
    return True


PERCENTAGES = {"minimum": st.integers(0, 100), "maximum": st.integers(100, 200)}


@given(count=st.integers(1, 60), **PERCENTAGES)
def test_it_agrees_with_playing_it_through(count: int, minimum: int, maximum: int) -> None:
    assert bool(deadlock(count, minimum, maximum)) is not rolls(count, minimum, maximum)


@given(count=st.integers(1, 60), **PERCENTAGES)
def test_both_ways_out_work(count: int, minimum: int, maximum: int) -> None:
    advice = re.search(
        r"maximum_percent to (\d+) or lower minimum_healthy_percent to (\d+)",
        deadlock(count, minimum, maximum),
    )
    if advice:
        assert not deadlock(count, minimum, int(advice[1]))
        assert not deadlock(count, int(advice[2]), maximum)
        assert int(advice[1]) <= 200


def test_no_tasks_need_no_room() -> None:
    assert deadlock(0, 100, 100) == ""
