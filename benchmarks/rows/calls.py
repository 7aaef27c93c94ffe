"""How many calls it takes to find that nothing has changed, for apps of different sizes: a formula."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.calls import longest_chain
from benchmarks.cloud import REGION
from benchmarks.contest import Broken, Run, once
from benchmarks.formula import FORMULA, goal, misfits, total
from benchmarks.rows.many import spec_of
from benchmarks.table import Figure

SIZES = (1, 10, 50, 200)


def measure(bench: Bench) -> Sequence[Figure]:
    """What `up` asks once it is deployed; a count needs no second round, but two must agree.

    Raises:
        Broken: It is not what the formula says: one of them is wrong, and the page that quotes it too.
    """
    figures: list[Figure] = []
    runs: dict[str, list[Run]] = {}
    wrong: list[str] = []
    for count in SIZES:
        bench.cloud.reset()
        spec = spec_of(bench, count)
        ours = bench.fargatectl("up", spec=spec)
        bench.setup(bench.fargatectl("up", "--no-wait", spec=spec))
        tasks = _tasks(bench)
        own = [once(ours, bench.cloud) for _ in range(2)]
        runs[f"{count} services"] = own
        for run in own:
            wrong += [f"{count} services: {one}" for one in misfits(run.calls, count, tasks)]
        most = goal(len(kinds_of(spec)), count, tasks)
        note = f"{FORMULA} = {total(count, tasks)} with N = {count}, T = {tasks}"
        figures.append(
            Figure(
                "calls", f"`up` of {count} services, nothing changed: calls",
                tuple(float(len(run.calls)) for run in own), most, note=note, worst=True,
            )
        )  # fmt: skip
        chains = tuple(float(len(longest_chain(run.calls))) for run in own)
        figures.append(Figure("calls", f"`up` of {count} services: longest chain", chains))
    bench.report.add("calls", figures, runs)  # before it fails: they say what was asked instead
    if wrong:
        raise Broken(f"{FORMULA} does not hold: {'; '.join(dict.fromkeys(wrong))}")
    return ()


def kinds_of(spec: Path) -> set[str]:
    """The kinds of all that a spec asks for, and of what that stands on."""
    from fargatectl.app import build
    from fargatectl.engine.resource import dependencies
    from fargatectl.spec.load import load

    app = build(load(spec, environment=None, environ=os.environ), region=REGION, content_hash=str)
    kinds: set[str] = set()
    rest, seen = [app.account, *app.desired], set()
    while rest:
        one = rest.pop()
        if id(one) not in seen:
            seen.add(id(one))
            kinds.add(one.kind)
            rest += dependencies(one)
    return kinds


def _tasks(bench: Bench) -> int:
    """How many tasks the emulator says run."""
    ecs = bench.cloud.client("ecs")
    clusters = ecs.list_clusters()["clusterArns"]
    pages = (page for one in clusters for page in ecs.get_paginator("list_tasks").paginate(cluster=one))
    return sum(len(page["taskArns"]) for page in pages)
