"""A changed image on a service that runs: `up --image Y --no-wait`, against ecs-deploy, not waiting."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from benchmarks.bench import IMAGES, PEERS, Bench
from benchmarks.calls import longest_chain, without_lock
from benchmarks.contest import Contestant, ratio
from benchmarks.table import Figure


def contestants(bench: Bench) -> list[Contestant]:
    """Who deploys again; everything is deployed anew with the first image before every run."""
    threaded = [sys.executable, str(PEERS / "threaded.py"), "up"]
    before = bench.fargatectl("up", "--image", IMAGES[0], "--no-wait")
    deployed = bench.peer("threaded", threaded)

    def ours(_: int) -> None:
        bench.cloud.reset()
        bench.setup(before)

    def theirs(_: int) -> None:
        bench.cloud.reset()
        bench.setup(deployed)

    deploy = ["ecs", "deploy", "bench-app-cluster", "web", "-i", "FlaskApp", IMAGES[1], "--timeout", "-1"]
    return [
        bench.fargatectl("up", "--image", IMAGES[1], "--no-wait", ready=ours),
        bench.peer("ecs-deploy", deploy, ready=theirs),
        bench.peer("threaded", threaded, image=IMAGES[1], ready=theirs),
    ]


def measure(bench: Bench) -> Sequence[Figure]:
    """Against ecs-deploy, and the threaded script."""
    runs = bench.race("redeploy", *contestants(bench))
    own = runs["fargatectl"]
    chains = tuple(float(len(longest_chain(run.calls))) for run in own)
    note = f"calls: {len(own[0].calls)}, ecs-deploy {len(runs['ecs-deploy'][0].calls)}"
    return [
        Figure("redeploy", "`up`: wall by ecs-deploy's", ratio(own, runs["ecs-deploy"]).values, 1.0),
        Figure("redeploy", "`up`: longest chain of calls", chains, 3, note=note),
        Figure(
            "redeploy",
            "the same without the lock's calls",
            tuple(float(len(longest_chain(without_lock(run.calls)))) for run in own),
        ),
        Figure("redeploy", "`up`: wall by threaded's", ratio(own, runs["threaded"]).values),
    ]
