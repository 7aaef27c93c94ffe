"""What is kept from run to run to be quicker: a folder of the user's that may be lost at any time."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress


def folder(environ: Mapping[str, str]) -> str | None:
    """Where it is kept (XDG Base Directory Specification); None where there is no place for it."""
    home, base = environ.get("HOME", ""), environ.get("XDG_CACHE_HOME", "")
    if base.startswith("/"):
        return f"{base}/fargatectl"
    return f"{home}/.cache/fargatectl" if home.startswith("/") else None


def write(file: str, data: bytes) -> None:
    """All of it or nothing: runs at the same time each write a file of their own and put it in place.

    Raises:
        OSError: It cannot be written.
    """
    parent, _, name = file.rpartition("/")
    os.makedirs(parent, mode=0o700, exist_ok=True)  # noqa: PTH103 - pathlib's import costs a short run
    descriptor, written = tempfile.mkstemp(prefix=f".{name}-", dir=parent)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(data)
        os.replace(written, file)  # noqa: PTH105
    except BaseException:
        with suppress(OSError):
            os.unlink(written)  # noqa: PTH108
        raise
