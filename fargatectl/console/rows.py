"""The rows of the live region: spinner, resource, seconds, bar and news, cut to the terminal's width."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from fargatectl.console.board import Work
from fargatectl.console.lines import LABEL_CELLS
from fargatectl.console.text import elapsed, encodable, pad, shorten, width

SPINNER, ASCII_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏", "|/-\\"
SPINS_PER_SECOND = 10
BAR_CELLS = ((110, 20), (76, 10))  # (from this width on, this long a bar)
LABELS_FROM = 56  # a narrower terminal has no room for the labels' column
SHORTEST_NAME = 8


def region(works: Sequence[Work], now: float, *, columns: int, rows: int, unicode: bool) -> Text:
    """One row for each action under way, at most as many as fit above the last two rows of the terminal.

    Args:
        works: Oldest first.
        now: Seconds on the clock of `Work.began`.
        columns, rows: The terminal's size.
        unicode: Whether the terminal takes more than ASCII.
    """
    room = max(1, rows - 2)
    shown = list(works if len(works) <= room else works[: max(1, room - 1)])
    names = max((width(work.name) for work in shown), default=0)
    names = max(SHORTEST_NAME, min(names, columns // 4))
    lines = [_row(work, now, columns, names, unicode) for work in shown]
    if len(works) > len(shown) and room > 1:
        more = f"     {len(works) - len(shown)} more under way"
        lines.append(Text(shorten(more, columns), style="dim"))
    text = Text("\n", no_wrap=True, overflow="crop").join(lines)
    text.no_wrap, text.overflow, text.end = True, "crop", ""
    return text


def _row(work: Work, now: float, columns: int, names: int, unicode: bool) -> Text:
    frames = SPINNER if unicode else ASCII_SPINNER
    parts = [("  ", ""), (frames[int(now * SPINS_PER_SECOND) % len(frames)], "cyan"), ("  ", "")]
    if columns >= LABELS_FROM:
        parts.append((pad(work.label, LABEL_CELLS) + "  ", ""))
    parts.append((pad(_cut(work.name, names), names) + "  ", ""))
    parts.append((f"{elapsed(now - work.began):>5}  ", "dim"))
    parts += _bar(work, columns, unicode)
    parts.append((work.news, ""))
    row, left = Text(), columns
    for text, style in parts:
        kept = text if width(text) <= left else shorten(text.rstrip(), left)
        row.append(kept if unicode else encodable(kept, "ascii"), style)
        left -= width(kept)
    row.rstrip()
    return row


def _cut(name: str, cells: int) -> str:
    """A name cut in its midst: those of one app all begin alike, and their ends tell them apart."""
    if width(name) <= cells:
        return name
    head = shorten(name, cells // 3 + 1)
    return head + shorten(name[::-1], cells - width(head) + 1).removesuffix("…")[::-1]


def _bar(work: Work, columns: int, unicode: bool) -> list[tuple[str, str]]:
    length = next((length for least, length in BAR_CELLS if columns >= least), 0)
    fraction = work.fraction
    if fraction is None or not length:
        return []
    done = int(fraction * length)
    full, empty = ("━", "─") if unicode else ("=", "-")
    return [(full * done, "green"), (empty * (length - done) + "  ", "dim")]
