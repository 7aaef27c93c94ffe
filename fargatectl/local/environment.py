"""MiniStack's own virtual environment: made on first use from pinned, hashed requirements.

It pins botocore exactly, so it cannot share fargatectl's environment.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from fargatectl.errors import UnreachableError
from fargatectl.local import paths

Say = Callable[[str], None]
_MARKER = "complete"
# Settings that would make pip put packages elsewhere, or Python find them elsewhere.
_DIVERTING = frozenset({"PIP_TARGET", "PIP_PREFIX", "PIP_USER", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"})


def ministack_version() -> str:
    """The pinned version."""
    found = re.search(r"^ministack==(\S+)", paths.REQUIREMENTS.read_text(), re.MULTILINE)
    assert found, "requirements.txt pins ministack"
    return found.group(1)


def directory() -> Path:
    """The environment for these requirements and this Python."""
    python = f"{sys.implementation.name}-{sys.version_info[0]}.{sys.version_info[1]}-{platform.machine()}"
    key = hashlib.sha256(paths.REQUIREMENTS.read_bytes() + python.encode()).hexdigest()[:16]
    return paths.data_directory() / key


def is_complete(environment: Path) -> bool:
    """Whether its installation ended well and its interpreter still exists."""
    return (environment / _MARKER).exists() and (environment / "bin" / "python").exists()


def prepare(say: Say) -> Path:
    """The environment's Python, installing it first where needed; call with the lock held.

    The marker is written last, so an installation that was cut short is never taken for a whole one:
    it is thrown away and made again. Environments of other versions are removed.

    Raises:
        UnreachableError: It cannot be installed.
    """
    environment = directory()
    python = environment / "bin" / "python"
    if is_complete(environment):
        return python
    say(f"installing MiniStack {ministack_version()} (once, about 100 MB)")
    parent = environment.parent
    parent.mkdir(parents=True, exist_ok=True)
    for other in parent.iterdir():
        if other.is_dir():
            shutil.rmtree(other)
    _run("make its environment", [sys.executable, "-m", "venv", str(environment)])
    _run(
        "install it",
        [
            *(str(python), "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"),
            *("--only-binary", ":all:", "--require-hashes", "-r", str(paths.REQUIREMENTS)),
        ],
    )
    (environment / _MARKER).write_text(f"{ministack_version()}\n")
    return python


def _run(what: str, command: list[str]) -> None:
    settings = {name: value for name, value in os.environ.items() if name not in _DIVERTING}
    done = subprocess.run(command, env=settings, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        raise UnreachableError(
            f"the local AWS cannot be installed: could not {what}: {lines[-1] if lines else 'no output'}",
            hint="It needs Python's venv module and pip's access to a package index; see: "
            f"{' '.join(command)}",
            code="local.install",
            details=[{"output": "\n".join(lines[-20:])}],
        )
