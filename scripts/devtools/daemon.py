"""Docker's daemon as a process (or systemd unit): installed, started, remembered and stopped.

What a killed engine leaves behind is dealt with before a start: a pid file whose number another program has
by now (dockerd refuses to start), the pid file of its containerd (dockerd would watch, and kill, that other
program), and the socket of a containerd that is gone (dockerd would wait for it).
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

from devtools import processes
from devtools.processes import Process, wait_until
from devtools.say import say

STOP_SECONDS = 40.0  # dockerd gives containers 15 s before it kills them
SYSTEM_CONTAINERD = Path("/run/containerd/containerd.sock")
_SYSTEMD_RUNS = Path("/run/systemd/system")  # sd_booted(3)


class EngineError(Exception):
    """No engine can be had, or it cannot be stopped; the text says why and what to do."""


@dataclass
class Daemon:
    """One dockerd: where it keeps things and how it is started.

    Attributes:
        socket: The Unix socket that it answers on.
        pid_file: Where it writes its number.
        exec_root: Its run-time folder; containerd's pid file lies below.
        state: Where these scripts write down that they started it, and its log.
        arguments: More arguments for dockerd.
        systemd: Whether systemd starts and stops it.
    """

    socket: Path
    pid_file: Path
    exec_root: Path
    state: Path
    arguments: tuple[str, ...] = ()
    systemd: bool = False
    _launched: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @classmethod
    def of_this_machine(cls, state: Path, arguments: tuple[str, ...]) -> Daemon:
        """The engine at the usual place."""
        run = Path("/var/run")
        return cls(
            run / "docker.sock", run / "docker.pid", run / "docker", state, arguments, _SYSTEMD_RUNS.is_dir()
        )

    @classmethod
    def in_folder(cls, folder: Path, arguments: tuple[str, ...]) -> Daemon:
        """An engine with everything of its own in `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        data, exec_root, pid_file = folder / "data", folder / "exec", folder / "docker.pid"
        socket = folder / "docker.sock"
        places = [f"--data-root={data}", f"--exec-root={exec_root}", f"--pidfile={pid_file}"]
        return cls(socket, pid_file, exec_root, folder, (*places, f"--host=unix://{socket}", *arguments))

    @property
    def log(self) -> Path:
        """dockerd's own log."""
        return self.state / "engine.log"

    def users(self) -> Path:
        """The file that each run locks, shared, while it uses the engine."""
        return self.state / "engine.users"

    @contextmanager
    def lock(self) -> Iterator[None]:
        """One start or stop at a time."""
        with (self.state / "engine.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def pending(self) -> bool:
        """Whether a dockerd runs that does not answer yet."""
        return processes.from_pid_file(self.pid_file, "dockerd") is not None

    def launched_alive(self) -> bool:
        """Whether what `start` launched has not ended."""
        return self._launched is None or self._launched.poll() is None

    def start(self) -> None:
        """Install dockerd where it is missing and start it in the background.

        Raises:
            EngineError: This user has no right to do so, or it failed.
        """
        install = Path(__file__).parents[1] / "apt-install"
        missing = [p for tool, p in (("dockerd", "docker.io"), ("iptables", "iptables")) if not _which(tool)]
        if missing:
            reason = "no Docker Engine answers, and it is not installed"
            if subprocess.run([install, reason, *missing], check=False).returncode:
                raise EngineError(f"{reason}; it could not be installed (see above)")
        if self.systemd:
            say("engine", "starting Docker Engine (systemctl start docker)")
            self._run(["systemctl", "start", "docker"])
            return
        if self.pending():  # the installation itself started it
            return
        self._clear_leftovers()
        group = () if os.geteuid() == 0 else ("--group", str(os.getgid()))
        command = [*_as_root(), _which("dockerd") or "dockerd", *self.arguments, *group]
        say(
            "engine", f"starting Docker Engine in the background ({' '.join(command)}); its log is {self.log}"
        )
        with self.log.open("wb") as log:
            self._launched = subprocess.Popen(
                command,
                env={**os.environ, "PATH": _path()},
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def _clear_leftovers(self) -> None:
        containerd = self._containerd_pid_file()
        stale = [
            path
            for path, name in ((self.pid_file, "dockerd"), (containerd, "containerd"))
            if path.exists() and processes.from_pid_file(path, name) is None
        ]
        if SYSTEM_CONTAINERD.is_socket() and not _listens(SYSTEM_CONTAINERD):
            stale.append(SYSTEM_CONTAINERD)
        if stale:
            say("engine", f"removing what a killed engine left: {', '.join(map(str, stale))}")
            self._run(["rm", "-f", *map(str, stale)])

    def _containerd_pid_file(self) -> Path:
        return self.exec_root / "containerd" / "containerd.pid"

    @property
    def _record(self) -> Path:
        return self.state / "engine.json"

    def remember(self, *, for_runs: bool = False) -> None:
        """Write down that these scripts started the daemon that runs now.

        Args:
            for_runs: For a demo or test run, the last of which stops it; else a person asked for it.
        """
        process = processes.from_pid_file(self.pid_file, "dockerd")
        if process:
            self._record.write_text(json.dumps({**asdict(process), "for_runs": for_runs}))

    def started_by_us(self, *, for_runs: bool = False) -> bool:
        """Whether the daemon that runs now is one that these scripts started (for runs, if so asked)."""
        return self._remembered(for_runs) is not None

    def _remembered(self, for_runs: bool = False) -> Process | None:
        try:
            record = json.loads(self._record.read_text())
            was_for_runs = record.pop("for_runs")
            process = Process(**record)
        except (OSError, ValueError, TypeError, KeyError):
            return None
        return process if process.alive and (was_for_runs or not for_runs) else None

    def stop(self) -> None:
        """Stop the daemon that these scripts started, and wait until it and its containerd are gone.

        Raises:
            EngineError: It still runs after `STOP_SECONDS`.
        """
        daemon = self._remembered() or self._just_launched()
        if daemon is None:
            return
        containerd = processes.from_pid_file(self._containerd_pid_file(), "containerd")
        if self.systemd:
            self._run(["systemctl", "stop", "docker.service", "docker.socket"])
        else:
            self._run(["kill", f"-{signal.SIGTERM.value}", str(daemon.pid)])
        for process in filter(None, (daemon, containerd)):
            if not wait_until(partial(self._gone, process), STOP_SECONDS):
                raise EngineError(f"{process.name} ({process.pid}) still runs after {STOP_SECONDS:.0f} s")
        self._record.unlink(missing_ok=True)

    def _just_launched(self) -> Process | None:
        return processes.find(self._launched.pid) if self._launched and self.launched_alive() else None

    def _gone(self, process: Process) -> bool:
        self.launched_alive()  # collects our own child once it has ended
        return not process.alive

    def log_tail(self, lines: int = 12) -> str:
        """The last lines of dockerd's log that are not mere progress."""
        try:
            text = self.log.read_text(errors="replace")
        except OSError:
            return ""
        return "\n".join([line for line in text.splitlines() if "level=info" not in line][-lines:])

    def _run(self, command: Sequence[str]) -> None:
        done = subprocess.run([*_as_root(), *command], check=False, capture_output=True, text=True)
        if done.returncode:
            raise EngineError(f"{' '.join(command)} failed: {done.stderr.strip()}")


def _path() -> str:
    """The search path with the system's folders, which a user's may lack; dockerd looks for iptables."""
    return f"{os.environ.get('PATH', os.defpath)}:/usr/local/sbin:/usr/sbin:/sbin"


def _which(tool: str) -> str | None:
    return shutil.which(tool, path=_path())


def _as_root() -> tuple[str, ...]:
    if os.geteuid() == 0:
        return ()
    if subprocess.run(["sudo", "-n", "true"], check=False, capture_output=True).returncode:
        raise EngineError("starting Docker Engine takes root: as root, run `scripts/engine start`")
    return ("sudo", "-n")


def _listens(path: Path) -> bool:
    with closing(socket.socket(socket.AF_UNIX)) as probe:
        probe.settimeout(2)
        try:
            probe.connect(str(path))
        except PermissionError:
            return True  # somebody's: not ours to remove
        except OSError:
            return False
        return True
