"""Output whose reader has gone away (``fargatectl status | head -1``, a closed terminal) is no error."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from typing import TextIO

from fargatectl.console.text import encodable


class QuietStream:
    """A text stream that goes silent, for good, when its reader has gone.

    Views write through it: a deployment that is under way must not break off because nobody watches it.
    What the stream's encoding cannot carry is written as ASCII.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._gone = False

    @property
    def encoding(self) -> str:
        """The stream's own encoding; UTF-8 where it has none, as for a StringIO."""
        return getattr(self._stream, "encoding", None) or "utf-8"

    def isatty(self) -> bool:
        """Whether the stream is a terminal."""
        return self._stream.isatty()

    def fileno(self) -> int:
        """The stream's file descriptor; raises OSError where it has none."""
        return self._stream.fileno()

    def write(self, text: str) -> int:
        """Write, or do nothing once the reader has gone."""
        if not self._gone:
            self._quietly(lambda: self._stream.write(encodable(text, self.encoding)))
        return len(text)

    def flush(self) -> None:
        """Flush, or do nothing once the reader has gone."""
        if not self._gone:
            self._quietly(self._stream.flush)

    def _quietly(self, action: Callable[[], object]) -> None:
        try:
            action()
        except BlockingIOError:  # a full pipe that another program made non-blocking: what is late is lost
            return
        except (OSError, ValueError) as error:  # EPIPE; "I/O operation on closed file"
            self._gone = True
            if not lost(error, self._stream):  # else whoever prints the result must notice too
                silence(self._stream)


def lost(error: BaseException, stream: TextIO) -> bool:
    """Whether a failed write means that the text is lost (a full disk), and not that nobody reads it."""
    number = getattr(error, "errno", None)
    if number != errno.EIO:
        return number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    try:  # a broken disk, or a terminal that hung up
        return stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
    except (OSError, ValueError):
        return False


def silence(stream: TextIO) -> None:
    """Send the rest to nowhere, so that Python's own flush at exit has nothing to complain about.

    As https://docs.python.org/3/library/signal.html#note-on-sigpipe advises.
    """
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, stream.fileno())
        finally:
            os.close(nowhere)
