"""The local AWS's process: starting it detached, recognising it, ending it."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

from fargatectl.errors import UnreachableError, UsageError
from fargatectl.local import environment, paths, record
from fargatectl.local.record import Record

HOST = "127.0.0.1"
ACCOUNT = "000000000000"
REGION = "us-east-1"
PREFERRED_PORT = 4599
PORT_VARIABLE = "FARGATECTL_LOCAL_PORT"
AUTH_VARIABLE = "FARGATECTL_LOCAL_AUTH"
"""Where it is ``true``, a newly started local AWS checks signatures and IAM policies as AWS does."""
MINUTE_VARIABLE = "FARGATECTL_LOCAL_MINUTE"
"""Seconds that a minute of a blue/green deployment's bake time takes in a newly started local AWS."""
IDENTITY_PATH = "/_fargatectl/identity"
_READY_WITHIN = 60.0  # seconds; usually one, more on a busy machine
_STOPS_WITHIN = 20.0
_PORT_ATTEMPTS = 3
# All that the process gets of the caller's environment: no AWS settings, no secrets.
_PASSED_ON = ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "XDG_RUNTIME_DIR", "DOCKER_HOST",
              "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH", "DOCKER_CONFIG")  # fmt: skip


def instance() -> str:
    """The owner named on the containers: this machine's user and state directory."""
    owner = f"{socket.gethostname()}:{os.getuid()}:{paths.state_directory()}"
    return f"fargatectl-{hashlib.sha256(owner.encode()).hexdigest()[:12]}"


def build() -> str:
    """The hash of what a newly started local AWS would run with."""
    files = [paths.REQUIREMENTS, paths.WRAPPER, *sorted((paths.PACKAGE / "ministack_patches").glob("*.py"))]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


