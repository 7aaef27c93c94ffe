"""Ctrl-C at a moment of our choosing: an exception out of nowhere could lose a call that was just begun."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

TURN = 1.0
"""Seconds that the main thread waits for anything before it looks up.

Python hears a signal between two steps of the main thread: one that comes just before a wait begins, or that
the system hands to another thread is heard when that ends.
"""

PATIENCE = 2.0  # seconds; who presses again later than that after the second time was not heard

_handlers: list[Callable[[], None]] = []
_ending = False


def interrupt() -> None:
    """What Ctrl-C does at this moment, for signals that mean the same; in the main thread."""
    if _handlers:
        _handlers[-1]()
    elif not _ending:
        raise KeyboardInterrupt


@contextmanager
def interrupts(ask_to_stop: Callable[[], None], stop_at_once: Callable[[], None]) -> Iterator[None]:
    """While the block runs, the first SIGINT calls `ask_to_stop`, the second `stop_at_once`.

    Both only take note and wake who waits. The third and all others are not heard, to the end of the process:
    it is ending, and the terminal must be left as it was. Where nothing has come of the second for
    `PATIENCE`, the block is left with KeyboardInterrupt, wherever it is. Outside the main thread, where
    Python handles no signals, nothing is changed.
    """
    global _ending
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    _ending = False
    asked = False
    twice_at: float | None = None

    def handle() -> None:
        global _ending
        nonlocal asked, twice_at
        if not asked:
            asked = True
            ask_to_stop()
        elif twice_at is None:
            twice_at = time.monotonic()
            _ending = True
            stop_at_once()
        elif time.monotonic() - twice_at > PATIENCE:
            raise KeyboardInterrupt

    def on_signal(_signal: int, _frame: FrameType | None) -> None:
        handle()

    before = signal.getsignal(signal.SIGINT)
    if before is not signal.SIG_IGN:  # as a shell leaves it for a job in the background
        signal.signal(signal.SIGINT, on_signal)
    _handlers.append(handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN if _ending else before)
        _handlers.remove(handle)


def join(thread: threading.Thread) -> None:
    """Wait for the end of a thread, and hear Ctrl-C meanwhile."""
    while thread.is_alive():
        thread.join(TURN)
