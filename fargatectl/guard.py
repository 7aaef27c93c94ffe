"""Runs a command under the app's lock: what it sees of AWS is never older than the lock.

The look's clients are made while the lock is asked for, which takes about as long; its questions wait until
that has been answered.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from threading import Event, Thread, get_ident
from types import TracebackType
from typing import Self, TypeVar

from fargatectl.aws.holder import this_run
from fargatectl.aws.lock import Lock
from fargatectl.engine.interrupts import TURN, join
from fargatectl.errors import FargatectlError
from fargatectl.run import Run

T = TypeVar("T")

_CLIENT = 1.0  # seconds at most until the lock's question is sent


class Guard:
    """Holds the lock while the block runs; releases it however the block ends.

    Args:
        run: What is locked, and who is told.
        command: Such as ``up``.
        deadline: On the monotonic clock; waiting for another run counts.
        at_any_rate: Take the lock from whoever holds it (``--break-lock``).
        eager: Ask for the lock while AWS is looked at for the first time, not only once there is something
            to do: a round trip less where there is, two calls more where there is not.
    """

    def __init__(
        self, run: Run, command: str, deadline: float, *, at_any_rate: bool = False, eager: bool = False
    ) -> None:
        self._deadline, self._at_any_rate, self._eager = deadline, at_any_rate, eager
        self._over = Event()
        self._run = run
        self._lock = Lock(
            run.aws,
            run.scope,
            this_run(command, os.environ),
            clock=time.monotonic,
            pause=self._over.wait,
            emit=run.emit,
            lost=run.control.stop,
        )
        self._taker = Thread(target=self._take, name="lock", daemon=True)
        self._error: BaseException | None = None
        self._asked = False
        self._taken = False
        self._sent, self._answered = Event(), Event()
        self._asker: int | None = None
        self._releaser: Thread | None = None
        self._release_error: FargatectlError | None = None

    def __enter__(self) -> Self:
        if self._eager:
            self._ask()
        return self

    def look(self, look: Callable[[], T], leads_to_work: Callable[[T], bool]) -> T:
        """What `look` returns, as it is while we hold the lock, unless it leads to no work.

        Raises:
            FargatectlError: The lock cannot be had, or what `look` raises.
        """
        if not self._eager:
            found = look()
            if not leads_to_work(found):
                return found
            self._ask()
        self._sent.wait(_CLIENT)  # making the look's clients would hold it up
        try:
            found = look()
        except FargatectlError:
            if self._error is not None:
                raise self._error from None
            raise
        finally:
            self._run.aws.sending = lambda: None
        join(self._taker)
        if self._error is not None:  # and the look had nothing to ask
            raise self._error
        return found

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        if self._releaser is None:
            if self._run.control.left_calls:
                return  # nobody may begin while these go on; the lock ends with this process
            if self._asked:
                join(self._taker)
            if self._taken:
                self._release()
        else:
            join(self._releaser)
        if self._release_error is not None and error is None:  # else there is something worse to tell
            raise self._release_error

    def let_go(self) -> None:
        """Nothing more is changed: release the lock in the background; the end of the block waits for it."""
        if self._taken:
            self._releaser = Thread(target=self._release, name="lock", daemon=True)
            self._releaser.start()

    def _release(self) -> None:
        try:
            self._lock.release()
        except FargatectlError as error:
            self._release_error = error

    def _ask(self) -> None:
        self._asked = True
        self._run.aws.sending = self._wait
        self._taker.start()

    def _take(self) -> None:
        self._asker = get_ident()
        try:
            self._lock.take(self._deadline, at_any_rate=self._at_any_rate)
            self._taken = True
        except BaseException as error:  # raised where it is waited for
            self._error = error
            return
        finally:
            self._asker = None
            self._sent.set()
            self._answered.set()
        self._lock.keep()

    def _wait(self) -> None:
        """Before any call is sent: only the lock's own are, until it is ours."""
        if get_ident() == self._asker:
            self._sent.set()
            return
        while not self._answered.wait(TURN):
            pass
        if self._error is not None:
            raise self._error
