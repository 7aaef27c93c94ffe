"""An Application Load Balancer's listener: each request of a connection to whoever shall answer it.

What AWS answers where a target does not ("Troubleshoot your Application Load Balancers"): 502 where it
refuses, breaks or speaks no HTTP; 503 where there is none; 504 where it is silent. Nothing of MiniStack in
here: the tests run it as it is.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

from .elb_wire import (
    Head,
    Headers,
    MalformedError,
    chunks,
    exactly,
    is_chunked,
    length,
    own_answer,
    read_head,
    to_the_end,
)

CONNECT_TIMEOUT = 10.0  # seconds; AWS's own
_EARLY_ANSWER = 1.0  # seconds
_HOP_BY_HOP = ("connection", "keep-alive", "proxy-connection", "te", "expect")
_BLOCK = 65536


@dataclass(frozen=True)
class Answer:
    """The load balancer answers itself."""

    status: int
    body: str = ""
    content_type: str = "text/html"
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Forward:
    """A target answers; `headers` are those that it gets of the client's request."""

    address: str
    port: int
    headers: Headers
    tls: bool = False
    added: Headers = field(default_factory=list)
    """Fields that the client's response gets besides the target's own."""


Decide = Callable[[Head, str], "Answer | Forward"]
"""Who answers a request, from its head and the client's address."""


@dataclass
class Client:
    """One connection from a client."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    decide: Decide
    idle: Callable[[], float]
    """Seconds without a byte until a connection ends (idle_timeout.timeout_seconds)."""

    @property
    def address(self) -> str:
        return str((self.writer.get_extra_info("peername") or ("",))[0])

    async def serve(self) -> None:
        """Answer its requests until one of the two wants no more."""
        with contextlib.suppress(OSError, TimeoutError):
            while True:
                try:
                    request = await asyncio.wait_for(read_head(self.reader), self.idle())
                except MalformedError:
                    await self._say(Answer(400), "GET")
                    break
                if request is None or not await self._answer(request):
                    break
        self.writer.close()
        with contextlib.suppress(OSError):
            await self.writer.wait_closed()

    async def _answer(self, request: Head) -> bool:
        """Answer one request; whether the connection can take another."""
        try:
            body = _request_body(self.reader, request)
        except MalformedError:
            await self._say(Answer(400), request.words[0])
            return False
        decision = self.decide(request, self.address)
        if isinstance(decision, Answer):
            await _timely(_drop(body), self.idle())
            await self._say(decision, request.words[0])
            return request.keeps_alive
        return await self._forward(request, body, decision)

    async def _forward(self, request: Head, body: AsyncIterator[bytes], to: Forward) -> bool:
        exchange = Exchange(self, request, body, to)
        try:
            return await exchange.run()
        except TimeoutError:
            fault = 504
        except (OSError, MalformedError):
            fault = 502
        finally:
            await exchange.close()
        if exchange.answered:
            self.writer.transport.abort()  # the client must see that the body is not whole
            return False
        await self._say(Answer(fault), request.words[0])
        # What is left of a body that nobody reads must not be taken for the next request.
        return exchange.sent_all and request.keeps_alive

    async def _say(self, answer: Answer, method: str) -> None:
        head, content = own_answer(answer.status, answer.body, answer.content_type, answer.headers)
        self.writer.write(head.encode() + (b"" if method == "HEAD" else content))
        await _timely(self.writer.drain(), self.idle())


class Exchange:
    """One request and its response, between a client and a target."""

    def __init__(self, client: Client, request: Head, body: AsyncIterator[bytes], to: Forward) -> None:
        self._client, self._request, self._body, self._to = client, request, body, to
        self._target: asyncio.StreamWriter | None = None
        self.answered = False
        """Whether the client got the head of a response."""
        self.sent_all = not (is_chunked(request) or length(request))
        """Whether the client's whole body was read."""

    async def run(self) -> bool:
        """Pass the request on, and the response back; whether the client's connection can be used again.

        Raises:
            OSError, MalformedError: The target does not answer.
            TimeoutError: It is silent.
        """
        context = _unverified() if self._to.tls else None
        opening = asyncio.open_connection(self._to.address, self._to.port, ssl=context)
        reader, target_writer = await asyncio.wait_for(opening, CONNECT_TIMEOUT)
        self._target = target_writer
        upgrade = self._request.upgrade
        kept = [(name, value) for name, value in self._to.headers if name.lower() not in _HOP_BY_HOP]
        if upgrade:
            kept.append(("Connection", "Upgrade"))
        else:
            kept = [(name, value) for name, value in kept if name.lower() != "upgrade"]
        method, target, _ = self._request.words
        target_writer.write(Head((method, target, "HTTP/1.1"), kept).encode())
        sending = asyncio.ensure_future(self._send_body(target_writer))
        receiving = asyncio.ensure_future(self._receive(reader, method))
        try:
            await asyncio.wait({sending, receiving}, return_when=asyncio.FIRST_COMPLETED)
            if sending.done() and sending.exception() is not None:
                # The target may have answered early and closed; a client that went away gets nothing.
                return await asyncio.wait_for(receiving, _EARLY_ANSWER)
            return await receiving
        finally:
            sending.cancel()
            receiving.cancel()
            await asyncio.gather(sending, receiving, return_exceptions=True)

    async def close(self) -> None:
        if self._target is not None:
            self._target.close()
            with contextlib.suppress(OSError):
                await self._target.wait_closed()

    async def _send_body(self, target: asyncio.StreamWriter) -> None:
        idle = self._client.idle()
        if "100-continue" in self._request.tokens("expect"):
            self._client.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        await _timely(target.drain(), idle)
        await _copy(self._body, target, idle)
        self.sent_all = True

    async def _receive(self, reader: asyncio.StreamReader, method: str) -> bool:
        idle, client = self._client.idle(), self._client.writer
        while True:
            response = await asyncio.wait_for(read_head(reader), idle)
            if response is None:
                raise ConnectionResetError("the target closed the connection without an answer")
            if response.words[1] == "101":
                return await self._switch(reader, response)
            if not response.words[1].startswith("1"):
                break
        body, framing = _response_body(reader, response, method, self._request.words[2])
        # A client whose body was not wanted would be taken for sending its next request.
        again = self._request.keeps_alive and framing != "close" and self.sent_all
        headers = response.without("connection", "keep-alive", "proxy-connection")
        if framing == "chunked":
            headers = [*headers, ("Transfer-Encoding", "chunked")]
        version = self._request.words[2]
        headers += [*self._to.added, ("Connection", "keep-alive" if again else "close")]
        client.write(Head((version, *response.words[1:]), headers).encode())
        self.answered = True
        await _timely(client.drain(), idle)
        await _copy(body, client, idle)
        return again

    async def _switch(self, reader: asyncio.StreamReader, response: Head) -> bool:
        """From now on the two speak what they agreed on, WebSocket for example."""
        assert self._target is not None
        self.answered = True
        self._client.writer.write(response.encode())
        await both_ways(self._client.reader, self._client.writer, reader, self._target, self._client.idle())
        return False


