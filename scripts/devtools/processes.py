"""Processes by what `/proc` says of them, so that a number used again is never taken for ours."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Process:
    """One process, for as long as it lives.

    Attributes:
        pid: Its number.
        name: Its command name (`comm`), such as ``dockerd``.
        born: When it was started: the machine's boot and the clock ticks since then.
    """

    pid: int
    name: str
    born: str

    @property
    def alive(self) -> bool:
        """Whether this very process still runs (a zombie does not)."""
        return find(self.pid) == self


def find(pid: int) -> Process | None:
    """The process that has this number now, or None; None too for one that has ended but is not collected."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return None
    name, _, rest = text[text.index("(") + 1 :].rpartition(")")
    fields = rest.split()
    if fields[0] in ("Z", "X"):
        return None
    return Process(pid, name, f"{boot}/{fields[19]}")


def from_pid_file(path: Path, name: str) -> Process | None:
    """The live process that a pid file names, if its command name is `name`; else the file is stale."""
    try:
        process = find(int(path.read_text()))
    except (OSError, ValueError):
        return None
    return process if process and process.name == name else None


def with_environment(entry: str) -> list[Process]:
    """Every process that was given the environment entry ``NAME=value``, by an ancestor as a rule."""
    return _where("environ", lambda entries: entry.encode() in entries)


def with_argument(part: str) -> list[Process]:
    """Every process that has an argument with `part` in it."""
    return _where("cmdline", lambda arguments: any(part.encode() in argument for argument in arguments))


def _where(file: str, matches: Callable[[list[bytes]], bool]) -> list[Process]:
    found = []
    for path in Path("/proc").glob(f"[0-9]*/{file}"):
        try:
            wanted = matches(path.read_bytes().split(b"\0"))
        except OSError:
            continue  # it ended, or belongs to somebody else
        process = find(int(path.parent.name)) if wanted else None
        if process:
            found.append(process)
    return found


def wait_until(condition: Callable[[], bool], seconds: float, every: float = 0.1) -> bool:
    """Whether `condition` came true within `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True
