"""Do what a plan says, as many calls at once as the order of work allows.

One thread decides, workers call. The deciding thread owns every retry, wait and deadline; kinds hold none.
"""

from __future__ import annotations

import heapq
import itertools
import queue
import random
from collections.abc import Callable
from dataclasses import field

from fargatectl.dataclass import dataclass
from fargatectl.engine.control import Control
from fargatectl.engine.events import Emit, Failed, Finished, Notice, Progress, Skipped, Started, Waiting
from fargatectl.engine.graph import Node, work
from fargatectl.engine.interrupts import TURN, interrupts
from fargatectl.engine.plan import Change, Plan
from fargatectl.engine.resource import NotYet, Settled, Watch
from fargatectl.engine.steps import Patience, Steps, Verdicts
from fargatectl.engine.tools import Tools
from fargatectl.errors import DeployError, FargatectlError, Interrupted, TimeoutExpired
from fargatectl.text import label

WORKERS = 16
FIRST_RETRY, LONGEST_RETRY = 0.5, 5.0  # seconds between tries while AWS settles; doubled each time
TRIES_A_SECOND = 3.0
"""Of all who wait for their turn at one limit together, however many they are: often enough that no turn is
left unused (the slowest limit of ECS gives one a second), and far less than each by itself would ask."""

_MADE = object()
"""In place of a step's result, which is still to come: what the step is about is there."""


@dataclass
class _State:
    watch: Watch | None = None
    begun_at: float = 0.0
    tries: int = 0
    impatient_at: dict[str, float] = field(default_factory=dict)  # by reason
    news: str = ""
    shares: str = ""  # the reason to wait that it shares with others


@dataclass(frozen=True)
class Left:
    """Something that is left for a later run, and why."""

    action: str
    kind: str
    id: str
    name: str
    why: str


@dataclass
class Outcome:
    """What a run did: the changes that ended well, the errors of those that did not, what it left undone."""

    done: list[Change] = field(default_factory=list)
    errors: list[FargatectlError] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)


