"""The command line, in this process or in one of its own, against an AWS in memory."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.watched import ACCOUNT, REGION

if TYPE_CHECKING:
    from moto.server import ThreadedMotoServer

ROOT = Path(__file__).resolve().parents[2]
SPEC = """\
app: shop
services:
  web:
    image: public.example/web:1
    port: 8080
"""

# What an AWS environment is made of: a test has none but its own.
_AWS = [name for name in os.environ if name.startswith("AWS_")]


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    def document(self) -> dict[str, Any]:
        """Standard output as the one JSON document that it must be."""
        document: dict[str, Any] = json.loads(self.out)
        assert document["schema"] == 1
        return document


class Terminal(io.StringIO):
    """Standard input of somebody who sits there."""

    def isatty(self) -> bool:
        return True


@dataclass
class Cli:
    """Runs commands in a folder that has a spec."""

    folder: Path
    environ: dict[str, str]
    capsys: pytest.CaptureFixture[str] | None = None
    monkeypatch: pytest.MonkeyPatch | None = None

    def spec(self, text: str) -> None:
        (self.folder / "fargate.yml").write_text(text)

    def __call__(self, *arguments: str) -> Done:
        """In this process."""
        from fargatectl.cli.main import run

        assert self.capsys is not None
        self.capsys.readouterr()
        code = run(arguments)
        captured = self.capsys.readouterr()
        return self._checked(Done(code, captured.out, captured.err))

    def start(self, *arguments: str, **given: Any) -> subprocess.Popen[str]:
        """In a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "fargatectl", *arguments],
            stdin=given.pop("stdin", subprocess.DEVNULL), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=self.folder,  # noqa: E501
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(self.folder), **self.environ}, **given,  # noqa: E501
        )  # fmt: skip

    def process(self, *arguments: str) -> Done:
        """In a process of its own, to its end."""
        process = self.start(*arguments)
        out, err = process.communicate(timeout=60)
        return self._checked(Done(process.returncode, out, err))

    def _checked(self, done: Done) -> Done:
        """Whatever went wrong, nobody ever sees a traceback."""
        assert "Traceback" not in done.out + done.err
        assert "internal error" not in done.out + done.err
        return done


def environ(folder: Path) -> dict[str, str]:
    """An AWS environment with credentials, and nothing of the user's own."""
    return {
        "AWS_ACCESS_KEY_ID": ACCOUNT, "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": REGION,
        "AWS_CONFIG_FILE": str(folder / "config"), "AWS_SHARED_CREDENTIALS_FILE": str(folder / "credentials"),
        "AWS_EC2_METADATA_DISABLED": "true",
    }  # fmt: skip


@pytest.fixture
def bare(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Commands in this process, with credentials and no AWS."""
    for name in _AWS:
        monkeypatch.delenv(name, raising=False)
    given = environ(tmp_path)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    made = Cli(tmp_path, given, capsys, monkeypatch)
    made.spec(SPEC)
    return made


@pytest.fixture
def cli(moto_aws: Any, bare: Cli) -> Cli:
    """Commands in this process, with an AWS (moto) in this process."""
    assert bare.monkeypatch is not None
    for name, value in bare.environ.items():  # moto sets its own
        bare.monkeypatch.setenv(name, value)
    return bare


@pytest.fixture(scope="session")
def server() -> Iterator[ThreadedMotoServer]:
    """AWS's API on a loopback port, for commands in processes of their own."""
    from moto.server import ThreadedMotoServer

    from tests.support import quick

    quick.install()
    quick.serve()
    made = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def remote(server: ThreadedMotoServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Commands in processes of their own, with an AWS (moto) that they reach over HTTP."""
    from moto.moto_api._internal import moto_api_backend

    from tests.support import shims

    shims.install(monkeypatch)
    moto_api_backend.reset()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("MOTO_ECS_SERVICE_RUNNING", "1")
    made = Cli(tmp_path, {**environ(tmp_path), "AWS_ENDPOINT_URL": f"http://{host}:{port}"})
    made.spec(SPEC)
    return made


@pytest.fixture
def counter() -> Iterator[tuple[str, list[str]]]:
    """An address that answers nothing useful, and the requests that came to it."""
    came: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            came.append(self.headers.get("X-Amz-Target", self.path))
            self.send_error(500)

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    # By default it looks twice a second whether it is to end: half a second for each test.
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", came
    server.shutdown()
    server.server_close()