async def both_ways(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    other_reader: asyncio.StreamReader,
    other_writer: asyncio.StreamWriter,
    idle: float,
) -> None:
    """Copy bytes each way until one side ends or neither sends for `idle` seconds."""
    last = asyncio.get_running_loop().time()

    async def copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        nonlocal last
        while block := await source.read(_BLOCK):
            last = asyncio.get_running_loop().time()
            sink.write(block)
            await sink.drain()
        if sink.can_write_eof():
            sink.write_eof()

    ways = {
        asyncio.ensure_future(copy(reader, other_writer)),
        asyncio.ensure_future(copy(other_reader, writer)),
    }
    try:
        waiting = ways
        while waiting:
            left = last + idle - asyncio.get_running_loop().time()
            if left <= 0:
                return
            done, waiting = await asyncio.wait(waiting, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            if any(way.exception() for way in done):
                writer.transport.abort()
                return
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)


def _request_body(reader: asyncio.StreamReader, request: Head) -> AsyncIterator[bytes]:
    return chunks(reader) if is_chunked(request) else exactly(reader, length(request) or 0)


def _response_body(
    reader: asyncio.StreamReader, response: Head, method: str, version: str
) -> tuple[AsyncIterator[bytes], str]:
    """The body, and how the client learns where it ends: ``own``, ``chunked`` or ``close``."""
    if method == "HEAD" or response.words[1] in ("204", "304"):
        return exactly(reader, 0), "own"
    if is_chunked(response):
        return chunks(reader), "own"
    size = length(response)
    if size is not None:
        return exactly(reader, size), "own"
    framing = "chunked" if version == "HTTP/1.1" else "close"
    return to_the_end(reader, chunked=framing == "chunked"), framing


async def _copy(body: AsyncIterator[bytes], sink: asyncio.StreamWriter, idle: float) -> None:
    while True:
        try:
            block = await asyncio.wait_for(anext(body), idle)
        except StopAsyncIteration:
            return
        sink.write(block)
        await _timely(sink.drain(), idle)


async def _drop(body: AsyncIterator[bytes]) -> None:
    async for _ in body:
        pass


async def _timely(what: Awaitable[None], idle: float) -> None:
    await asyncio.wait_for(what, idle)


def _unverified() -> ssl.SSLContext:
    """A load balancer does not check its targets' certificates."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
