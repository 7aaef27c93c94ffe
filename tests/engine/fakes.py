"""Kinds that live in a dictionary, and a clock that a test moves: the engine without AWS."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any

from fargatectl.dataclass import dataclass
from fargatectl.engine.converge import Converger, Outcome
from fargatectl.engine.events import Event
from fargatectl.engine.observe import Look, observe
from fargatectl.engine.outputs import Outputs
from fargatectl.engine.plan import Plan, make_plan
from fargatectl.engine.resource import FIXED, FieldChange, Live, NotYet, Resource, Settled, Watch
from fargatectl.engine.scope import Scope
from fargatectl.engine.steps import Patience
from fargatectl.engine.tools import Tools

US = Scope("shop")


class Exists(Exception):
    """It is there already."""


class Gone(Exception):
    """It is not there."""


class Passing(Exception):
    """It passes by itself."""


class Unsure(Passing):
    """It passes, and may have been done."""


class Verdicts:
    """What the errors above mean."""

    def __init__(
        self,
        seconds: float = 30,
        reasons: Callable[[BaseException], str] = lambda _: "settling",
        *,
        shared: bool = False,
    ) -> None:
        self.seconds, self.reasons, self.shared = seconds, reasons, shared
        self.fresh: list[frozenset[str]] = []

    def exists(self, error: BaseException) -> bool:
        return isinstance(error, Exists)

    def gone(self, error: BaseException) -> bool:
        return isinstance(error, Gone)

    def unsure(self, error: BaseException) -> bool:
        return isinstance(error, Unsure)

    def patience(self, error: BaseException, fresh: frozenset[str]) -> Patience | None:
        self.fresh.append(fresh)
        if not isinstance(error, Passing):
            return None
        return Patience(self.seconds, self.reasons(error), self.shared)


@dataclass
class Thing:
    """Something in the cloud."""

    fields: dict[str, object]
    owned: bool = True
    id: str = ""
    fingerprint: str = ""
    settled: bool = True


@dataclass
class Cloud:
    """Where fakes live: (kind, name) -> thing, and everything that was done to them, in order."""

    things: dict[tuple[str, str], Thing] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    rigged: dict[str, Callable[[], object]] = field(default_factory=dict)
    polls: dict[str, list[NotYet | Settled | Exception]] = field(default_factory=dict)
    lock: Any = field(default_factory=threading.Lock)

    def do(self, what: str) -> None:
        """Note a step; run what a test has rigged for it, which may raise or wait."""
        with self.lock:
            self.log.append(what)
        rig = self.rigged.get(what)
        if rig is not None:
            rig()

    def fail(self, what: str, *errors: Exception) -> None:
        """Let the next so many tries of a step fail, the last one for ever if it is given twice."""
        left = list(errors)

        def rig() -> None:
            if left:
                raise left.pop(0)

        self.rigged[what] = rig

    def before(self, first: str, second: str) -> bool:
        return self.log.index(first) < self.log.index(second)


@dataclass(frozen=True, kw_only=True, eq=False)
class Fake(Resource):
    """The body of all fakes. `size` changes in place, `place` does not; `colour` takes a further call."""

    size: int = 1
    place: str = field(default="here", metadata=FIXED)
    colour: str | None = None

    @classmethod
    def find(cls, look: Look, wanted: Sequence[Any]) -> Iterable[Live]:
        cloud: Cloud = look.aws
        cloud.do(f"find {cls.kind}")
        names = {one.name for one in wanted}
        return [
            _live(cls.kind, name, thing)
            for (kind, name), thing in cloud.things.items()
            if kind == cls.kind and (thing.owned or name.partition("@")[0] in names)
        ]

    def create(self, tools: Tools, outputs: Outputs) -> Live:
        cloud: Cloud = tools.aws
        for name, value in self.values(outputs).items():
            assert "(the new" not in str(value), f"{name} is not known yet: {value}"
        cloud.do(f"create {self.name}")
        key = (self.kind, self.name)
        if key in cloud.things and cloud.things[key].fields["place"] == self.place:
            raise Exists
        fields = {**self.values(outputs), "colour": None}
        thing = Thing(fields, True, self.id, self.fingerprint)
        if key in cloud.things:  # of one name, in another place: both are there for a while
            key = (self.kind, f"{self.name}@{self.place}")
        cloud.things[key] = thing
        cloud.do(f"created {self.name}")
        return _live(self.kind, key[1], thing)

    def update(self, tools: Tools, live: Live, fields: Mapping[str, FieldChange], outputs: Outputs) -> Live:
        cloud: Cloud = tools.aws
        cloud.do(f"update {self.name} {' '.join(sorted(fields))}")
        thing = cloud.things[self.kind, live.outputs["key"]]
        thing.fields = dict(self.values(outputs))
        return _live(self.kind, live.outputs["key"], thing)

    @classmethod
    def delete(cls, tools: Tools, live: Live) -> None:
        cloud: Cloud = tools.aws
        cloud.do(f"delete {live.name}")
        if cloud.things.pop((cls.kind, live.outputs["key"]), None) is None:
            raise Gone

    def watch(self, tools: Tools, live: Live, outputs: Outputs) -> Watch | None:
        cloud: Cloud = tools.aws
        return Polls(cloud, self.name) if self.name in cloud.polls else None


@dataclass
class Polls:
    """Answers as the cloud's list for this name says."""

    cloud: Cloud
    name: str

    def poll(self) -> NotYet | Settled:
        self.cloud.do(f"poll {self.name}")
        answer = self.cloud.polls[self.name].pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def abandon(self) -> str:
        return f"{self.name} goes on"


def _live(kind: str, key: str, thing: Thing) -> Live:
    name = key.partition("@")[0]
    return Live(
        kind, thing.id, name, name, thing.owned, thing.fields, {"arn": f"arn:{key}", "key": key},
        settled=thing.settled, fingerprint=thing.fingerprint,
    )  # fmt: skip


class Clock:
    """Seconds that pass only when somebody waits: the engine's `pause`, or a test."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.waits: list[float] = []

    def __call__(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


@dataclass
class World:
    """A cloud, a clock and the runs on them."""

    cloud: Cloud = field(default_factory=Cloud)
    clock: Clock = field(default_factory=Clock)
    events: list[Event] = field(default_factory=list)
    verdicts: Verdicts = field(default_factory=Verdicts)

    def plan(self, *desired: Resource, thorough: bool = False) -> Plan:
        outputs = Outputs()
        look = Look(self.cloud, US, desired, thorough=thorough)
        return make_plan(desired, observe(look, desired, outputs), outputs)

    def converger(self, **given: Any) -> Converger:
        tools = Tools(self.cloud, US, emit=self.events.append, clock=self.clock)
        return Converger(tools, self.verdicts, **{"pause": self.clock.pause, **given})

    def up(self, *desired: Resource, **given: Any) -> Outcome:
        return self.converger(**given).run(self.plan(*desired))

    def said(self, kind: type[Event]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    def exist(self, *names: str) -> None:
        """Forget the log; check what is there."""
        assert sorted(name for _, name in self.cloud.things) == sorted(names)
