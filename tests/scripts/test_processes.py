"""Processes are told apart by when they were born, not by their number alone."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from devtools import processes


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    child = subprocess.Popen(["sleep", "60"], env={**os.environ, "SLEEPER": uuid.uuid4().hex})
    processes.wait_until(
        lambda: (found := processes.find(child.pid)) is not None and found.name == "sleep", 5
    )
    yield child
    child.kill()
    child.wait()


def test_a_process_is_alive_until_it_ends(sleeper: subprocess.Popen[bytes]) -> None:
    process = processes.find(sleeper.pid)
    assert process
    assert (process.name, process.alive) == ("sleep", True)
    sleeper.kill()
    assert processes.wait_until(lambda: not process.alive, 5), "a zombie does not count as alive"


def test_a_number_used_again_is_another_process(sleeper: subprocess.Popen[bytes]) -> None:
    process = processes.find(sleeper.pid)
    assert process
    assert not dataclasses.replace(process, born="an-earlier-boot/1").alive


@pytest.mark.parametrize(
    "text",
    ["", "no number", "4194305", str(os.getpid())],
    ids=["empty", "damaged", "of an ended process", "of another program"],
)
def test_a_stale_pid_file_names_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "docker.pid").write_text(text)
    assert processes.from_pid_file(tmp_path / "docker.pid", "dockerd") is None


def test_a_missing_pid_file_names_nothing(tmp_path: Path) -> None:
    assert processes.from_pid_file(tmp_path / "docker.pid", "dockerd") is None


def test_a_process_is_found_by_its_environment_and_arguments(sleeper: subprocess.Popen[bytes]) -> None:
    mark, deadline = "", time.monotonic() + 10
    while not mark and time.monotonic() < deadline:  # between fork and exec it has ours still
        entries = Path(f"/proc/{sleeper.pid}/environ").read_bytes().split(b"\0")
        mark = next((entry.decode() for entry in entries if entry.startswith(b"SLEEPER=")), "")
    assert [process.pid for process in processes.with_environment(mark)] == [sleeper.pid]
    assert sleeper.pid in [process.pid for process in processes.with_argument("sleep")]
    assert processes.with_environment(f"{mark}x") == []
