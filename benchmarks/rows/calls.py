"""How many calls it takes to find that nothing has changed, for apps of different sizes: a formula."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from benchmarks.bench import Bench
from benchmarks.calls import longest_chain
from benchmarks.contest import Run, once
from benchmarks.rows.many import spec_of
from benchmarks.table import Figure

SIZES = (1, 10, 50, 200)
_PAGES = {"DescribeServices": 10, "ListTasks": 100, "DescribeTasks": 100}  # ECS API reference


def measure(bench: Bench) -> Sequence[Figure]:
    """What `up` asks once it is deployed; a count needs no second round, but two must agree."""
    figures: list[Figure] = []
    runs: dict[str, list[Run]] = {}
    kinds = _kinds()
    for count in SIZES:
        bench.cloud.reset()
        spec = spec_of(bench, count)
        ours = bench.fargatectl("up", spec=spec)
        bench.setup(bench.fargatectl("up", "--no-wait", spec=spec))
        own = [once(ours, bench.cloud) for _ in range(2)]
        runs[f"{count} services"] = own
        by_name = Counter(call.operation for call in own[0].calls)
        # The batched kind is the service, ten a call; tasks come in pages of a hundred.
        goal = kinds + math.ceil(count / 10)
        fixed = len(own[0].calls) - sum(by_name[name] for name in _PAGES)
        note = f"{fixed} + " + " + ".join(f"{by_name[name]} {name}" for name in _PAGES if by_name[name])
        figures.append(
            Figure(
                "calls", f"`up` of {count} services, nothing changed: calls",
                tuple(float(len(run.calls)) for run in own), goal, note=note, worst=True,
            )
        )  # fmt: skip
        chains = tuple(float(len(longest_chain(run.calls))) for run in own)
        figures.append(Figure("calls", f"`up` of {count} services: longest chain", chains))
    bench.report.add("calls", (), runs)
    return figures


def _kinds() -> int:
    """How many kinds of things are looked at: ours, and the tasks that run."""
    from fargatectl.engine.resource import KINDS
    from fargatectl.resources.registry import load_kinds

    load_kinds()
    return len(KINDS) + 1
