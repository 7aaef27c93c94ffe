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

FIRST_RUN = "fargatectl, first run"
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


def first_run(bench: Bench) -> Contestant:
    """Ourselves, where nothing is kept of an earlier run: no models, no hosts to open connections to."""
    cache = bench.scratch / "cache"

    def nothing_kept(_: int) -> None:
        bench.cloud.reset()
        shutil.rmtree(cache, ignore_errors=True)

    one = bench.fargatectl("up", "--image", IMAGES[0], "--no-wait", ready=nothing_kept)
    return replace(one, name=FIRST_RUN, environment={**one.environment, "XDG_CACHE_HOME": str(cache)})


def measure(bench: Bench) -> Sequence[Figure]:
    """Ourselves twice: with what the run before has kept, and without."""
    runs = bench.race("cold", first_run(bench), *contestants(bench))
    ours = runs["fargatectl"]
    chains = tuple(float(len(longest_chain(run.calls))) for run in ours)
    spans = tuple(span(run.calls) / (BOUND * bench.cloud.delay) for run in ours)
    bare = [without_lock(run.calls) for run in ours]

    def beside(name: str, goal: float | None) -> Figure:
        return Figure("cold", f"`up`, caches filled: wall by {name}'s", ratio(ours, runs[name]).values, goal)

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
            ratio(runs[FIRST_RUN], runs["threaded"]).values,
        ),
    ]
