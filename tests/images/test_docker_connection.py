"""What a user is told when Docker Engine cannot be reached."""

from __future__ import annotations

import json
import socket
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest

from fargatectl.errors import UnreachableError
from fargatectl.images import connection
from fargatectl.images.connection import connect, unreachable

ABORTED = "Error while fetching server API version: ('Connection aborted.', {})"


@pytest.mark.parametrize(
    ("cause", "host", "message", "hint"),
    [
        (
            ABORTED.format("PermissionError(13, 'Permission denied')"),
            "",
            "permission denied",
            "usermod -aG docker",
        ),
        (
            ABORTED.format("FileNotFoundError(2, 'No such file')"),
            "",
            "is not running",
            "systemctl start docker",
        ),
        (
            ABORTED.format("ConnectionRefusedError(111, 'refused')"),
            "tcp://h:2375",
            "at tcp://h:2375",
            "Start it",
        ),
        ("Install paramiko package to enable ssh:// support", "ssh://h", "at ssh://h", "password prompt"),
        ("HTTPConnectionPool: Read timed out.", "tcp://h:1", "did not answer within 15 s", "docker version"),
        ("Detected corrupted meta file for context x", "", "corrupted meta file", "docker version"),
    ],
)
def test_says_why_and_what_to_do(
    monkeypatch: pytest.MonkeyPatch, cause: str, host: str, message: str, hint: str
) -> None:
    monkeypatch.setattr(connection.shutil, "which", lambda program: "/usr/bin/docker")
    error = unreachable(cause, host)
    assert message in error.message
    assert hint in error.hint
    assert error.code == "docker.unreachable"


def test_tells_a_missing_engine_from_a_stopped_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection.shutil, "which", lambda program: None)
    error = unreachable(ABORTED.format("FileNotFoundError(2, 'No such file or directory')"), "")
    assert error.message == "Docker Engine is not installed"
    assert "engine/install" in error.hint


def test_a_socket_that_is_not_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    with pytest.raises(UnreachableError, match=r"none\.sock \(DOCKER_HOST\) is not running"):
        connect()


def test_a_port_where_nothing_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(UnreachableError, match="is not running"):
            connect()


def test_the_current_docker_context_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "contexts" / "meta" / sha256(b"remote").hexdigest()
    folder.mkdir(parents=True)
    endpoint = {"Host": f"unix://{tmp_path}/s", "SkipTLSVerify": False}
    meta = {"Name": "remote", "Metadata": {}, "Endpoints": {"docker": endpoint}}
    (folder / "meta.json").write_text(json.dumps(meta))
    (tmp_path / "config.json").write_text('{"currentContext": "remote"}')
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.delenv("DOCKER_CONTEXT", raising=False)
    with socket.socket(socket.AF_UNIX) as listener, ThreadPoolExecutor() as pool:
        listener.bind(f"{tmp_path}/s")
        listener.listen()
        listener.settimeout(5)
        accepted = pool.submit(lambda: listener.accept()[0].close())
        with pytest.raises(UnreachableError):
            connect()
        accepted.result()  # raises TimeoutError if nobody came
