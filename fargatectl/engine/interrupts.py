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
_ending_since: float | None = None  # the second press, on the monotonic clock


def interrupt() -> None:
    """What Ctrl-C does at this moment, for signals that mean the same; in the main thread."""
    if _handlers:
        _handlers[-1]()
    elif _ending_since is None or time.monotonic() - _ending_since > PATIENCE:
        raise KeyboardInterrupt


@contextmanager
def interrupts(ask_to_stop: Callable[[], None], stop_at_once: Callable[[], None]) -> Iterator[None]:
    """While the block runs, the first SIGINT calls `ask_to_stop`, the second `stop_at_once`.

    Both only take note and wake who waits. Further ones are not heard, after the block neither: it is ending,
    and the terminal must be left as it was. Only where the second is longer ago than `PATIENCE` they raise
    KeyboardInterrupt, wherever that is: something hangs. Outside the main thread, where Python handles no
    signals, nothing is changed.
    """
    global _ending_since
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    _ending_since = None
    asked = False

    def handle() -> None:
        global _ending_since
        nonlocal asked
        if not asked:
            asked = True
            ask_to_stop()
        elif _ending_since is None:
            _ending_since = time.monotonic()
            stop_at_once()
        elif time.monotonic() - _ending_since > PATIENCE:
            raise KeyboardInterrupt

    before = signal.getsignal(signal.SIGINT)
    if before is not signal.SIG_IGN:  # as a shell leaves it for a job in the background
        signal.signal(signal.SIGINT, _on_signal)
    _handlers.append(handle)
    try:
        yield
    finally:
        _handlers.remove(handle)
        if _ending_since is None:
            signal.signal(signal.SIGINT, before)


def _on_signal(_signal: int, _frame: FrameType | None) -> None:
    interrupt()


def join(thread: threading.Thread) -> None:
    """Wait for the end of a thread, and hear Ctrl-C meanwhile."""
    while thread.is_alive():
        thread.join(TURN)
