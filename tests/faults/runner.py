"""The test's side of the processes: the emulator, the launcher, and the runs that it forks."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support import requests
from tests.support.watched import ACCOUNT, REGION

from .launcher import Job

ROOT = Path(__file__).parents[2]
PATIENCE = 120  # real seconds for one run


def environ(folder: Path, url: str) -> dict[str, str]:
    """Of a process: credentials and an address of AWS, and nothing of the user's own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "FARGATECTL_"))}
    return kept | {
        "AWS_ACCESS_KEY_ID": ACCOUNT, "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": REGION,
        "AWS_ENDPOINT_URL": url, "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": str(folder / "config"), "AWS_SHARED_CREDENTIALS_FILE": str(folder / "credentials"),
    }  # fmt: skip


class Process:
    """A Python process that serves until its standard input ends, and so never outlives the tests."""

    def __init__(self, module: str, *arguments: str, env: dict[str, str] | None = None) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, env=env,
        )  # fmt: skip

    def read(self) -> str:
        """The next line that it prints; empty at its end."""
        assert self._process.stdout is not None
        return self._process.stdout.readline().decode()

    def write(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode())
        self._process.stdin.flush()

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()


@dataclass
class Child:
    """A run of the program in its own process.

    Attributes:
        pid: Its process.
        status: Its exit code; negative: the signal that ended it.
        folder: Where its output is.
    """

    folder: Path
    pid: Future[int] = field(default_factory=Future)
    status: Future[int] = field(default_factory=Future)

    def kill(self) -> None:
        """SIGKILL; returns when it is dead."""
        os.kill(self.pid.result(PATIENCE), signal.SIGKILL)
        self.status.result(PATIENCE)

    @property
    def out(self) -> str:
        return (self.folder / "out").read_text()

    @property
    def err(self) -> str:
        return (self.folder / "err").read_text()


class Launcher:
    """Starts runs; takes what they sent into the ledger of this process.

    Args:
        warm: There is an empty AWS at `url`, where one app may be deployed and removed first.
    """

    def __init__(self, folder: Path, url: str, *, warm: bool = False) -> None:
        self._ledger = folder / "ledger"
        self._ledger.touch()
        self._told = self._ledger.open()
        self._numbers = itertools.count()
        self._children: dict[int, Child] = {}
        self._process = Process(
            "tests.faults.launcher", str(self._ledger), *["warm"] * warm, env=environ(folder, url)
        )  # fmt: skip
        assert self._process.read(), "the launcher did not start"
        threading.Thread(target=self._listen, name="launcher", daemon=True).start()

    def start(self, folder: Path, arguments: list[str], **job: Any) -> Child:
        """Begin a run; see `Job`."""
        folder.mkdir(exist_ok=True)
        number, child = next(self._numbers), Child(folder)
        self._children[number] = child
        self._process.write(Job(number, arguments, str(folder), **job).line())
        return child

    def take(self) -> None:
        """Count what the runs have sent so far."""
        for line in self._told.readlines():
            operation, _, refusal = line.rstrip("\n").partition("\t")
            requests.LEDGER.add({operation: 1}, [refusal] if refusal else [])

    def close(self) -> None:
        self._process.close()
        self.take()
        self._told.close()

    def _listen(self) -> None:
        while line := self._process.read():
            told = json.loads(line)
            if "pid" in told:
                self._children[told["number"]].pid.set_result(told["pid"])
            else:
                self._children.pop(told["number"]).status.set_result(told["status"])
