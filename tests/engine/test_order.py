"""What is done before what."""

from __future__ import annotations

import threading
from typing import Any, ClassVar

import pytest

from fargatectl.dataclass import dataclass
from fargatectl.engine.resource import NotYet, Settled

from .fakes import Fake, World


def test_what_is_used_is_made_first(world: World, base: Any, user: Any, top: Any) -> None:
    below = user(id="u", name="u", bases=(base(id="a", name="a"), base(id="b", name="b")))
    # Each takes so long that whoever does not wait for it is seen to have begun.
    early = {"u": threading.Event(), "t": threading.Event()}
    world.cloud.rigged["create a"] = lambda: early["u"].wait(0.2)
    world.cloud.rigged["create u"] = lambda: (early["u"].set(), early["t"].wait(0.2))
    world.cloud.rigged["create t"] = early["t"].set
    world.up(top(id="t", name="t", below=below))
    log = world.cloud.log
    assert world.cloud.before("created a", "create u")
    assert world.cloud.before("created b", "create u")
    assert world.cloud.before("created u", "create t")
    assert log.count("create a") == 1


def test_order_holds_through_what_is_there_unchanged(world: World, base: Any, user: Any, top: Any) -> None:
    first = base(id="a", name="a")
    below = user(id="u", name="u", bases=(first,))
    world.up(top(id="t", name="t", below=below))
    world.cloud.log.clear()

    del world.cloud.things["fake.top", "t"]
    grown = base(id="a", name="a", size=2)
    below = user(id="u", name="u", bases=(grown,))
    plan = world.plan(top(id="t", name="t", below=below))
    assert [(change.action, change.name) for change in plan.changes] == [("update", "a"), ("create", "t")]

    world.cloud.polls["a"] = []
    seen: list[bool] = []
    world.cloud.rigged["update a size"] = lambda: seen.append("create t" in world.cloud.log)
    del world.cloud.polls["a"]
    world.converger().run(plan)
    assert seen == [False]
    assert world.cloud.before("update a size", "create t")


def test_users_are_removed_before_what_they_use(world: World, base: Any, user: Any, top: Any) -> None:
    below = user(id="u", name="u", bases=(base(id="a", name="a"),))
    world.up(top(id="t", name="t", below=below))
    world.up()
    world.exist()
    assert world.cloud.before("delete t", "delete u")
    assert world.cloud.before("delete u", "delete a")


def test_of_three_kinds_the_middle_one_may_be_absent(world: World, base: Any, user: Any, top: Any) -> None:
    """Nothing of `user` is there, yet what is of `top` still goes before what is of `base`."""
    below = user(id="u", name="u", bases=(base(id="a", name="a"),))
    world.up(top(id="t", name="t", below=below))
    del world.cloud.things["fake.user", "u"]
    world.up()
    assert world.cloud.before("delete t", "delete a")


def test_a_replacement_is_made_and_used_before_the_old_one_goes(world: World, base: Any, user: Any) -> None:
    world.up(user(id="u", name="u", bases=(base(id="a", name="a"),)))
    outcome = world.up(user(id="u", name="u", size=2, bases=(base(id="a", name="a", place="there"),)))
    assert not outcome.errors
    world.exist("a@there", "u")
    log = world.cloud.log
    second = len(log) - 1 - log[::-1].index("create a")
    assert second < log.index("update u bases size") < log.index("delete a")


def test_one_that_is_not_needed_any_more_goes_after_its_users_have_moved(
    world: World, base: Any, user: Any
) -> None:
    world.up(user(id="u", name="u", bases=(base(id="old", name="old"),)))
    world.up(user(id="u", name="u", bases=(base(id="new", name="new"),)))
    world.exist("new", "u")
    assert world.cloud.before("created new", "update u bases")
    assert world.cloud.before("update u bases", "delete old")


def test_what_another_kind_takes_the_place_of_goes_after_it(world: World, base: Any, kinds: Any) -> None:
    """Neither depends on the other: what the kind says is all that tells of it."""

    @dataclass(frozen=True, kw_only=True, eq=False)
    class Ferry(Fake):
        kind: ClassVar[str] = "fake.ferry"
        gives_way_to: ClassVar[frozenset[str]] = frozenset({"fake.base"})

    world.up(Ferry(id="ferry", name="ferry"))
    world.cloud.fail("create bridge", Exception("no bridge"))
    assert world.up(base(id="bridge", name="bridge")).errors
    world.exist("ferry")
    assert "delete ferry" not in world.cloud.log

    world.cloud.polls["bridge"] = [NotYet("wet"), Settled()]
    assert not world.up(base(id="bridge", name="bridge")).errors
    world.exist("bridge")
    log = world.cloud.log
    assert max(number for number, one in enumerate(log) if one == "poll bridge") < log.index("delete ferry")


@pytest.mark.parametrize(("field", "old", "new"), [("colour", "red", ""), ("colour", ("red",), ())])
def test_what_a_change_takes_away_goes_after_what_takes_its_place(
    world: World, base: Any, kinds: Any, field: str, old: Any, new: Any
) -> None:
    @dataclass(frozen=True, kw_only=True, eq=False)
    class Ferry(Fake):
        kind: ClassVar[str] = "fake.ferry"
        gives_way_to: ClassVar[frozenset[str]] = frozenset({"fake.base"})

        def tidy(self, tools: Any, *_: Any) -> None:
            tools.aws.do(f"tidy {self.name}")

    world.up(Ferry(id="ferry", name="ferry", **{field: old}))
    world.cloud.log.clear()
    world.cloud.polls["bridge"] = [NotYet("wet"), Settled()]
    bridge = base(id="bridge", name="bridge")
    assert not world.up(bridge, Ferry(id="ferry", name="ferry", **{field: new})).errors
    log = world.cloud.log
    assert max(number for number, one in enumerate(log) if one == "poll bridge") < log.index("tidy ferry")


