"""What is done when something goes on only at a person's word: what must come after it is left for later."""

from __future__ import annotations

from dataclasses import field
from typing import Any, ClassVar

import pytest

from fargatectl.dataclass import dataclass
from fargatectl.engine.events import Notice, Skipped
from fargatectl.engine.resource import AFTER, IDENTITY, NotYet, Resource, Settled

from .fakes import Fake, World

PAUSED = Settled("paused", holds="a is paused")


@pytest.fixture
def ordered(kinds: dict[str, Any], base: type[Any]) -> type[Any]:
    """A kind whose things come one after another."""

    @dataclass(frozen=True, kw_only=True, eq=False)
    class Ordered(Fake):
        kind: ClassVar[str] = "fake.ordered"

        bases: tuple[Resource, ...] = field(default=(), metadata=IDENTITY)
        first: tuple[Resource, ...] = field(default=(), metadata=AFTER)

    Ordered.__annotations__["bases"] = tuple[base, ...]  # type: ignore[valid-type]
    Ordered.__annotations__["first"] = tuple[Ordered, ...]
    return Ordered


@pytest.fixture
def user(ordered: type[Any]) -> type[Any]:
    """A kind whose things use one of `ordered`, and need not come after it."""

    @dataclass(frozen=True, kw_only=True, eq=False)
    class User(Fake):
        kind: ClassVar[str] = "fake.user"

        below: Resource = field(metadata=IDENTITY)

    User.__annotations__["below"] = ordered
    return User


def test_what_comes_after_is_left_and_all_else_goes_on(world: World, ordered: Any, user: Any) -> None:
    a = ordered(id="a", name="a")
    b = ordered(id="b", name="b", first=(a,))
    c = ordered(id="c", name="c", first=(b,))
    every = [user(id=f"u{one.name}", name=f"u{one.name}", below=one) for one in (a, b, c)]
    world.cloud.polls["a"] = [PAUSED]
    outcome = world.up(*every, ordered(id="d", name="d"))
    assert outcome.errors == []
    world.exist("a", "ua", "d")
    assert {one.name: one.reason for one in world.said(Skipped)} == dict.fromkeys(
        ["b", "c", "ub", "uc"], "a is paused"
    )
    assert sorted((one.name, one.why) for one in outcome.left) == [
        (name, "a is paused") for name in ("b", "c", "ub", "uc")
    ]
    assert sorted(change.name for change in outcome.done) == ["a", "d", "ua"]

    # Promoted: the next run does the rest.
    world.cloud.polls["a"] = [Settled()]
    assert world.up(*every).left == []
    world.exist("a", "b", "c", "ua", "ub", "uc")


def test_by_way_of_one_that_has_not_changed_too(world: World, ordered: Any) -> None:
    def chain(size: int) -> Any:
        a = ordered(id="a", name="a", size=size)
        b = ordered(id="b", name="b", first=(a,))
        return ordered(id="c", name="c", size=size, first=(b,))

    world.up(chain(1))
    world.cloud.polls["a"] = [PAUSED]
    assert [one.name for one in world.up(chain(2)).left] == ["c"]


def test_what_it_may_still_use_is_not_removed(world: World, base: Any, ordered: Any) -> None:
    world.up(ordered(id="a", name="a", bases=(base(id="old", name="old"),)))
    world.cloud.polls["a"] = [PAUSED, Settled()]
    again = ordered(id="a", name="a", size=2, bases=(base(id="new", name="new"),))
    outcome = world.up(again)
    world.exist("old", "new", "a")
    assert [(one.action, one.name) for one in outcome.left] == [("delete", "old")]
    world.up(again)
    world.exist("new", "a")
    assert world.said(Notice) == []


@pytest.mark.parametrize("wait", [True, False])
def test_what_the_old_version_may_use_is_removed_only_once_the_new_one_serves(
    world: World, ordered: Any, user: Any, wait: bool
) -> None:
    user.follows = True
    old, new = ordered(id="old", name="old"), ordered(id="new", name="new")
    world.up(user(id="u", name="u", size=1, below=old))
    world.cloud.polls["u"] = [NotYet("rolling", 60), Settled()]
    outcome = world.up(user(id="u", name="u", size=2, below=new), wait=wait)
    assert outcome.errors == []
    assert [one.name for one in outcome.left] == ([] if wait else ["old"])
    assert all("u is not waited for" in one.why for one in outcome.left)
    world.exist(*(["new", "u"] if wait else ["new", "old", "u"]))
    del world.cloud.polls["u"]
    assert world.up(user(id="u", name="u", size=2, below=new), wait=wait).left == []
    world.exist("new", "u")
