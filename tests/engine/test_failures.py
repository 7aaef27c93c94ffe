"""What goes wrong: how far a failure reaches, what is tried again and for how long."""

from __future__ import annotations

from typing import Any

import pytest

from fargatectl.engine.events import Failed, Finished, Skipped, Waiting
from fargatectl.engine.resource import NotYet, Settled
from fargatectl.errors import DeployError, ForeignError, TimeoutExpired

from .fakes import Exists, Gone, Passing, Thing, Unsure, Verdicts, World


def test_a_failure_skips_only_its_users(world: World, base: Any, user: Any, top: Any) -> None:
    bad = user(id="u", name="u", bases=(base(id="a", name="a"),))
    good = user(id="v", name="v", bases=(base(id="b", name="b"),))
    world.cloud.fail("create a", DeployError("refused"))
    outcome = world.up(top(id="t", name="t", below=bad), top(id="w", name="w", below=good))
    assert [str(error) for error in outcome.errors] == ["refused"]
    world.exist("b", "v", "w")
    assert {event.name: event.reason for event in world.said(Skipped)} == {
        "u": "the base a failed",
        "t": "the user u failed",
    }
    assert [event.name for event in world.said(Failed)] == ["a"]
    assert sorted(change.name for change in outcome.done) == ["b", "v", "w"]


def test_every_failure_is_told(world: World, base: Any) -> None:
    for name in "abc":
        world.cloud.fail(f"create {name}", DeployError(f"{name} refused"))
    outcome = world.up(*[base(id=name, name=name) for name in "abcd"])
    assert sorted(map(str, outcome.errors)) == ["a refused", "b refused", "c refused"]
    world.exist("d")


def test_what_is_no_longer_wanted_stays_while_its_users_could_not_move(
    world: World, base: Any, user: Any
) -> None:
    world.up(user(id="u", name="u", bases=(base(id="old", name="old"),)))
    world.cloud.fail("update u bases", DeployError("refused"))
    outcome = world.up(user(id="u", name="u", bases=(base(id="new", name="new"),)))
    assert len(outcome.errors) == 1
    world.exist("old", "new", "u")


def test_a_bug_in_a_kind_is_an_error_that_says_so_and_not_a_crash(world: World, base: Any) -> None:
    world.cloud.fail("create a", KeyError("missing"))
    outcome = world.up(base(id="a", name="a"), base(id="b", name="b"))
    world.exist("b")
    (error,) = outcome.errors
    assert error.code == "internal"
    assert "base a" in str(error)
    assert "KeyError" in str(error)
    assert "bug" in error.hint


def test_what_passes_is_tried_again_with_growing_pauses(world: World, base: Any) -> None:
    world.cloud.fail("create a", *[Passing("not yet")] * 6)
    outcome = world.up(base(id="a", name="a"))
    assert not outcome.errors
    world.exist("a")
    assert world.cloud.log.count("create a") == 7
    waits = world.clock.waits
    assert len(waits) == 6
    for wait, expected in zip(waits, [0.5, 1, 2, 4, 5, 5], strict=True):
        assert expected * 0.8 <= wait <= expected * 1.2
    assert [event.reason for event in world.said(Waiting)] == ["settling"] * 6


def test_patience_has_an_end_and_the_last_error_is_told(world: World, base: Any) -> None:
    world.verdicts = Verdicts(seconds=30)
    world.cloud.rigged["create a"] = lambda: (_ for _ in ()).throw(Passing("still not"))
    begun = world.clock.now
    outcome = world.up(base(id="a", name="a"))
    (error,) = outcome.errors
    assert "still not" in str(error)
    assert 30 <= world.clock.now - begun <= 30 + 6
    world.exist()


def test_each_reason_has_patience_of_its_own(world: World, base: Any) -> None:
    """Thirty seconds of waiting for one thing leave all of the time for the next."""
    world.verdicts = Verdicts(seconds=10, reasons=str)
    first = 1000.0 + 9

    def rig() -> None:
        if world.clock.now < first:
            raise Passing("the role")
        if world.clock.now < first + 12:
            raise Passing("the old service")

    world.cloud.rigged["create a"] = rig
    world.verdicts.seconds = 16
    outcome = world.up(base(id="a", name="a"))
    assert not outcome.errors
    world.exist("a")


def test_patience_begins_anew_after_a_step_that_went_well(world: World, base: Any) -> None:
    world.verdicts = Verdicts(seconds=10)
    world.cloud.polls["a"] = [NotYet("one", 60), Passing("throttled"), NotYet("two", 60), Settled()]
    assert not world.up(base(id="a", name="a")).errors


def test_a_passing_error_of_a_deletion_is_waited_for(world: World, base: Any) -> None:
    world.up(base(id="a", name="a"))
    world.cloud.fail("delete a", Passing("in use"), Passing("in use"))
    assert not world.up().errors
    world.exist()


