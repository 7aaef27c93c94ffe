"""A plan is data, and the same for the same world."""

from __future__ import annotations

import json
from typing import Any, ClassVar

import pytest

from fargatectl.dataclass import dataclass
from fargatectl.engine.outputs import Outputs, Pending
from fargatectl.engine.plan import diff
from fargatectl.engine.resource import Live, Resource
from fargatectl.errors import ForeignError

from .fakes import Fake, Thing, World

GOLDEN = """\
{"action": "replace", "kind": "fake.base", "id": "a", "name": "a", "fields": [{"field": "place", "old": "here", "new": "there"}], "cause": "AWS cannot change it in place"}
{"action": "create", "kind": "fake.user", "id": "v", "name": "v", "fields": [], "cause": ""}
{"action": "update", "kind": "fake.user", "id": "u", "name": "u", "fields": [{"field": "size", "old": 1, "new": 3}, {"field": "bases", "old": ["arn:a", "arn:b"], "new": ["(the new base a)", "arn:b"]}], "cause": ""}
{"action": "delete", "kind": "fake.base", "id": "old", "name": "old", "fields": [], "cause": "no longer in the spec"}
"""  # noqa: E501


def test_golden(world: World, base: Any, user: Any) -> None:
    world.up(
        user(id="u", name="u", bases=(base(id="a", name="a"), base(id="b", name="b"))),
        base(id="old", name="old"),
    )
    desired = [
        user(id="u", name="u", size=3, bases=(base(id="a", name="a", place="there"), base(id="b", name="b"))),
        user(id="v", name="v"),
    ]
    texts = {"".join(f"{json.dumps(one)}\n" for one in world.plan(*desired).documents()) for _ in range(20)}
    assert texts == {GOLDEN}


def test_after_a_run_the_next_plan_is_empty(world: World, base: Any, user: Any, immutable: Any) -> None:
    desired = user(
        id="u", name="u", bases=(base(id="a", name="a"), immutable(id="i", name="i", colour="red"))
    )
    world.up(desired)
    assert world.plan(desired).documents() == []


def test_nothing_wanted_has_no_cause(world: World, base: Any) -> None:
    world.up(base(id="a", name="a"))
    (document,) = world.plan().documents()
    assert (document["action"], document["cause"]) == ("delete", "")


def test_all_that_is_not_ours_is_told_at_once_and_nothing_is_planned(world: World, base: Any) -> None:
    for name in ("a", "b"):
        world.cloud.things["fake.base", name] = Thing({"size": 1, "place": "here"}, owned=False)
    with pytest.raises(ForeignError) as caught:
        world.plan(base(id="a", name="a"), base(id="b", name="b"), base(id="c", name="c"))
    assert [detail["name"] for detail in caught.value.details] == ["a", "b"]
    assert "base a" in str(caught.value)
    assert "base b" in str(caught.value)


