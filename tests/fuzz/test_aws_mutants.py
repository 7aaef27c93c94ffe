"""One answer of AWS's, anywhere in a run, in which one thing is wrong: a sentence, or it does not matter.

Nothing that was made is lost by it: the runs that come after complete it, and remove it.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from fargatectl import guard, operations, run
from fargatectl.errors import FargatectlError
from fargatectl.logs import LogReader
from tests.faults import world
from tests.support.apps import Deployer
from tests.support.dump import remains
from tests.support.figures import tried
from tests.support.serial import AtOnce, Clock, one_by_one
from tests.support.soak import TIMES
from tests.support.watched import WatchedAws

from .mutants import Meddler

START, CHANGED = (
    text.replace("app,", ".,").replace("build: app", "build: .") for text in (world.START, world.CHANGED)
)
SECONDS = 20
RUNS = 14 * TIMES


@pytest.fixture
def meddler(monkeypatch: pytest.MonkeyPatch, deployer: Deployer) -> Meddler:
    """Between the program and AWS, and a clock that waiting moves."""
    import functools

    import botocore.endpoint
    from moto.core.botocore_stubber import BotocoreStubber

    from fargatectl.engine import observe
    from fargatectl.engine.converge import Converger
    from fargatectl.rollout import follow

    clock = Clock()
    made = Meddler(BotocoreStubber.__call__)
    monkeypatch.setattr(BotocoreStubber, "__call__", lambda *given, **more: made(*given, **more))
    monkeypatch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=clock.pause))
    for module in (operations, run, guard):
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=clock, sleep=clock.pause))
    monkeypatch.setattr(guard, "Thread", AtOnce)
    monkeypatch.setattr(operations, "Converger", functools.partial(Converger, workers=1, pause=clock.pause))
    for module in (observe, follow):  # one after another: the n-th request is the same one each time
        monkeypatch.setattr(module, "gather", one_by_one)
    return made


def attempt(meddler: Meddler, run: Callable[[], Any], at: int, chance: random.Random) -> str:
    """A run with one mutant; what was meddled with, empty where it made fewer requests."""
    meddler.begin(at, chance)
    begun = time.monotonic()
    ended: Exception | None = None
    try:
        run()
    except Exception as error:
        ended = error
    said = f"{meddler.meddled}\n{type(ended).__name__}: {ended}"
    assert ended is None or isinstance(ended, FargatectlError), said
    if ended is not None:
        assert ended.ends_with in (1, 2, 4, 5, 6, 7), said
        # Where AWS lies, what is asked of it next may be nonsense: it refuses that itself, as our check does.
        assert ended.code != "internal" or "unexpected Refused" in ended.message, said
    assert time.monotonic() - begun < SECONDS, meddler.meddled
    return meddler.meddled


@pytest.mark.parametrize("seed", range(RUNS))
def test_one_wrong_answer(
    deployer: Deployer, moto_aws: WatchedAws, meddler: Meddler, refused_requests: list[str], seed: int
) -> None:
    told, chance = len(refused_requests), random.Random(seed)
    commands: list[Callable[[], Any]] = [
        lambda: deployer.up(START), lambda: deployer.status(START), lambda: deployer.up(CHANGED),
        lambda: deployer.plan(START), lambda: deployer.up(START),
        lambda: LogReader(deployer.aws(), "/ecs/shop").last(60, 9), lambda: deployer.down(START),
    ]  # fmt: skip
    most = [45, 20, 50, 25, 50, 1, 45]
    for command, requests in zip(commands, most, strict=True):
        if attempt(meddler, command, chance.randrange(requests), chance):
            tried("bad input", "answers of AWS's with a fault")
        del refused_requests[told:]
        meddler.begin(-1, chance)
        command()
    assert not any(remains(moto_aws).values())
