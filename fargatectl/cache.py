"""What is kept from run to run to be quicker: a folder of the user's that may be lost at any time."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

MOST = 64  # answers that one file keeps; the oldest go


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


def recall(environ: Mapping[str, str], name: str, key: str) -> Any:
    """What `remember` kept, or None. Anybody may have written it: check it."""
    return _read(_file(environ, name)).get(key)


def remember(environ: Mapping[str, str], name: str, key: str, value: Any) -> None:
    """Keep a JSON value in the file of that name; never fails for want of it."""
    file = _file(environ, name)
    found = _read(file)
    if file is None or (key in found and found[key] == value):
        return
    kept = {other: one for other, one in found.items() if other != key}
    newest = [*kept.items(), (key, value)][-MOST:]
    with suppress(OSError):
        write(file, json.dumps(dict(newest)).encode())


def _file(environ: Mapping[str, str], name: str) -> str | None:
    root = folder(environ)
    return f"{root}/{name}.json" if root else None


def _read(file: str | None) -> dict[str, Any]:
    try:
        with open(file or os.devnull, "rb") as opened:  # noqa: PTH123
            kept = json.load(opened)
    except (OSError, ValueError, RecursionError):
        return {}
    return kept if isinstance(kept, dict) else {}
