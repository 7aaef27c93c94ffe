"""What other threads may tell a run, and what they may know of it."""

from __future__ import annotations

from collections.abc import Callable

from fargatectl.errors import FargatectlError


class Control:
    """Of one run.

    Attributes:
        error: Why it is to stop; None: it may go on.
        left_calls: Whether it ended while calls were under way, which may still change something.
    """

    def __init__(self) -> None:
        self.error: FargatectlError | None = None
        self.left_calls = False
        self._wake: Callable[[], None] = lambda: None

    def stop(self, error: FargatectlError) -> None:
        """Let nothing new begin, as after one Ctrl-C; the run then ends with `error`."""
        self.error = error
        self._wake()

    def on_stop(self, wake: Callable[[], None]) -> None:
        """Whom `stop` calls, at once where the run is to stop already."""
        self._wake = wake
        if self.error is not None:
            wake()
