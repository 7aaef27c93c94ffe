import io
import os
import subprocess
import sys

import pytest

from fargatectl.console.live import LiveView
from fargatectl.console.plain import PlainView
from fargatectl.console.view import make_view
from fargatectl.engine.events import Notice

from .screen import Screen


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")


def test_a_terminal_gets_the_live_view_and_all_else_plain_lines(monkeypatch) -> None:
    def kind(output: str, stream: io.StringIO) -> type:
        return type(make_view(output=output, verbose=False, color=None, stream=stream))

    assert kind("text", Terminal()) is LiveView
    assert kind("text", io.StringIO()) is PlainView
    assert kind("json", Terminal()) is PlainView
    monkeypatch.setenv("TERM", "dumb")
    assert kind("text", Terminal()) is PlainView


def test_json_leaves_standard_output_alone(capsys) -> None:
    with make_view(output="json", verbose=True, color=None) as view:
        view(Notice("news"))
    assert capsys.readouterr() == ("", "news\n")
    with make_view(output="text", verbose=True, color=None) as view:
        view(Notice("news"))
    assert capsys.readouterr() == ("news\n", "")


def test_another_output_is_refused() -> None:
    with pytest.raises(ValueError, match="yaml"):
        make_view(output="yaml", verbose=False, color=None)


def test_a_real_terminal_is_left_as_it_was() -> None:
    program = (
        "from fargatectl.console.view import make_view\n"
        "from fargatectl.engine.events import Started\n"
        "import time\n"
        "with make_view(output='text', verbose=False, color=None) as view:\n"
        "    view(Started('ecs.service', 'web', 'service', 'web', 'create'))\n"
        "    time.sleep(0.5)\n"
        "    raise KeyboardInterrupt\n"
    )
    leader, follower = os.openpty()
    run = subprocess.Popen([sys.executable, "-c", program], stdout=follower, stderr=subprocess.DEVNULL)
    os.close(follower)
    written = b""
    try:
        while chunk := os.read(leader, 4096):
            written += chunk
    except OSError:  # EIO: the last one to hold the terminal has gone
        pass
    os.close(leader)
    run.wait()
    assert b"\x1b[?25l" in written
    screen = Screen().feed(written.decode())
    assert screen.cursor
    assert screen.text.splitlines() == [
        "  ·  service          web                       not finished after 0 s"
    ]


LIGHT = ["plain", "text", "report", "jsonout", "view", "pipe", "lines", "board"]
HEAVY = {"rich", "boto3", "botocore", "docker", "pydantic", "click", "yaml"}


@pytest.mark.parametrize("module", LIGHT)
def test_importing_costs_no_heavy_library(module: str) -> None:
    program = f"import sys, fargatectl.console.{module}; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert f"fargatectl.console.{module}" in run.stdout.split()
    assert not HEAVY & {name.partition(".")[0] for name in run.stdout.split()}
