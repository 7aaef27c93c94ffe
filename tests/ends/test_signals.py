"""Ctrl-C, SIGTERM (a cancelled CI job) and SIGHUP (a terminal that closes), sent to real processes."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable, Sequence

import pytest

from tests.support.figures import tried
from tests.support.soak import sample

from .conftest import PATIENCE, Shop, quiet, read_until
from .terminal import HIDE, SHOW, Terminal

CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
AT_ONCE = 10.0  # seconds; a held call takes a minute
CTRL_C = "\x03"


def hold_and_send(
    shop: Shop, operation: str, signals: Sequence[signal.Signals], *arguments: str, answered: bool = False
) -> tuple[subprocess.Popen[str], str]:
    """Start a command, send the first signal while a call is under way; once it says so, send the rest."""
    hold = shop.proxy.hold(operation, answered=answered)
    process = shop.start(*arguments)
    assert hold.came.wait(30)
    first, *more = signals
    process.send_signal(first)
    said = read_until(process.stdout, "Stopping")
    for one in more:
        process.send_signal(one)
    if not more:
        hold.go.set()
    return process, said


@pytest.mark.parametrize(
    ("number", "answered"),
    [(signal.SIGINT, False), (signal.SIGINT, True), (signal.SIGTERM, False), (signal.SIGHUP, True)],
    ids=lambda one: one.name if isinstance(one, signal.Signals) else "after" if one else "before",
)
def test_once_lets_the_call_end_and_says_what_next(
    shop: Shop, number: signal.Signals, answered: bool
) -> None:
    process, said = hold_and_send(shop, "CreateCluster", [number], "up", answered=answered)
    done = shop.end(process, f"{number.name} once")
    assert done.code == CODES[number]
    assert "Under way: cluster shop" in said
    assert "again to stop at once" in said
    assert "fargatectl down" in done.err
    assert "same command again" in done.err
    left = shop.left()
    assert left["clusters"] == ["shop"]  # it was let end
    assert left["services"] == []  # and nothing that needs it was begun
    shop.recovers()


@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM], ids=lambda one: one.name)
def test_twice_stops_at_once(shop: Shop, second: signal.Signals) -> None:
    process, _ = hold_and_send(shop, "CreateCluster", [signal.SIGINT, second], "up")
    done = shop.end(process, "twice", within=AT_ONCE)
    assert done.code == CODES[second]
    assert "cluster shop" in done.err  # whose end nobody knows
    assert "fargatectl down" in done.err
    shop.recovers()


def test_once_while_removing(shop: Shop) -> None:
    shop.up()
    process, said = hold_and_send(shop, "DeleteService", [signal.SIGTERM], "down", "--yes")
    done = shop.end(process, "SIGTERM once")
    assert done.code == 143
    assert "Under way: " in said
    assert "same command again" in done.err
    assert shop.left()["clusters"] == ["shop"]  # it goes after its services
    shop.down()


LOOKING = {
    "up": "DescribeClusters", "status": "DescribeServices", "down --yes": "ListClusters",
    "logs": "FilterLogEvents",
}  # fmt: skip


@pytest.mark.parametrize("command", sample("up", "logs", soak=("status", "down --yes")))
def test_a_command_that_only_looks_ends_at_once(shop: Shop, command: str) -> None:
    """An answer to a question is nothing to wait for."""
    hold = shop.proxy.hold(LOOKING[command])
    process = shop.start(*command.split())
    assert hold.came.wait(30)
    process.send_signal(signal.SIGINT)
    done = shop.end(process, "SIGINT while looking", within=AT_ONCE)
    assert (done.code, done.err.split("\n")[1]) == (130, "error: interrupted.")
    assert not any(shop.left().values())


def test_a_signal_that_is_to_be_ignored_is(shop: Shop) -> None:
    """``nohup fargatectl up``, and a job of a script in the background."""
    hold = shop.proxy.hold("CreateCluster")
    process = shop.start("up", through=("sh", "-c", 'trap "" HUP INT; exec "$@"', "sh"))
    assert hold.came.wait(30)
    process.send_signal(signal.SIGHUP)
    process.send_signal(signal.SIGINT)
    hold.go.set()
    done = shop.end(process, "ignored signals")
    assert done.code == 0
    assert "Stopping" not in done.out


def in_a_terminal(shop: Shop, act: Callable[[Terminal], None]) -> Terminal:
    """`up` in a terminal; `act` while a call is held, which is let go afterwards."""
    hold = shop.proxy.hold("CreateCluster")
    terminal = Terminal(shop, "up")
    assert hold.came.wait(30)
    terminal.until("cluster")
    act(terminal)
    return terminal


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_leaves_the_terminal_as_it_was(shop: Shop, times: int) -> None:
    def press(terminal: Terminal) -> None:
        for _ in range(times):
            terminal.press(CTRL_C)
            terminal.until("Stopping")
        if times == 1:
            shop.proxy.let_go()

    terminal = in_a_terminal(shop, press)
    assert terminal.end(PATIENCE if times == 1 else AT_ONCE) == 130
    quiet(terminal.shown)
    assert HIDE in terminal.shown
    assert terminal.shown.rfind(SHOW) > terminal.shown.rfind(HIDE)
    assert "fargatectl down" in terminal.shown
    tried("ends", f"Ctrl-C {'once' if times == 1 else 'twice'} in a terminal")
    shop.recovers()


def test_ctrl_c_again_and_again(shop: Shop) -> None:
    """A user who loses patience: whatever the moment, no traceback and no hang."""

    def press(terminal: Terminal) -> None:
        while terminal.process.poll() is None:
            terminal.press(CTRL_C)

    terminal = in_a_terminal(shop, press)
    assert terminal.end(AT_ONCE) == 130
    quiet(terminal.shown)
    assert terminal.shown.rfind(SHOW) > terminal.shown.rfind(HIDE)
    tried("ends", "Ctrl-C many times in a terminal")


@pytest.mark.parametrize("output", ["text", "json"])
def test_a_terminal_that_closes(shop: Shop, output: str) -> None:
    """It is SIGHUP for the command, and there is nobody to tell: the call under way is let end."""
    hold = shop.proxy.hold("CreateCluster")
    terminal = Terminal(shop, "up", "-o", output)
    assert hold.came.wait(30)
    terminal.close()
    hold.go.set()
    assert terminal.process.wait(PATIENCE) == 129
    tried("ends", "closed terminal")
    left = shop.left()
    assert (left["clusters"], left["services"]) == (["shop"], [])
    shop.recovers()
