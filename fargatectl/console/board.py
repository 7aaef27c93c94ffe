"""What is under way right now, as events tell it; knows no terminal and takes no lock."""

from __future__ import annotations

from fargatectl.console.lines import Line
from fargatectl.console.text import UNDERWAY, amount, elapsed
from fargatectl.dataclass import dataclass
from fargatectl.engine.events import Event, Failed, Finished, Progress, Skipped, Started, Subject, Waiting
from fargatectl.text import clean


@dataclass
class Work:
    """One action under way.

    Attributes:
        began: On the view's clock, seconds.
        text: The latest news, cleaned.
        done, total, unit: As in Progress.
        said, logged: When a plain log last told of it, on the view's clock, and its last lasting text.
    """

    label: str
    name: str
    action: str
    began: float
    text: str = ""
    done: int | None = None
    total: int | None = None
    unit: str = ""
    said: float = 0.0
    logged: str = ""

    @property
    def fraction(self) -> float | None:
        """Between 0 and 1; None where the total is not known."""
        if self.done is None or not self.total:
            return None
        return min(1.0, max(0.0, self.done / self.total))

    @property
    def news(self) -> str:
        """The latest text, with the amounts where the text does not tell them itself."""
        far = amount(self.done, self.total, self.unit)
        told = far in self.text or f"{self.done} of {self.total}" in self.text
        if told or f"{self.done}/{self.total}" in self.text:
            return self.text
        return ", ".join(filter(None, [self.text, far]))

    def unfinished(self, now: float) -> Line:
        """The line that stays of it when the view closes first: an interruption, a timeout."""
        text = f"not finished after {elapsed(now - self.began)}"
        return Line(UNDERWAY, self.label, self.name, f"{text}: {self.text}" if self.text else text)


class Board:
    """Every action under way, in the order in which they began."""

    def __init__(self) -> None:
        self._works: dict[tuple[str, str, str], Work] = {}

    def __bool__(self) -> bool:
        return bool(self._works)

    @property
    def works(self) -> list[Work]:
        """What is under way, oldest first."""
        return list(self._works.values())

    def clear(self) -> list[Work]:
        """Forget all; returns what was under way."""
        left, self._works = self.works, {}
        return left

    def apply(self, event: Event, now: float) -> Work | None:
        """Take in one event; returns the action that it is about, if one is still under way."""
        match event:
            case Started():
                return self._begin(event, event.action, now)
            case Progress():
                work = self._latest(event) or self._begin(event, "", now)
                work.text, work.name = clean(event.text), clean(event.name)
                work.done, work.total, work.unit = event.done, event.total, event.unit
                return work
            case Waiting():
                work = self._latest(event) or self._begin(event, "", now)
                work.text = clean(event.reason)
                work.done = work.total = None
                return work
            case Finished() | Failed() | Skipped():
                self._end(event, event.action)
        return None

    def _begin(self, event: Subject, action: str, now: float) -> Work:
        work = Work(clean(event.label), clean(event.name), action, began=now, said=now)
        self._works[event.kind, event.id, action] = work
        return work

    def _latest(self, event: Subject) -> Work | None:
        same = [work for key, work in self._works.items() if key[:2] == (event.kind, event.id)]
        return same[-1] if same else None

    def _end(self, event: Subject, action: str) -> None:
        if self._works.pop((event.kind, event.id, action), None) is None:
            self._works.pop((event.kind, event.id, ""), None)  # known from its progress alone
