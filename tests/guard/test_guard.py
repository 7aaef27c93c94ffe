"""A command under the lock: what it sees of AWS is never older than the last change of another run."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from fargatectl import operations
from fargatectl.aws.holder import Holder
from fargatectl.aws.lock import lock_name
from fargatectl.errors import DeployError, ExitCode, FargatectlError
from fargatectl.guard import Guard
from fargatectl.run import Run
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


def test_nothing_is_asked_before_the_lock_is_ours(deployer: Deployer) -> None:
    """What a run sees is then never older than the last change of the one before."""
    moments: dict[str, list[float]] = {"asked": []}

    def take(_: Call, real: Any) -> Any:
        answer = real()
        time.sleep(0.3)  # on its way
        moments["ours"] = [time.monotonic()]
        return answer

    def ask(_: Call, real: Any) -> Any:
        answer = real()
        moments["asked"].append(time.monotonic())
        return answer

    aws = deployer.aws()
    aws.locks_rigged = True
    aws.rig("ssm", "PutParameter", take)
    for service, operation in (("iam", "GetRole"), ("ecs", "DescribeClusters")):  # not lists, sent later
        aws.rig(service, operation, ask)
    deployer.up(aws=aws, eager=True)
    assert len(moments["asked"]) >= 2
    assert min(moments["asked"]) >= moments["ours"][0]


@pytest.mark.usefixtures("held")
def test_while_another_run_holds_it_nothing_is_looked_at(
    run: Run, moto_aws: WatchedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fargatectl.aws.lock.POLL", 0.01)
    state, looks = ["before"], []

    def look() -> str:
        run.aws.call("sts", "GetCallerIdentity")
        looks.append(state[0])
        return state[0]

    def finish() -> None:
        state[0] = "after"
        moto_aws.call("ssm", "DeleteParameter", Name=NAME)

    threading.Timer(1, finish).start()
    with Guard(run, "up", time.monotonic() + 60, eager=True) as one:
        assert one.look(look, always) == "after"
    assert looks == ["after"]


def test_a_lock_that_cannot_be_had_is_told_whatever_the_look_comes_to(deployer: Deployer) -> None:
    def refuse(_: Call, __: Any) -> Any:
        raise DeployError("no lock")

    answered = []

    def look() -> None:
        answered.append(run.aws.call("sts", "GetCallerIdentity"))

    for one in (look, lambda: None):
        aws = deployer.aws()
        aws.locks_rigged = True
        aws.rig("ssm", "PutParameter", refuse)
        run = deployer.run(deployer.load(ONE), aws)
        with (
            pytest.raises(DeployError, match="no lock"),
            Guard(run, "up", time.monotonic() + 60, eager=True) as guard,
        ):
            guard.look(one, always)
    assert not answered


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
