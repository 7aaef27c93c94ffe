"""Some rows by TLS, which AWS speaks: a connection costs two round trips and a handshake more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from benchmarks.bench import Bench
from benchmarks.contest import Contestant, Run, ratio
from benchmarks.rows import cold, redeploy, status
from benchmarks.table import Figure


def measure(bench: Bench) -> Sequence[Figure]:
    """Each beside the programs that its own row names, with the same goals."""

    def race(name: str, contestants: Sequence[Contestant]) -> dict[str, list[Run]]:
        by_tls = bench.cloud.by_tls()
        return bench.race(
            f"tls: {name}", *(replace(one, environment={**one.environment, **by_tls}) for one in contestants)
        )

    def figure(what: str, runs: dict[str, list[Run]], other: str, goal: float | None = None) -> Figure:
        return Figure(
            "tls", f"{what}: wall by {other}'s", ratio(runs["fargatectl"], runs[other]).values, goal
        )

    first = race("cold", cold.contestants(bench))
    again = race("redeploy", redeploy.contestants(bench))
    asked = race("status", status.contestants(bench))
    return [
        figure("first `up`", first, "threaded", 1.1),
        figure("first `up`", first, "cloudformation", 0.35),
        figure("first `up`", first, "aws cli", 0.12),
        figure("first `up`", first, "sequential"),
        figure("redeploy", again, "ecs-deploy", 1.0),
        figure("redeploy", again, "threaded"),
        figure("`status`", asked, "aws", 0.6),
    ]
