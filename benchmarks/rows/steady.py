"""From the moment a rollout is steady in the local AWS to the end of `up`."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.bench import Bench
from benchmarks.cloud import ROOT
from benchmarks.contest import FARGATECTL, Broken
from benchmarks.local import base_image
from benchmarks.table import Figure

POLL = 0.05  # seconds; half of it is the error
_SPEC = """\
app: bench-steady
services:
  web:
    build: {build}
    port: 8080
    env: {{GREETING: "turn {turn}"}}
"""


def measure(bench: Bench) -> Sequence[Figure]:
    """A variable changes before each run, so that each rolls a new task out."""
    base_image()
    spec = bench.scratch / "steady.yml"
    lags: list[float] = []
    walls: list[float] = []
    for turn in range(-1, bench.rounds):
        spec.write_text(_SPEC.format(build=ROOT / "service", turn=turn))
        lag, wall = _watched(bench, spec, turn)
        if turn >= 0:  # the first one builds the image
            lags.append(lag)
            walls.append(wall)
    note = f"the whole `up` {sorted(walls)[len(walls) // 2]:.1f} s"
    return [Figure("steady", "from steady to the end of `up`", tuple(lags), 1.5, " s", note)]


def _watched(bench: Bench, spec: Path, turn: int) -> tuple[float, float]:
    ecs = bench.local.client("ecs")
    before = _deployment(ecs).get("id")
    began = time.perf_counter()
    process = subprocess.Popen(
        [*FARGATECTL, "up", "--local", "-f", str(spec)], cwd=ROOT, env=bench.local.environment, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    steady = None
    while process.poll() is None:
        now = _deployment(ecs)
        if steady is None and now.get("id") not in (None, before) and _is_steady(now):
            steady = time.perf_counter()
        if steady is not None:
            break
        time.sleep(POLL)
    said, _ = process.communicate(timeout=120)
    ended = time.perf_counter()
    if process.returncode or steady is None:
        raise Broken(f"up ended with exit code {process.returncode} in round {turn}:\n{said[-2000:]}")
    return ended - steady, ended - began


def _deployment(ecs: Any) -> dict[str, Any]:
    """The primary deployment of the service; empty while there is none."""
    try:
        found = ecs.describe_services(cluster="bench-steady", services=["web"])["services"]
    except ecs.exceptions.ClusterNotFoundException:
        return {}
    primary = [one for service in found for one in service["deployments"] if one["status"] == "PRIMARY"]
    return {**primary[0], "others": len(found[0]["deployments"]) - 1} if primary else {}


def _is_steady(deployment: dict[str, Any]) -> bool:
    return bool(
        deployment.get("rolloutState") == "COMPLETED"
        and deployment.get("runningCount") == deployment.get("desiredCount")
    )
