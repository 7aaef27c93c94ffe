"""Some rows by TLS, which AWS speaks: a connection costs two round trips and a handshake more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from benchmarks.bench import Bench
from benchmarks.contest import Contestant, Run, ratio
from benchmarks.rows import cold, redeploy, status
from benchmarks.table import Figure


def measure(bench: Bench) -> Sequence[Figure]:
    """Each beside the programs that its own row names, with the same goals.

    Our caches are full: also of the hosts to which the same command of the round before has spoken, and to
    which connections are opened ahead. What a first run on a machine takes without is a line of its own.
    """

    def race(name: str, contestants: Sequence[Contestant]) -> dict[str, list[Run]]:
        by_tls = bench.cloud.by_tls()
        return bench.race(
            f"tls: {name}", *(replace(one, environment={**one.environment, **by_tls}) for one in contestants)
        )

    def figure(
        what: str, runs: dict[str, list[Run]], other: str, goal: float | None = None, own: str = "fargatectl"
    ) -> Figure:
        return Figure("tls", f"{what}: wall by {other}'s", ratio(runs[own], runs[other]).values, goal)

    first = race("cold", [cold.first_run(bench), *cold.contestants(bench)])
    again = race("redeploy", redeploy.contestants(bench))
    asked = race("status", status.contestants(bench))
    return [
        figure("first `up`, caches filled", first, "threaded", 1.1),
        figure("first `up`, caches filled", first, "cloudformation", 0.35),
        figure("first `up`, caches filled", first, "aws cli", 0.12),
        figure("first `up`, caches filled", first, "sequential"),
        figure("`up`, first run on a machine", first, "threaded", own=cold.FIRST_RUN),
        figure("redeploy, caches filled", again, "ecs-deploy", 1.0),
        figure("redeploy, caches filled", again, "threaded"),
        figure("`status`, caches filled", asked, "aws", 0.6),
    ]
