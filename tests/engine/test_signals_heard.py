"""Ctrl-C reaches a run wherever the system delivers it; nothing that Python does by itself swallows it."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from fargatectl.engine import interrupts
from fargatectl.errors import Interrupted

from .fakes import World


@pytest.fixture(autouse=True)
def handler() -> Iterator[None]:
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


def press() -> None:
    """The system may give a signal to any thread; Python then only notes it."""
    signal.pthread_kill(threading.get_ident(), signal.SIGINT)


def test_pressed_again_it_ends_a_run_whose_call_hangs(world: World, base: Any) -> None:
    over = threading.Event()

    def hangs() -> None:
        for _ in range(100):  # presses between two looks count as one
            if over.wait(0.3):
                break
            press()

    world.cloud.rigged["create a"] = hangs
    began = time.monotonic()
    with pytest.raises(Interrupted) as caught:
        world.up(base(id="a", name="a"))
    over.set()
    assert time.monotonic() - began < 10
    assert "base a" in str(caught.value)
    signal.raise_signal(signal.SIGINT)  # it ends: not heard


def test_whoever_is_not_heard_twice_is_heard_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interrupts, "PATIENCE", 0.05)
    told: list[str] = []
    with interrupts.interrupts(lambda: told.append("stop"), lambda: told.append("at once")):
        for _ in range(5):
            signal.raise_signal(signal.SIGINT)
        assert told == ["stop", "at once"]
        time.sleep(0.1)  # in a wait that no flag ends, such as for a terminal
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):  # nor does its end hang unheard
        signal.raise_signal(signal.SIGINT)
    monkeypatch.setattr(interrupts, "PATIENCE", 60.0)
    signal.raise_signal(signal.SIGINT)
    interrupts.interrupt()  # as SIGTERM does


SWALLOWED = """\
import signal, sys, time, weakref
from fargatectl.cli.process import _unraisable

class Thing: pass

def pressed(_): signal.raise_signal(signal.SIGINT)

sys.unraisablehook = _unraisable
thing = Thing()
held = weakref.ref(thing, pressed)
try:
    del thing
    time.sleep(5)
except KeyboardInterrupt:
    print("heard")
"""


def test_pressed_in_what_python_calls_by_itself_it_is_heard() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SWALLOWED], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.stdout, done.stderr) == ("heard\n", "")
