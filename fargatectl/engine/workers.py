"""Threads that run one call each and put the outcome on a queue."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Any


class Workers:
    """A fixed number of threads, started as needed.

    They are daemons: a second Ctrl-C must end the process although a call still hangs, which
    `concurrent.futures` would wait for.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._threads = 0
        self._busy = 0
        self._todo: queue.SimpleQueue[tuple[Any, Callable[[], Any]] | None] = queue.SimpleQueue()
        self.outcomes: queue.SimpleQueue[tuple[Any, Any, BaseException | None]] = queue.SimpleQueue()
        self._lock = threading.Lock()

    def submit(self, token: Any, call: Callable[[], Any]) -> None:
        """Run `call`; (token, result, error) comes out of `outcomes`."""
        with self._lock:
            self._busy += 1
            if self._threads < min(self._busy, self._size):
                self._threads += 1
                threading.Thread(target=self._run, name=f"converge-{self._threads}", daemon=True).start()
        self._todo.put((token, call))

    def drop(self) -> list[Any]:
        """Forget the calls that no thread has begun; their tokens."""
        dropped: list[Any] = []
        while True:
            try:
                job = self._todo.get_nowait()
            except queue.Empty:
                break
            if job is not None:
                dropped.append(job[0])
        with self._lock:
            self._busy -= len(dropped)
        return dropped

    def close(self) -> None:
        """Let the threads end once they are idle; calls that none has begun are not made."""
        self.drop()
        for _ in range(self._threads):
            self._todo.put(None)

    def _run(self) -> None:
        while (job := self._todo.get()) is not None:
            token, call = job
            try:
                outcome: tuple[Any, Any, BaseException | None] = (token, call(), None)
            except BaseException as error:  # the main thread decides what it means
                outcome = (token, None, error)
            with self._lock:
                self._busy -= 1
            self.outcomes.put(outcome)
