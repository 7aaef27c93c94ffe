"""What happens during a run, as data: whoever shows it (a live view, plain lines, JSON) decides how.

An event is emitted from whichever thread it happens in; a receiver must be thread-safe.
Times are seconds of a monotonic clock.
"""

from __future__ import annotations

from collections.abc import Callable

from fargatectl.dataclass import dataclass


@dataclass(frozen=True)
class Event:
    """Base of all events."""


@dataclass(frozen=True)
class Subject(Event):
    """An event about one resource.

    Attributes:
        kind: Such as ``ecs.service``.
        id: The resource's id within its kind in this app, such as ``web``.
        label: What a person calls this kind, such as ``log group``.
        name: Its name in AWS.
    """

    kind: str
    id: str
    label: str
    name: str


@dataclass(frozen=True)
class Started(Subject):
    """Work on a resource began; `action` is create, update, delete, prepare or settle."""

    action: str


@dataclass(frozen=True)
class Progress(Subject):
    """News of work under way: a step of a build, layers pushed, tasks running.

    Attributes:
        text: One short line, complete in itself.
        done, total: Amounts in `unit`, or None where unknown.
        unit: Such as ``bytes`` or ``steps``.
        lasting: True where the line should stay (a plain log prints it); False for a mere tick.
    """

    text: str
    done: int | None = None
    total: int | None = None
    unit: str = ""
    lasting: bool = False


@dataclass(frozen=True)
class Waiting(Subject):
    """AWS is still settling (a new role, a draining service); the engine tries again by itself."""

    reason: str


@dataclass(frozen=True)
class Finished(Subject):
    """Work on a resource ended well.

    Attributes:
        action: As in Started.
        seconds: How long it took.
        summary: What came of it, such as ``built 3.1 s, pushed 2 of 7 layers (12 MB)``.
    """

    action: str
    seconds: float
    summary: str = ""


@dataclass(frozen=True)
class Failed(Subject):
    """Work on a resource ended badly."""

    action: str
    seconds: float
    error: str


@dataclass(frozen=True)
class Skipped(Subject):
    """Not begun: something it depends on failed or waits for a person, or the run was interrupted."""

    action: str
    reason: str


@dataclass(frozen=True)
class Notice(Event):
    """Something worth saying that belongs to no resource; `level` is info or warning."""

    text: str
    level: str = "info"


@dataclass(frozen=True)
class ApiCall(Event):
    """One AWS API call that has been answered; shown with ``-v``.

    Attributes:
        service: Such as ``ecs``.
        operation: Such as ``CreateService``.
        seconds: How long it took, botocore's own retries included.
        error: AWS's error code, empty when it went well.
    """

    service: str
    operation: str
    seconds: float
    error: str = ""


Emit = Callable[[Event], None]


def ignore(_event: Event) -> None:
    """A receiver that shows nothing."""
