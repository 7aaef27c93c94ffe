"""An app's folder, an AWS behind a proxy, and commands in processes of their own that end in odd ways."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import pytest

from tests.cli.conftest import ROOT, Cli, Done, remote, server  # noqa: F401 - fixtures
from tests.support.apps import Builder, Deployer
from tests.support.dump import remains
from tests.support.figures import tried
from tests.support.watched import WatchedAws

from .proxy import Proxy

if TYPE_CHECKING:
    from moto.server import ThreadedMotoServer

SPEC = """\
app: shop
services:
  web: {image: "public.example/web:1", port: 8080}
  worker: {image: "public.example/worker:1"}
"""
NOISE = ("Traceback", "internal error", "Exception ignored", "BrokenPipeError", "Fatal Python")
PATIENCE = 60  # seconds; a command takes two on this machine


@dataclass
class Shop:
    """Commands about one app; each is checked for noise when it ends."""

    folder: Path
    environ: dict[str, str]
    proxy: Proxy
    deployer: Deployer
    spec: str = SPEC
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(self, *arguments: str, through: tuple[str, ...] = (), **given: Any) -> subprocess.Popen[str]:
        """A command in a process of its own.

        Args:
            through: A program that prepares the process and then becomes the command.
            given: For Popen; standard output and error are pipes where nothing is said of them.
        """
        environ = {
            "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(self.folder), **self.environ,
            "PYTHONFAULTHANDLER": "0", **given.pop("environ", {}),
        }  # fmt: skip
        usual: dict[str, Any] = {
            "stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True,
            "cwd": self.folder, "env": environ, **given,
        }  # fmt: skip
        process = subprocess.Popen([*through, sys.executable, "-m", "fargatectl", *arguments], **usual)
        self.started.append(process)
        return process

    def end(self, process: subprocess.Popen[str], sort: str, *, within: float = PATIENCE) -> Done:
        """Wait for the end of a command; what it said."""
        out, err = process.communicate(timeout=within)
        done = Done(process.returncode, out or "", err or "")
        quiet(done.out + done.err)
        tried("ends", sort)
        return done

    def left(self) -> dict[str, list[str]]:
        """What is there in AWS, by kind."""
        return remains(self.deployer.aws())

    def up(self) -> None:
        """Another run, with nothing in its way: it completes whatever is there."""
        document = self.deployer.up(SPEC)
        assert [one["state"] for one in document["services"]] == ["steady"] * 2

    def down(self) -> None:
        """The end of it all: nothing is left."""
        self.deployer.down(SPEC)
        assert not any(self.left().values())

    def recovers(self) -> None:
        """The next run completes whatever is there, a third changes nothing, and it can all be removed."""
        self.up()
        assert self.deployer.plan(SPEC).plan.changes == ()
        self.down()


def quiet(text: str) -> None:
    """Refuse what Python says where the program should have spoken."""
    assert not any(noise in text for noise in NOISE), text


def read_until(stream: IO[str] | None, word: str) -> str:
    """The lines of a stream up to the first with a word in it."""
    assert stream is not None
    lines = ""
    for line in stream:
        lines += line
        if word in line:
            return lines
    raise AssertionError(f"{word!r} was never said: {lines}")


def wait_for(what: Any, seconds: float = 20) -> None:
    """Wait until `what()` is true."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture(scope="session")
def endpoint(server: ThreadedMotoServer) -> str:  # noqa: F811
    """``host:port`` of the AWS behind the proxies."""
    host, port = server.get_host_and_port()
    return f"{host}:{port}"


@pytest.fixture
def shop(remote: Cli, endpoint: str, clients: WatchedAws) -> Iterator[Shop]:  # noqa: F811
    """The test's own calls need no HTTP: the server behind the proxy answers from this very process."""
    from moto import mock_aws

    proxy = Proxy(endpoint)
    remote.spec(SPEC)
    environ = {**remote.environ, "AWS_ENDPOINT_URL": proxy.url}
    made = Shop(remote.folder, environ, proxy, Deployer(remote.folder, clients, Builder(clients)))
    with mock_aws():
        yield made
        _end(made)


def _end(made: Shop) -> None:
    for process in made.started:
        if process.poll() is None:
            process.kill()
            process.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()
    made.proxy.stop()
