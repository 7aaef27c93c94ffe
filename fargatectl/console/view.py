"""Which view a run gets."""

from __future__ import annotations

import os
import sys
from types import TracebackType
from typing import Protocol, Self, TextIO

from fargatectl.console.plain import PlainView
from fargatectl.engine.events import Event


class View(Protocol):
    """Shows events; each may come from another thread. Leaving its ``with`` block restores the terminal."""

    def __call__(self, event: Event) -> None:
        """Show one event."""

    def close(self) -> None:
        """Stop showing; may be called again."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def make_view(*, output: str, verbose: bool, color: bool | None, stream: TextIO | None = None) -> View:
    """The view that fits: live on a terminal, plain lines elsewhere, on standard error beside JSON.

    Args:
        output: ``text`` or ``json``.
        verbose: Whether AWS API calls show.
        color: True, False, or None for what the terminal and NO_COLOR (https://no-color.org) say.
        stream: In place of standard output (text) or standard error (json).

    Raises:
        ValueError: Another output.
    """
    if output == "json":
        return PlainView(stream or sys.stderr, verbose=verbose)
    if output != "text":
        raise ValueError(f"output is text or json, not {output!r}")
    target = stream or sys.stdout
    # TERM=dumb (an editor's shell) is a terminal that cannot move its cursor.
    if not target.isatty() or os.environ.get("TERM", "") in ("dumb", "unknown"):
        return PlainView(target, verbose=verbose)
    from fargatectl.console.live import LiveView

    return LiveView(target, verbose=verbose, color=color)
