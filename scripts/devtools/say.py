"""One line at a time to standard error, each with the name of the part that speaks."""

from __future__ import annotations

import sys


def say(who: str, text: str) -> None:
    """Print ``who: text`` at once, in order with what child processes print."""
    print(f"{who}: {text}", file=sys.stderr, flush=True)


def warn(who: str, text: str) -> None:
    """Print something that must not be overlooked."""
    bar = "!" * 78
    print(f"{bar}\n{who}: {text}\n{bar}", file=sys.stderr, flush=True)
