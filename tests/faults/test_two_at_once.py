"""Two runs started together: the end is what one of them wants, both say so, nothing is doubled."""

from __future__ import annotations

import pytest

from tests.support.soak import TIMES

from .conftest import COUNTS
from .world import CHANGED, DOWN, START, UP, Ended, World

pytestmark = pytest.mark.parametrize("turn", range(2 * TIMES))


def both(world: World, one: tuple[tuple[str, ...], str], other: tuple[tuple[str, ...], str]) -> list[Ended]:
    """Both end well, and whoever had to wait said for whom."""
    COUNTS["at once"] += 1
    ended = world.together(one, other)
    for run in ended:
        assert run.code == 0, run
        if "Waiting for" in run.err:
            assert f"({one[0][0]}, since 20" in run.err or f"({other[0][0]}, since 20" in run.err
    return ended


def wanted(world: World, text: str) -> bool:
    """Whether all is as this spec has it."""
    planned = world.plan(text)
    assert planned.code == 0, planned
    return planned.changes == []


def test_the_same_spec_twice(world: World, turn: int) -> None:
    assert world.up(START).code == 0
    alone = world.shape()
    assert world.down().code == 0
    empty = world.everything()
    first, second = both(world, (UP, START), (UP, START))
    assert world.shape() == alone
    assert wanted(world, START)
    assert sorted([bool(first.changes), bool(second.changes)]) == [False, True]
    assert world.down().code == 0
    assert world.everything() == empty


def test_different_specs(world: World, turn: int) -> None:
    empty = world.everything()
    both(world, (UP, START), (UP, CHANGED))
    assert wanted(world, START) != wanted(world, CHANGED)
    assert world.down().code == 0
    assert world.everything() == empty


def test_up_and_down_of_nothing(world: World, turn: int) -> None:
    empty = world.everything()
    both(world, (UP, START), (DOWN, START))
    assert (world.everything() == empty) != wanted(world, START)
    assert world.down().code == 0
    assert world.everything() == empty


def test_up_with_changes_and_down(world: World, turn: int) -> None:
    empty = world.everything()
    assert world.up(START).code == 0
    both(world, (UP, CHANGED), (DOWN, START))
    assert (world.everything() == empty) != wanted(world, CHANGED)
    assert world.down().code == 0
    assert world.everything() == empty
