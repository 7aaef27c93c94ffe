"""Docker Engine for the demo and the tests: used where one answers, else installed and started.

    scripts/engine start     exit 0 once an engine answers, 6 where none can be had
    scripts/engine stop      stops the engine, but only one that these scripts started
    scripts/engine status

`DOCKER_HOST` is honoured. `FARGATECTL_ENGINE_DIR` makes an engine of its own in that folder (data, socket and
all) beside one that may run, and `FARGATECTL_ENGINE_ARGS` are more arguments for `dockerd`: for tests, in a
network namespace of its own, since two engines would share the bridge docker0. What was started is written
down in `$XDG_STATE_HOME/fargatectl` (`~/.local/state/fargatectl`), with dockerd's log.
"""

from __future__ import annotations

import fcntl
import os
import shlex
import socket
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

import docker
from docker.errors import DockerException

from devtools.daemon import Daemon, EngineError
from devtools.processes import wait_until
from devtools.say import say, warn

NO_ENGINE = 6  # the exit code that fargatectl has for an engine that cannot be reached
START_SECONDS = 60.0


def _state_folder() -> Path:
    base = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    folder = Path(base).expanduser() / "fargatectl"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@dataclass
class Engine:
    """The engine that the environment asks for.

    Attributes:
        host: Where it answers, as in `DOCKER_HOST`.
        daemon: How to start and stop it; None where `DOCKER_HOST` names somebody else's.
    """

    host: str
    daemon: Daemon | None
    _lease: TextIO | None = field(default=None, repr=False)

    @classmethod
    def from_environment(cls) -> Engine:
        """The engine in `FARGATECTL_ENGINE_DIR`, the one that `DOCKER_HOST` names, or this machine's own."""
        arguments = tuple(shlex.split(os.environ.get("FARGATECTL_ENGINE_ARGS", "")))
        if folder := os.environ.get("FARGATECTL_ENGINE_DIR"):
            started = Daemon.in_folder(Path(folder).absolute(), arguments)
            return cls(f"unix://{started.socket}", started)
        if host := os.environ.get("DOCKER_HOST"):
            return cls(host, None)
        return cls("unix:///var/run/docker.sock", Daemon.of_this_machine(_state_folder(), arguments))

    def answers(self) -> bool:
        """Whether Docker Engine answers at `host`."""
        try:
            with closing(self.client(timeout=5)) as client:
                return bool(client.ping())
        except (DockerException, OSError):
            return False

    def client(self, timeout: int = 600) -> docker.DockerClient:
        """A client for `host`; `timeout` in seconds for each answer."""
        return docker.from_env(environment={**os.environ, "DOCKER_HOST": self.host}, timeout=timeout)

    def start(self) -> bool:
        """See that an engine answers; whether it had to be started for that.

        Raises:
            EngineError: None answers and none can be started.
        """
        if self.answers():
            return False
        if self.daemon is None:
            raise EngineError(
                f"DOCKER_HOST={self.host} does not answer: start that engine, "
                "or unset DOCKER_HOST to have this machine's own started"
            )
        self._check_permission(self.daemon.socket)
        with self.daemon.lock():
            if self.answers():  # another run started it while this one waited
                return False
            if self.daemon.pending() and wait_until(self.answers, START_SECONDS):
                return False
            self.daemon.start()
            if not wait_until(lambda: self.answers() or not self.daemon_alive(), START_SECONDS):
                say("engine", f"dockerd does not answer after {START_SECONDS:.0f} s")
            if not self.answers():
                tail = self.daemon.log_tail()
                self.daemon.stop()
                raise EngineError(f"dockerd did not start; the end of {self.daemon.log}:\n{tail}")
            self.daemon.remember()
        return True

    def daemon_alive(self) -> bool:
        """Whether the daemon that was just started has not ended yet."""
        return self.daemon is not None and self.daemon.launched_alive()

    def _check_permission(self, path: Path) -> None:
        with closing(socket.socket(socket.AF_UNIX)) as probe:
            try:
                probe.connect(str(path))
            except PermissionError:
                raise EngineError(
                    f"Docker Engine runs, but you may not use {path}: join the group docker "
                    "(sudo usermod -aG docker $USER, then log in again)"
                ) from None
            except OSError:
                pass

    def stop(self) -> bool:
        """Stop the engine if these scripts started it and no other run uses it; whether that was done."""
        if self.daemon is None or not self.daemon.started_by_us():
            return False
        if self._lease is not None:
            self._lease.close()
            self._lease = None
        with self.daemon.lock(), self.daemon.users().open("w") as users:
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say("engine", "left running: another run uses it")
                return False
            self.daemon.stop()
        return True

    @contextmanager
    def in_use(self) -> Iterator[bool]:
        """Start the engine if needed, keep other runs from stopping it meanwhile, and stop what was started.

        Yields whether it was started for this. The last of several runs stops it, unless a person started it
        with `scripts/engine start`.
        """
        if self.daemon is not None:
            self._lease = self.daemon.users().open("w")
            fcntl.flock(self._lease, fcntl.LOCK_SH)
        started = self.start()
        if started and self.daemon:
            self.daemon.remember(for_runs=True)
        try:
            yield started
        finally:
            if self.daemon is not None and self.daemon.started_by_us(for_runs=True) and self.stop():
                say("engine", "stopped Docker Engine again")
            if self._lease is not None:
                self._lease.close()


def main(arguments: list[str]) -> int:
    """The command: `start`, `stop` or `status`."""
    try:
        return _run(Engine.from_environment(), arguments)
    except EngineError as error:
        warn("engine", str(error))
        return NO_ENGINE


def _run(engine: Engine, arguments: list[str]) -> int:
    match arguments:
        case ["start"]:
            started = engine.start()
            say("engine", f"Docker Engine {'started' if started else 'already answers'} at {engine.host}")
        case ["stop"]:
            if engine.stop():
                say("engine", "stopped")
            else:
                say("engine", "nothing stopped: no engine runs that these scripts started")
        case ["status"]:
            if not engine.answers():
                say("engine", f"no Docker Engine answers at {engine.host}")
                return NO_ENGINE
            ours = engine.daemon is not None and engine.daemon.started_by_us()
            say("engine", f"answers at {engine.host}{', started by these scripts' if ours else ''}")
        case _:
            say("engine", "usage: engine start|stop|status")
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
