"""Text for people: columns, durations, sizes, marks."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from fargatectl.text import clean

ADDED, CHANGED, REMOVED, FAILED, READY, UNDERWAY = "+", "~", "-", "x", "✓", "·"

QUOTE = "  | "  # before a line of a log or of a build's output

_MARKS = {
    "create": ADDED,
    "update": CHANGED,
    "replace": CHANGED,
    "delete": REMOVED,
    "settle": READY,
}

_ASCII = str.maketrans({"✓": "*", "·": ".", "…": "...", "━": "=", "─": "-"})

_SIZES = ("B", "kB", "MB", "GB", "TB")


def mark(action: str) -> str:
    """The sign of an action that ended well; a neutral dot for one that is not known."""
    return _MARKS.get(action, UNDERWAY)


def clean_lines(text: object) -> list[str]:
    """Each line cleaned, without trailing space and without empty lines at the end; at least one line."""
    lines = [clean(line).rstrip() for line in re.split(r"\r\n|[\n\r]", str(text))]
    while len(lines) > 1 and not lines[-1]:
        lines.pop()
    return lines


def encodable(text: str, encoding: str | None) -> str:
    """The text as a stream of that encoding can carry it: ASCII in place of our marks, ``?`` for the rest."""
    encoding = encoding or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(_ASCII).encode(encoding, "replace").decode(encoding)
    return text


def width(text: str) -> int:
    """Terminal cells that the text takes: wide East Asian characters and emoji 2, combining ones 0."""
    if text.isascii():
        return len(text)
    return sum(_cells(char) for char in text)


def pad(text: str, cells: int) -> str:
    """The text with spaces up to a width in cells; longer text stays as it is."""
    return text + " " * (cells - width(text))


def shorten(text: str, cells: int) -> str:
    """The text cut to a width in cells, with an ellipsis where something is left out."""
    if width(text) <= cells:
        return text
    kept, used = [], 1  # 1 for the ellipsis
    for char in text:
        used += _cells(char)
        if used > cells:
            break
        kept.append(char)
    return "".join(kept) + "…" if cells > 0 else ""


def columns(rows: Iterable[Sequence[str]], *, indent: str = "", gap: str = "  ") -> list[str]:
    """One line per row with the cells of each column aligned; nothing trails.

    A column that is empty in every row takes no room.
    """
    table = [list(row) for row in rows]
    count = max((len(row) for row in table), default=0)
    for row in table:
        row.extend([""] * (count - len(row)))
    widths = [max(width(row[index]) for row in table) for index in range(count)]
    shown = [index for index in range(count) if widths[index]]
    return [(indent + gap.join(pad(row[index], widths[index]) for index in shown)).rstrip() for row in table]


def duration(seconds: float) -> str:
    """Such as ``0.9 s``, ``41 s``, ``1 min 5 s``, ``2 h 3 min``."""
    seconds = max(0.0, seconds)
    if round(seconds, 1) < 10:
        return f"{seconds:.1f} s"
    return elapsed(round(seconds))


def elapsed(seconds: float) -> str:
    """Whole seconds that have passed, such as ``3 s``, ``1 min 5 s``: for a counter that ticks."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def size(amount: float) -> str:
    """Bytes in decimal units as registries count them: ``12 MB``, ``1.2 GB``, ``512 B``."""
    value, power = float(max(0, amount)), 0
    while round(value) >= 1000 and power < len(_SIZES) - 1:
        value, power = value / 1000, power + 1
    number = f"{value:.1f}" if power and round(value, 1) < 10 else f"{round(value)}"
    return f"{number} {_SIZES[power]}"


def amount(done: int | None, total: int | None, unit: str) -> str:
    """How far something is: ``12 MB of 40 MB``, ``3 of 7 steps``; empty where nothing is known."""
    if done is None:
        return ""
    if unit == "bytes":
        return f"{size(done)} of {size(total)}" if total else size(done)
    return (f"{done} of {total} {unit}" if total else f"{done} {unit}").rstrip()


def _cells(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
