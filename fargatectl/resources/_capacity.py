"""What a service's tasks run on: its capacity provider strategy, each provider as one text.

``<provider>[ base <tasks>] weight <number>``, sorted: ``FARGATE base 1 weight 25``. Base: how many tasks it
gets first. Weight: its share of all further ones. Source: ECS API reference, CapacityProviderStrategyItem.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fargatectl.spec.capacity import Spot

LATEST = "LATEST"
"""The platform version that ECS takes where none is named."""

ON_DEMAND = ("FARGATE weight 1",)
_ALL_SPOT = ("FARGATE_SPOT weight 1",)
_TEXT = re.compile(r"(\w+)(?: base (\d+))? weight (\d+)")


def capacity(spot: Spot | None) -> tuple[str, ...]:
    """The providers that a spec asks for.

    Spot never falls back to on demand by itself: a base is how some tasks are always there.
    """
    if spot is None:
        return ON_DEMAND
    on_demand = 100 - spot.percent
    if not spot.base and not on_demand:
        return _ALL_SPOT
    return (_text("FARGATE", spot.base, on_demand), _text("FARGATE_SPOT", 0, spot.percent))


def shown(strategy: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """A service's ``capacityProviderStrategy`` as texts; without one it runs on demand."""
    found = (_text(one["capacityProvider"], one.get("base", 0), one.get("weight", 0)) for one in strategy)
    return tuple(sorted(found)) or ON_DEMAND


def strategy(texts: Iterable[str]) -> list[dict[str, Any]]:
    """The ``capacityProviderStrategy`` of CreateService and UpdateService."""
    found = []
    for text in texts:
        match = _TEXT.fullmatch(text)
        assert match, text
        one: dict[str, Any] = {"capacityProvider": match[1], "weight": int(match[3])}
        found.append({**one, "base": int(match[2])} if match[2] else one)
    return found


def _text(provider: str, base: int, weight: int) -> str:
    return f"{provider} base {base} weight {weight}" if base else f"{provider} weight {weight}"
