"""Starts runs of the program, each in a process of its own, without paying each time for its imports.

    python -m tests.faults.launcher LEDGER [warm]

Everything is imported and AWS's clients are made; then each line on standard input, a `Job` as JSON, forks a
child that is the command line. A line of JSON on standard output tells each child's pid, later its exit
status. Ends when its standard input does. What children send is checked, and noted in the file LEDGER first.
"""

from __future__ import annotations

import functools
import json
import os
import random
import select
import signal
import sys
import tempfile
import traceback
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

from tests.support.serial import AtOnce, Clock, one_by_one

SERVICES = (
    "sts", "ec2", "ecs", "ecr", "iam", "logs", "resourcegroupstaggingapi", "ssm", "application-autoscaling",
    "cloudwatch", "elbv2", "acm", "route53",
)  # fmt: skip


@dataclass(frozen=True)
class Job:
    """One run.

    Attributes:
        number: Of the run.
        arguments: Of the command line.
        folder: Where it runs; ``out`` and ``err`` in it get what it writes.
        workers: How many calls at once; 1 makes everything serial, looking too.
        read_timeout: Seconds to wait for an answer of AWS; None for the program's own.
    """

    number: int
    arguments: list[str]
    folder: str
    workers: int = 1
    read_timeout: float | None = None
    environ: dict[str, str] = field(default_factory=dict)

    def line(self) -> str:
        return json.dumps(asdict(self)) + "\n"


def _prepare(ledger: str, warm: bool) -> Any:
    """Import all that a run needs; an `Aws` whose clients the runs share."""
    from tests.support import requests

    requests.install()

    import tests.support.apps  # noqa: F401
    from fargatectl.aws.session import Aws, Connection
    from fargatectl.resources.registry import load_kinds

    load_kinds()
    aws = Aws(Connection())
    for service in SERVICES:
        aws._client(service)
    if warm:
        _warm_up(aws)
    requests.LEDGER.log = os.open(ledger, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    return aws


def _warm_up(aws: Any) -> None:
    """Deploy and remove once: what botocore works out at its first use is half of each run's time."""
    import pytest

    from fargatectl import run
    from fargatectl.engine import graph
    from tests.support.apps import Builder, Deployer
    from tests.support.watched import WatchedAws

    graph.kind_dependencies = functools.cache(graph.kind_dependencies)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "_builder", lambda: lambda: Builder(aws))
        deployer = Deployer(Path(folder), WatchedAws(aws), Builder(aws))
        deployer.up()
        deployer.down()
    for client in aws._clients.values():
        client._endpoint.http_session.close()  # no two runs may share a connection


def _share(aws: Any, read_timeout: float | None) -> None:
    """Let the run's own `Aws` use the clients of `aws`, or make others that wait less long."""
    from fargatectl.aws import connections
    from fargatectl.aws.session import Aws
    from fargatectl.engine.events import ignore

    init = Aws.__init__

    def shared(self: Any, connection: Any, emit: Any = ignore, *more: Any) -> None:
        init(self, connection, emit, *more)
        self._session = aws._session
        if read_timeout is None:
            self._clients, aws._emit = aws._clients, emit  # their calls are told to `emit`

    Aws.__init__ = shared  # type: ignore[method-assign]
    if read_timeout is not None:
        connections.READ_TIMEOUT = read_timeout  # type: ignore[assignment, misc]


def _inject(aws: Any, job: Job) -> None:
    """Time that waiting does not take, one worker where order matters, and no Docker Engine."""
    import botocore.endpoint

    from fargatectl import guard, operations, run
    from fargatectl.engine import observe
    from fargatectl.engine.converge import Converger
    from fargatectl.rollout import follow
    from tests.support.apps import Builder

    _share(aws, job.read_timeout)
    clock = Clock()
    passing: Any = SimpleNamespace(sleep=clock.pause)
    botocore.endpoint.time = passing
    seconds: Any = SimpleNamespace(monotonic=clock, sleep=clock.pause)
    operations.time = run.time = guard.time = seconds
    converger: Any = functools.partial(Converger, workers=job.workers, pause=clock.pause)
    operations.Converger = converger  # type: ignore[misc]
    if job.workers == 1:  # the n-th request is then the same in every run
        observe.gather = follow.gather = one_by_one
        guard.Thread = AtOnce  # type: ignore[misc, assignment]
    run._builder = lambda: lambda: Builder(aws)


def _child(aws: Any, job: Job) -> NoReturn:
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    folder = Path(job.folder)
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    for number, path, how in (
        (0, Path(os.devnull), os.O_RDONLY),
        (1, folder / "out", flags),
        (2, folder / "err", flags),
    ):
        opened = os.open(path, how, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    code = 70
    try:
        os.chdir(folder)
        os.environ.update(job.environ)
        random.seed()
        _inject(aws, job)
        from fargatectl.cli.main import run

        code = run(job.arguments)
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def _tell(**what: Any) -> None:
    os.write(1, (json.dumps(what) + "\n").encode())


def _lines(wakeup: int) -> Any:
    """The lines of standard input; None whenever a child may have ended."""
    rest = b""
    while True:
        ready = select.select([0, wakeup], [], [])[0]
        if wakeup in ready:
            os.read(wakeup, 4096)
            yield None
        if 0 in ready:
            came = os.read(0, 65536)
            if not came:
                return
            *lines, rest = (rest + came).split(b"\n")
            yield from lines


def main() -> None:
    """Serve until standard input ends."""
    import gc

    aws = _prepare(sys.argv[1], warm="warm" in sys.argv[2:])
    gc.collect()
    gc.freeze()  # the children's collectors need not touch, and so copy, what all of them share
    reads, writes = os.pipe()
    os.set_blocking(writes, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(writes)
    running: dict[int, int] = {}
    _tell(ready=True)
    for line in _lines(reads):
        if line is not None:
            job = Job(**json.loads(line))
            pid = os.fork()
            if not pid:
                _child(aws, job)
            running[pid] = job.number
            _tell(number=job.number, pid=pid)
        while running and (ended := os.waitpid(-1, os.WNOHANG))[0]:
            _tell(number=running.pop(ended[0]), status=os.waitstatus_to_exitcode(ended[1]))


if __name__ == "__main__":
    main()
