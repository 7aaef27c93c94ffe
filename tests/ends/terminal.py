"""A terminal for a command: what it shows, keys that are pressed, and its closing."""

from __future__ import annotations

import fcntl
import os
import pty
import select
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
        modes = termios.tcgetattr(slave)
        modes[3] |= (
            termios.NOFLSH
        )  # else each Ctrl-C throws away what was shown and is not read yet (termios(3))
        termios.tcsetattr(slave, termios.TCSANOW, modes)
        self.shown = ""
        self._closing = False
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
        """Close the window, once nobody reads of it: the number of a closed file is another's at once."""
        self._closing = True
        self._reader.join(10)
        os.close(self._master)

    def end(self, within: float) -> int:
        """Wait for the command's end, and for all that it has shown; its exit code."""
        code = self.process.wait(within)
        self._reader.join(10)
        os.close(self._master)
        return code

    def _read(self) -> None:
        while not self._closing:
            if not select.select([self._master], [], [], 0.02)[0]:
                continue
            try:
                self.shown += os.read(self._master, 65536).decode("utf-8", "replace")
            except OSError:  # EIO: the other side is closed
                break