def test_a_deletion_of_what_has_gone_meanwhile_went_well(world: World, base: Any) -> None:
    world.up(base(id="a", name="a"))
    world.cloud.rigged["delete a"] = lambda: world.cloud.things.clear()
    outcome = world.up()
    assert not outcome.errors
    assert [change.name for change in outcome.done] == ["a"]


def test_what_this_run_has_made_is_known_to_the_verdicts(world: World, base: Any, user: Any) -> None:
    """Whether a denial can pass depends on whether the role was made just now."""
    world.cloud.fail("create u", Passing("cannot assume"))
    world.up(user(id="u", name="u", bases=(base(id="a", name="a"),)))
    assert world.verdicts.fresh == [frozenset({"fake.base"})]

    world.verdicts.fresh.clear()
    del world.cloud.things["fake.user", "u"]
    world.cloud.fail("create u", Passing("cannot assume"))
    world.up(user(id="u", name="u", bases=(base(id="a", name="a"),)))
    assert world.verdicts.fresh == [frozenset()]


def test_a_lost_answer_is_found_again_and_completed(world: World, base: Any) -> None:
    """AWS made it, the answer was lost, the retry is told that it exists."""
    world.cloud.fail("created a", Passing("connection lost"))
    outcome = world.up(base(id="a", name="a", colour="red"))
    assert not outcome.errors
    assert world.cloud.things["fake.base", "a"].fields["colour"] == "red"
    assert world.cloud.log.count("create a") == 2


@pytest.mark.parametrize(("lost_at", "asked"), [("created a", 1), ("create a", 2)])
def test_what_would_be_made_twice_is_looked_for_before_it_is_asked_for_again(
    world: World, immutable: Any, lost_at: str, asked: int
) -> None:
    """Each request makes another one, so whether the first did is to be seen before the second."""
    immutable.doubles = True
    world.cloud.fail(lost_at, Unsure("connection lost"))
    outcome = world.up(immutable(id="a", name="a"))
    assert not outcome.errors
    assert [change.name for change in outcome.done] == ["a"]
    assert world.cloud.log.count("create a") == asked
    world.exist("a")


def test_what_would_be_made_twice_is_looked_for_until_there_is_an_answer(
    world: World, immutable: Any
) -> None:
    immutable.doubles = True
    world.cloud.fail("created a", Unsure("connection lost"))
    plan = world.plan(immutable(id="a", name="a"))
    world.cloud.fail("find fake.immutable", Passing("throttled"), Passing("throttled"))
    assert not world.converger().run(plan).errors
    assert world.cloud.log.count("create a") == 1


def test_of_what_would_be_made_twice_another_one_is_not_taken_for_it(world: World, immutable: Any) -> None:
    immutable.doubles = True
    world.cloud.fail("create a", Unsure("connection lost"))
    plan = world.plan(immutable(id="a", name="a", size=2))
    world.cloud.things["fake.immutable", "a@there"] = Thing(
        {"size": 1, "place": "there", "colour": None}, id="a", fingerprint="fp-1"
    )
    assert not world.converger().run(plan).errors
    assert world.cloud.log.count("create a") == 2


def test_somebody_elses_made_in_between_is_refused_and_left_alone(world: World, base: Any) -> None:
    def theirs() -> None:
        world.cloud.things["fake.base", "a"] = Thing(
            {"size": 7, "place": "here", "colour": None}, owned=False
        )

    world.cloud.rigged["create a"] = theirs
    outcome = world.up(base(id="a", name="a"))
    (error,) = outcome.errors
    assert isinstance(error, ForeignError)
    assert "base a" in str(error)
    assert world.cloud.things["fake.base", "a"].fields["size"] == 7


def test_found_again_among_two_of_ours_the_new_one_is_meant(world: World, base: Any) -> None:
    """A replacement whose answer was lost: the old one still stands under the same name."""
    world.up(base(id="a", name="a"))
    world.cloud.log.clear()
    made = {"size": 1, "place": "there", "colour": None}

    def lost() -> None:
        world.cloud.things["fake.base", "a@there"] = Thing(made, id="a")
        raise Exists

    world.cloud.rigged["create a"] = lost
    outcome = world.up(base(id="a", name="a", place="there", colour="red"))
    assert not outcome.errors
    world.exist("a@there")
    assert world.cloud.things["fake.base", "a@there"].fields["colour"] == "red"


def test_said_to_exist_and_not_to_be_seen_is_an_error(world: World, base: Any) -> None:
    world.cloud.fail("create a", Exists("there"))
    (error,) = world.up(base(id="a", name="a")).errors
    assert "does not show it" in str(error)


