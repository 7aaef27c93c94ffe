"""`up` where nothing has changed, against the look of the threaded script."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from benchmarks.bench import IMAGES, PEERS, Bench
from benchmarks.calls import longest_chain
from benchmarks.contest import ratio
from benchmarks.table import Figure


def measure(bench: Bench) -> Sequence[Figure]:
    """Each looks at what it has deployed itself."""
    threaded = [sys.executable, str(PEERS / "threaded.py")]
    bench.cloud.reset()
    ours = bench.fargatectl("up", "--image", IMAGES[0])
    bench.setup(ours, bench.peer("threaded", [*threaded, "up"]))
    runs = bench.race(
        "unchanged",
        ours,
        bench.peer("threaded", [*threaded, "look"]),
        bench.peer("sequential", [sys.executable, str(PEERS / "sequential.py")]),
    )
    own = runs["fargatectl"]
    chains = tuple(float(len(longest_chain(run.calls))) for run in own)
    note = f"calls: {len(own[0].calls)}, threaded {len(runs['threaded'][0].calls)}"
    return [
        Figure("unchanged", "`up`: longest chain of calls", chains, 2, note=note),
        Figure("unchanged", "`up`: wall by the threaded look's", ratio(own, runs["threaded"]).values, 1.1),
        Figure("unchanged", "`up`: wall by sequential's", ratio(own, runs["sequential"]).values),
    ]
