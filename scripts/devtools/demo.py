"""The main job, as a person would do it: `make demo`.

Deploys examples/flask-hello to a local AWS with real containers, fetches the printed address, shows the
status, takes it down, and checks that no process and no container is left. What it had to start, it stops.
"""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import docker

from devtools import base_image, processes
from devtools.daemon import EngineError
from devtools.engine import NO_ENGINE, Engine
from devtools.processes import Process
from devtools.say import say, warn
from devtools.standin import StandInError

ROOT = Path(__file__).parents[2]
SPEC = "examples/flask-hello/fargate.yml"
GREETING = "🚀 Hello from AWS Fargate!"
FETCH_SECONDS = 10.0
_LABEL = "ministack.instance"  # on every container of a local AWS
_MARK = "FARGATECTL_DEMO"  # in the environment of everything that the demo starts


class DemoError(Exception):
    """A step did not do what it should."""


class Demo:
    """One run, in an engine that answers."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment
        self._local_was_running = False

    def run(self) -> None:
        """Every step; what was made is taken down whatever happens."""
        self._local_was_running = self._local_runs()
        try:
            self._show("up", "--local", "-f", SPEC)
            url = self._address()
            self._fetch(url)
            self._show("status", "--local", "-f", SPEC)
            self._show("down", "--yes", "--local", "-f", SPEC)
        except BaseException:
            with _undisturbed():
                say("demo", "cleaning up")
                self._fargatectl("down", "--yes", "--local", "-f", SPEC)
            raise
        finally:
            with _undisturbed():
                if self._local_was_running:
                    say("demo", "the local AWS ran before: left as it was")
                else:
                    print("\n$ fargatectl local stop", flush=True)
                    self._fargatectl("local", "stop")

    def _fargatectl(self, *arguments: str, capture: bool = False) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "fargatectl", *arguments]
        return subprocess.run(
            command, check=False, cwd=ROOT, env=self._environment, text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if capture else None,
        )  # fmt: skip

    def _show(self, *arguments: str) -> None:
        print(f"\n$ fargatectl {shlex.join(arguments)}", flush=True)
        code = self._fargatectl(*arguments).returncode
        if code:
            raise DemoError(f"fargatectl {arguments[0]} ended with exit code {code}")

    def _ask(self, *arguments: str) -> dict[str, Any]:
        done = self._fargatectl(*arguments, "-o", "json", capture=True)
        try:
            answer = json.loads(done.stdout)
        except ValueError:
            raise DemoError(f"fargatectl {shlex.join(arguments)} -o json printed no JSON") from None
        if not isinstance(answer, dict):
            raise DemoError(f"fargatectl {shlex.join(arguments)} -o json printed no object")
        return answer

    def _local_runs(self) -> bool:
        try:
            return self._ask("local", "status").get("running") is True
        except DemoError:
            return False

    def _address(self) -> str:
        answer = self._ask("status", "--local", "-f", SPEC)
        try:
            return str(answer["services"][0]["url"])
        except (KeyError, IndexError):
            raise DemoError(f"fargatectl status names no address: {json.dumps(answer)}") from None

    def _fetch(self, url: str) -> None:
        print(f"\n$ curl {url}", flush=True)
        try:
            with urllib.request.urlopen(url, timeout=FETCH_SECONDS) as response:
                body = response.read().decode()
        except OSError as error:
            raise DemoError(f"{url} does not answer: {error}") from None
        print(body, flush=True)
        if body != GREETING:
            raise DemoError(f"{url} answered {body!r} instead of {GREETING!r}")


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Cleaning up goes on to its end: a second Ctrl-C reaches neither it nor what it runs."""
    previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)


def _containers(client: docker.DockerClient) -> set[str]:
    return {container["Id"] for container in client.api.containers(all=True, filters={"label": _LABEL})}


def _run(engine: Engine) -> None:
    """The demo in `engine`, and no container more than before."""
    client = engine.client()
    base_image.ensure(client)
    before = _containers(client)
    try:
        Demo({**os.environ, "DOCKER_HOST": engine.host}).run()
    finally:
        left = _containers(client) - before
        client.close()
        if left:
            warn("demo", f"containers were left behind: {', '.join(sorted(left))}")
        else:
            say("demo", "no container is left")
    if left:
        raise DemoError("not everything was taken down")


def _left_behind(mark: str, ministack_before: list[Process]) -> list[Process]:
    """What the demo started and still runs: found by the mark, and the local AWS, which gets no such mark."""
    ministack = [
        process for process in processes.with_argument("ministack") if process not in ministack_before
    ]
    return processes.with_environment(mark) + ministack


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main() -> int:
    """The command; 0 only if every step worked and nothing is left."""
    began = time.monotonic()
    signal.signal(signal.SIGTERM, _interrupt)
    ministack_before = processes.with_argument("ministack")
    os.environ[_MARK] = uuid.uuid4().hex
    mark = f"{_MARK}={os.environ[_MARK]}"
    code = 0
    try:
        engine = Engine.from_environment()
        with engine.in_use():
            _run(engine)
    except EngineError as error:
        warn("demo", str(error))
        code = NO_ENGINE
    except (DemoError, StandInError) as error:
        warn("demo", str(error))
        code = 1
    except KeyboardInterrupt:
        say("demo", "interrupted")
        code = 130
    left = _left_behind(mark, ministack_before)
    if left:
        warn("demo", f"processes were left behind: {', '.join(f'{p.name} ({p.pid})' for p in left)}")
        code = code or 1
    else:
        say("demo", "no process is left")
    say("demo", f"{'done' if not code else 'failed'} in {time.monotonic() - began:.1f} s")
    return code


if __name__ == "__main__":
    sys.exit(main())
