"""The files of a build context that .dockerignore leaves: hashed and sent from the same list."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import NamedTuple, NoReturn

from fargatectl.errors import UsageError
from fargatectl.images import dockerignore
from fargatectl.images.dockerignore import Hits, IgnoreRules

CHUNK = 1 << 20
"""Bytes read at once."""

MOST_BYTES = 1 << 20
"""Of a Dockerfile or .dockerignore."""


class Kind(Enum):
    """What a path is; the value goes into the content hash."""

    FILE = b"f"
    FOLDER = b"d"
    LINK = b"l"
    FIFO = b"p"


class ContextFile(NamedTuple):
    """One path of the context.

    Attributes:
        path: Relative to the context, with ``/``.
        source: Where it is on this machine.
        kind: What it is; a symbolic link is kept as a link, wherever it points.
        executable: Whether its owner may execute it. As in Git there is no other permission: the image is the
            same from every checkout, whatever the umask was.
    """

    path: str
    source: str
    kind: Kind
    executable: bool = False


def context_files(context: Path, rules: IgnoreRules) -> list[ContextFile]:
    """Everything in `context` that the rules leave, in an order that depends on names alone.

    Sockets are left out, as Docker does.

    Raises:
        UsageError: A folder cannot be read, or holds a device.
    """
    return list(_walk(str(context), "", rules, rules.no_hits))


def _walk(folder: str, prefix: str, rules: IgnoreRules, inherited: Hits) -> Iterator[ContextFile]:
    try:
        with os.scandir(folder) as scan:
            entries = sorted(scan, key=lambda entry: entry.name)
    except OSError as error:
        _unreadable(folder, error)
    for entry in entries:
        path = prefix + entry.name
        ignored, hits = rules.match(path, inherited) if inherited else (False, inherited)
        if entry.is_dir(follow_symlinks=False):
            if ignored and not rules.may_keep_below(path):
                continue
            below = _walk(entry.path, f"{path}/", rules, hits)
            itself = ContextFile(path, entry.path, Kind.FOLDER, executable=True)
            if not ignored:
                yield itself
                yield from below
            elif first := next(below, None):
                # An ignored folder is there only because of what a "!" rule keeps inside it.
                yield itself
                yield first
                yield from below
        elif not ignored and (found := _file(entry, path)):
            yield found


def _file(entry: os.DirEntry[str], path: str) -> ContextFile | None:
    if entry.is_symlink():
        return ContextFile(path, entry.path, Kind.LINK)
    try:
        mode = entry.stat(follow_symlinks=False).st_mode
    except OSError as error:
        _unreadable(entry.path, error)
    if stat.S_ISREG(mode):
        return ContextFile(path, entry.path, Kind.FILE, executable=bool(mode & stat.S_IXUSR))
    if stat.S_ISFIFO(mode):
        return ContextFile(path, entry.path, Kind.FIFO)
    if stat.S_ISSOCK(mode):
        return None
    raise UsageError(
        f"{entry.path} is a device and cannot be part of an image",
        hint=f"Add a line {path} to {dockerignore.FILE_NAME}, or choose another build.context.",
        code="image.context",
    )


def read_chunks(path: str) -> Iterator[bytes]:
    """The content of a regular file, in large pieces.

    Raises:
        UsageError: It cannot be read, or is none (any more).
    """
    try:
        # Not to wait for a writer, where a pipe has taken the file's place.
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            if not stat.S_ISREG(os.fstat(file).st_mode):
                raise OSError(errno.EINVAL, "it is no file")
            while chunk := os.read(file, CHUNK):
                yield chunk
        finally:
            os.close(file)
    except OSError as error:
        _unreadable(path, error)


def read_small(path: Path) -> bytes:
    """The content of a file that is to be understood, such as a Dockerfile.

    Raises:
        UsageError: It cannot be read, is none, or too large for that.
    """
    parts, size = [], 0
    for chunk in read_chunks(str(path)):
        parts.append(chunk)
        size += len(chunk)
        if size > MOST_BYTES:
            raise UsageError(f"{path} is larger than {MOST_BYTES >> 20} MiB", code="image.context")
    return b"".join(parts)


def status_of(path: str) -> os.stat_result:
    """What the system says of a path; links are not followed.

    Raises:
        UsageError: It is not there, or out of reach.
    """
    try:
        return os.lstat(path)
    except OSError as error:
        _unreadable(path, error)


def link_target(path: str) -> str:
    """Where a symbolic link points, as it is written in the link."""
    try:
        return os.readlink(path)  # noqa: PTH115 - a Path would rewrite the target
    except OSError as error:
        _unreadable(path, error)


def _unreadable(path: str, error: OSError) -> NoReturn:
    raise UsageError(
        f"{path} in the build context cannot be read: {error.strerror or error}",
        hint=f"Make it readable, or leave it out with a line in {dockerignore.FILE_NAME}.",
        code="image.context",
    ) from None
