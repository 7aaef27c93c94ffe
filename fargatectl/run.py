"""What an operation works with; that which only looks needs no more of the engine."""

from __future__ import annotations

import time
from dataclasses import field
from typing import TYPE_CHECKING, Any

from fargatectl.dataclass import dataclass
from fargatectl.engine.control import Control
from fargatectl.engine.events import Emit
from fargatectl.engine.scope import Scope
from fargatectl.engine.tools import Tools

if TYPE_CHECKING:
    from fargatectl.aws.session import Aws

SCHEMA = 1


@dataclass(frozen=True)
class Run:
    """What an operation works with.

    Attributes:
        aws: Where.
        scope: On whose resources.
        emit: Where events go.
        loaded: The spec, for messages that name its lines; None where there is none.
        control: Its threads' word to each other.
    """

    aws: Aws
    scope: Scope
    emit: Emit
    loaded: Any = None
    started: float = field(default_factory=time.monotonic)
    control: Control = field(default_factory=Control)

    def tools(self) -> Tools:
        """What the kinds work with."""
        return Tools(
            aws=self.aws,
            scope=self.scope,
            images=_builder(),
            context=self.loaded,
            emit=self.emit,
            clock=time.monotonic,
        )

    def head(self, account: str) -> dict[str, Any]:
        """What each document begins with."""
        return {
            "schema": SCHEMA,
            "app": self.scope.app,
            "environment": self.scope.environment,
            "region": self.aws.region,
            "account": account,
            "platform": "ecs",
        }


def _builder() -> Any:
    from functools import cache

    @cache
    def make() -> Any:
        from fargatectl.images.builder import ImageBuilder

        return ImageBuilder()

    return make
