"""Who holds a lock: for people to read, and for other runs to tell whether the process still lives."""

from __future__ import annotations

import getpass
import json
import os
import platform
import uuid
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from fargatectl.dataclass import dataclass

# Where CI systems tell the address of the job, in their own documentation's words.
_JOBS = ("CI_JOB_URL", "BUILDKITE_BUILD_URL", "CIRCLE_BUILD_URL", "BUILD_URL")


@dataclass(frozen=True)
class Holder:
    """One run.

    Attributes:
        who: ``user@host``, or a CI job's address.
        command: Such as ``up``.
        since: ISO 8601, UTC.
        token: Of this run alone.
        machine: Of this boot of this kernel, and of this container on it; empty where it cannot be told.
        process: Its id and when it started, as the kernel counts; an id alone is used again.
    """

    who: str
    command: str
    since: str
    token: str
    machine: str = ""
    process: str = ""

    def __str__(self) -> str:
        return f"{self.who} ({self.command}, since {self.since})"

    def text(self) -> str:
        """As it is stored."""
        return json.dumps(asdict(self))

    @classmethod
    def parse(cls, text: str) -> Holder | None:
        """What `text` gave; None where this is no such text."""
        try:
            return cls(**{name: str(value) for name, value in json.loads(text).items()})
        except (ValueError, AttributeError, TypeError):
            return None

    @property
    def is_dead(self) -> bool:
        """Whether it ran on this very machine and its process is gone; False where nobody can tell."""
        if not self.machine or self.machine != _machine():
            return False
        return self.process != _process(self.process.partition(" ")[0])


def this_run(command: str, environ: Mapping[str, str]) -> Holder:
    """The holder that this process is."""
    return Holder(
        who=_job(environ) or f"{_user()}@{platform.node() or 'unknown host'}",
        command=command,
        since=datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        token=uuid.uuid4().hex,
        machine=_machine(),
        process=_process(str(os.getpid())),
    )


def _job(environ: Mapping[str, str]) -> str:
    if run := environ.get("GITHUB_RUN_ID"):
        return "/".join(
            [environ.get("GITHUB_SERVER_URL", "https://github.com"), environ.get("GITHUB_REPOSITORY", "?"),
             "actions/runs", run]
        )  # fmt: skip
    found = next((environ[name] for name in _JOBS if environ.get(name)), "")
    return "" if "@" in found else found[:200]  # never a password that stands in an address


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return f"user {os.getuid()}" if hasattr(os, "getuid") else "unknown user"


def _machine() -> str:
    """Empty on systems without /proc: there a dead run's lock is only known by its age."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return ""


def _process(pid: str) -> str:
    """Id and start of a process of this machine; empty when there is none. A zombie has ended."""
    try:
        # proc(5): the name in parentheses may hold anything; the state is the 3rd field, the start the 22nd.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in "ZX" else f"{pid} {fields[19]}"
