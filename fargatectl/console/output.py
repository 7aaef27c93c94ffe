"""Results on standard output: a reader that has gone is no error, a full disk is one."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from fargatectl.console.pipe import lost, silence
from fargatectl.console.text import clean_lines, encodable
from fargatectl.errors import FargatectlError
from fargatectl.text import clean


class OutputError(FargatectlError):
    """A result could not be written: the disk is full."""

    default_code = "output"


def show(text: str) -> bool:
    """Print a text and a newline, made harmless; False where nobody reads any more.

    Raises:
        OutputError: It is lost.
    """
    safe = "\n".join(map(clean, text.split("\n")))
    return _write(lambda: sys.stdout.write(encodable(safe, sys.stdout.encoding) + "\n"))


def warn(text: str) -> None:
    """Print a warning on standard error; nothing depends on whether it is read."""
    line = "\n".join(clean_lines(f"warning: {text}"))
    with suppress(OSError, ValueError):
        print(encodable(line, sys.stderr.encoding), file=sys.stderr)


def show_document(document: Mapping[str, Any], *, indent: int | None = 2) -> bool:
    """Print a JSON document; as `show`.

    Args:
        indent: None for one line.
    """
    from fargatectl.console.jsonout import dump

    return _write(lambda: dump(document, sys.stdout, indent=indent))


def _write(write: Callable[[], object]) -> bool:
    try:
        write()
        sys.stdout.flush()
    except OSError as error:
        is_lost = lost(error, sys.stdout)
        silence(sys.stdout)
        if is_lost:
            raise OutputError(
                f"the result cannot be written to standard output: {error.strerror}",
                hint="What the command did is done: see fargatectl status.",
            ) from error
        return False
    return True
