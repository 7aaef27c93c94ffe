"""`status`, against the one question to AWS that is least work: `aws ecs describe-clusters`."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.bench import EXAMPLE_CLUSTER, IMAGES, Bench
from benchmarks.calls import longest_chain
from benchmarks.contest import Contestant, ratio
from benchmarks.table import Figure


def contestants(bench: Bench) -> list[Contestant]:
    """Who asks about the example, which is deployed here."""
    bench.cloud.reset()
    bench.setup(bench.fargatectl("up", "--image", IMAGES[0], "--no-wait"))
    asking = ["aws", "ecs", "describe-clusters", "--clusters", EXAMPLE_CLUSTER]
    return [bench.fargatectl("status"), bench.peer("aws", asking)]


def measure(bench: Bench) -> Sequence[Figure]:
    """By wall time."""
    runs = bench.race("status", *contestants(bench))
    own = runs["fargatectl"]
    chains = tuple(float(len(longest_chain(run.calls))) for run in own)
    return [
        Figure(
            "status", "`status`: wall by `aws ecs describe-clusters`", ratio(own, runs["aws"]).values, 0.6
        ),
        Figure("status", "`status`: longest chain of calls", chains, note=f"calls: {len(own[0].calls)}"),
    ]
