"""An app of 200 services: what `plan` takes of memory and of the processor."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.bench import Bench
from benchmarks.contest import seconds
from benchmarks.rows.many import spec_of
from benchmarks.table import Figure

SERVICES = 200


def measure(bench: Bench) -> Sequence[Figure]:
    """`plan` on an empty account (everything is to be created), and where nothing has changed."""
    spec = spec_of(bench, SERVICES)
    plan = bench.fargatectl("plan", spec=spec)
    figures: list[Figure] = []
    for state in ("all new", "nothing changed"):
        if state == "all new":
            bench.cloud.reset()
        else:
            bench.setup(bench.fargatectl("up", "--no-wait", spec=spec))
        runs = bench.race(f"large, {state}", plan)["fargatectl"]
        memory, cpu = tuple(run.memory for run in runs), tuple(run.cpu for run in runs)
        what = f"`plan` of {SERVICES} services, {state}"
        figures += [
            Figure("large", f"{what}: peak memory", memory, 200, " MB", worst=True),
            Figure("large", f"{what}: its own CPU time", cpu, 2, " s", note=f"wall {seconds(runs)} s"),
        ]
    return figures