def start_mark(pid: int) -> str | None:
    """When a process started, as the system counts it; None where it does not run (a zombie does not)."""
    try:
        # Field 22 of proc(5)'s stat; the command in field 2 may hold spaces, so count after its bracket.
        after_command = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return None if after_command[0] in "ZX" else f"{boot} {after_command[19]}"
    except OSError:
        if Path("/proc/self/stat").exists():
            return None
    shown = subprocess.run(  # where there is no /proc, as on macOS
        ["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return shown.stdout.strip() or None


def is_alive(found: Record) -> bool:
    """Whether the recorded process still runs: the same one, not another with its pid."""
    return start_mark(found.pid) == found.start_mark


def answers(port: int, token: str, timeout: float = 2.0) -> bool:
    """Whether the local AWS with this token serves on `port`; another server there does not count."""
    connection = http.client.HTTPConnection(HOST, port, timeout=timeout)
    try:
        connection.request("GET", IDENTITY_PATH)
        identity = json.loads(connection.getresponse().read())
        return isinstance(identity, dict) and identity.get("token") == token
    except (OSError, http.client.HTTPException, ValueError):
        return False
    finally:
        connection.close()


def is_running(found: Record) -> bool:
    """Whether the recorded local AWS is alive and serves."""
    return is_alive(found) and answers(found.port, found.token)


def reset(found: Record) -> None:
    """Empty it, containers included.

    Raises:
        UnreachableError: It does not answer.
    """
    connection = http.client.HTTPConnection(HOST, found.port, timeout=120)
    try:
        connection.request("POST", "/_ministack/reset")
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise UnreachableError(f"the local AWS does not answer: {error}", code="local.unreachable") from error
    finally:
        connection.close()
    if status != http.client.OK:
        raise UnreachableError(
            f"the local AWS refused to reset (HTTP {status})",
            hint=f"Its log: {paths.log_file()}",
            code="local.reset",
        )


def _free_port(preferred: int) -> int:
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise UnreachableError("no free TCP port on 127.0.0.1", code="local.port")


def _settings(port: int, token: str) -> dict[str, str]:
    """MiniStack's environment: loopback only, in memory only, nothing on other ports."""
    settings = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    if MINUTE_VARIABLE in os.environ:
        settings[MINUTE_VARIABLE] = os.environ[MINUTE_VARIABLE]
    if os.environ.get(AUTH_VARIABLE) == "true":
        settings["AUTH"] = "true"
    return settings | {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": HOST,
        "MINISTACK_HOST": HOST,
        "MINISTACK_HOSTNAME": instance(),
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "MINISTACK_REGION": REGION,
        "MINISTACK_DOCKER_TIMEOUT": "60",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "PERSIST_STATE": "0",
        "FARGATECTL_LOCAL_TOKEN": token,
    }


def launch(python: Path, script: Path) -> Record:
    """Start the local AWS, `script`, detached from the terminal, and wait until it answers.

    Where the preferred port (4599, or FARGATECTL_LOCAL_PORT) is taken, another one is used.

    Raises:
        UnreachableError: It ended, or did not answer in time; says why from its log.
    """
    preferred = _preferred_port()
    for _ in range(_PORT_ATTEMPTS):
        started = _launch_on(_free_port(preferred), python, script)
        if started is not None:
            return started
        preferred = 0  # somebody took the port between our look and its start
    raise UnreachableError(
        "the local AWS found no free port", hint=f"Its log: {paths.log_file()}", code="local.port"
    )


def _preferred_port() -> int:
    given = os.environ.get(PORT_VARIABLE) or str(PREFERRED_PORT)
    if re.fullmatch(r"\d{1,5}", given, re.ASCII) and 0 < int(given) < 65536:
        return int(given)
    raise UsageError(
        f"{PORT_VARIABLE} is not a port: {given!r}", hint="Give one from 1 to 65535, or unset it."
    )


def _launch_on(port: int, python: Path, script: Path) -> Record | None:
    """The record, or None where the port was taken meanwhile."""
    token = secrets.token_hex(16)
    log = paths.log_file()
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        log.chmod(0o600)
        child = subprocess.Popen(
            [str(python), "-I", str(script)],
            env=_settings(port, token),
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        started = _record_of(child.pid, port, token)
        # Before it answers: if we are killed meanwhile, the next command finds it.
        record.write(started)
        deadline = time.monotonic() + _READY_WITHIN
        while not answers(port, token):
            if child.poll() is not None:
                tail = _log_tail()
                if "address already in use" in tail.lower():
                    record.remove()
                    return None
                raise UnreachableError(
                    f"the local AWS ended as it started: {_reason(tail)}",
                    hint=f"Its log: {log}",
                    code="local.start",
                    details=[{"output": tail}],
                )
            if time.monotonic() > deadline:
                raise UnreachableError(
                    f"the local AWS did not answer within {_READY_WITHIN:.0f} s",
                    hint=f"Its log: {log}",
                    code="local.start",
                )
            time.sleep(0.05)
    except BaseException:
        # Also on Ctrl-C: what has no record would never be found again.
        child.kill()
        child.wait()
        record.remove()
        raise
    child.returncode = 0  # it lives on by design: no ResourceWarning, no waiting for it
    return started


def _record_of(pid: int, port: int, token: str) -> Record:
    return Record(
        pid=pid,
        start_mark=start_mark(pid) or "",
        port=port,
        token=token,
        instance=instance(),
        docker_host=os.environ.get("DOCKER_HOST", ""),
        build=build(),
        version=environment.ministack_version(),
        since=datetime.now(UTC).astimezone().isoformat(timespec="seconds"),
    )


def _log_tail() -> str:
    try:
        return "\n".join(paths.log_file().read_text(errors="replace").splitlines()[-20:])
    except OSError:
        return ""


def _reason(tail: str) -> str:
    lines = [line for line in tail.splitlines() if line.strip()]
    return lines[-1].removeprefix("fargatectl: ") if lines else "it said nothing"


def end(found: Record) -> None:
    """SIGTERM, wait, and SIGKILL if need be; never another process that has its pid now."""
    for number, patience in ((signal.SIGTERM, _STOPS_WITHIN), (signal.SIGKILL, _STOPS_WITHIN)):
        if not is_alive(found):
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(found.pid, number)
        deadline = time.monotonic() + patience
        while is_alive(found) and time.monotonic() < deadline:
            time.sleep(0.05)
