"""A fault at every single request of `up`, `up` with changes and `down`; then a plain rerun puts it right.

After each fault: the rerun ends well, the run after that finds nothing to do, what is there equals what an
undisturbed run makes, tags and policies included, and `down` leaves the account exactly as it was at first.

Quick by default: a few requests of each operation, every kind of fault. With FARGATECTL_SOAK=1 a kill after
every request, and at every request that changes something one of the other faults in turn. With one worker a
kill before a request leaves what a kill after the one before it leaves, so the kills before are left
to FARGATECTL_SOAK=all, which takes every fault at every request, and hours.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable

import pytest

from tests.support.soak import EVERYTHING, SOAK

from .asked import Request
from .conftest import COUNTS
from .faults import FINAL, KILLS, KINDS, LASTING, Fault
from .world import (
    BALANCED,
    BALANCED_CHANGED,
    CHANGED,
    FILES,
    FILES_CHANGED,
    OWN_NETWORK,
    OWN_NETWORK_CHANGED,
    SCALED,
    SCALED_CHANGED,
    START,
    Ended,
    World,
)

RELEASE = "DeleteParameter"
PARTS = 8 if SOAK else 1  # of one sweep, for several cores
OPERATIONS = ("up", "up with changes", "down")
SPECS = {
    "services": (START, CHANGED),
    "load balancer": (BALANCED, BALANCED_CHANGED),
    "autoscaling": (SCALED, SCALED_CHANGED),
    "own network": (OWN_NETWORK, OWN_NETWORK_CHANGED),
    "file systems": (FILES, FILES_CHANGED),
}
"""What is made first, and what it is changed into."""
OTHERS = tuple(kind for kind in KINDS if kind not in KILLS)
SAMPLE, FEWER = 4, 2  # points of an operation where it is to be quick: of the first spec, and of the others
CHANCES = 40  # points of an operation at full concurrency


class Operation:
    """What a sweep goes over: what was before, and the run that is struck."""

    def __init__(self, name: str, spec: str = "services") -> None:
        self.name, self.spec = name, spec
        self.first, self.changed = SPECS[spec]

    def prepare(self, world: World) -> None:
        """Make what was before; `again` does so where nothing is in the account by then."""
        if self.name != "up":
            _well(world.up(self.first))
        world.keep("before")

    def again(self, world: World) -> None:
        world.enter("before")

    def run(self, world: World, fault: Fault | None = None) -> Ended:
        if self.name == "down":
            return world.down(fault)
        return world.up(self.first if self.name == "up" else self.changed, fault)


_UNREAD = "not permitted: logs:GetLogEvents"

Measured = tuple[str, str, list[Request]]


def _well(ended: Ended, which: str = "a run") -> Ended:
    assert ended.code == 0, f"{which}: {ended}"
    return ended


def _clean(world: World) -> str:
    """Remove all that there is; the account afterwards."""
    _well(world.down(), "the removal")
    return world.everything()


def _measure(world: World, operation: Operation) -> Measured:
    """The empty account, what an operation ends in when nothing goes wrong, and its requests."""
    empty = world.everything()
    operation.prepare(world)
    undisturbed = _well(operation.run(world))
    requests = undisturbed.requests
    for change in undisturbed.changes:
        COUNTS[f"kind: {change['kind']}"] += 1
    after = world.shape()
    assert _clean(world) == empty
    return empty, after, requests


def _faults(operation: Operation, requests: list[Request]) -> list[Fault]:
    """What to try at which request."""
    count = len(requests)
    if EVERYTHING:
        return [Fault(kind, number) for number in range(count) for kind in KINDS]
    if SOAK:
        writes = [number for number, one in enumerate(requests) if one.writes]
        turns = itertools.cycle(OTHERS[OPERATIONS.index(operation.name) :] + OTHERS)
        return [
            Fault("killed before", 0),
            *(Fault("killed after", number) for number in range(count)),
            *(Fault(next(turns), number) for number in writes),
        ]
    place = [*SPECS].index(operation.spec)
    points = FEWER if place else SAMPLE
    shift = SAMPLE * OPERATIONS.index(operation.name) + place
    return [Fault(KINDS[(one + shift) % len(KINDS)], one * count // points) for one in range(points)]


def _expected(fault: Fault, struck: Ended) -> set[int]:
    """Exit codes of the run that is struck."""
    requests = struck.requests
    if fault.kind in KILLS:
        return {137}
    if fault.kind in LASTING and isinstance(fault.at, int) and requests[fault.at].operation == RELEASE:
        return {0}  # all was done; the lock ends by itself
    if fault.kind == "access denied" and _UNREAD in struck.err:  # told, and no reason to stop
        return {0}
    return {FINAL.get(fault.kind, 0)}


def _check(world: World, operation: Operation, fault: Fault, empty: str, undisturbed: str) -> None:
    operation.again(world)
    struck = operation.run(world, fault)
    assert world.script.fired, "it did not strike"
    assert struck.code in _expected(fault, struck), str(struck)
    if struck.code:
        _well(operation.run(world), "the rerun")
    third = _well(operation.run(world), "the third run")
    assert third.changes == []
    assert third.writes == []
    assert world.shape() == undisturbed
    assert _clean(world) == empty


def _check_all(world: World, operation: Operation, faults: Iterable[Fault], measured: Measured) -> None:
    failures = []
    for fault in faults:
        empty, after, requests = measured
        COUNTS["points"] += 1
        try:
            _check(world, operation, fault, empty, after)
        except AssertionError as error:
            what = requests[fault.at].operation if isinstance(fault.at, int) else ""
            failures.append(f"{operation.name}, {fault} ({what}): {error}")
            COUNTS["points failed"] += 1
            world.reset()
            measured = _measure(world, operation)  # another account: the ids of its network are chance
    assert not failures, "\n\n".join([f"{len(failures)} points failed", *failures])


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("spec", SPECS)
def test_sweep(world: World, spec: str, name: str, part: int) -> None:
    operation = Operation(name, spec)
    measured = _measure(world, operation)
    faults = _faults(operation, measured[2])[part::PARTS]
    assert faults
    _check_all(world, operation, faults, measured)


@pytest.mark.skipif(not SOAK, reason="chance has no place in every run: FARGATECTL_SOAK=1")
@pytest.mark.parametrize("name", OPERATIONS)
def test_random_faults_at_full_concurrency(world: World, name: str, rng: random.Random) -> None:
    world.workers = 16
    operation = Operation(name)
    measured = _measure(world, operation)
    # How many requests there are depends a little on what ends first: the last few may not come.
    last = len(measured[2]) - 8
    _check_all(
        world, operation, [Fault(rng.choice(KINDS), rng.randrange(last)) for _ in range(CHANCES)], measured
    )
