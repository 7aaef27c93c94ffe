"""A local AWS that checks permissions; and at the end, how many were proved."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import docker
import pytest

from fargatectl.aws import settling
from tests.policy.guarded import Guarded
from tests.policy.proved import ASKED, FAILED, MISSED

FOLDER = f"policy-{os.getpid()}"  # its images are called so too
_COMMAND = [sys.executable, "-m", "fargatectl", "local"]


@pytest.fixture(autouse=True)
def no_long_wait_for_iam(monkeypatch: pytest.MonkeyPatch) -> None:
    """A denial of iam:PassRole is taken for IAM's own delay for a while: a short one here."""
    short = (replace(row, seconds=1) if row.text == "iam:PassRole" else row for row in settling.TABLE)
    monkeypatch.setattr(settling, "TABLE", tuple(short))


@pytest.fixture(scope="session")
def guarded_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Its address and its log: started once, the installation is the user's own, port and state are not."""
    state = tmp_path_factory.mktemp("guarded")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= {
        "XDG_STATE_HOME": str(state), "FARGATECTL_LOCAL_PORT": str(port), "FARGATECTL_LOCAL_AUTH": "true",
    }  # fmt: skip
    done = subprocess.run(
        [*_COMMAND, "start", "-o", "json"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    yield json.loads(done.stdout)["endpoint_url"], state / "fargatectl/local-aws/ministack.log"
    subprocess.run([*_COMMAND, "stop"], env=environment, check=True, capture_output=True)
    engine = docker.from_env()
    for image in engine.images.list(f"fargatectl/{FOLDER}"):
        for tag in image.tags:
            if tag.startswith(f"fargatectl/{FOLDER}:"):
                engine.images.remove(tag)
    engine.close()


@pytest.fixture
def guarded(guarded_aws: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Guarded:
    """Empty, and the app's folder the current one."""
    made = Guarded(*guarded_aws, tmp_path / FOLDER, monkeypatch)
    made.prepare()
    return made


def pytest_sessionfinish(session: pytest.Session) -> None:
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["proved"] = (sorted(ASKED), sorted(MISSED), FAILED)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    asked, missed, failed = getattr(node, "workeroutput", {}).get("proved", ((), (), ()))
    ASKED.update(asked)
    MISSED.update(missed)
    FAILED.extend(failed)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if ASKED or MISSED or FAILED:
        terminalreporter.write_line(
            f"permissions asked for {len(ASKED)}, removed and missed by name {len(MISSED)}, "
            f"failures {len(FAILED)}"
        )
