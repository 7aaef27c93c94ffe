"""Ctrl-C at a moment of our choosing: an exception out of nowhere could lose a call that was just begun."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_handlers: list[Callable[[], None]] = []


def interrupt() -> None:
    """What Ctrl-C does at this moment, for signals that mean the same; in the main thread."""
    if not _handlers:
        raise KeyboardInterrupt
    _handlers[-1]()


@contextmanager
def interrupts(ask_to_stop: Callable[[], None]) -> Iterator[None]:
    """While the block runs, the first SIGINT calls `ask_to_stop`; the second raises KeyboardInterrupt.

    The third and all others are not heard, to the end of the process: it is ending, and the terminal must
    be left as it was. Outside the main thread, where Python handles no signals, nothing is changed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    asked = ending = False

    def handle() -> None:
        nonlocal asked, ending
        if asked:
            ending = True
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            raise KeyboardInterrupt
        asked = True
        ask_to_stop()

    def on_signal(_signal: int, _frame: FrameType | None) -> None:
        handle()

    before = signal.getsignal(signal.SIGINT)
    if before is not signal.SIG_IGN:  # as a shell leaves it for a job in the background
        signal.signal(signal.SIGINT, on_signal)
    _handlers.append(handle)
    try:
        yield
    finally:
        _handlers.remove(handle)
        if not ending:
            signal.signal(signal.SIGINT, before)
