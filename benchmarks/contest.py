"""Programs run in turns, round by round, so that a busy spell of the machine meets all of them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.calls import Call
from benchmarks.cloud import ROOT, Cloud

LEAST_ROUNDS = 5
FARGATECTL = (sys.executable, "-m", "fargatectl")


@dataclass(frozen=True)
class Contestant:
    """A command, and how the world is made ready for it; only the command is timed.

    Attributes:
        ready: Called with the round's number before each run.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    ready: Callable[[int], None] = lambda _: None
    folder: Path = ROOT


@dataclass(frozen=True)
class Run:
    """One timed run.

    Attributes:
        seconds: Wall time of the process.
        cpu: Its own processor time, user and system, in seconds.
        memory: Its peak resident memory, in MB.
        calls: What the proxy heard.
        began: On the monotonic clock, as the calls' times are.
    """

    seconds: float
    cpu: float = 0.0
    memory: float = 0.0
    calls: list[Call] = field(default_factory=list)
    began: float = 0.0


class Broken(Exception):
    """A command failed: its time would say nothing."""


def race(
    contestants: Sequence[Contestant], rounds: int, cloud: Cloud | None = None, *, warm: int = 1
) -> dict[str, list[Run]]:
    """Every contestant once a round, the first of a round another each time.

    Args:
        warm: Rounds before the first that counts: they fill caches and load the emulator's modules.

    Raises:
        Broken: A command failed.
    """
    runs: dict[str, list[Run]] = {one.name: [] for one in contestants}
    for turn in range(-warm, rounds):
        start = turn % len(contestants)
        for one in [*contestants[start:], *contestants[:start]]:
            one.ready(turn)
            taken = once(one, cloud, turn)
            if turn >= 0:
                runs[one.name].append(taken)
    return runs


def once(one: Contestant, cloud: Cloud | None = None, turn: int = 0, *, buckets: bool = False) -> Run:
    """Run it and wait for its end; ``{turn}`` in its arguments is the round's number.

    Args:
        buckets: Whether the cloud keeps to AWS's token buckets.

    Raises:
        Broken: It failed.
    """

    command = [part.replace("{turn}", str(turn)) for part in one.command]
    if cloud is not None:
        cloud.listen(buckets=buckets)
    began = time.monotonic()
    process = subprocess.Popen(
        command, cwd=one.folder, env={**one.environment, "BENCH_TURN": str(turn)}, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert process.stdout is not None
    said = process.stdout.read()  # to its end: the process has closed it, or ended
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise Broken(f"{' '.join(command)} ended with exit code {process.returncode}:\n{said[-2000:]}")
    calls = cloud.heard() if cloud is not None else []
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, calls, began)


@dataclass(frozen=True)
class Spread:
    """A figure taken several times."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        return median(self.values)

    def __str__(self) -> str:
        return f"{self.median:.2f} ({min(self.values):.2f}-{max(self.values):.2f})"


def ratio(own: Sequence[Run], other: Sequence[Run]) -> Spread:
    """Wall times by wall times, round by round."""
    return Spread(tuple(one.seconds / two.seconds for one, two in zip(own, other, strict=True)))


def seconds(runs: Sequence[Run]) -> Spread:
    """Wall times."""
    return Spread(tuple(run.seconds for run in runs))
