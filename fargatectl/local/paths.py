"""Where the local AWS lives on disk, by the XDG Base Directory Specification."""

from __future__ import annotations

import os
from pathlib import Path

PACKAGE = Path(__file__).parent
REQUIREMENTS = PACKAGE / "requirements.txt"
WRAPPER = PACKAGE / "ministack_wrapper.py"


def _base(variable: str, default: str) -> Path:
    """A base directory; the specification says to ignore a relative one."""
    value = os.environ.get(variable, "")
    root = Path(value) if value.startswith("/") else Path.home() / default
    return root / "fargatectl" / "local-aws"


def data_directory() -> Path:
    """The environments that MiniStack is installed in, one per set of requirements and Python."""
    return _base("XDG_DATA_HOME", ".local/share")


def state_directory() -> Path:
    """The record of the running local AWS, its lock and its log."""
    return _base("XDG_STATE_HOME", ".local/state")


def record_file() -> Path:
    """Which process is the local AWS."""
    return state_directory() / "running.json"


def lock_file() -> Path:
    """Held by whoever starts, stops or resets the local AWS."""
    return state_directory() / "lock"


def log_file() -> Path:
    """What the local AWS's process writes."""
    return state_directory() / "ministack.log"
