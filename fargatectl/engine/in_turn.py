"""Two watches, one after the other."""

from __future__ import annotations

from fargatectl.engine.resource import NotYet, Settled, Watch


class InTurn:
    """Follows something until it has settled, and then what is left of what it was before.

    It ends as the first one did; where that is held up by a person, at once.
    """

    def __init__(self, first: Watch, then: Watch) -> None:
        self._first, self._then = first, then
        self._settled: Settled | None = None

    def poll(self) -> NotYet | Settled:
        if self._settled is None:
            found = self._first.poll()
            if isinstance(found, NotYet) or found.holds:
                return found
            self._settled = found
        rest = self._then.poll()
        return rest if isinstance(rest, NotYet) else self._settled

    def abandon(self) -> str:
        return (self._first if self._settled is None else self._then).abandon()
