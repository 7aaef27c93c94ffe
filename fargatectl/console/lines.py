"""The lines that stay: what one event has to say for good, as data that every view shows in its own way."""

from __future__ import annotations

from fargatectl.console.text import FAILED, QUOTE, UNDERWAY, clean_lines, duration, mark, pad
from fargatectl.dataclass import dataclass
from fargatectl.engine.events import ApiCall, Event, Failed, Finished, Notice, Skipped, Subject
from fargatectl.text import clean

LABEL_CELLS, NAME_CELLS = 15, 24  # "task definition"; most names
LONG_SECONDS = 2.0  # an action this long says how long it took


@dataclass(frozen=True)
class Line:
    """One line about a resource.

    Attributes:
        mark: See `fargatectl.console.text`.
        label, name: Of the resource, cleaned.
        text: What is said of it, cleaned.
        more: Further lines of the same message, cleaned.
    """

    mark: str
    label: str
    name: str
    text: str = ""
    more: tuple[str, ...] = ()

    @property
    def body(self) -> str:
        """The line without its mark."""
        return f"{pad(self.label, LABEL_CELLS)}  {pad(self.name, NAME_CELLS)}  {self.text}".rstrip()

    @property
    def rest(self) -> list[str]:
        """The further lines, set off; output that a message quotes with ``  | `` is not set off twice."""
        return [f"     | {line.removeprefix(QUOTE)}".rstrip() for line in self.more]

    def __str__(self) -> str:
        return "\n".join([f"  {self.mark}  {self.body}", *self.rest])


@dataclass(frozen=True)
class Remark:
    """A line that is about no resource; `level` is info, warning or call."""

    text: str
    level: str = "info"

    def __str__(self) -> str:
        return self.text


def about(subject: Subject, sign: str, text: str = "") -> Line:
    """A line about the event's resource; text of several lines goes on below."""
    first, *more = clean_lines(text)
    return Line(sign, clean(subject.label), clean(subject.name), first, tuple(more))


def lasting(event: Event, *, verbose: bool) -> Line | Remark | None:
    """What stays of an event in every view; None for those that views treat each in their own way."""
    match event:
        case Finished(action="prepare" | "tidy"):
            return None  # the create or update that they belong to tells what came of it
        case Finished():
            took = duration(event.seconds) if event.seconds >= LONG_SECONDS else ""
            return about(event, mark(event.action), event.summary or took)
        case Failed():
            return about(event, FAILED, event.error)
        case Skipped():
            return about(event, UNDERWAY, f"skipped: {event.reason}")
        case Notice():
            prefix = "warning: " if event.level == "warning" else ""
            return Remark(prefix + "\n".join(clean_lines(event.text)), event.level)
        case ApiCall() if verbose:
            call = f"    {event.service} {event.operation} {event.seconds:.2f} s {event.error}"
            return Remark(clean(call).rstrip(), "call")
    return None
