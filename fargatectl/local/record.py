"""Which process is the local AWS: a record on disk, and a lock for whoever changes it."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, fields

from fargatectl.dataclass import dataclass
from fargatectl.local import paths


@dataclass(frozen=True)
class Record:
    """What is written when the local AWS is started.

    Attributes:
        pid: Its process, which leads a session of its own.
        start_mark: When that process started, as the system counts it: a pid alone may be reused.
        port: Where it serves, on 127.0.0.1.
        token: What it echoes at its identity address.
        instance: The label ``ministack.instance`` of its containers, without the port.
        docker_host: DOCKER_HOST as it was then, empty for the default.
        build: The hash of the requirements and patches it runs with.
        version: MiniStack's version.
        since: When it was started, ISO 8601 with the offset.
    """

    pid: int
    start_mark: str
    port: int
    token: str
    instance: str
    docker_host: str
    build: str
    version: str
    since: str


def read() -> Record | None:
    """The record, or None where there is none or it is not whole."""
    try:
        data = json.loads(paths.record_file().read_text())
        record = Record(**{field.name: data[field.name] for field in fields(Record)})
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return record if isinstance(record.pid, int) and isinstance(record.port, int) else None


def write(record: Record) -> None:
    """Write it whole or not at all."""
    target = paths.record_file()
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(".new")
    draft.write_text(json.dumps(asdict(record)))
    draft.replace(target)


def remove() -> None:
    """Forget it."""
    paths.record_file().unlink(missing_ok=True)


@contextlib.contextmanager
def locked(say: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock; the system releases it when the process ends, however it ends."""
    target = paths.lock_file()
    target.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(target, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another fargatectl that starts or stops the local AWS")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
