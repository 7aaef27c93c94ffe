"""A Network Load Balancer's UDP listener: each client's datagrams to one target, and its answers back.

"UDP flow": a client's address and port stay with one target until nothing came for 120 seconds. Nothing of
MiniStack in here: the tests run it as it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

Address = tuple[str, int]
Pick = Callable[[], Address | None]
"""The target of a new flow; None where there is none."""
IDLE = 120.0  # seconds


class _Flow(asyncio.DatagramProtocol):
    """One client's, towards its target."""

    def __init__(self, back: Callable[[bytes], None], idle: float) -> None:
        self._back, self._idle = back, idle
        self._transport: asyncio.DatagramTransport | None = None
        self._waiting: list[bytes] = []
        self._end: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)
        for datagram in self._waiting:
            self._transport.sendto(datagram)
        self._stay()

    def datagram_received(self, data: bytes, addr: Address) -> None:  # noqa: ARG002
        self._stay()
        self._back(data)

    def send(self, datagram: bytes) -> None:
        if self._transport is None:
            self._waiting.append(datagram)
            return
        self._stay()
        self._transport.sendto(datagram)

    @property
    def over(self) -> bool:
        return self._transport is not None and self._transport.is_closing()

    def close(self) -> None:
        if self._end is not None:
            self._end.cancel()
        if self._transport is not None:
            self._transport.close()

    def _stay(self) -> None:
        if self._end is not None:
            self._end.cancel()
        self._end = asyncio.get_running_loop().call_later(self._idle, self.close)


class Relay(asyncio.DatagramProtocol):
    """The listener's socket."""

    def __init__(self, pick: Pick, idle: float = IDLE) -> None:
        self._pick, self._idle = pick, idle
        self._flows: dict[Address, _Flow] = {}
        self._opening: set[asyncio.Task[object]] = set()
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: Address) -> None:
        flow = self._flows.get(addr)
        if flow is None or flow.over:
            target = self._pick()
            if target is None or self._transport is None:
                return  # as any datagram may be lost
            transport = self._transport
            flow = self._flows[addr] = _Flow(lambda answer: transport.sendto(answer, addr), self._idle)
            opening = asyncio.get_running_loop().create_datagram_endpoint(lambda: flow, remote_addr=target)
            task: asyncio.Task[object] = asyncio.ensure_future(opening)
            self._opening.add(task)
            task.add_done_callback(self._opening.discard)
        flow.send(data)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        for flow in self._flows.values():
            flow.close()
