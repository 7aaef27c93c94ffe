"""The program that only waits: it runs on this machine, sleeps, and ends when it is killed."""

from __future__ import annotations

import platform
import subprocess
import time
from pathlib import Path

import pytest

from fargatectl.local.ministack_patches.task_waiting import program

HERE = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), "")


@pytest.mark.skipif(platform.system() != "Linux" or not HERE, reason="its machine code is Linux's")
def test_it_waits_until_it_is_killed(tmp_path: Path) -> None:
    content = program(HERE)
    assert content
    path = tmp_path / "waiting"
    path.write_bytes(content)
    path.chmod(0o755)
    process = subprocess.Popen([path])
    time.sleep(0.5)
    assert process.poll() is None
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    assert (fields[0], int(fields[11]) + int(fields[12])) == ("S", 0), "it sleeps, and takes no CPU time"
    process.kill()
    assert process.wait(5) == -9


def test_it_is_small_and_known_for_two_machines() -> None:
    for architecture in ("amd64", "arm64"):
        content = program(architecture)
        assert content
        assert content[:4] == b"\x7fELF"
        assert len(content) < 200
    assert program("s390x") is None
