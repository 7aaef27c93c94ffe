"""How often a deployment was tried, which is not how many tasks it took."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

_NEVER = datetime.max.replace(tzinfo=UTC)


def tries(stopped: Iterable[Mapping[str, Any]]) -> int:
    """The number of tries among tasks that stopped, as DescribeTasks shows them.

    Tasks that were created before any of the others had stopped are one try: what went wrong for one of them,
    such as a mount target that is not known yet, went wrong for all. A task of which that is not known is one
    of its own.
    """
    count, first_stop = 0, datetime.min.replace(tzinfo=UTC)
    for task in sorted(stopped, key=lambda one: one.get("createdAt", _NEVER)):
        created, ended = task.get("createdAt"), task.get("stoppedAt", _NEVER)
        if created is None or created >= first_stop:
            count, first_stop = count + 1, ended
        else:
            first_stop = min(first_stop, ended)
    return count
