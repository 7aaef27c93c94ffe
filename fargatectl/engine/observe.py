"""Look at everything the app owns in AWS, all kinds at once, before anything is changed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar, cast

from fargatectl.engine.interrupts import TURN
from fargatectl.engine.outputs import Outputs
from fargatectl.engine.resource import KINDS, Live, Lookup, Resource
from fargatectl.engine.scope import Scope

T = TypeVar("T")

AT_A_TIME = 64
"""Threads of one `gather`. More than there are kinds: one that waits for what another has asked must not keep
a third from asking."""


class Look:
    """One observation: what it looks with, and the answers that several kinds share.

    Args:
        aws: `fargatectl.aws.session.Aws`.
        scope: Whose resources are looked for.
        wanted: The resources that the spec asks for; empty for a removal.
        thorough: Ask AWS's own lists for things under names that the spec no longer gives, even where
            that takes a call per resource of the account. A removal does; an update trusts the index.
        at_once: Ask in the first round what is only needed where something is missing or differs: a round
            trip less where it is, some calls more where it is not.

    Attributes:
        elsewhere: Other regions where the same scope has something, as far as a kind that is global came
            across it.
    """

    def __init__(
        self,
        aws: Any,
        scope: Scope,
        wanted: Sequence[Resource] = (),
        *,
        thorough: bool,
        at_once: bool = False,
    ) -> None:
        self.aws = aws
        self.scope = scope
        self.thorough = thorough
        self.at_once = at_once
        self.elsewhere: set[str] = set()
        self._wanted = wanted
        self._answers: dict[str, Future[Any]] = {}
        self._lock = threading.Lock()

    def wanted(self, cls: type[T]) -> list[T]:
        """The wanted resources of one kind."""
        return [resource for resource in self._wanted if isinstance(resource, cls)]

    def wants(self, kind: str) -> bool:
        """Whether the spec asks for any of a kind, which need not be loaded."""
        return any(resource.kind == kind for resource in self._wanted)

    def once(self, key: str, ask: Callable[[], T]) -> T:
        """The answer to a question that several kinds ask: the first asks, the others wait for it."""
        with self._lock:
            known = self._answers.get(key)
            future: Future[Any] = known or Future()
            self._answers[key] = future
        if known is None:
            try:
                future.set_result(ask())
            except BaseException as error:
                future.set_exception(error)
        return cast(T, _result(future))

    def gather(self, *asks: Callable[[], Any]) -> list[Any]:
        """Ask several questions at once; the answers in the same order, the first error raised."""
        return gather(asks)


def _result(future: Future[Any]) -> Any:
    """What a future comes to."""
    while True:
        try:
            return future.result(TURN)
        except TimeoutError:
            if future.done():  # its own
                return future.result()


def gather(asks: Iterable[Callable[[], Any]]) -> list[Any]:
    """Call them all, each in a thread of its own (at most `AT_A_TIME`), and wait for all."""
    todo = list(asks)
    if len(todo) <= 1:
        return [ask() for ask in todo]
    pool = ThreadPoolExecutor(min(len(todo), AT_A_TIME), thread_name_prefix="look")
    try:
        answers = [_result(future) for future in [pool.submit(ask) for ask in todo]]
    except KeyboardInterrupt:  # nothing is lost with an answer to a question: not waited for
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    except BaseException:
        pool.shutdown()
        raise
    pool.shutdown()
    return answers


def observe(look: Look, desired: Sequence[Resource], outputs: Outputs) -> list[Live]:
    """Everything of every kind that the app owns, and what holds a name that it wants.

    What `Lookup`s found is put into `outputs`. Raises what the kinds raise: nothing was changed.
    """
    # All are asked at once; of several errors that of a look-up is told, which knows what must be there, and
    # always the same one.
    kinds = sorted(KINDS.values(), key=lambda cls: (not issubclass(cls, Lookup), cls.kind))
    wanted = {cls: [resource for resource in desired if type(resource) is cls] for cls in kinds}
    answers = gather([_finder(cls, look, wanted[cls]) for cls in kinds])
    world: list[Live] = []
    for cls, found in zip(kinds, answers, strict=True):
        if issubclass(cls, Lookup):
            for resource, live in zip(wanted[cls], found, strict=True):
                outputs.put(resource, live)
        else:
            world.extend(found)
    return world


def _finder(cls: type[Resource], look: Look, wanted: list[Any]) -> Callable[[], list[Live]]:
    return lambda: list(cls.find(look, wanted))
