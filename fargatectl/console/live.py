"""The live view of a terminal: finished lines stay above, what is under way moves below."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import IO, Self, TextIO, cast

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.text import Text

from fargatectl.console import restore
from fargatectl.console.board import Board
from fargatectl.console.lines import Line, Remark, about, lasting
from fargatectl.console.pipe import QuietStream
from fargatectl.console.rows import region
from fargatectl.console.text import ADDED, CHANGED, FAILED, READY, REMOVED, UNDERWAY
from fargatectl.engine.events import Event, Progress

TICKS_PER_SECOND = 8.0

_STYLES = {
    ADDED: "green",
    CHANGED: "yellow",
    REMOVED: "red",
    FAILED: "bold red",
    READY: "green",
    UNDERWAY: "dim",
}
_REMARK_STYLES = {"warning": "yellow", "call": "dim"}


class LiveView:
    """What is under way with its seconds, latest news and a bar; a line that stays for all that ended.

    The cursor is hidden from the first event on; `close`, or leaving the ``with`` block in any way, brings it
    back and removes what moves. Events may come from any thread.

    Args:
        stream: The terminal. When it has gone the view goes silent.
        verbose: Whether AWS API calls and lasting progress stay as lines.
        clock: Seconds, monotonic.
        color: True, False, or None for what the terminal and NO_COLOR say.
        ticks_per_second: How often what moves is drawn again; 0 leaves that to `refresh`.
        size: Columns and rows in place of the terminal's own.
    """

    def __init__(
        self,
        stream: TextIO,
        *,
        verbose: bool,
        clock: Callable[[], float] = time.monotonic,
        color: bool | None = None,
        ticks_per_second: float = TICKS_PER_SECOND,
        size: tuple[int, int] | None = None,
    ) -> None:
        out = QuietStream(stream)
        plain = color is False or (color is None and bool(os.environ.get("NO_COLOR")))
        self._console = Console(
            file=cast(IO[str], out),
            force_terminal=True,
            force_interactive=True,
            color_system=None if plain else "auto",
            no_color=plain,
            width=size[0] if size else None,
            height=size[1] if size else None,
        )
        self._unicode = out.encoding.lower().replace("-", "").startswith("utf")
        self._verbose = verbose
        self._clock = clock
        self._board = Board()
        self._lock = threading.Lock()  # guards the board; never held while drawing
        self._screen = threading.Lock()  # one thread draws at a time: Live counts the rows that it drew last
        self._live = Live(
            _Drawn(self._region),
            console=self._console,
            auto_refresh=False,
            transient=True,
            # What others print meanwhile goes above the region; but `2> errors.log` stays a file.
            redirect_stdout=stream is sys.stdout,
            redirect_stderr=stream is sys.stdout and sys.stderr.isatty(),
        )
        self._ended = threading.Event()
        self._ticks_per_second = ticks_per_second
        self._ticker: threading.Thread | None = None

    def __call__(self, event: Event) -> None:
        with self._lock:
            self._board.apply(event, self._clock())
        line: Line | Remark | None = lasting(event, verbose=self._verbose)
        if self._verbose and isinstance(event, Progress) and event.lasting:
            line = about(event, UNDERWAY, event.text)
        with self._screen:
            self._start()
            if line is not None:
                self._print(line)

    def refresh(self) -> None:
        """Draw what is under way again."""
        with self._screen:
            self._live.refresh()

    def close(self) -> None:
        """Restore the terminal and say what is not finished; may be called again."""
        self._ended.set()
        with self._screen:
            self._live.stop()
            if self._show_cursor in restore.owed:
                restore.owed.remove(self._show_cursor)
            with self._lock:
                left = self._board.clear()
            now = self._clock()
            for work in left:
                self._print(work.unfinished(now))
        if self._ticker is not None:
            self._ticker.join(timeout=1)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _start(self) -> None:
        if self._live.is_started or self._ended.is_set():
            return
        restore.owed.append(self._show_cursor)  # rich gives up where Ctrl-C comes in the midst of its end
        self._live.start()
        if self._ticks_per_second > 0:
            self._ticker = threading.Thread(target=self._tick, name="console", daemon=True)
            self._ticker.start()

    def _show_cursor(self) -> None:
        self._console.show_cursor()

    def _tick(self) -> None:
        while not self._ended.wait(1 / self._ticks_per_second):
            with self._screen:
                if not self._ended.is_set():
                    self._live.refresh()

    def _print(self, line: Line | Remark) -> None:
        text = Text(end="")
        if isinstance(line, Remark):
            text.append(str(line), _REMARK_STYLES.get(line.level, ""))
        else:
            text.append("  ").append(line.mark, _STYLES.get(line.mark, "")).append(f"  {line.body}")
            for row in line.rest:
                text.append("\n").append(row, "dim")
        # soft_wrap: the terminal breaks long lines, so that a copied ARN has no line break in it.
        self._console.print(text, soft_wrap=True, end="\n")

    def _region(self, columns: int, rows: int) -> Text:
        with self._lock:
            works, now = self._board.works, self._clock()
        return region(works, now, columns=columns, rows=rows, unicode=self._unicode)


class _Drawn:
    """Draws the region anew whenever rich asks, also when a line is printed above it."""

    def __init__(self, draw: Callable[[int, int], Text]) -> None:
        self._draw = draw

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> RenderResult:
        text = self._draw(options.max_width, options.size.height)
        if text:
            yield text
