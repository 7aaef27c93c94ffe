"""A fault at every single request of `up`, `up` with changes and `down`; then a plain rerun puts it right.

After each fault: the rerun ends well, the run after that finds nothing to do, what is there equals what an
undisturbed run makes, tags and policies included, and `down` leaves the account exactly as it was at first.

Quick by default (every fifth request); all of it with FARGATECTL_SOAK=1.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from .conftest import COUNTS, SOAK
from .wire import FINAL, KINDS, LASTING, REFUSALS, Fault, Request
from .world import CHANGED, START, Ended, World

PARTS = 4  # of one sweep, for several cores
OPERATIONS = ("up", "up with changes", "down")


class Operation:
    """What a sweep goes over: what was before, and the run that is struck."""

    def __init__(self, name: str) -> None:
        self.name = name

    def prepare(self, world: World) -> None:
        if self.name != "up":
            _well(world.up(START))

    def run(self, world: World, fault: Fault | None = None) -> Ended:
        if self.name == "down":
            return world.down(fault)
        return world.up(START if self.name == "up" else CHANGED, fault)


Measured = tuple[str, str, list[Request]]


def _well(ended: Ended) -> Ended:
    if ended.error is not None:
        raise AssertionError(f"exit {ended.code}: {ended.error}") from ended.error
    return ended


def _clean(world: World) -> str:
    """Remove all that there is; the account afterwards."""
    _well(world.down())
    return world.everything()


def _measure(world: World, operation: Operation) -> Measured:
    """The empty account, what an operation ends in when nothing goes wrong, and its requests."""
    empty = world.everything()
    operation.prepare(world)
    requests = _well(operation.run(world)).requests
    after = world.shape()
    assert _clean(world) == empty
    return empty, after, requests


def _faults(requests: list[Request]) -> Iterator[Fault]:
    """What to try: each request sees death, a lost answer, a denial, one passing and one lasting refusal."""
    for number, one in enumerate(requests):
        # After a read, death is the same as before the next request.
        death = "killed after" if one.writes else "killed before"
        passing, lasting = REFUSALS[number % len(REFUSALS)], LASTING[number % len(LASTING)]
        if SOAK:
            kinds = dict.fromkeys(["killed before", death, "answer lost", "access denied", passing, lasting])
            if one.operation == "PutImage":  # stands for Docker's push, whose protocol takes a repetition
                kinds.pop("answer lost", None)
            yield from (Fault(kind, number) for kind in kinds)
        elif number % 5 == 0:
            yield Fault(death, number)
            yield Fault(("answer lost", "access denied", passing, lasting)[number // 5 % 4], number)


def _check(world: World, operation: Operation, fault: Fault, empty: str, undisturbed: str) -> None:
    operation.prepare(world)
    struck = operation.run(world, fault)
    COUNTS["points"] += 1
    assert world.wire.fired, "it did not strike"
    expected = 137 if fault.kind.startswith("killed") else FINAL.get(fault.kind, 0)
    assert struck.code == expected, f"exit {struck.code}: {struck.error}"
    if expected:
        again = operation.run(world)
        assert again.code == 0, f"the rerun: exit {again.code}: {again.error}"
    third = operation.run(world)
    assert third.code == 0, f"the third run: exit {third.code}: {third.error}"
    assert third.changes == []
    assert third.writes == []
    repeated = fault.kind == "answer lost" and struck.requests[fault.at].operation == "RegisterTaskDefinition"
    if not repeated:  # no token makes that call idempotent: botocore's retry leaves one more revision
        assert world.shape() == undisturbed
    assert _clean(world) == empty


def _check_all(world: World, operation: Operation, faults: list[Fault], measured: Measured) -> None:
    empty, after, _ = measured
    for fault in faults:
        try:
            _check(world, operation, fault, empty, after)
        except AssertionError as error:
            raise AssertionError(f"{operation.name}, {fault}: {error}") from error


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("name", OPERATIONS)
def test_sweep(world: World, name: str, part: int) -> None:
    operation = Operation(name)
    measured = _measure(world, operation)
    faults = list(_faults(measured[2]))[part::PARTS]
    assert faults
    _check_all(world, operation, faults, measured)


@pytest.mark.skipif(not SOAK, reason="chance has no place in every run: FARGATECTL_SOAK=1")
@pytest.mark.parametrize("workers", [16], indirect=True)
@pytest.mark.parametrize("name", OPERATIONS)
def test_random_faults_at_full_concurrency(world: World, name: str, rng: random.Random) -> None:
    operation = Operation(name)
    measured = _measure(world, operation)
    # How many requests there are depends a little on what ends first: the last few may not come.
    last = len(measured[2]) - 8
    faults = [Fault(rng.choice(KINDS), rng.randrange(last)) for _ in range(30 if SOAK else 2)]
    _check_all(world, operation, faults, measured)
