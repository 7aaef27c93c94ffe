"""A first deployment of the example: `up --image X --no-wait`, against every other way."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from benchmarks.bench import IMAGES, PEERS, Bench
from benchmarks.calls import longest_chain, span
from benchmarks.contest import ratio
from benchmarks.table import Figure

BOUND = 4  # round trips: look, CreateRole, RegisterTaskDefinition, CreateService


def measure(bench: Bench) -> Sequence[Figure]:
    """The account is emptied before every run."""

    def empty(_: int) -> None:
        bench.cloud.reset()

    runs = bench.race(
        "cold",
        bench.fargatectl("up", "--image", IMAGES[0], "--no-wait", ready=empty),
        bench.peer("threaded", [sys.executable, str(PEERS / "threaded.py"), "up"], ready=empty),
        bench.peer("sequential", [sys.executable, str(PEERS / "sequential.py")], ready=empty),
        bench.peer("cloudformation", ["bash", str(PEERS / "cloudformation.sh")], ready=empty),
        bench.peer("aws cli", ["bash", str(PEERS / "deploy.sh")], ready=empty),
    )
    ours = runs["fargatectl"]
    chains = tuple(float(len(longest_chain(run.calls))) for run in ours)
    spans = tuple(span(run.calls) / (BOUND * bench.cloud.delay) for run in ours)

    def beside(name: str, goal: float | None) -> Figure:
        return Figure("cold", f"`up`: wall by {name}'s", ratio(ours, runs[name]).values, goal)

    others = {name: {len(run.calls) for run in of} for name, of in runs.items()}
    note = ", ".join(f"{name} {'/'.join(map(str, sorted(count)))}" for name, count in others.items())
    return [
        Figure("cold", "`up`: longest chain of calls", chains, 5, note=f"calls: {note}"),
        Figure("cold", f"`up`: API span by {BOUND} round trips", spans, 1.6),
        beside("threaded", 1.1),
        beside("cloudformation", 0.35),
        beside("aws cli", 0.12),
        beside("sequential", None),
    ]
