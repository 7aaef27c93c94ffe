"""Starting, finding again and stopping, with a stand-in for MiniStack's process."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fargatectl.errors import UnreachableError
from fargatectl.local import containers, environment, paths, process, record, stack

from .conftest import Said


class Engine:
    """Docker Engine's part: how many containers each instance has."""

    def __init__(self) -> None:
        self.left: dict[str, int] = {}

    def remove_all(self, instance: str, registry: str = "", docker_host: str = "") -> int:
        return self.left.pop(instance, 0)

    def count(self, instance: str, docker_host: str = "") -> int:
        return self.left.get(instance, 0)


@pytest.fixture
def docker_engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    engine = Engine()
    monkeypatch.setattr(containers, "remove_all", engine.remove_all)
    monkeypatch.setattr(containers, "count", engine.count)
    return engine


@pytest.fixture(autouse=True)
def fake_server(
    own_directories: Path, docker_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    script = Path(__file__).with_name("fake_server.py")
    monkeypatch.setattr(paths, "WRAPPER", script)
    monkeypatch.setattr(environment, "prepare", lambda say: Path(sys.executable))
    yield script
    found = record.read()
    if found is not None:
        process.end(found)


def crash(pid: int) -> None:
    """What a crash does, over when this returns."""
    os.kill(pid, signal.SIGKILL)
    while process.start_mark(pid) is not None:
        time.sleep(0.01)


def test_ensure_starts_one_and_finds_it_again(said: Said) -> None:
    first = stack.ensure(said)
    again = stack.ensure(said)
    assert first == again
    assert first.endpoint_url == f"http://127.0.0.1:{os.environ['FARGATECTL_LOCAL_PORT']}"
    assert (first.account, first.region) == ("000000000000", "us-east-1")
    found = stack.status()
    assert found is not None
    assert (found.pid, found.endpoint_url) == (first.pid, first.endpoint_url)
    assert said[-1] == f"the local AWS answers at {first.endpoint_url}"


def test_it_leads_its_own_session_and_gets_no_secrets(said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "very-secret")
    aws = stack.ensure(said)
    assert os.getsid(aws.pid) == aws.pid
    given = Path(f"/proc/{aws.pid}/environ").read_bytes()
    assert b"very-secret" not in given
    assert b"BIND_HOST=127.0.0.1" in given


def test_stop_ends_it_and_removes_what_it_left(said: Said, docker_engine: Engine) -> None:
    aws = stack.ensure(said)
    docker_engine.left = {process.instance(): 2, "somebody-else": 1}
    assert stack.stop(said) is True
    assert process.start_mark(aws.pid) is None
    assert docker_engine.left == {"somebody-else": 1}
    assert said[-1] == "the local AWS is stopped; 2 containers removed"
    assert stack.status() is None
    assert stack.stop(said) is False


def test_after_a_crash_the_next_start_cleans_up(said: Said, docker_engine: Engine) -> None:
    crashed = stack.ensure(said)
    crash(crashed.pid)
    docker_engine.left = {process.instance(): 1}
    assert stack.status() is None
    aws = stack.ensure(said)
    assert aws.pid != crashed.pid
    assert "removed 1 container of a local AWS that crashed" in said
    assert docker_engine.left == {}


def test_after_a_crash_stop_cleans_up_too(said: Said, docker_engine: Engine) -> None:
    crash(stack.ensure(said).pid)
    docker_engine.left = {process.instance(): 1}
    assert stack.stop(said) is False
    assert docker_engine.left == {}


def test_one_that_hangs_is_replaced(said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    hung = stack.ensure(said)
    monkeypatch.setattr(process, "_STOPS_WITHIN", 0.3)
    os.kill(hung.pid, signal.SIGSTOP)
    aws = stack.ensure(said)
    assert aws.pid != hung.pid
    assert process.start_mark(hung.pid) is None


def test_a_reused_pid_is_left_alone(said: Said) -> None:
    aws = stack.ensure(said)
    ours = record.read()
    assert ours is not None
    with subprocess.Popen(["sleep", "60"]) as stranger:
        record.write(record.Record(**{**vars(ours), "pid": stranger.pid}))
        assert stack.status() is None
        assert stack.stop(said) is False
        assert stranger.poll() is None, "another process was ended"
        stranger.kill()
    crash(aws.pid)


def test_another_server_on_the_recorded_port_is_not_taken_for_it(said: Said) -> None:
    aws = stack.ensure(said)
    ours = record.read()
    assert ours is not None
    record.write(record.Record(**{**vars(ours), "token": "0" * 32}))
    assert stack.status() is None
    assert stack.ensure(said).pid != aws.pid


def test_a_taken_port_is_left_to_whoever_has_it(said: Said) -> None:
    taken = int(os.environ["FARGATECTL_LOCAL_PORT"])
    with socket.create_server(("127.0.0.1", taken)):
        aws = stack.ensure(said)
        assert aws.endpoint_url != f"http://127.0.0.1:{taken}"
        found = stack.status()
        assert found is not None
        assert found.endpoint_url == aws.endpoint_url


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": 1}', json.dumps({"pid": "1"})])
def test_a_damaged_record_counts_as_none(said: Said, content: str) -> None:
    paths.record_file().parent.mkdir(parents=True)
    paths.record_file().write_text(content)
    assert stack.status() is None
    assert stack.ensure(said).pid > 1


def test_two_at_once_get_the_same(said: Said) -> None:
    found: list[stack.LocalAws] = []
    threads = [threading.Thread(target=lambda: found.append(stack.ensure(said))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1
    assert said.count("starting the local AWS") == 1


def test_one_that_dies_at_start_says_why(said: Said, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "dies.py"
    script.write_text("import sys; sys.exit('fargatectl: MiniStack does not fit')")
    monkeypatch.setattr(paths, "WRAPPER", script)
    with pytest.raises(UnreachableError, match="ended as it started: MiniStack does not fit") as caught:
        stack.ensure(said)
    assert str(paths.log_file()) in caught.value.hint
    assert record.read() is None


def test_one_whose_starter_was_killed_is_found(
    said: Said, tmp_path: Path, fake_server: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = tmp_path / "slow.py"
    slow.write_text(f"import runpy, time; time.sleep(1.5); runpy.run_path({str(fake_server)!r})")
    starter = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, pathlib; from fargatectl.local import process;"
            f"process.launch(pathlib.Path(sys.executable), pathlib.Path({str(slow)!r}))",
        ]
    )
    while record.read() is None:
        time.sleep(0.01)
    starter.kill()
    starter.wait()
    left = record.read()
    assert left is not None
    assert process.is_alive(left)

    monkeypatch.setattr(process, "_STOPS_WITHIN", 5.0)
    aws = stack.ensure(said)
    assert aws.pid == left.pid or process.start_mark(left.pid) is None, "two of them run"


def test_one_started_by_another_version_is_kept_and_named(
    said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws = stack.ensure(said)
    monkeypatch.setattr(process, "build", lambda: "another")
    assert stack.ensure(said) == aws
    assert "another version of fargatectl" in said[-1]
    found = stack.status()
    assert found is not None
    assert found.outdated is True


def test_reset_needs_a_running_one_and_removes_its_containers(said: Said, docker_engine: Engine) -> None:
    with pytest.raises(UnreachableError, match="not running"):
        stack.reset(said)
    aws = stack.ensure(said)
    docker_engine.left = {process.instance(): 3}
    stack.reset(said)
    assert docker_engine.left == {}
    found = stack.status()
    assert found is not None
    assert found.pid == aws.pid


def _refuse(*_arguments: object) -> int:
    raise UnreachableError("Docker Engine does not answer")


def test_without_docker_nothing_is_started(said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "remove_all", _refuse)
    with pytest.raises(UnreachableError, match="Docker Engine"):
        stack.ensure(said)
    assert record.read() is None
    assert stack.stop(said) is False


def test_status_without_docker_knows_no_count(said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    stack.ensure(said)
    monkeypatch.setattr(containers, "count", _refuse)
    found = stack.status()
    assert found is not None
    assert found.containers is None


def test_limits_are_told() -> None:
    features = [feature for feature, _ in stack.LIMITS]
    assert {"state", "IAM", "autoscaling", "ECS Exec"} <= set(features)
    assert len(features) == len(set(features))


@pytest.mark.parametrize(("given", "checked"), [("true", True), ("false", False), (None, False)])
def test_permissions_are_checked_where_that_was_asked_for(
    said: Said, monkeypatch: pytest.MonkeyPatch, given: str | None, checked: bool
) -> None:
    monkeypatch.delenv(process.AUTH_VARIABLE, raising=False)
    if given is not None:
        monkeypatch.setenv(process.AUTH_VARIABLE, given)
    settings = Path(f"/proc/{stack.start(said).pid}/environ").read_bytes().split(b"\0")
    assert (b"AUTH=true" in settings) == checked
