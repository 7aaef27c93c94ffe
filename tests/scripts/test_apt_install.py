"""Installing says what it does, asks nothing, and refuses without the right to."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts/apt-install"


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A folder of programs that stand before the system's."""
    folder = tmp_path / "bin"
    folder.mkdir()
    return folder


def put(tools: Path, name: str, body: str) -> None:
    path = tools / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def install(tools: Path) -> subprocess.CompletedProcess[str]:
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        [SCRIPT, "it is needed", "hello"], env={"PATH": path}, capture_output=True, text=True, check=False
    )


def test_without_the_right_it_says_what_root_should_run(tools: Path) -> None:
    put(tools, "id", "echo 1000")
    put(tools, "sudo", "exit 1")
    put(tools, "apt-get", "exit 99")
    done = install(tools)
    assert done.returncode == 6
    assert "it is needed: as root, run: apt-get install hello" in done.stderr


def test_lists_are_fetched_only_when_the_package_is_not_found(tools: Path, tmp_path: Path) -> None:
    put(tools, "id", "echo 0")
    put(tools, "apt-get", f'echo "$*" >>{tmp_path}/calls')
    assert install(tools).returncode == 0
    assert " update" not in (tmp_path / "calls").read_text()

    (tmp_path / "calls").unlink()
    note = f'echo "$*" >>{tmp_path}/calls'
    fetch = f'case "$*" in *update*) touch {tmp_path}/lists;; esac'
    put(tools, "apt-get", f"{note}; {fetch}; test -e {tmp_path}/lists")
    done = install(tools)
    assert done.returncode == 0
    calls = (tmp_path / "calls").read_text().splitlines()
    assert ["update" in call for call in calls] == [False, True, False]
    assert "--yes --no-install-recommends hello" in calls[-1]


def test_a_failure_shows_apts_own_words(tools: Path) -> None:
    put(tools, "id", "echo 0")
    put(tools, "apt-get", "echo 'E: Unable to locate package hello'; exit 100")
    done = install(tools)
    assert done.returncode == 1
    assert "E: Unable to locate package hello" in done.stderr
