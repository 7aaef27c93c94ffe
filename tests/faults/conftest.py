"""A world to break, and the figures of all sweeps at the end of the run."""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .proxy import Proxy
    from .world import World

COUNTS: Counter[str] = Counter()
"""What this process did; workers of pytest-xdist hand theirs to the one that reports."""


@pytest.fixture(scope="session")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Proxy]]:
    """The processes of a world, which all tests of a worker use one after another."""
    from .proxy import Proxy
    from .runner import Launcher, Process
    from .world import World

    folder = tmp_path_factory.mktemp("world")
    emulator = Process("tests.faults.emulator")
    address = emulator.read().strip()
    host, _, port = address.partition(":")
    proxy = Proxy((host, int(port)))
    launcher = Launcher(folder, proxy.url, warm=True)
    yield World(emulator, address, proxy, launcher, folder, COUNTS), proxy
    launcher.close()
    proxy.close()
    emulator.close()


@pytest.fixture
def world(lasting: tuple[World, Proxy], tmp_path: Path) -> Iterator[World]:
    """An AWS that can be told to fail, behind a proxy, and a program in processes of its own."""
    made, proxy = lasting
    made.workers = 1
    made.settle_in(tmp_path)
    yield made
    proxy.settle()
    for kind, number in proxy.struck.items():
        COUNTS[f"fault: {kind}"] += number
    proxy.struck.clear()


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
    kinds = [name for name in COUNTS if name.startswith("kind: ")]
    terminalreporter.section("a hostile AWS")
    terminalreporter.write_line(
        f"sweep points {COUNTS['points']}, kinds of resources {len(kinds)}, faults {sum(faults.values())} "
        f"of {len(faults)} sorts, runs {COUNTS['runs']}, pairs at once {COUNTS['at once']}, "
        f"failures {failures} tests, {COUNTS['points failed']} points"
    )
    for name, number in faults.items():
        terminalreporter.write_line(f"  {number:5} {name}")
