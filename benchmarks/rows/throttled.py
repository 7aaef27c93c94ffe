"""A first `up` of 50 services while AWS's token buckets are kept to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from benchmarks.bench import Bench
from benchmarks.buckets import least_seconds
from benchmarks.contest import Run, once
from benchmarks.rows.cold import BOUND
from benchmarks.rows.many import spec_of
from benchmarks.table import Figure

SERVICES = 50


def measure(bench: Bench) -> Sequence[Figure]:
    """Half a minute a run: the buckets allow no less."""
    spec = spec_of(bench, SERVICES)
    ours = bench.fargatectl("up", "--no-wait", spec=spec)
    runs: list[Run] = []
    for turn in range(bench.rounds):
        bench.cloud.reset()
        runs.append(once(ours, bench.cloud, turn, buckets=True))
    bench.report.add("throttled", (), {"fargatectl": runs})
    allowed = [_allowed(bench, run) for run in runs]
    ratios = tuple(run.seconds / least for run, least in zip(runs, allowed, strict=True))
    refused = [sum(call.status in (400, 503) and _limited(call.name) for call in run.calls) for run in runs]
    note = (
        f"the buckets and {BOUND} round trips allow {allowed[0]:.1f} s; exit code 0 each time; "
        f"calls {len(runs[0].calls)}, refused and tried again {min(refused)}-{max(refused)}"
    )
    return [Figure("throttled", f"cold `up` of {SERVICES}: wall by what is allowed", ratios, 1.15, note=note)]


def _limited(name: str) -> bool:
    return name.startswith(("ecs:", "ec2:"))


def _allowed(bench: Bench, run: Run) -> float:
    """The least time: what was let through, as fast as the buckets allow, and the round trips around it."""
    counts = Counter((call.service, call.operation) for call in run.calls if call.status < 400)
    return least_seconds(dict(counts)) + BOUND * bench.cloud.delay