class Converger:
    """Runs one plan.

    Args:
        tools: For the kinds; its `emit` and `clock` are the engine's too.
        verdicts: What AWS's errors mean.
        deadline: On the clock of `tools`; None for none.
        wait: Whether rollouts are followed to their end.
        workers: How many calls at once.
        pause: Waits for an outcome at most so many seconds; a test with a clock of its own injects one.
        control: Whoever may stop it, beside Ctrl-C.
    """

    def __init__(
        self,
        tools: Tools,
        verdicts: Verdicts,
        *,
        deadline: float | None = None,
        wait: bool = True,
        workers: int = WORKERS,
        pause: Callable[[float], None] | None = None,
        control: Control | None = None,
    ) -> None:
        from fargatectl.engine.workers import Workers

        self._tools = tools
        self._emit: Emit = tools.emit
        self._now = tools.clock
        self._verdicts = verdicts
        self._deadline = deadline
        self._wait = wait
        self._workers = Workers(workers)
        self._pause = pause
        self._control = control or Control()
        self._timers: list[tuple[float, int, Node]] = []
        self._tie = itertools.count()
        self._running: set[Node] = set()
        self._waiting: set[Node] = set()
        self._ended: set[Node] = set()
        self._usable: set[Node] = set()  # made, and good enough for what needs them; not settled yet
        self._there: set[Node] = set()  # complete or not
        self._left: set[Node] = set()  # ended for this run, and not waited for
        self._states: dict[Node, _State] = {}
        self._fresh: set[str] = set()
        self._stopping = False
        self._asked_to_stop = self._asked_twice = False

    def run(self, plan: Plan) -> Outcome:
        """Do the plan's work; raises Interrupted and TimeoutExpired, collects every other error."""
        self._outcome = Outcome()
        self._steps = Steps(self._tools, plan.outputs, self._verdicts, self._note_made)
        self._todo = work(plan)
        self._there = {node for node in self._todo if node.is_there}
        try:
            with interrupts(self._ask_to_stop, self._stop_at_once):
                self._control.on_stop(self._ask_to_stop)
                self._loop()
        except KeyboardInterrupt:
            self._control.left_calls = bool(self._running)
            if self._control.error is None:
                raise self._interrupted() from None
            self._outcome.errors.append(self._control.error)
        finally:
            self._workers.close()
        return self._outcome

    def _loop(self) -> None:
        while True:
            try:
                if not self._turn():
                    return
            except KeyboardInterrupt:
                if self._stopping:
                    raise
                self._stop()

    def _ask_to_stop(self) -> None:
        """From the signal handler or another thread: stop before the next step, and wait for no outcome."""
        self._asked_to_stop = True
        self._workers.outcomes.put((None, None, None))

    def _note_made(self, node: Node) -> None:
        self._workers.outcomes.put((node, _MADE, None))

    def _stop_at_once(self) -> None:
        """From the signal handler: wait for no call either."""
        self._asked_twice = True
        self._workers.outcomes.put((None, None, None))

    def _stop(self) -> None:
        self._stopping = True
        self._running.difference_update(self._workers.drop())
        what = self._in_flight() or "No call is under way."
        self._emit(Notice(f"Stopping. {what} Press Ctrl-C again to stop at once.", "warning"))

    def _turn(self) -> bool:
        """Start what can be started, take one outcome; False when all is done."""
        if self._asked_to_stop and not self._stopping:
            self._stop()
        if not self._stopping:
            self._start_ready()
        if self._stopping and (self._asked_twice or not self._running):
            raise KeyboardInterrupt
        if not self._running and not self._waiting:
            return False
        now = self._now()
        if self._deadline is not None and now >= self._deadline and not self._stopping:
            raise self._timed_out()
        moments = [moment for moment in (self._deadline, *(t[0] for t in self._timers[:1])) if moment]
        try:
            timeout = max(0.0, min(moments) - now) if moments and not self._stopping else TURN
            if self._pause is not None and not self._running:
                self._pause(timeout)
                timeout = 0.0
            node, result, error = self._workers.outcomes.get(timeout=min(timeout, TURN))
        except queue.Empty:
            self._wake()
            return True
        if node is None:  # only woken
            return True
        if result is _MADE:
            self._there.add(node)
            self._fresh.add(node.kind)
            return True
        self._running.discard(node)
        if error is None:
            self._follow(node, result)
        else:
            self._handle(node, error)
        return True

    def _start_ready(self) -> None:
        for node in list(self._todo):
            # What is to go waits until what takes its place really works.
            done = self._ended if node.action in ("delete", "tidy") else self._ended | self._usable
            if node.needs <= (done | self._there if node.needs_presence else done):
                self._todo.remove(node)
                if node.action == "tidy" and node.needs & self._left:
                    what = f"{label(node.kind)} {node.name}"
                    self._emit(Notice(f"What the {what} no longer has may stay there until the next run."))
                    continue
                self._states[node] = _State(begun_at=self._now())
                self._emit(Started(*_subject(node), action=node.action))
                self._submit(node)

    def _submit(self, node: Node) -> None:
        self._running.add(node)
        state = self._states[node]
        call = state.watch.poll if state.watch is not None else lambda: self._steps.begin(node)
        self._workers.submit(node, call)

    def _wake(self) -> None:
        while self._timers and self._timers[0][0] <= self._now():
            node = heapq.heappop(self._timers)[2]
            self._waiting.discard(node)
            if not self._stopping:
                self._submit(node)

    def _again(self, node: Node, seconds: float) -> None:
        self._waiting.add(node)
        heapq.heappush(self._timers, (self._now() + seconds, next(self._tie), node))

    def _follow(self, node: Node, result: object) -> None:
        state = self._states[node]
        state.tries = 0
        state.impatient_at.clear()
        if isinstance(result, NotYet):
            self._emit(Progress(*_subject(node), text=result.text, lasting=result.text != state.news))
            state.news = result.text
            self._again(node, result.seconds)
        elif isinstance(result, Settled) or result is None:
            if isinstance(result, Settled) and result.holds:
                self._left.add(node)
                self._hold([one for one in self._todo if node in one.after], result.holds)
            self._end(node, result.summary if isinstance(result, Settled) else "")
        else:
            state.watch = result  # type: ignore[assignment]
            if node.action in ("create", "replace"):
                self._fresh.add(node.kind)
            if node.resource is not None and node.resource.follows and not self._wait:
                self._left.add(node)
                going = [one for one in self._todo if node in one.after and one.action == "delete"]
                self._hold(going, f"the {label(node.kind)} {node.name} is not waited for")
                self._end(node, "not waited for")
            else:
                if node.resource is not None and node.resource.usable_early:
                    self._usable.add(node)
                self._submit(node)

    def _end(self, node: Node, summary: str) -> None:
        self._ended.add(node)
        if node.action in ("create", "replace"):
            self._fresh.add(node.kind)
        if node.change is not None and node.change not in self._outcome.done:
            self._outcome.done.append(node.change)
        seconds = self._now() - self._states[node].begun_at
        summary = summary or self._steps.summary(node)
        self._emit(Finished(*_subject(node), action=node.action, seconds=seconds, summary=summary))

    def _handle(self, node: Node, error: BaseException) -> None:
        state = self._states[node]
        patience = self._verdicts.patience(error, frozenset(self._fresh))
        if patience is not None and self._may_retry(state, patience):
            self._emit(Waiting(*_subject(node), reason=patience.reason))
            delay = self._delay(state, patience)
            state.tries += 1
            self._again(node, delay)
            return
        if not isinstance(error, Exception):
            raise error
        known = error if isinstance(error, FargatectlError) else _unexpected(node, error)
        self._outcome.errors.append(known)
        state.watch = None
        seconds = self._now() - state.begun_at
        self._emit(Failed(*_subject(node), action=node.action, seconds=seconds, error=known.brief))
        self._skip_users(node)

    def _delay(self, state: _State, patience: Patience) -> float:
        """Seconds until the next try."""
        state.shares = patience.reason if patience.shared else ""
        if not patience.shared:
            doubled: float = FIRST_RETRY * 2**state.tries
            return min(LONGEST_RETRY, doubled) * random.uniform(0.8, 1.2)  # noqa: S311
        others = sum(self._states[node].shares == patience.reason for node in self._waiting)
        return (1 + others) / TRIES_A_SECOND * random.uniform(0.5, 1.5)  # noqa: S311

    def _may_retry(self, state: _State, patience: Patience) -> bool:
        return self._now() < state.impatient_at.setdefault(patience.reason, self._now() + patience.seconds)

    def _skip_users(self, failed: Node) -> None:
        for node in list(self._todo):
            if failed in node.needs and node in self._todo:
                self._todo.remove(node)
                reason = f"the {label(failed.kind)} {failed.name} failed"
                self._emit(Skipped(*_subject(node), action=node.action, reason=reason))
                self._skip_users(node)

    def _hold(self, nodes: list[Node], why: str) -> None:
        """Leave these, and all that need them, for a later run."""
        for node in nodes:
            if node in self._todo:
                self._todo.remove(node)
                self._outcome.left.append(Left(node.action, *_subject(node)[:2], node.name, why))
                self._emit(Skipped(*_subject(node), action=node.action, reason=why))
                self._hold([one for one in self._todo if node in one.needs], why)

    def _in_flight(self) -> str:
        calls = sorted(f"{label(node.kind)} {node.name}" for node in self._running)
        return f"Under way: {', '.join(calls)}." if calls else ""

    def _going_on(self) -> str:
        # Not by what runs or waits: the key may have been pressed between the two.
        watches = [state.watch for node, state in self._states.items() if node not in self._ended]
        return " ".join(sorted({f"{watch.abandon()}." for watch in watches if watch is not None}))

    def _interrupted(self) -> Interrupted:
        return Interrupted(
            self._summary("interrupted."),
            hint="What was made is tagged: run the same command again to complete it, "
            "or fargatectl down to remove it.",
            details=self._details(),
        )

    def _timed_out(self) -> TimeoutExpired:
        return TimeoutExpired(
            self._summary("the time is over."),
            hint="See how it goes: fargatectl status. Or run the same command again to follow it.",
            details=self._details(),
        )

    def _summary(self, begin: str) -> str:
        """What the run leaves behind, what has failed so far included: nobody else will tell."""
        failed = [f"Failed before: {error.message}" for error in self._outcome.errors]
        return " ".join(filter(None, [begin, self._in_flight(), self._going_on(), *failed]))

    def _details(self) -> list[dict[str, object]]:
        return [detail for error in self._outcome.errors for detail in error.details]


def _subject(node: Node) -> tuple[str, str, str, str]:
    return node.kind, node.id, label(node.kind), node.name


def _unexpected(node: Node, error: Exception) -> FargatectlError:
    failure = DeployError(
        f"the {label(node.kind)} {node.name}: unexpected {type(error).__name__}: {error}",
        code="internal",
        hint="This is a bug in fargatectl: please report it with the output of the same command and -v.",
    )
    failure.__cause__ = error
    return failure
