"""What every row works with: the emulated AWS, the programs compared with, and the example to deploy."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from benchmarks import tools
from benchmarks.cloud import ROOT, Cloud, cloud
from benchmarks.contest import FARGATECTL, Contestant, Run, once, race
from benchmarks.local import LocalCloud, local_cloud
from benchmarks.moto_server import TASKS_LATER
from benchmarks.table import Figure, Report

PEERS = ROOT / "benchmarks" / "peers"
EXAMPLE = ROOT / "examples" / "flask-hello" / "fargate.yml"
EXAMPLE_CLUSTER = "FargateCluster"  # as the example names it
IMAGES = ("public.example/app:1", "public.example/app:2")


@dataclass
class Bench:
    """One run of the benchmarks.

    Attributes:
        rounds: How often each command of a row is run.
    """

    rounds: int
    report: Report = field(default_factory=Report)
    _stack: ExitStack = field(default_factory=ExitStack)

    def close(self) -> None:
        """End what was started."""
        self._stack.close()

    @cached_property
    def cloud(self) -> Cloud:
        """moto behind the proxy."""
        return self._stack.enter_context(cloud())

    @cached_property
    def local(self) -> LocalCloud:
        """The local AWS with real containers."""
        return self._stack.enter_context(local_cloud())

    @cached_property
    def binaries(self) -> Path:
        """Where `aws` and `ecs` are."""
        return tools.environment()

    @cached_property
    def scratch(self) -> Path:
        """A folder that goes with the run."""
        return Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="fargatectl-bench-")))

    def race(self, row: str, *contestants: Contestant, **more: Any) -> dict[str, list[Run]]:
        """See `benchmarks.contest.race`; the raw runs are kept for the report."""
        runs = race(contestants, more.pop("rounds", self.rounds), self.cloud, **more)
        self.report.add(row, (), runs)
        return runs

    def setup(self, *commands: Contestant) -> None:
        """Run without a delay and without being measured; the tasks run by the end."""
        near = self.cloud.environment(far=False)["AWS_ENDPOINT_URL"]
        for one in commands:
            environment = {**one.environment, "AWS_ENDPOINT_URL": near}
            once(Contestant(one.name, one.command, environment, folder=one.folder))
        time.sleep(TASKS_LATER + 0.1)

    def fargatectl(
        self, *arguments: str, ready: Callable[[int], None] = lambda _: None, spec: Path = EXAMPLE
    ) -> Contestant:
        """One of our commands on a spec."""
        command = [*FARGATECTL, *arguments, "-f", str(spec)]
        return Contestant("fargatectl", command, self.cloud.environment(), ready)

    def peer(
        self, name: str, command: Sequence[str], *, image: str = IMAGES[0], app: str = "bench-app",
        ready: Callable[[int], None] = lambda _: None,
    ) -> Contestant:  # fmt: skip
        """One of the others; `aws` and `ecs` are on its PATH."""
        environment = self.cloud.environment() | {"BENCH_APP": app, "BENCH_IMAGE": image}
        environment["PATH"] = f"{self.binaries}:{environment['PATH']}"
        return Contestant(name, command, environment, ready)


Measure = Callable[[Bench], Sequence[Figure]]
