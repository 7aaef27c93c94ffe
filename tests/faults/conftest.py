"""A world to break, and the figures of all sweeps at the end of the run."""

from __future__ import annotations

import functools
import json
import os
import random
from collections import Counter
from collections.abc import Iterator
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.support.apps import Deployer
    from tests.support.watched import WatchedAws

    from .world import World

COUNTS: Counter[str] = Counter()
"""What this process did; workers of pytest-xdist hand theirs to the one that reports."""

SOAK = bool(os.environ.get("FARGATECTL_SOAK"))


@pytest.fixture(params=[1])
def workers(request: pytest.FixtureRequest) -> int:
    """How many calls at once."""
    return int(request.param)


@pytest.fixture
def world(
    deployer: Deployer, moto_aws: WatchedAws, monkeypatch: pytest.MonkeyPatch, workers: int
) -> Iterator[World]:
    """An AWS that can be told to fail, and time that waiting does not take."""
    import botocore.endpoint
    from moto.core.botocore_stubber import BotocoreStubber
    from moto.ecs.models import EC2ContainerServiceBackend

    from fargatectl import operations
    from fargatectl.engine import observe
    from fargatectl.engine.converge import Converger
    from fargatectl.rollout import follow

    from .wire import Wire
    from .world import Clock, World

    clock = Clock()
    wire = Wire(BotocoreStubber.__call__)
    monkeypatch.setattr(BotocoreStubber, "__call__", lambda *given, **more: wire.handle(*given, **more))
    monkeypatch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=clock.pause))
    monkeypatch.setattr(operations, "time", SimpleNamespace(monotonic=clock))
    monkeypatch.setattr(
        operations, "Converger", functools.partial(Converger, workers=workers, pause=clock.pause)
    )
    if workers == 1:  # the n-th call is then the same in every run
        serial = lambda asks: [ask() for ask in list(asks)]  # noqa: E731
        monkeypatch.setattr(observe, "gather", serial)
        monkeypatch.setattr(follow, "gather", serial)

    update = EC2ContainerServiceBackend.update_service

    def update_service(self: Any, properties: dict[str, Any]) -> Any:
        service = update(self, properties)
        for deployment in service.deployments:  # moto starts the tasks, and leaves the deployment's count
            deployment["runningCount"] = deployment["desiredCount"] = service.running_count
        return service

    monkeypatch.setattr(EC2ContainerServiceBackend, "update_service", update_service)
    yield World(deployer, wire, clock, moto_aws, COUNTS)
    for kind, number in wire.struck.items():
        COUNTS[f"fault: {kind}"] += number


@pytest.fixture
def rng(record_property: Any) -> random.Random:
    """Chance that can be repeated: FARGATECTL_SEED."""
    seed = int(os.environ.get("FARGATECTL_SEED") or random.SystemRandom().randrange(10**6))
    print(f"FARGATECTL_SEED={seed}")
    record_property("seed", seed)
    return random.Random(seed)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["faults"] = json.dumps(COUNTS)


@pytest.hookimpl(optionalhook=True)  # pytest-xdist's
def pytest_testnodedown(node: Any) -> None:
    COUNTS.update(json.loads(getattr(node, "workeroutput", {}).get("faults", "{}")))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if not COUNTS:
        return
    failures = sum("tests/faults" in report.nodeid for report in terminalreporter.stats.get("failed", ()))
    faults = {name[7:]: number for name, number in sorted(COUNTS.items()) if name.startswith("fault: ")}
    terminalreporter.section("a hostile AWS")
    terminalreporter.write_line(
        f"{COUNTS['points']} sweep points, {COUNTS['runs']} runs, {sum(faults.values())} faults "
        f"of {len(faults)} kinds, {failures} failures"
    )
    for name, number in faults.items():
        terminalreporter.write_line(f"  {number:5} {name}")
