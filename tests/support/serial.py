"""Runs whose n-th request is the same each time: one call after another, waiting that takes no time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import Any


class Clock:
    """Monotonic seconds; a pause takes none of the real ones."""

    def __init__(self) -> None:
        self.skipped = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.skipped

    def pause(self, seconds: float) -> None:
        self.skipped += seconds


class AtOnce(threading.Thread):
    """A thread that has ended once it is started."""

    def start(self) -> None:
        target = threading.Thread(target=self.run)
        target.start()
        target.join()

    def join(self, timeout: float | None = None) -> None:
        pass


def one_by_one(asks: Iterable[Callable[[], Any]]) -> list[Any]:
    """In place of `fargatectl.engine.observe.gather`."""
    return [ask() for ask in asks]
