"""One event loop in a thread of its own, for what load balancers do between requests to the API.

MiniStack's own loop serves the API: what is slow there must not slow down the traffic, nor the reverse.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")


@cache
def loop() -> asyncio.AbstractEventLoop:
    """The loop, running."""
    made = asyncio.new_event_loop()
    threading.Thread(target=made.run_forever, daemon=True, name="fargatectl-elb").start()
    return made


def submit(work: Coroutine[Any, Any, T]) -> Future[T]:
    """Begin `work`."""
    return asyncio.run_coroutine_threadsafe(work, loop())


def later(seconds: float, what: Callable[[], None]) -> None:
    """Call `what`, which must not block, in `seconds`."""
    loop().call_soon_threadsafe(lambda: loop().call_later(seconds, what))
