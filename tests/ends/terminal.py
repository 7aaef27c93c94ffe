"""A terminal for a command: what it shows, keys that are pressed, and its closing."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
import threading
from typing import Any

from .conftest import Shop, wait_for

HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"  # the cursor

# Not in the child of a fork of ours (preexec_fn): this process has threads.
_TAKE = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"  # noqa: E501


class Terminal:
    """A pseudo-terminal of 100 columns whose foreground process is one command."""

    def __init__(self, shop: Shop, *arguments: str, **given: Any) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        self.shown = ""
        streams: dict[str, Any] = {"stdin": slave, "stdout": slave, "stderr": slave}

        self.process: subprocess.Popen[str] = shop.start(
            *arguments, start_new_session=True,
            through=(sys.executable, "-c", _TAKE), environ={"TERM": "xterm"},
            **{**streams, **given},
        )  # fmt: skip
        os.close(slave)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def press(self, key: str) -> None:
        """Type; the terminal makes a signal of Ctrl-C."""
        os.write(self._master, key.encode())

    def until(self, word: str) -> None:
        """Wait until it shows a word."""
        wait_for(lambda: word in self.shown, 30)

    def close(self) -> None:
        """Close the window."""
        os.close(self._master)

    def end(self, within: float) -> int:
        """Wait for the command's end, and for all that it has shown; its exit code."""
        code = self.process.wait(within)
        self._reader.join(10)
        return code

    def _read(self) -> None:
        try:
            while data := os.read(self._master, 65536):
                self.shown += data.decode("utf-8", "replace")
        except OSError:  # EIO: the other side is closed; EBADF: we closed it
            return