def test_a_renewed_one_is_shown_as_unknown_to_its_users(world: World, immutable: Any, user: Any) -> None:
    def desired(size: int) -> Any:
        return user(id="u", name="u", bases=(immutable(id="i", name="i", size=size),))

    world.up(desired(1))
    documents = world.plan(desired(2)).documents()
    assert [(one["action"], one["name"]) for one in documents] == [("update", "i"), ("update", "u")]
    assert documents[1]["fields"] == [{"field": "bases", "old": ["arn:i"], "new": ["(the new immutable i)"]}]


def test_what_does_not_depend_on_each_other_runs_at_once(world: World, base: Any) -> None:
    """Each create waits until all four have begun: one after another would never end."""
    meeting = threading.Barrier(4, timeout=10)
    names = ["a", "b", "c", "d"]
    for name in names:
        world.cloud.rigged[f"create {name}"] = meeting.wait  # type: ignore[assignment]
    outcome = world.up(*[base(id=name, name=name) for name in names])
    assert not outcome.errors
    world.exist(*names)


def test_what_does_not_depend_on_each_other_is_removed_at_once(world: World, base: Any) -> None:
    names = ["a", "b", "c", "d"]
    world.up(*[base(id=name, name=name) for name in names])
    meeting = threading.Barrier(4, timeout=10)
    for name in names:
        world.cloud.rigged[f"delete {name}"] = meeting.wait  # type: ignore[assignment]
    assert not world.up().errors
    world.exist()


def test_all_kinds_are_looked_at_at_once(world: World, base: Any, user: Any, top: Any) -> None:
    meeting = threading.Barrier(3, timeout=10)
    for cls in (base, user, top):
        world.cloud.rigged[f"find {cls.kind}"] = meeting.wait  # type: ignore[assignment]
    assert world.plan().changes == ()


def test_the_work_is_never_wider_than_its_workers(world: World, base: Any) -> None:
    now = threading.Semaphore(2)

    def one() -> None:
        assert now.acquire(blocking=False)
        threading.Event().wait(0.01)
        now.release()

    names = [f"n{number}" for number in range(8)]
    for name in names:
        world.cloud.rigged[f"create {name}"] = one
    assert not world.up(*[base(id=name, name=name) for name in names], workers=2).errors
    world.exist(*names)


def test_preparation_begins_at_once_and_ends_before_the_creation(world: World, base: Any, kinds: Any) -> None:
    """As a build, which needs nothing of AWS, runs while the repository is made."""
    together = threading.Barrier(2, timeout=10)

    @dataclass(frozen=True, kw_only=True, eq=False)
    class Built(Fake):
        kind: ClassVar[str] = "fake.built"
        base: Any = None

        def prepare(self, tools: Any) -> None:
            tools.aws.do(f"prepare {self.name}")
            together.wait()

    world.cloud.rigged["create a"] = together.wait  # type: ignore[assignment]
    outcome = world.up(Built(id="i", name="i", base=base(id="a", name="a")))
    assert not outcome.errors
    assert world.cloud.before("prepare i", "create i")
    assert world.cloud.before("created a", "create i")


def test_what_needs_only_presence_does_not_wait_for_settings(
    world: World, base: Any, user: Any, top: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The settings wait for its making: had it to wait for them, neither would come to an end."""
    monkeypatch.setattr(user, "needs_presence", True)
    made = threading.Event()
    seen: list[bool] = []
    world.cloud.rigged["update a colour"] = lambda: seen.append(made.wait(10))
    world.cloud.rigged["created u"] = made.set
    below = user(id="u", name="u", bases=(base(id="a", name="a", colour="red"),))
    assert not world.up(top(id="t", name="t", below=below)).errors
    assert seen == [True]
    # What needs it in turn waits for all: else a service would start tasks whose role has no policy yet.
    assert world.cloud.before("update a colour", "create t")


def test_nor_for_the_change_of_what_stays_what_it_is(
    world: World, base: Any, user: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(user, "needs_presence", True)
    world.up(base(id="a", name="a"))
    made = threading.Event()
    seen: list[bool] = []
    world.cloud.rigged["update a size"] = lambda: seen.append(made.wait(10))
    world.cloud.rigged["created u"] = made.set
    assert not world.up(user(id="u", name="u", bases=(base(id="a", name="a", size=2),))).errors
    assert seen == [True]


def test_but_for_one_that_a_change_makes_anew(
    world: World, immutable: Any, user: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(user, "needs_presence", True)
    world.up(immutable(id="i", name="i"))
    made = threading.Event()
    seen: list[bool] = []
    world.cloud.rigged["update i size"] = lambda: seen.append(made.wait(0.2))
    world.cloud.rigged["create u"] = made.set
    assert not world.up(user(id="u", name="u", bases=(immutable(id="i", name="i", size=2),))).errors
    assert seen == [False]


def test_where_the_settings_fail_it_is_there_and_its_users_are_left(
    world: World, base: Any, user: Any, top: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(user, "needs_presence", True)
    made = threading.Event()

    def fail() -> None:
        made.wait(10)
        raise ValueError("refused")

    world.cloud.rigged["update a colour"] = fail
    world.cloud.rigged["created u"] = made.set
    below = user(id="u", name="u", bases=(base(id="a", name="a", colour="red"),))
    outcome = world.up(top(id="t", name="t", below=below))
    assert len(outcome.errors) == 1
    world.exist("a", "u")
    del world.cloud.rigged["update a colour"]
    assert not world.up(top(id="t", name="t", below=below)).errors
    world.exist("a", "u", "t")
