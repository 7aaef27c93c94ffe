"""Which of a container's last lines tell the most: the error itself and the place in the user's code."""

from __future__ import annotations

import re
from collections.abc import Sequence

from fargatectl.rollout.text import shorten

MAX_LINES = 12
_TAIL = 6
_WIDTH = 200
_PYTHON_FRAME = re.compile(r'^\s*File "(?P<file>[^"]+)", line (?P<line>\d+)')
_NODE_FRAME = re.compile(r"^\s*at (?:.{1,200} \()?(?:file://)?(?P<file>/[^():]+):(?P<line>\d+):\d+\)?$")
_GO_FRAME = re.compile(r"^\s*(?P<file>/[^\s:]+\.go):(?P<line>\d+)(?:\s|$)")
_LIBRARY = re.compile(
    r"site-packages|dist-packages|node_modules|/lib/python\d|^<|^node:|/usr/local/go/|/go/pkg/mod/"
)
_ERROR = re.compile(
    r"error|exception|fatal|panic|cannot|can't|could not|denied|refused|failed|not found|killed|unable",
    re.IGNORECASE,
)


def telling(lines: Sequence[str]) -> tuple[str, ...]:
    """At most `MAX_LINES` of clean, non-empty lines: those that a person would look for.

    A Python, Node.js or Go stack trace is cut to its error and the innermost frame of the user's own code.
    Else it is the last lines, from the last one on that speaks of an error.
    """
    for extract in (_python, _node, _go):
        found = extract(lines)
        if found:
            return tuple(shorten_line(line) for line in found[:MAX_LINES])
    return tuple(shorten_line(line) for line in _tail(lines))


def shorten_line(line: str) -> str:
    """One log line, its indentation kept, at most 200 characters."""
    return " " * min(8, len(line) - len(line.lstrip())) + shorten(line, _WIDTH)


def _python(lines: Sequence[str]) -> list[str]:
    starts = [at for at, line in enumerate(lines) if "Traceback (most recent call last)" in line]
    if not starts:
        return []
    trace = lines[starts[-1] + 1 :]
    # The error is what follows the indented frames; pydantic's goes on over several lines.
    end = next((at for at, line in enumerate(trace) if line and not line[0].isspace()), None)
    if end is None:
        return []
    error = [trace[end]]
    for line in trace[end + 1 : end + 6]:
        if not _continues(error[0], line):
            break
        error.append(line)
    return error + _frame(trace[:end], _PYTHON_FRAME)


def _continues(error: str, line: str) -> bool:
    return "validation error" in error and not re.match(r"^(?:\[|\d{4}-|Traceback)", line)


def _node(lines: Sequence[str]) -> list[str]:
    errors = [
        at for at, line in enumerate(lines) if re.match(r"^(?:Uncaught )?\[?\w*Error\b[^:]{0,80}:", line)
    ]
    for at in reversed(errors):
        if at + 1 < len(lines) and any(
            re.match(r"^\s+at |^Require stack|^- /", line) for line in lines[at + 1 : at + 4]
        ):
            return [lines[at], *_frame(list(reversed(lines[at + 1 :])), _NODE_FRAME)]
    return []


def _go(lines: Sequence[str]) -> list[str]:
    for at, line in enumerate(lines):
        if line.startswith("panic: "):
            return [line, *_frame(list(reversed(lines[at + 1 :])), _GO_FRAME)]
    return []


def _frame(trace: Sequence[str], pattern: re.Pattern[str]) -> list[str]:
    """The last frame of the user's own code, as ``  app.py, line 12``; none where there is none."""
    for line in reversed(trace):
        match = pattern.match(line)
        if match and not _LIBRARY.search(match["file"]):
            return [f"  {match['file']}, line {match['line']}"]
    return []


def _tail(lines: Sequence[str]) -> list[str]:
    errors = [at for at, line in enumerate(lines) if _ERROR.search(line)]
    start = len(lines) - _TAIL
    if errors and errors[-1] < start:
        start = errors[-1]
        return [*lines[start : start + 3], *lines[-3:]]
    return list(lines[max(0, start) :])
