"""What the calls take that watch an app and name its services; see `permissions`.

From AWS's Service Authorization Reference: Amazon ECS, CloudWatch, SNS, Cloud Map.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol


class Known(Protocol):
    """Where a call is made."""

    @property
    def account(self) -> str:
        """12 digits."""

    @property
    def region(self) -> str:
        """Its name."""


def _arn(known: Known, service: str, resource: str) -> str:
    return f"arn:aws:{service}:{known.region}:{known.account}:{resource}"


OBSERVING: dict[str, Callable[[Mapping[str, Any], Any], list[str]]] = {
    "ecs:UpdateCluster": lambda parameters, known: [_arn(known, "ecs", f"cluster/{parameters['cluster']}")],
}
