"""What a log of API calls says: how many, how long from the first to the last, how many one after another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Call:
    """One API call as the proxy saw it.

    Attributes:
        service: As signed for, such as ``ecs`` or ``tagging``.
        operation: AWS's name.
        start, end: Seconds on the proxy's clock: the whole request was there; the answer began to leave.
        status: Of HTTP.
    """

    service: str
    operation: str
    start: float
    end: float
    status: int = 200

    @property
    def name(self) -> str:
        """Such as ``ecs:CreateService``."""
        return f"{self.service}:{self.operation}"


def longest_chain(calls: Iterable[Call]) -> list[Call]:
    """The most calls of which each began only after the one before had ended.

    No call waits for an answer without being in such a chain, so it is at least the number of round trips
    that were made one after another. Calls that merely happened to follow each other count too: an
    upper limit, never a flattering one. (Taking the earliest end first is optimal for intervals.)
    """
    chain: list[Call] = []
    for call in sorted(calls, key=lambda one: one.end):
        if not chain or call.start >= chain[-1].end:
            chain.append(call)
    return chain


def without_lock(calls: Iterable[Call]) -> list[Call]:
    """The calls that are not about the lock, which no other way to deploy has."""
    return [one for one in calls if one.service != "ssm"]


def span(calls: Sequence[Call]) -> float:
    """Seconds from the beginning of the first call to the end of the last; 0 for none."""
    return max(one.end for one in calls) - min(one.start for one in calls) if calls else 0.0
