"""One local AWS for all end-to-end tests, with a state directory and a port of its own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.harness import Cloud


@pytest.fixture(scope="session")
def shared_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """Started once; its installation is the user's own, its state is not."""
    folder = tmp_path_factory.mktemp("e2e")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= {"XDG_STATE_HOME": str(folder / "state"), "FARGATECTL_LOCAL_PORT": str(port)}
    command = [sys.executable, "-m", "fargatectl", "local"]
    done = subprocess.run(
        [*command, "start", "-o", "json"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    yield Cloud(environment, found["endpoint_url"], found["account"], folder)
    subprocess.run([*command, "stop"], env=environment, check=True)


FIGURES: list[str] = []


@pytest.fixture
def figure() -> Callable[[str], None]:
    """Notes a measured figure, printed at the end of the run."""
    return FIGURES.append


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand over what a worker has measured."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["figures"] = list(FIGURES)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take it over."""
    FIGURES.extend(getattr(node, "workeroutput", {}).get("figures", ()))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was measured."""
    if FIGURES:
        terminalreporter.section("measured end to end")
        for line in FIGURES:
            terminalreporter.write_line(line)


@pytest.fixture
def cloud(shared_cloud: Cloud, tmp_path: Path) -> Cloud:
    """Emptied before a test."""
    subprocess.run(
        [sys.executable, "-m", "fargatectl", "local", "reset"], env=shared_cloud.environment, check=True
    )
    return Cloud(shared_cloud.environment, shared_cloud.endpoint, shared_cloud.account, tmp_path)
