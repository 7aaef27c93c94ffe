"""What has to be undone at the terminal before the process ends, whatever it was interrupted in."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

owed: list[Callable[[], None]] = []
"""Undone by whoever ends the process, where those who owe it could not."""


def restore() -> None:
    """Undo it; a terminal that is gone needs nothing."""
    while owed:
        with suppress(OSError, ValueError):
            owed.pop()()
