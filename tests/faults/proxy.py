"""The proxy between the program and AWS: an HTTP server on loopback that passes requests on, and strikes.

Every HTTP request counts, pages and botocore's own retries too. One at a time is passed on: what comes first
is numbered first, and moto is not thread-safe.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .asked import Request, recognise
from .faults import ANSWERS, DONE, KILLS, LASTING, SILENT, Fault, Refusal, refused
from .wire import Message, connect, read

LATE = 0.6  # seconds for which an answer is held back; READ_TIMEOUT of such a run is shorter
READ_TIMEOUT = 0.4  # seconds
Answers = Mapping[tuple[str, str, str], bytes]


@dataclass
class Script:
    """One run of the program, as the wire sees it.

    Attributes:
        fault: That strikes it.
        refuse: Operation -> the refusals that it gets first.
        stale: Old `answers`; each is given once, in place of the true one.
        lag: Service -> how often each question that is asked again gets the answer that it got at first.
        kill: Ends the program's process, at once.
        requests: In the order in which they came.
        answers: The first answer to each question, by service, path and body.
        fired: Whether the fault struck.
    """

    fault: Fault | None = None
    refuse: Mapping[str, Sequence[Refusal]] = field(default_factory=dict)
    stale: Answers = field(default_factory=dict)
    lag: Mapping[str, int] = field(default_factory=dict)
    kill: Callable[[], None] = lambda: None
    requests: list[Request] = field(default_factory=list)
    answers: dict[tuple[str, str, str], bytes] = field(default_factory=dict)
    fired: bool = False

    def __post_init__(self) -> None:
        self._refuse = {operation: list(each) for operation, each in self.refuse.items()}
        self._stale = dict(self.stale)
        self._lagged: Counter[tuple[str, str, str]] = Counter()
        self._dead = False

    def handle(self, one: Request, real: Callable[[], bytes], struck: Counter[str]) -> tuple[bytes, float]:
        """The answer (empty: the connection breaks), and for how many seconds it is held back."""
        if self._dead and self.fault and self.fault.kind == "killed before":
            return b"", 0.0  # sent, and lost with its sender
        number = len(self.requests)
        self.requests.append(one)
        if refusals := self._refuse.get(one.operation):
            struck["a message of AWS's"] += 1
            return refused(one, *refusals.pop(0)), 0.0
        if self.fault is not None and self._strikes(self.fault, number, one):
            if not self.fired:
                struck[self.fault.kind] += 1
            self.fired = True
            return self._strike(self.fault.kind, one, real)
        return (real() if one.writes else self._read(one, real, struck)), 0.0

    def _strikes(self, fault: Fault, number: int, one: Request) -> bool:
        if self.fired:
            return fault.kind in LASTING
        return one.operation == fault.at if isinstance(fault.at, str) else number >= fault.at

    def _strike(self, kind: str, one: Request, real: Callable[[], bytes]) -> tuple[bytes, float]:
        answer = real() if kind in ("killed after", DONE, *SILENT) else b""
        if kind in ANSWERS:
            return ANSWERS[kind](one), 0.0
        if kind in KILLS:
            self._dead = True
            self.kill()
        return (answer, LATE) if kind == "answer late" else (b"", 0.0)

    def _read(self, one: Request, real: Callable[[], bytes], struck: Counter[str]) -> bytes:
        key = (one.service, one.path, one.body)
        if key in self._stale:
            struck["not yet shown"] += 1
            return self._stale.pop(key)
        if key in self.answers and self._lagged[key] < self.lag.get(one.service, 0):
            self._lagged[key] += 1
            struck["shown late"] += 1
            return self.answers[key]
        answer = real()
        self.answers.setdefault(key, answer)
        return answer


class Proxy:
    """Passes requests on to `target`, as the script of the moment says.

    Attributes:
        struck: How often each kind of fault did.
        faults: What went wrong in the proxy itself.
    """

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._upstream: tuple[socket.socket, Any] | None = None
        self._turn = threading.Lock()
        self._busy = 0
        self._idle = threading.Condition()
        self.struck: Counter[str] = Counter()
        self.faults: list[BaseException] = []
        self.script = Script()
        self._server = socket.create_server(("127.0.0.1", 0), backlog=128)
        threading.Thread(target=self._accept, name="proxy", daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.getsockname()[1]}"

    def begin(self, script: Script) -> None:
        """A new run of the program; raises what went wrong in the proxy itself before."""
        self.settle()
        self.script = script

    def settle(self) -> None:
        """Wait until every request that has come has been dealt with."""
        with self._idle:
            assert self._idle.wait_for(lambda: not self._busy, timeout=30), "the proxy hangs"
        if self.faults:
            raise AssertionError("the proxy itself failed") from self.faults.pop()

    def close(self) -> None:
        """Take no more connections."""
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        self._server.close()

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self._server.accept()
            except OSError:
                return
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(peer,), name="proxy-peer", daemon=True).start()

    def _serve(self, peer: socket.socket) -> None:
        with peer, peer.makefile("rb") as stream, contextlib.suppress(OSError):
            while (message := read(stream)) is not None:
                with self._idle:
                    self._busy += 1
                try:
                    answer, delay = self._answer(message)
                    time.sleep(delay)
                    if not answer:
                        return
                    peer.sendall(answer)
                except OSError:
                    return  # the program has gone
                except BaseException as error:
                    self.faults.append(error)
                    return
                finally:
                    with self._idle:
                        self._busy -= 1
                        self._idle.notify_all()

    def _answer(self, message: Message) -> tuple[bytes, float]:
        one = recognise(message)
        with self._turn:
            return self.script.handle(one, lambda: self._forward(message), self.struck)

    def _forward(self, message: Message) -> bytes:
        for _ in range(2):  # the emulator may have closed a connection that was long unused
            if self._upstream is None:
                made = connect(self._target)
                self._upstream = made, made.makefile("rb")
            upstream, stream = self._upstream
            try:
                upstream.sendall(message.raw)
                if (answer := read(stream)) is not None:
                    if answer.headers.get("connection", "").lower() == "close":
                        self._drop()
                    return answer.raw
            except OSError as error:
                self._drop()
                raise AssertionError("the emulator does not answer") from error
            self._drop()
        raise AssertionError("the emulator closes its connections")

    def _drop(self) -> None:
        if self._upstream is not None:
            upstream, stream = self._upstream
            stream.close()
            upstream.close()
            self._upstream = None
