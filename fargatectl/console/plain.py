"""Plain lines for a log: CI, a pipe, standard error beside JSON."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self, TextIO

from fargatectl.console.board import Board
from fargatectl.console.lines import Line, Remark, about, lasting
from fargatectl.console.pipe import QuietStream
from fargatectl.console.text import UNDERWAY, elapsed
from fargatectl.engine.events import Event, Progress, Started, Waiting

LIFE_SECONDS = 10.0  # a log that says nothing for longer looks stuck
LONG_ACTIONS = ("prepare", "settle")  # builds, pushes and rollouts: worth a line when they begin


class PlainView:
    """One line for each thing that matters, as it happens.

    Beginnings are quiet except for long actions, and so is the end of a preparation, since the change that it
    prepared tells the outcome; ticks show as ``still going`` at most every ten seconds for
    each action; a reason to wait shows once. Lines of several threads never mix.

    Args:
        stream: Where the lines go. When its reader has gone the view goes silent.
        verbose: Whether AWS API calls show.
        clock: Seconds, monotonic.
    """

    def __init__(self, stream: TextIO, *, verbose: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = QuietStream(stream)
        self._verbose = verbose
        self._clock = clock
        self._lock = threading.Lock()
        self._board = Board()
        self._told: set[tuple[str, str, str]] = set()

    def __call__(self, event: Event) -> None:
        with self._lock:
            line = self._line(event)
            if line is not None:
                self._write(str(line))

    def close(self) -> None:
        """Say what is not finished; may be called again."""
        with self._lock:
            now = self._clock()
            for work in self._board.clear():
                self._write(str(work.unfinished(now)))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _line(self, event: Event) -> Line | Remark | None:
        now = self._clock()
        work = self._board.apply(event, now)
        if work is None:
            return lasting(event, verbose=self._verbose)
        match event:
            case Started() if event.action in LONG_ACTIONS:
                return about(event, UNDERWAY, "started")
            case Waiting() if self._first(event):
                return about(event, UNDERWAY, work.text)
            case Progress(lasting=True) if work.text != work.logged:
                work.said, work.logged = now, work.text
                return about(event, UNDERWAY, work.text)
            case Progress() if now - work.said >= LIFE_SECONDS:
                work.said = now
                return about(event, UNDERWAY, f"still going, {elapsed(now - work.began)}: {work.news}")
        return None

    def _first(self, event: Waiting) -> bool:
        key = (event.kind, event.id, event.reason)
        new = key not in self._told
        self._told.add(key)
        return new

    def _write(self, text: str) -> None:
        self._stream.write(text + "\n")
        self._stream.flush()
