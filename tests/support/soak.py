"""FARGATECTL_SOAK=1: the long run, with what the ordinary one only samples; `all`: even what repeats it."""

from __future__ import annotations

import os
from typing import TypeVar

T = TypeVar("T")

SOAK = bool(os.environ.get("FARGATECTL_SOAK"))
EVERYTHING = os.environ.get("FARGATECTL_SOAK") == "all"
TIMES = 20 if SOAK else 1
"""How many times as many examples are generated."""


def sample(*values: T, soak: tuple[T, ...]) -> list[T]:
    """The values to try: the first few always, the others in the long run."""
    return [*values, *(soak if SOAK else ())]
