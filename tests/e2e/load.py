"""Constant requests to one address, each noted: when, and what came of it."""

from __future__ import annotations

import http.client
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Phase:
    """What came of the requests that were sent while something happened.

    Attributes:
        answers: Bodies of good answers, counted.
        faults: Why each of the others failed, counted.
    """

    name: str
    begun: float
    seconds: float = 0.0
    answers: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        why = ", ".join(f"{count} {reason}" for reason, count in self.faults.most_common())
        sent = self.answers.total() + self.faults.total()
        failed = f"{self.faults.total()} failed{f' ({why})' if why else ''}"
        return f"{self.name}: {sent} requests in {self.seconds:.0f} s, {failed}"


class Load:
    """So many requests a second, evenly, whether or not the ones before were answered; a connection each.

    Args:
        url: ``http://host[:port]``.
        rate: Requests a second.
    """

    _CLIENTS = 40  # at once: at 10 s each in the worst case, some remain

    def __init__(self, url: str, rate: int) -> None:
        self._host, self.rate = url.removeprefix("http://").rstrip("/"), rate
        self._lock, self._over = threading.Lock(), threading.Event()
        self._next = time.monotonic()
        self._phase = Phase("before", time.monotonic())
        self._threads = [threading.Thread(target=self._client, daemon=True) for _ in range(self._CLIENTS)]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(30)

    @contextmanager
    def phase(self, name: str) -> Iterator[Phase]:
        """Everything sent from now on, until it ends, counts here."""
        begun = Phase(name, time.monotonic())
        with self._lock:
            before, self._phase = self._phase, begun
        yield begun
        with self._lock:
            self._phase = before
        begun.seconds = time.monotonic() - begun.begun
        # What is under way belongs to it still.
        time.sleep(0.5)

    def _client(self) -> None:
        while not self._over.is_set():
            with self._lock:
                moment = self._next = max(self._next + 1 / self.rate, time.monotonic() - 1)
            time.sleep(max(0.0, moment - time.monotonic()))
            phase = self._phase
            reason, body = self._ask()
            with self._lock:
                if reason:
                    phase.faults[reason] += 1
                else:
                    phase.answers[body] += 1

    def _ask(self) -> tuple[str, str]:
        """(Why it failed, or nothing; the body)."""
        connection = http.client.HTTPConnection(self._host, timeout=25)
        try:
            connection.request("GET", "/")
            answer = connection.getresponse()
            body = answer.read().decode(errors="replace").strip()
            return ("" if answer.status == 200 else f"{answer.status} {answer.reason}"), body
        except (OSError, http.client.HTTPException) as error:
            return type(error).__name__, ""
        finally:
            connection.close()