def test_what_is_not_ours_has_the_advice_of_its_kind(
    world: World, base: Any, user: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(user, "if_foreign", "Ask the postmaster.")
    for kind, name in (("fake.base", "a"), ("fake.user", "u"), ("fake.user", "v")):
        world.cloud.things[kind, name] = Thing({"size": 1, "place": "here"}, owned=False)
    wanted = base(id="a", name="a"), user(id="u", name="u"), user(id="v", name="v")
    with pytest.raises(ForeignError) as caught:
        world.plan(*wanted)
    assert "Choose another app" in caught.value.hint
    assert caught.value.hint.count("Ask the postmaster.") == 1
    with pytest.raises(ForeignError) as caught:
        world.plan(*wanted[1:])
    assert "Choose another app" not in caught.value.hint


def test_somebody_elses_under_another_name_is_not_seen(world: World, base: Any) -> None:
    world.cloud.things["fake.base", "theirs"] = Thing({"size": 1, "place": "here"}, owned=False)
    assert not world.up(base(id="a", name="a")).errors
    assert not world.up().errors
    world.exist("theirs")


def test_of_two_of_ours_the_nearest_is_kept_and_the_other_removed(world: World, base: Any) -> None:
    """As after a replacement that was cut short: both are there."""
    world.cloud.things["fake.base", "a"] = Thing({"size": 1, "place": "here", "colour": None}, id="a")
    world.cloud.things["fake.base", "a@there"] = Thing({"size": 5, "place": "there", "colour": None}, id="a")
    documents = world.plan(base(id="a", name="a", place="there")).documents()
    assert [(one["action"], [f["field"] for f in one["fields"]]) for one in documents] == [  # type: ignore[attr-defined]
        ("update", ["size"]),
        ("delete", []),
    ]


def test_maps_are_compared_key_by_key(kinds: Any) -> None:
    @dataclass(frozen=True, kw_only=True, eq=False)
    class Mapped(Fake):
        kind: ClassVar[str] = "fake.mapped"
        env: Any = None

    live = Live("fake.mapped", "m", "m", "m", True, {"size": 1, "place": "here", "colour": None,
                                                     "env": {"SAME": "1", "OLD": "2", "CHANGED": "3"}})  # fmt: skip # noqa: E501
    wanted = Mapped(id="m", name="m", env={"SAME": "1", "CHANGED": "4", "NEW": "5"})
    changes = {
        change.field: (change.old, change.new, change.root) for change in diff(wanted, live, Outputs())
    }
    assert changes == {
        "env.CHANGED": ("3", "4", "env"),
        "env.NEW": (None, "5", "env"),
        "env.OLD": ("2", None, "env"),
    }


def test_equal_fingerprints_spare_reading_the_fields(world: World, immutable: Any) -> None:
    wanted = immutable(id="i", name="i", size=4)
    unread = Live("fake.immutable", "i", "i", "i", True, {}, fingerprint="fp-4")
    assert diff(wanted, unread, Outputs()) == []
    other = Live("fake.immutable", "i", "i", "i", True, {"size": 3, "place": "here", "colour": None},
                 fingerprint="fp-3")  # fmt: skip
    assert [change.field for change in diff(wanted, other, Outputs())] == ["size"]


def test_equal_fingerprints_do_not_hide_that_what_they_refer_to_is_made_anew(
    kinds: Any, base: Any, immutable: Any
) -> None:
    @dataclass(frozen=True, kw_only=True, eq=False)
    class Holder(Fake):
        kind: ClassVar[str] = "fake.holder"
        held: Any = None
        fingerprint: ClassVar[str] = "same"  # type: ignore[assignment]

    wanted = Holder(id="h", name="h", held=base(id="a", name="a"))
    live = Live("fake.holder", "h", "h", "h", True, {}, fingerprint="same")
    (change,) = diff(wanted, live, Outputs())
    assert change.new == Pending("fake.base", "a", "arn")


def test_what_is_not_known_yet_equals_nothing_known_and_is_never_sent() -> None:
    pending = Pending("fake.base", "a", "arn")
    assert pending != "arn:a"
    assert "a" in str(pending)


def test_a_value_needed_before_it_is_known_is_an_error_of_the_order(kinds: Any, base: Any) -> None:
    one = base(id="a", name="a")
    with pytest.raises(LookupError, match="too early"):
        Outputs().need(one)


def test_a_kind_that_lacks_a_method_fails_where_it_is_defined(kinds: Any) -> None:
    with pytest.raises(TypeError, match=r"Lame \(fake\.lame\) lacks create, delete, find, update"):

        @dataclass(frozen=True, kw_only=True, eq=False)
        class Lame(Resource):
            kind: ClassVar[str] = "fake.lame"

    assert "fake.lame" not in kinds


def test_two_kinds_of_one_name_are_refused(kinds: Any, base: Any) -> None:
    with pytest.raises(TypeError, match=r"Second and Base are both of the kind fake\.base"):

        @dataclass(frozen=True, kw_only=True, eq=False)
        class Second(Fake):
            kind: ClassVar[str] = "fake.base"

    assert kinds["fake.base"] is base
