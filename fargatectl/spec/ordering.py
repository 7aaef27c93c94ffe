"""Whether services can be brought up in the order in which they want to."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence

from pydantic_core import PydanticCustomError

from fargatectl.spec.fields import fault


def order_faults(after: Mapping[str, Sequence[str]]) -> Iterator[PydanticCustomError]:
    """Names that are no service, and circles, each once.

    Args:
        after: Service -> those that it waits for.
    """
    for name, others in after.items():
        for position, other in enumerate(others):
            if other == name:
                yield fault("a service cannot wait for itself: remove it", name, "after", position)
            elif other not in after:
                near = difflib.get_close_matches(other, after, 1)
                meant = f": did you mean {near[0]}?" if near else ""
                has = ", ".join(one for one in after if one != name) or "no other service"
                yield fault(f"there is no service {other}{meant} (there is {has})", name, "after", position)
    told: set[str] = set()
    for name in after:
        circle = [] if name in told else _circle(name, after)
        if len(circle) > 2:  # a service that waits for itself is told above
            told.update(circle)
            yield fault(
                f"the services wait for each other: {' -> '.join(circle)}; remove one of these",
                name, "after", list(after[name]).index(circle[1]),
            )  # fmt: skip


def _circle(start: str, after: Mapping[str, Sequence[str]]) -> list[str]:
    """A way from a service back to it; empty where there is none."""
    ways, seen = [[start]], set()
    while ways:
        way = ways.pop()
        for other in after.get(way[-1], ()):
            if other == start:
                return [*way, start]
            if other not in seen:
                seen.add(other)
                ways.append([*way, other])
    return []
