"""`up` where nothing has changed, against the look of the threaded script."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.bench import EXAMPLE, IMAGES, PEERS, Bench
from benchmarks.calls import longest_chain
from benchmarks.contest import Run, ratio
from benchmarks.table import Figure


def measure(bench: Bench) -> Sequence[Figure]:
    """Each looks at what it has deployed itself."""
    threaded = [sys.executable, str(PEERS / "threaded.py")]
    bench.cloud.reset()
    by_hand = replace(bench.fargatectl("up", "--image", IMAGES[0]), name="fargatectl --image")
    ours = bench.fargatectl("up", spec=_with_image(bench))
    bench.setup(ours, by_hand, bench.peer("threaded", [*threaded, "up"]))
    runs = bench.race(
        "unchanged",
        ours,
        by_hand,
        bench.peer("threaded", [*threaded, "look"]),
        bench.peer("sequential", [sys.executable, str(PEERS / "sequential.py")]),
    )
    own, others = runs["fargatectl"], runs["threaded"]
    note = f"calls: {len(own[0].calls)}, threaded {len(others[0].calls)}"
    return [
        Figure("unchanged", "`up`: longest chain of calls", _chains(own), 2, note=note),
        Figure("unchanged", "`up`: wall by the threaded look's", ratio(own, others).values, 1.1),
        Figure("unchanged", "`up`: wall by sequential's", ratio(own, runs["sequential"]).values),
        Figure("unchanged", "`up --image`: longest chain of calls", _chains(runs[by_hand.name])),
        Figure(
            "unchanged",
            "`up --image`: wall by the threaded look's",
            ratio(runs[by_hand.name], others).values,
        ),
    ]


def _with_image(bench: Bench) -> Path:
    """The example with its image in the spec, as the other programs have it: there is nothing to hash."""
    changes = {
        "app: flask-fargate-app": "app: bench-unchanged",
        "cluster: FargateCluster": "",
        "repository: flask-fargate-app": "",
        "build: ../../service": f"image: {IMAGES[0]}",
    }
    text = EXAMPLE.read_text()
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    folder = bench.scratch / "unchanged"
    folder.mkdir(exist_ok=True)
    path = folder / "fargate.yml"
    path.write_text(text)
    return path


def _chains(runs: Sequence[Run]) -> tuple[float, ...]:
    return tuple(float(len(longest_chain(run.calls))) for run in runs)
