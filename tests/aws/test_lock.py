"""The lock of an app's environment: one run at a time, and no run that is gone makes others wait for long."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from fargatectl.aws.errors import AwsError
from fargatectl.aws.holder import Holder, this_run
from fargatectl.aws.lock import LEASE, Lock, lock_name
from fargatectl.engine.events import Event, Notice
from fargatectl.engine.scope import Scope
from fargatectl.errors import DeployError, ForeignError, TimeoutExpired
from tests.support.watched import Call, WatchedAws

SCOPE = Scope("shop")
OTHER = Holder("eve@elsewhere", "up", "2026-01-01T00:00:00Z", "theirs", "another machine", "7 1")


@dataclass
class Run:
    """A run with a clock that its own waiting moves."""

    aws: WatchedAws
    me: Holder = field(default_factory=lambda: this_run("up", {}))
    now: float = 0.0
    events: list[Event] = field(default_factory=list)
    losses: list[DeployError] = field(default_factory=list)
    while_waiting: Callable[[], object] = lambda: None

    @property
    def lock(self) -> Lock:
        return Lock(
            self.aws, SCOPE, self.me, clock=lambda: self.now, pause=self.pause, emit=self.events.append,
            lost=self.losses.append,
        )  # fmt: skip

    def pause(self, seconds: float) -> None:
        self.now += seconds
        self.while_waiting()

    @property
    def said(self) -> str:
        return "\n".join(event.text for event in self.events if isinstance(event, Notice))


@pytest.fixture
def run(moto_aws: WatchedAws) -> Run:
    moto_aws.locks_rigged = True
    return Run(moto_aws)


@pytest.fixture
def holder(moto_aws: WatchedAws) -> Callable[[Holder | str], None]:
    """Writes a lock of somebody else's."""

    def write(one: Holder | str) -> None:
        value = one if isinstance(one, str) else one.text()
        moto_aws.call(
            "ssm", "PutParameter", Name=lock_name(SCOPE), Value=value, Type="String", Overwrite=True
        )

    return write


def stands(aws: WatchedAws) -> Holder | None:
    found = aws.call("ssm", "GetParameters", Names=[lock_name(SCOPE)])["Parameters"]
    return Holder.parse(found[0]["Value"]) if found else None


def test_taken_it_says_who_and_since_when_and_carries_our_tags(run: Run) -> None:
    run.lock.take(100)
    assert stands(run.aws) == run.me
    assert "@" in run.me.who
    assert run.me.since.startswith("20")
    tags = run.aws.call(
        "ssm", "ListTagsForResource", ResourceType="Parameter", ResourceId=lock_name(SCOPE)
    )["TagList"]  # fmt: skip
    assert {"Key": "fargatectl:app", "Value": "shop"} in tags


def test_released_nothing_is_left(run: Run) -> None:
    lock = run.lock
    lock.take(100)
    lock.keep()
    lock.release()
    assert stands(run.aws) is None
    assert run.said == ""


def test_it_waits_until_the_other_run_lets_go(run: Run, holder: Any) -> None:
    holder(OTHER)
    run.while_waiting = lambda: run.now > 10 and run.aws.call("ssm", "DeleteParameter", Name=lock_name(SCOPE))
    run.lock.take(100)
    assert stands(run.aws) == run.me
    assert run.said.count("Waiting for eve@elsewhere (up, since 2026-01-01T00:00:00Z)") == 1


def test_one_that_was_released_a_moment_ago_is_waited_for(run: Run) -> None:
    """SSM has not forgotten it yet, and refuses to make another of its name."""
    refused = []

    def put(_: Call, real: Callable[[], Any]) -> Any:
        if len(refused) < 4:
            refused.append(1)
            raise AwsError("TooManyUpdates", "Please retry in a while", "ssm", "PutParameter")
        return real()

    run.aws.rig("ssm", "PutParameter", put)
    run.lock.take(None)
    assert len(refused) == 4
    assert run.now > 0


def test_a_run_that_no_longer_renews_it_loses_it(run: Run, holder: Any) -> None:
    holder(OTHER)
    run.lock.take(1000)
    assert LEASE < run.now < LEASE + 10
    assert stands(run.aws) == run.me
    assert "Took over the lock of eve@elsewhere" in run.said


def test_a_run_that_renews_it_keeps_it(run: Run, holder: Any) -> None:
    holder(OTHER)
    run.while_waiting = lambda: holder(OTHER)
    with pytest.raises(TimeoutExpired) as caught:
        run.lock.take(1000)
    assert "eve@elsewhere" in str(caught.value)
    assert "--break-lock" in caught.value.hint
    assert stands(run.aws) == OTHER


def test_a_dead_process_of_this_machine_does_not_make_anybody_wait(run: Run, holder: Any) -> None:
    holder(replace(run.me, token="theirs", process="999999999 1"))
    run.lock.take(100)
    assert run.now == 0
    assert stands(run.aws) == run.me


def test_a_process_id_that_was_used_again_is_another_process(run: Run, holder: Any) -> None:
    pid = run.me.process.partition(" ")[0]
    holder(replace(run.me, token="theirs", process=f"{pid} 1"))
    run.lock.take(100)
    assert run.now == 0


def test_a_live_process_of_this_machine_is_waited_for(run: Run, holder: Any) -> None:
    holder(replace(run.me, token="theirs"))
    with pytest.raises(TimeoutExpired):
        run.lock.take(10)


def test_broken_by_a_word(run: Run, holder: Any) -> None:
    holder(OTHER)
    run.lock.take(100, at_any_rate=True)
    assert run.now == 0
    assert stands(run.aws) == run.me


