"""Ctrl-C: the first lets calls under way end, the second ends at once."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from fargatectl.engine.events import Notice, Progress, Started
from fargatectl.engine.resource import NotYet, Settled
from fargatectl.errors import DeployError, Interrupted

from .fakes import World


class Presser:
    """Presses Ctrl-C in the deciding thread: when it hears that `name` is begun, and a call is under way."""

    def __init__(self, world: World, name: str, under_way: threading.Event | None = None) -> None:
        self.name, self.times = name, 0
        self.under_way = under_way
        world.events = self  # type: ignore[assignment]
        self.heard: list[Any] = []

    def append(self, event: Any) -> None:
        self.heard.append(event)
        if isinstance(event, Notice):
            return
        if isinstance(event, Started) and event.name == self.name and not self.times:
            self.times += 1
            assert self.under_way is None or self.under_way.wait(10)
            raise KeyboardInterrupt


def test_once_while_waiting_starts_nothing_new(world: World, base: Any, user: Any) -> None:
    world.cloud.polls["a"] = [NotYet("rolling", 60)] * 3 + [Settled()]

    def pause(_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(Interrupted) as caught:
        world.up(user(id="u", name="u", bases=(base(id="a", name="a"),)), pause=pause)
    assert "a goes on" in str(caught.value)
    assert "down" in caught.value.hint
    assert world.cloud.log.count("poll a") == 1
    world.exist("a")


def test_once_lets_calls_under_way_end(world: World, base: Any, user: Any) -> None:
    """`a` is being made when the key is pressed at `b`: it is waited for, its user is not begun."""
    began, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        began.set()
        assert go_on.wait(10)

    world.cloud.rigged["create a"] = slow
    presser = Presser(world, "b", began)

    def release() -> None:
        while not any(isinstance(event, Notice) for event in presser.heard):
            threading.Event().wait(0.005)
        go_on.set()

    helper = threading.Thread(target=release)
    helper.start()
    with pytest.raises(Interrupted):
        world.up(user(id="u", name="u", bases=(base(id="a", name="a"),)), base(id="b", name="b"))
    helper.join()
    assert ("fake.base", "a") in world.cloud.things
    assert "create u" not in world.cloud.log
    (notice,) = [event for event in presser.heard if isinstance(event, Notice)]
    assert "base a" in notice.text
    assert "again" in notice.text


def test_once_starts_nothing_that_only_queues_for_a_worker(world: World, base: Any) -> None:
    """With one worker and three creations, the two that have not begun are not begun."""
    began, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        began.set()
        assert go_on.wait(10)

    names = ["a", "b", "c", "z"]
    world.cloud.rigged["create a"] = slow
    presser = Presser(world, "z", began)

    def release() -> None:
        while not any(isinstance(event, Notice) for event in presser.heard):
            threading.Event().wait(0.005)
        go_on.set()

    helper = threading.Thread(target=release)
    helper.start()
    with pytest.raises(Interrupted):
        world.up(*[base(id=name, name=name) for name in names], workers=1)
    helper.join()
    world.exist("a")


def test_a_failure_before_the_key_is_not_forgotten(world: World, base: Any) -> None:
    world.cloud.fail("create b", DeployError("b was refused"))
    world.cloud.polls["a"] = [NotYet("rolling", 60)] * 3

    def pause(_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(Interrupted, match="b was refused"):
        world.up(base(id="a", name="a"), base(id="b", name="b"), pause=pause)


def test_the_next_run_completes_what_was_interrupted(world: World, base: Any, user: Any) -> None:
    Presser(world, "a")
    wanted = user(id="u", name="u", bases=(base(id="a", name="a"), base(id="b", name="b")))
    with pytest.raises(Interrupted):
        world.up(wanted)
    world.events = []
    assert not world.up(wanted).errors
    world.exist("a", "b", "u")


def test_once_while_news_are_shown_forgets_nothing(world: World, base: Any) -> None:
    """The key is pressed at any moment: here between an answer and the next look."""
    world.cloud.polls["a"] = [NotYet("rolling", 60)] * 3

    class Presser:
        def append(self, event: Any) -> None:
            if isinstance(event, Progress):
                raise KeyboardInterrupt

    world.events = Presser()  # type: ignore[assignment]
    with pytest.raises(Interrupted, match="a goes on"):
        world.up(base(id="a", name="a"))