def test_a_half_made_one_is_completed_by_the_next_run(world: World, base: Any) -> None:
    world.cloud.fail("update a colour", DeployError("refused"))
    assert world.up(base(id="a", name="a", colour="red")).errors
    assert world.cloud.things["fake.base", "a"].fields["colour"] is None

    plan = world.plan(base(id="a", name="a", colour="red"))
    assert [(change.action, [one.field for one in change.fields]) for change in plan.changes] == [
        ("update", ["colour"])
    ]
    assert not world.converger().run(plan).errors
    assert world.cloud.log.count("create a") == 1
    assert world.cloud.things["fake.base", "a"].fields["colour"] == "red"


def test_the_rest_of_a_creation_is_tried_again_without_creating_twice(world: World, base: Any) -> None:
    world.cloud.fail("update a colour", Passing("not shown yet"))
    assert not world.up(base(id="a", name="a", colour="red")).errors
    assert world.cloud.log.count("create a") == 1
    assert world.cloud.log.count("update a colour") == 2


def test_what_settles_is_followed_until_it_has(world: World, base: Any) -> None:
    world.cloud.polls["a"] = [NotYet("1 of 2", 3), NotYet("2 of 2", 4), Settled("steady")]
    world.up(base(id="a", name="a"))
    assert world.clock.waits == [3, 4]
    (end,) = world.said(Finished)
    assert end.summary == "steady"
    assert end.seconds == 7


def test_what_was_left_settling_by_an_earlier_run_is_followed_with_nothing_changed(
    world: World, base: Any
) -> None:
    world.up(base(id="a", name="a"))
    world.cloud.things["fake.base", "a"].settled = False
    world.cloud.polls["a"] = [NotYet("1 of 2", 3), Settled("steady")]
    outcome = world.up(base(id="a", name="a"))
    assert outcome.done == []
    assert world.clock.waits == [3]


def test_a_rollout_that_fails_is_an_error_of_its_resource(world: World, base: Any, user: Any) -> None:
    world.cloud.polls["a"] = [NotYet("1 of 2"), DeployError("it crashed")]
    outcome = world.up(user(id="u", name="u", bases=(base(id="a", name="a"),)))
    assert [str(error) for error in outcome.errors] == ["it crashed"]
    assert "create u" not in world.cloud.log


@pytest.mark.parametrize("wait", [True, False])
def test_only_what_follows_a_rollout_is_not_waited_for(world: World, base: Any, wait: bool) -> None:
    base.follows = True
    world.cloud.polls["a"] = [NotYet("rolling", 60), Settled()]
    world.up(base(id="a", name="a"), wait=wait)
    assert world.cloud.log.count("poll a") == (2 if wait else 0)


def test_a_deadline_ends_the_wait_and_says_what_goes_on(world: World, base: Any) -> None:
    world.cloud.polls["a"] = [NotYet("rolling", 5)] * 100
    with pytest.raises(TimeoutExpired) as caught:
        world.up(base(id="a", name="a"), deadline=world.clock.now + 22)
    assert world.clock.now == 1022
    assert "a goes on" in str(caught.value)
    world.exist("a")

    del world.cloud.polls["a"]
    assert world.plan(base(id="a", name="a")).changes == ()


def test_a_failure_before_the_deadline_is_not_forgotten(world: World, base: Any) -> None:
    world.cloud.fail("create b", DeployError("b was refused"))
    world.cloud.polls["a"] = [NotYet("rolling", 5)] * 100
    with pytest.raises(TimeoutExpired, match="b was refused"):
        world.up(base(id="a", name="a"), base(id="b", name="b"), deadline=world.clock.now + 22)


def test_a_removal_is_followed_until_it_is_complete(world: World, base: Any) -> None:
    answers = [NotYet("draining", 3), Settled()]
    base.gone = classmethod(lambda cls, tools, live: answers.pop(0))
    world.up(base(id="a", name="a"))
    assert not world.up().errors
    assert answers == []


def test_a_removal_that_cannot_be_seen_any_more_is_complete(world: World, base: Any) -> None:
    def gone(cls: Any, tools: Any, live: Any) -> Any:
        raise Gone

    base.gone = classmethod(gone)
    world.up(base(id="a", name="a"))
    assert not world.up().errors


def test_those_who_wait_for_one_limit_leave_no_turn_unused_and_do_not_press(world: World, base: Any) -> None:
    """40 things at a limit of 20 at once and one a second from then on: the last could be made after 20 s."""
    world.verdicts = Verdicts(seconds=900, shared=True)
    tokens, seen, tries = [20.0], [world.clock()], [0]

    def take() -> None:
        tries[0] += 1
        tokens[0], seen[0] = min(20.0, tokens[0] + world.clock() - seen[0]), world.clock()
        if tokens[0] < 1:
            raise Passing("slower")
        tokens[0] -= 1

    names = [f"t{number}" for number in range(40)]
    for name in names:
        world.cloud.rigged[f"create {name}"] = take
    began = world.clock()
    outcome = world.up(*[base(id=name, name=name) for name in names], workers=1)
    assert not outcome.errors
    world.exist(*names)
    assert world.clock() - began < 20 * 1.15
    assert tries[0] < 40 + 100
