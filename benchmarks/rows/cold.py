"""A first deployment of the example: `up --image X --no-wait`, against every other way."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace

from benchmarks.bench import IMAGES, PEERS, Bench
from benchmarks.calls import longest_chain, span, without_lock
from benchmarks.contest import Contestant, ratio
from benchmarks.table import Figure

BOUND = 4  # round trips: look, CreateRole, RegisterTaskDefinition, CreateService


def contestants(bench: Bench) -> list[Contestant]:
    """Who deploys; the account is emptied before every run."""

    def empty(_: int) -> None:
        bench.cloud.reset()

    return [
        bench.fargatectl("up", "--image", IMAGES[0], "--no-wait", ready=empty),
        bench.peer("threaded", [sys.executable, str(PEERS / "threaded.py"), "up"], ready=empty),
        bench.peer("sequential", [sys.executable, str(PEERS / "sequential.py")], ready=empty),
        bench.peer("cloudformation", ["bash", str(PEERS / "cloudformation.sh")], ready=empty),
        bench.peer("aws cli", ["bash", str(PEERS / "deploy.sh")], ready=empty),
    ]


def measure(bench: Bench) -> Sequence[Figure]:
    """With one more: ourselves, where nothing is kept of an earlier run."""

    def nothing_kept(_: int) -> None:
        bench.cloud.reset()
        shutil.rmtree(first.environment["XDG_CACHE_HOME"], ignore_errors=True)

    first = bench.fargatectl("up", "--image", IMAGES[0], "--no-wait", ready=nothing_kept)
    cache = {**first.environment, "XDG_CACHE_HOME": str(bench.scratch / "cache")}
    first = replace(first, name="fargatectl, first run", environment=cache)
    runs = bench.race("cold", first, *contestants(bench))
    ours = runs["fargatectl"]
    chains = tuple(float(len(longest_chain(run.calls))) for run in ours)
    spans = tuple(span(run.calls) / (BOUND * bench.cloud.delay) for run in ours)
    bare = [without_lock(run.calls) for run in ours]

    def beside(name: str, goal: float | None) -> Figure:
        return Figure("cold", f"`up`: wall by {name}'s", ratio(ours, runs[name]).values, goal)

    others = {name: {len(run.calls) for run in of} for name, of in runs.items()}
    note = ", ".join(f"{name} {'/'.join(map(str, sorted(count)))}" for name, count in others.items())
    return [
        Figure("cold", "`up`: longest chain of calls", chains, 5, note=f"calls: {note}"),
        Figure("cold", f"`up`: API span by {BOUND} round trips", spans, 1.6),
        Figure(
            "cold",
            "the same two without the lock's calls: chain",
            tuple(float(len(longest_chain(one))) for one in bare),
        ),
        Figure("cold", "... and span", tuple(span(one) / (BOUND * bench.cloud.delay) for one in bare)),
        beside("threaded", 1.1),
        beside("cloudformation", 0.35),
        beside("aws cli", 0.12),
        beside("sequential", None),
        Figure(
            "cold",
            "`up`, first run on a machine: wall by threaded's",
            ratio(runs["fargatectl, first run"], runs["threaded"]).values,
        ),
    ]
