"""docs/terminal.svg: a real session on a real terminal, drawn as it ends.

A copy of service/ is deployed to the local AWS, once as it is and once with a mistake in its command, and
taken down. Needs Docker Engine and python:3.12-slim, and takes about half a minute.
"""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
import urllib.request
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from devtools.docs import ROOT

COLUMNS, ROWS = 116, 40
MISTAKE = "    command: gunicorn app:app --worker 2"
_TOKEN = re.compile(r"\x1b\[(\??[0-9;]*)([A-Za-z])|[\r\n]|[^\x1b\r\n]+")
# rich's own page would load a font from another host.
_FONT = re.compile(r"@font-face \{.*?\}\n", re.DOTALL)


def draw(target: Path) -> None:
    """Run the session and write the picture.

    Raises:
        RuntimeError: A command ended otherwise than it should.
    """
    with tempfile.TemporaryDirectory() as folder:
        state = {"XDG_STATE_HOME": f"{folder}/state"}  # a local AWS of its own, so that yours stays as it is
        app = Path(folder) / "hello"
        shutil.copytree(ROOT / "service", app, ignore=shutil.ignore_patterns("__pycache__"))
        try:
            _run(app, state, "local", "start", show=False)  # a first start may install it
            _run(app, state, "init")
            address = re.search(r"http://[0-9.:]+", first := _run(app, state, "up", "--local"))
            assert address is not None
            session = [("fargatectl up --local", first)]
            with urllib.request.urlopen(address[0], timeout=10) as answer:
                session.append((f"curl {address[0]}", answer.read().decode()))
            with (app / "fargate.yml").open("a") as spec:
                spec.write(MISTAKE + "\n")
            session.append((f"echo '{MISTAKE}' >> fargate.yml   # a mistake", ""))
            session.append(("fargatectl up --local", _run(app, state, "up", "--local", code=1)))
            session.append(("fargatectl down --local --yes", _run(app, state, "down", "--local", "--yes")))
        finally:
            _run(app, state, "local", "stop", show=False)
    svg = _svg(session)
    target.write_text(svg, "utf-8")


def seen(written: str) -> list[str]:
    """The lines that a terminal shows after these bytes, each with its colours."""
    lines, row = [""], 0
    for token in _TOKEN.finditer(written):
        code, letter = token[1], token[2]
        if letter == "A":
            row = max(0, row - int(code or 1))
        elif letter == "K":
            lines[row] = ""
        elif letter == "m" or (not letter and token[0] not in "\r\n"):
            lines[row] += token[0]
        elif token[0] == "\n":
            row += 1
            lines += [""] * (row + 1 - len(lines))
    return lines


def _svg(session: list[tuple[str, str]]) -> str:
    console = Console(
        record=True,
        width=COLUMNS,
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
    )
    for number, (command, written) in enumerate(session):
        console.print(Text("\n$ " if number else "$ ", "green").append(command, "bold white"))
        if text := "\n".join(seen(written)).strip("\n"):
            console.print(Text.from_ansi(text), soft_wrap=False)
    svg = console.export_svg(title="fargatectl", theme=MONOKAI, unique_id="terminal")
    return "\n".join(line.rstrip() for line in _FONT.sub("", svg).splitlines()) + "\n"


def _run(folder: Path, state: dict[str, str], *arguments: str, code: int = 0, show: bool = True) -> str:
    command = [sys.executable, "-m", "fargatectl", *arguments]
    return _output(folder, state, *command, code=code, show=show)


def _output(folder: Path, state: dict[str, str], *command: str, code: int = 0, show: bool = True) -> str:
    """What a command writes to a terminal of our size."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    environment = {**os.environ, **state, "TERM": "xterm-256color"}
    environment.pop("NO_COLOR", None)
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        written = b""
        try:
            while piece := os.read(ours, 65536):
                written += piece
        except OSError:  # Linux's way to say that the other end is closed
            pass
        finally:
            os.close(ours)
    text = written.decode("utf-8", "replace")
    if show:
        print(text, end="", flush=True)
    if process.returncode != code:
        raise RuntimeError(f"{command[-2:]} ended with {process.returncode} instead of {code}:\n{text}")
    return text
