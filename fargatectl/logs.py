"""The log lines of an app's services, from CloudWatch Logs."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from fargatectl.aws.errors import AwsError
from fargatectl.dataclass import dataclass
from fargatectl.errors import FargatectlError
from fargatectl.text import clean

POLL = 1.0  # seconds between two looks; FilterLogEvents allows 5 a second and more
_OVERLAP = 5_000  # ms: lines of several streams do not arrive in the order of their times


@dataclass(frozen=True)
class LogLine:
    """One line; `moment` in ms since 1970."""

    moment: int
    service: str
    task: str
    message: str
    id: str

    def text(self) -> str:
        """For people: time, service, the task's first digits, the message."""
        when = datetime.fromtimestamp(self.moment / 1000, UTC).strftime("%H:%M:%S")
        return f"{when}  {clean(self.service)}/{clean(self.task)[:8]}  {clean(self.message)}"

    def document(self) -> dict[str, object]:
        """For scripts: one JSON document a line."""
        when = datetime.fromtimestamp(self.moment / 1000, UTC).isoformat()
        return {
            "schema": 1,
            "time": when,
            "service": self.service,
            "task": self.task,
            "message": self.message,
        }


class LogReader:
    """Reads one log group.

    Args:
        aws: `fargatectl.aws.session.Aws`.
        group: The log group's name.
        services: Whose lines; empty for all.
    """

    def __init__(
        self,
        aws: Any,
        group: str,
        services: Sequence[str] = (),
        *,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._aws, self._group, self._services = aws, group, services
        self._sleep, self._now = sleep, now
        self._seen: set[str] = set()
        self._from = int(now() * 1000)

    def last(self, since: float, most: int) -> list[LogLine]:
        """The newest `most` lines of the last `since` seconds, oldest first.

        Raises:
            FargatectlError: There is no such log group.
        """
        self._from = int((self._now() - since) * 1000)
        lines = deque(self._new(), maxlen=most)
        return list(lines)

    def follow(self) -> Iterator[LogLine]:
        """Lines as they arrive, without end."""
        while True:
            yield from self._new()
            self._sleep(POLL)

    def _new(self) -> list[LogLine]:
        found: dict[str, LogLine] = {}
        for prefix in [f"{name}/" for name in self._services] or [""]:
            for line in self._read(prefix):
                if line.id not in self._seen:
                    found[line.id] = line
        lines = sorted(found.values(), key=lambda line: line.moment)
        if lines:
            self._from = max(self._from, lines[-1].moment - _OVERLAP)
        self._seen = set(found) | (self._seen if len(self._seen) < 50_000 else set())
        return lines

    def _read(self, prefix: str) -> Iterable[LogLine]:
        where = {"logStreamNamePrefix": prefix} if prefix else {}
        try:
            for event in self._aws.items(
                "logs", "FilterLogEvents", "events", logGroupName=self._group, startTime=self._from, **where
            ):
                # Stream names are <service>/<container>/<task id> (awslogs-stream-prefix).
                service, _, rest = str(event["logStreamName"]).partition("/")
                yield LogLine(
                    int(event["timestamp"]),
                    service,
                    rest.rpartition("/")[2],
                    str(event["message"]),
                    str(event["eventId"]),
                )
        except AwsError as error:
            if error.gone:
                raise FargatectlError(
                    f"there is no log group {self._group}",
                    hint="Nothing of this app has been deployed here: fargatectl up. Or see -e and --region.",
                    code="logs.none",
                ) from error
            raise
