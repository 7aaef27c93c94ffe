"""The rows of the table, one file each; `ROWS` is the order in which they are measured."""

from __future__ import annotations

from importlib import import_module

from benchmarks.bench import Measure

NAMES = (
    "cold", "unchanged", "redeploy", "status", "tls", "startup", "calls", "throttled", "large",
    "context", "image", "steady",
)  # fmt: skip


def measure_of(name: str) -> Measure:
    """What measures a row."""
    measure: Measure = import_module(f"benchmarks.rows.{name}").measure
    return measure
