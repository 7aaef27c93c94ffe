"""The figures of a run against their goals: as Markdown for people, as JSON with every single value."""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.contest import Run, Spread


@dataclass(frozen=True)
class Figure:
    """One line of the table.

    Attributes:
        row: The row it belongs to, as `--only` names it.
        what: What was measured.
        values: Every single one, in the order in which they were taken.
        goal: The most it may be; None where there is no goal.
        unit: Written behind the figures, such as `` s``.
        note: What else there is to know.
        worst: Whether the largest counts, and not the median.
    """

    row: str
    what: str
    values: tuple[float, ...]
    goal: float | None = None
    unit: str = ""
    note: str = ""
    worst: bool = False

    @property
    def measured(self) -> float:
        """What is held against the goal."""
        return max(self.values) if self.worst else Spread(self.values).median

    @property
    def verdict(self) -> str:
        """``ok``, ``missed`` or nothing."""
        if self.goal is None:
            return ""
        return "ok" if self.measured <= self.goal else "missed"


@dataclass
class Report:
    """All figures of a run, and the raw runs they were made of."""

    figures: list[Figure] = field(default_factory=list)
    raw: dict[str, dict[str, list[dict[str, Any]]]] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    about: dict[str, Any] = field(default_factory=dict)

    def add(self, row: str, figures: Sequence[Figure], runs: Mapping[str, Sequence[Run]]) -> None:
        """Take in what a row has measured."""
        self.figures += figures
        self.raw[row] = {name: [_short(run) for run in of] for name, of in runs.items()}

    def markdown(self) -> str:
        """The table."""
        lines = [
            "| row | what | goal | measured | min-max | |",
            "| --- | --- | --- | --- | --- | --- |",
        ]
        for one in self.figures:
            goal = "" if one.goal is None else f"<= {_number(one.goal)}{one.unit}"
            low, high = (_number(edge(one.values)) for edge in (min, max))
            note = f" ({one.note})" if one.note else ""
            lines.append(
                f"| {one.row} | {one.what}{note} | {goal} | {_number(one.measured)}{one.unit} | "
                f"{low}-{high} | {one.verdict} |"
            )
        lines += [f"| {row} | not measured: {why} | | | | |" for row, why in self.skipped.items()]
        return "\n".join(lines)

    def save(self, folder: Path) -> Path:
        """Write everything as JSON; the file."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{time.strftime('%Y%m%d-%H%M%S')}.json"
        document = {
            "about": {
                "cpus": os.cpu_count(), "python": platform.python_version(), "machine": platform.machine(),
                "load": os.getloadavg(), **self.about,
            },
            "figures": [
                {**asdict(one), "measured": one.measured, "verdict": one.verdict} for one in self.figures
            ],
            "skipped": self.skipped,
            "runs": self.raw,
        }  # fmt: skip
        path.write_text(json.dumps(document, indent=1))
        return path


def _number(value: float) -> str:
    if value >= 100 or value == int(value):
        return f"{value:.0f}"
    return f"{value:.2f}"


def _short(run: Run) -> dict[str, Any]:
    document = asdict(run)
    document["calls"] = [
        [one.name, round(one.start, 4), round(one.end, 4), one.status] for one in run.calls[:400]
    ]
    return document
