"""A program and its AWS, with a clock that waiting moves: runs, and what they leave behind."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fargatectl import operations
from fargatectl.errors import FargatectlError
from tests.support.apps import Deployer
from tests.support.dump import dump, shape
from tests.support.watched import Killed, WatchedAws

from .wire import Fault, Request, Wire

START = """\
app: shop
services:
  web:
    build: .
    port: 8080
    env: {GREETING: hello}
  api:
    build: .
    port: 8081
"""
CHANGED = """\
app: shop
services:
  web:
    build: .
    port: 8080
    count: 2
    env: {GREETING: good evening}
  backend:
    build: .
    port: 8081
  jobs:
    build: {context: ., args: {PART: jobs}}
"""
LIMIT = 900.0  # seconds, as `up --timeout` has it


class Clock:
    """Monotonic seconds; a pause takes none of the real ones."""

    def __init__(self) -> None:
        self.skipped = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.skipped

    def pause(self, seconds: float) -> None:
        self.skipped += seconds


@dataclass
class Ended:
    """How a run ended: `error` is None, an error of ours, or Killed."""

    error: BaseException | None
    requests: list[Request] = field(default_factory=list)
    changes: list[Any] = field(default_factory=list)

    @property
    def code(self) -> int:
        """The exit code; 137 for a killed one."""
        if isinstance(self.error, Killed):
            return 137
        return int(self.error.ends_with) if isinstance(self.error, FargatectlError) else 0

    @property
    def writes(self) -> list[str]:
        return [one.operation for one in self.requests if one.writes]


@dataclass
class World:
    """One AWS and one app.

    Attributes:
        counts: Of the session.
    """

    deployer: Deployer
    wire: Wire
    clock: Clock
    aws: WatchedAws
    counts: Counter[str]

    def up(self, text: str, fault: Fault | None = None, **wire: Any) -> Ended:
        def go(aws: WatchedAws) -> list[Any]:
            loaded = self.deployer.load(text)
            run, app = self.deployer.run(loaded, aws), self.deployer.app(loaded)
            document = operations.up(run, app, operations.plan(run, app), deadline=self.clock() + LIMIT)
            return list(document["changes"])

        return self._run(go, fault, **wire)

    def down(self, fault: Fault | None = None, **wire: Any) -> Ended:
        def go(aws: WatchedAws) -> list[Any]:
            run = self.deployer.run(self.deployer.load(START), aws)
            return list(
                operations.down(run, operations.removal(run), deadline=self.clock() + LIMIT)["deleted"]
            )

        return self._run(go, fault, **wire)

    def everything(self) -> str:
        """All that is in the account, exactly."""
        self.wire.begin(None)
        return dump(self.aws)

    def shape(self) -> str:
        """All that is in the account but what differs each time: ids, times, revisions."""
        return shape(self.everything())

    def _run(self, go: Callable[[WatchedAws], list[Any]], fault: Fault | None, **wire: Any) -> Ended:
        self.counts["runs"] += 1
        self.wire.begin(fault, **wire)
        error: BaseException | None = None
        changes: list[Any] = []
        try:
            changes = go(self.deployer.aws())
        except (FargatectlError, Killed) as raised:
            error = raised
        for thread in threading.enumerate():
            if thread.name.startswith(("converge-", "look")):
                thread.join(10)
                assert not thread.is_alive(), "a run's thread outlives it"
        return Ended(error, self.wire.requests, changes)
