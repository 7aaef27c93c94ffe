"""Whether services can be brought up in the order in which they want to."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence

from fargatectl.spec.fields import fault


def check_order(after: Mapping[str, Sequence[str]]) -> None:
    """Refuse names that are no service, and circles.

    Args:
        after: Service -> those that it waits for.

    Raises:
        PydanticCustomError: The first of them, at its place.
    """
    for name, others in after.items():
        for position, other in enumerate(others):
            if other == name:
                raise fault("a service cannot wait for itself: remove it", name, "after", position)
            if other not in after:
                near = difflib.get_close_matches(other, after, 1)
                meant = f": did you mean {near[0]}?" if near else ""
                has = ", ".join(one for one in after if one != name) or "no other service"
                raise fault(f"there is no service {other}{meant} (there is {has})", name, "after", position)
    for name in after:
        circle = _circle(name, after)
        if circle:
            raise fault(
                f"the services wait for each other: {' -> '.join(circle)}; remove one of these",
                name, "after", list(after[name]).index(circle[1]),
            )  # fmt: skip


def _circle(start: str, after: Mapping[str, Sequence[str]]) -> list[str]:
    """A way from a service back to it; empty where there is none."""
    ways, seen = [[start]], set()
    while ways:
        way = ways.pop()
        for other in after[way[-1]]:
            if other == start:
                return [*way, start]
            if other not in seen:
                seen.add(other)
                ways.append([*way, other])
    return []
