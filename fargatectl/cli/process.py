"""The process around a command: its streams, its signals, its end."""

from __future__ import annotations

import _thread
import gc
import os
import signal
import sys
import threading
from contextlib import suppress
from types import FrameType
from typing import NoReturn

from fargatectl.console.restore import restore
from fargatectl.errors import ExitCode

_SIGNALLED = 128  # the shell's exit code of a process that a signal ended, plus the signal's number


class Signals:
    """SIGTERM (a cancelled CI job) and SIGHUP (a terminal that closes) end a command as Ctrl-C does."""

    def __init__(self) -> None:
        self._first = signal.SIGINT
        self._came: set[int] = set()

    def install(self) -> None:
        """Begin to listen; a signal that is ignored, as nohup does with SIGHUP, stays ignored."""
        for number in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) == signal.SIG_DFL:
                signal.signal(number, self._handle)

    def exit_code(self, code: int) -> int:
        """The code of a command, where it is that of Ctrl-C and the signal was another: 143 or 129."""
        return _SIGNALLED + self._first if code == ExitCode.INTERRUPTED else code

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        from fargatectl.engine.interrupts import interrupt

        again = number in self._came
        if not self._came:
            self._first = signal.Signals(number)
        self._came.add(number)
        if again and number == signal.SIGHUP:
            return  # a terminal that closes sends several, which is not to press twice
        interrupt()


def main() -> NoReturn:
    """Run the command line of this process and end it."""
    # What a command makes is modules and models, which stay: looking for garbage among them is a tenth of a
    # short run. A long one is still looked through, every few hundred thousand objects.
    gc.set_threshold(200_000, 10, 10)
    _open_missing_streams()
    signals = Signals()
    signals.install()
    sys.unraisablehook = _unraisable
    try:
        from fargatectl.cli.main import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # pressed while the command spoke its last words
        code = int(ExitCode.INTERRUPTED)
    _end(signals.exit_code(code))


def _unraisable(what: sys.UnraisableHookArgs) -> None:
    """Ctrl-C in the midst of what Python calls by itself, such as a weak reference's end, is pressed anew.

    There it would be shown as a traceback, and forgotten. A little later: here it would be lost again.
    """
    if what.exc_type is KeyboardInterrupt:
        timer = threading.Timer(0.05, _thread.interrupt_main)
        timer.daemon = True
        timer.start()
    else:
        sys.__unraisablehook__(what)


def _open_missing_streams() -> None:
    """What was closed by the caller (``>&-``) leads nowhere: else the first socket would take its number."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")  # a name is never a reason to end without a word


def _end(code: int) -> NoReturn:
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is ending: the terminal must be left as it was
    restore()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            with suppress(OSError, ValueError):  # Python would complain about it on its way out
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    # Threads of an interrupted command may wait for an answer for a minute: nobody waits for them. To take
    # Python apart module by module takes as long as an answer of AWS.
    os._exit(code)
