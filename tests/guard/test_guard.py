"""A command under the lock: what it saw of AWS is never older than the last change of another run."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from fargatectl import guard, operations
from fargatectl.aws.holder import Holder
from fargatectl.aws.lock import lock_name
from fargatectl.errors import DeployError, ExitCode, FargatectlError
from fargatectl.guard import Guard
from fargatectl.operations import Run
from tests.support.apps import ONE, Deployer
from tests.support.watched import Call, WatchedAws

always = lambda _: True  # noqa: E731
NAME = "/fargatectl/shop/default/lock"


@pytest.fixture
def run(deployer: Deployer) -> Run:
    return deployer.run(deployer.load(ONE))


@pytest.fixture
def locked(moto_aws: WatchedAws) -> Callable[[], bool]:
    """Whether the lock is there."""
    return lambda: bool(moto_aws.call("ssm", "GetParameters", Names=[NAME])["Parameters"])


@pytest.fixture
def held(moto_aws: WatchedAws) -> None:
    """Somebody else has it."""
    other = Holder("eve@elsewhere", "up", "2026-01-01T00:00:00Z", "theirs")
    moto_aws.call("ssm", "PutParameter", Name=NAME, Value=other.text(), Type="String")


def test_the_name_is_that_of_app_and_environment(run: Run) -> None:
    assert lock_name(run.scope) == NAME


def test_it_is_held_while_changes_are_made_and_gone_afterwards(
    deployer: Deployer, locked: Callable[[], bool]
) -> None:
    seen = []

    def watch(_: Call, real: Any) -> Any:
        seen.append(locked())
        return real()

    aws = deployer.aws()
    aws.rig("ecs", "CreateService", watch)
    deployer.up(aws=aws)
    assert seen == [True]
    assert not locked()


def test_a_run_that_fails_releases_it(deployer: Deployer, locked: Callable[[], bool]) -> None:
    def refuse(_: Call, __: Any) -> Any:
        raise DeployError("no")

    aws = deployer.aws()
    aws.rig("ecs", "CreateService", refuse)
    with pytest.raises(DeployError):
        deployer.up(aws=aws)
    assert not locked()


def test_free_at_once_one_look_is_enough(run: Run) -> None:
    looks = []
    with Guard(run, "up", time.monotonic() + 60, eager=True) as one:
        one.look(lambda: looks.append(1), always)
    assert len(looks) == 1


def test_where_there_is_nothing_to_do_nobody_is_locked_out(deployer: Deployer) -> None:
    deployer.up()
    aws = deployer.aws()
    assert deployer.up(aws=aws)["changes"] == []
    assert not any(one.service == "ssm" for one in aws.calls)


def test_what_is_to_be_done_is_looked_for_again_once_the_lock_is_ours(run: Run) -> None:
    looks = []
    with Guard(run, "up", time.monotonic() + 60) as one:
        one.look(lambda: looks.append(1), always)
    assert len(looks) == 2


def test_a_slow_look_may_be_older_than_the_lock(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Begun longer before the lock was ours than any run waits before it lets go: so again."""
    monkeypatch.setattr(guard, "GAP", -60.0)
    looks = []
    with Guard(run, "up", time.monotonic() + 60, eager=True) as one:
        one.look(lambda: looks.append(1), always)
    assert len(looks) == 2


@pytest.mark.usefixtures("held")
def test_what_was_seen_while_another_run_held_it_is_seen_anew(
    run: Run, moto_aws: WatchedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fargatectl.aws.lock.POLL", 0.01)
    state, looks = ["before"], []

    def look() -> str:
        looks.append(state[0])
        if len(looks) == 1:
            threading.Timer(0.1, finish).start()
        return state[0]

    def finish() -> None:
        state[0] = "after"
        moto_aws.call("ssm", "DeleteParameter", Name=NAME)

    with Guard(run, "up", time.monotonic() + 60, eager=True) as one:
        assert one.look(look, always) == "after"
    assert looks == ["before", "after"]


@pytest.mark.usefixtures("held")
def test_what_another_run_makes_just_now_is_no_stranger(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of the look counts only if the look does."""
    monkeypatch.setattr("fargatectl.aws.lock.POLL", 0.01)
    looks = []
    waits = threading.Event()
    run = replace(run, emit=lambda _: waits.set())

    def look() -> str:
        looks.append(1)
        if len(looks) == 1:
            assert waits.wait(10)
            run.aws.call("ssm", "DeleteParameter", Name=NAME)
            raise DeployError("half made")
        return "whole"

    with Guard(run, "up", time.monotonic() + 60, eager=True) as one:
        assert one.look(look, always) == "whole"


@pytest.mark.usefixtures("held")
def test_an_error_of_the_block_does_not_wait_for_the_lock(run: Run, locked: Callable[[], bool]) -> None:
    with pytest.raises(KeyboardInterrupt), Guard(run, "up", time.monotonic() + 600):
        raise KeyboardInterrupt
    assert locked()  # theirs


@pytest.mark.usefixtures("held")
def test_the_time_that_a_user_gives_counts_for_the_waiting(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fargatectl.aws.lock.POLL", 0.01)
    with (
        pytest.raises(FargatectlError) as caught,
        Guard(run, "up", time.monotonic() + 0.1, eager=True) as one,
    ):
        one.look(lambda: None, always)
    assert caught.value.exit_code == ExitCode.TIMEOUT
    assert caught.value.code == "lock.held"


def test_a_release_comes_some_time_after_the_last_change(
    run: Run, deployer: Deployer, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments: dict[str, float] = {}

    def note(call: Call, real: Any) -> Any:
        answer = real()
        moments[call.operation] = time.monotonic()
        return answer

    monkeypatch.setattr(guard, "GAP", 0.5)
    monkeypatch.setattr(guard, "time", time)
    aws = deployer.aws()
    for service, operation in (("ecs", "CreateService"), ("ssm", "DeleteParameter")):
        aws.locks_rigged = True
        aws.rig(service, operation, note)
    deployer.up(aws=aws)
    assert moments["DeleteParameter"] - moments["CreateService"] >= 0.5


def test_a_lock_that_is_lost_stops_the_run_like_one_ctrl_c(deployer: Deployer) -> None:
    loaded = deployer.load(ONE)
    aws = deployer.aws()
    run, app = deployer.run(loaded, aws), deployer.app(loaded)

    def lose(_: Call, real: Any) -> Any:
        run.control.stop(DeployError("taken", code="lock.lost"))
        return real()

    aws.rig("ecs", "RegisterTaskDefinition", lose)
    with pytest.raises(FargatectlError) as caught:
        operations.up(run, app, operations.plan(run, app), deadline=time.monotonic() + 60)
    assert caught.value.code == "lock.lost"
    assert "RegisterTaskDefinition" in aws.writes
    assert "CreateService" not in aws.writes
    assert deployer.up()["changes"]
    assert deployer.up()["changes"] == []