def test_a_lost_answer_is_no_other_holder(run: Run) -> None:
    def twice(_: Call, real: Any) -> Any:
        real()
        return real()

    run.aws.rig("ssm", "PutParameter", twice)
    run.lock.take(100)
    assert stands(run.aws) == run.me
    assert run.said == ""


def test_of_two_that_take_over_the_same_lock_the_first_has_it(run: Run, holder: Any) -> None:
    """Both saw the same old version; the slower one puts things right, and waits like everybody."""
    holder(OTHER)
    quicker = Run(run.aws, replace(run.me, token="quicker"))
    locks: list[Lock] = []

    def overtaken(call: Call, real: Any) -> Any:
        if call.parameters["Overwrite"] and not locks:
            locks.append(quicker.lock)
            locks[0].take(100, at_any_rate=True)
        return real()

    run.aws.rig("ssm", "PutParameter", overtaken)
    with pytest.raises(TimeoutExpired):
        run.lock.take(20, at_any_rate=True)
    assert locks[0]._renew()
    assert stands(run.aws) == quicker.me


def test_what_is_no_lock_of_ours_is_left_alone(run: Run, holder: Any) -> None:
    holder("a colleague's note")
    with pytest.raises(ForeignError, match="no lock of fargatectl's"):
        run.lock.take(100)
    assert run.aws.call("ssm", "GetParameter", Name=lock_name(SCOPE))["Parameter"]["Value"].startswith(
        "a col"
    )


def test_a_lock_that_was_taken_from_us_stops_the_run(
    run: Run, holder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fargatectl.aws.lock.RENEWAL", 0.01)
    heard = threading.Event()
    lock = Lock(
        run.aws, SCOPE, run.me, clock=lambda: run.now, pause=run.pause, emit=run.events.append,
        lost=lambda error: (run.losses.append(error), heard.set()),
    )  # fmt: skip
    lock.take(100)
    looks: list[Call] = []

    def taken_at_the_third_look(call: Call, real: Any) -> Any:
        looks.append(call)
        if len(looks) == 3:
            holder(OTHER)
        return real()

    run.aws.rig("ssm", "GetParameter", taken_at_the_third_look)
    lock.keep()
    assert heard.wait(10)
    assert len(looks) == 3
    assert run.losses[0].code == "lock.lost"
    run.now = LEASE
    lock.release()
    assert stands(run.aws) != run.me  # theirs is not ours to remove
    assert run.aws.call("ssm", "GetParameter", Name=lock_name(SCOPE))


def test_a_renewal_that_meets_somebody_who_breaks_the_lock_gives_in(run: Run, holder: Any) -> None:
    """Between its look and its write: what it wrote over theirs must not stop them too."""
    lock, breaker = run.lock, Run(run.aws, replace(run.me, token="breaker"))
    lock.take(100)
    broken: list[Lock] = []

    def broken_meanwhile(_: Call, real: Any) -> Any:
        if not broken:
            broken.append(breaker.lock)
            broken[0].take(100, at_any_rate=True)
        return real()

    run.aws.rig("ssm", "PutParameter", broken_meanwhile)
    assert not lock._renew()
    assert broken[0]._renew()
    assert stands(run.aws) == breaker.me


def test_removed_in_good_faith_it_is_made_again(run: Run) -> None:
    lock = run.lock
    lock.take(100)
    run.aws.call("ssm", "DeleteParameter", Name=lock_name(SCOPE))
    assert lock._renew()
    assert stands(run.aws) == run.me


def _not_shown(*_: object) -> Any:
    """A read that does not know yet what was just written: SSM's reads may lag."""
    raise AwsError("ParameterNotFound", "", "ssm", "GetParameter")


def test_a_read_that_lags_is_no_loss_of_the_lock(run: Run) -> None:
    lock = run.lock
    lock.take(100)
    run.aws.rig("ssm", "GetParameter", _not_shown)
    assert lock._renew()
    run.now = LEASE + 1
    assert not lock._renew()


def test_one_that_can_neither_be_made_nor_seen_is_waited_for(run: Run, holder: Any) -> None:
    """AWS advises 30 s between a parameter's deletion and the next one of its name (API DeleteParameter)."""
    holder(OTHER)
    run.aws.rig("ssm", "GetParameter", _not_shown)
    with pytest.raises(TimeoutExpired):
        run.lock.take(20)
    assert run.aws.counts()["PutParameter"] < 20


def test_a_lock_that_cannot_be_removed_is_said_and_nothing_more(run: Run) -> None:
    lock = run.lock
    lock.take(100)

    def refuse(_: Call, __: Any) -> Any:
        raise DeployError("no")

    run.aws.rig("ssm", "DeleteParameter", refuse)
    lock.release()
    assert "ends by itself" in run.said


@pytest.mark.parametrize(
    ("environ", "who"),
    [
        (
            {"GITHUB_RUN_ID": "7", "GITHUB_REPOSITORY": "octo/shop"},
            "https://github.com/octo/shop/actions/runs/7",
        ),
        ({"CI_JOB_URL": "https://gitlab.example/j/1"}, "https://gitlab.example/j/1"),
    ],
)
def test_a_ci_job_is_named_by_its_address(environ: dict[str, str], who: str) -> None:
    assert this_run("up", environ).who == who


def test_an_address_with_a_password_is_not_shown() -> None:
    assert "secret" not in this_run("up", {"BUILD_URL": "https://me:secret@ci.example/1"}).text()


@pytest.mark.parametrize("text", ["", "[]", "null", "7", '{"who": "x"}', '{"a": 1}'])
def test_garbage_is_no_holder(text: str) -> None:
    assert Holder.parse(text) is None
