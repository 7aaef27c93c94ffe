"""What a kind's methods are handed to work with; the engine itself only passes it on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import Any

from fargatectl.dataclass import dataclass
from fargatectl.engine.events import Emit, Progress, ignore
from fargatectl.engine.resource import Resource
from fargatectl.text import label


def _no_builder() -> Any:
    raise TypeError("nothing can be built in this run")


@dataclass(frozen=True)
class Tools:
    """The means of a run.

    Attributes:
        aws: `fargatectl.aws.session.Aws`.
        scope: Whose resources these are.
        images: `fargatectl.images.builder.ImageBuilder`, made only when something is built.
        context: The spec as it was loaded, for messages that name its lines; None where there is none.
        emit: Where events go.
        clock: Seconds of a monotonic clock.
    """

    aws: Any
    scope: Any
    images: Callable[[], Any] = _no_builder
    context: Any = None
    emit: Emit = field(default=ignore)
    clock: Callable[[], float] = lambda: 0.0

    def progress(
        self,
        resource: Resource,
        text: str,
        done: int | None = None,
        total: int | None = None,
        unit: str = "",
        *,
        lasting: bool = False,
    ) -> None:
        """Tell how far the work on a resource is."""
        self.emit(
            Progress(resource.kind, resource.id, label(resource.kind), resource.name,
                     text, done, total, unit, lasting)
        )  # fmt: skip
