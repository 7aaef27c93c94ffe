"""An `Aws` that remembers its calls, checks their parameters and can die at any of them."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from fargatectl.aws.session import Aws, Connection
from fargatectl.engine.events import ApiCall

from .patterns import check
from .requests import READS

ACCOUNT, REGION = "123456789012", "us-east-1"


class Killed(BaseException):
    """The process died here."""


@dataclass(frozen=True)
class Call:
    """One call as the program made it."""

    service: str
    operation: str
    parameters: dict[str, Any] = field(default_factory=dict)

    @property
    def writes(self) -> bool:
        return not self.operation.startswith(READS)

    @property
    def locks(self) -> bool:
        """Whether it is about the run's own lock, which is no part of an app."""
        name = self.parameters.get("Name") or self.parameters.get("ResourceId") or ""
        return self.service == "ssm" and str(name).endswith("/lock")


class WatchedAws(Aws):
    """AWS for one run of the program.

    Args:
        shared: Whose clients to use: making them is the slowest part of a test.
    """

    def __init__(self, shared: Aws | None = None) -> None:
        super().__init__(Connection(region=REGION, access_key=ACCOUNT, secret_key="test"))
        self.calls: list[Call] = []
        self.rigged: dict[tuple[str, str], Callable[[Call, Callable[[], Any]], Any]] = {}
        self.locks_rigged = False  # whether a rig on SSM means the run's own lock too
        self._dead = threading.Event()
        if shared is not None:
            self._clients, self._session = shared._clients, shared._session
            self._connection = shared._connection

    def call(self, service: str, operation: str, /, **parameters: Any) -> dict[str, Any]:
        one = self._begin(service, operation, parameters)
        real = lambda: super(WatchedAws, self).call(service, operation, **parameters)  # noqa: E731
        rig = None if one.locks and not self.locks_rigged else self.rigged.get((service, operation))
        answer = rig(one, real) if rig is not None else real()
        if self._dead.is_set():
            raise Killed
        return answer

    def items(self, service: str, operation: str, key: str, /, **parameters: Any) -> Iterator[Any]:
        one = self._begin(service, operation, parameters)
        rig = self.rigged.get((service, operation))
        real = lambda: super(WatchedAws, self).items(service, operation, key, **parameters)  # noqa: E731
        yield from rig(one, real) if rig is not None else real()

    def rig(self, service: str, operation: str, how: Callable[[Call, Callable[[], Any]], Any]) -> None:
        """Let `how` answer a call; its second argument makes the real one."""
        self.rigged[service, operation] = how

    def die_after(self, service: str, operation: str) -> None:
        """AWS does what this call asks for, and nobody ever hears of it, nor makes another call."""

        def how(_: Call, real: Callable[[], Any]) -> Any:
            real()
            self._dead.set()
            raise Killed

        self.rig(service, operation, how)

    @property
    def writes(self) -> list[str]:
        """The operations that change something of an app's, in the order in which they were called."""
        return [one.operation for one in self.calls if one.writes and not one.locks]

    def of(self, operation: str) -> list[dict[str, Any]]:
        """The parameters of each call of an operation."""
        return [one.parameters for one in self.calls if one.operation == operation]

    def counts(self) -> Counter[str]:
        return Counter(one.operation for one in self.calls)

    def _begin(self, service: str, operation: str, parameters: dict[str, Any]) -> Call:
        if self._dead.is_set():
            raise Killed
        one = Call(service, operation, parameters)
        check(operation, parameters)
        self.calls.append(one)
        return one


def answered(events: list[object]) -> Counter[str]:
    """The API calls among events, by operation: pages and retries count, as AWS counts them."""
    return Counter(event.operation for event in events if isinstance(event, ApiCall))
