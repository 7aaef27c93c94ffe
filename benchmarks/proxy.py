"""A proxy on the loopback interface that makes an emulator of AWS as far away as AWS is.

Every call takes a round trip's time more than the emulator needs, half of it each way, and is logged with its
start and end. On demand AWS's token buckets are kept too. It runs in a process of its own:

    python -m benchmarks.proxy --upstream 127.0.0.1:5000 --certificate FILE --tls 127.0.0.1 [--delay 0.05]

It prints its port and one where it speaks TLS, as AWS does, at each of the addresses; there a new connection
takes two round trips more, TCP's and TLS 1.3's. It is asked and told over HTTP: ``GET /_bench/log`` (a JSON
list of calls), ``POST /_bench/clear`` (with ``{"buckets": true}`` to begin with full buckets).
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import json
import re
import ssl
import time
from dataclasses import dataclass, field

from benchmarks.buckets import Buckets
from benchmarks.calls import Call
from benchmarks.wire import asked, throttled

CONTROL = "/_bench/"
_LIMIT = 2**20  # bytes of a header
_CLOSE = re.compile(rb"(?i)(?<=\r\n)connection: close\r\n")  # moto's server says so; AWS keeps connections


@dataclass
class Message:
    """One HTTP message: its first line, its raw head, the headers that matter, its body."""

    first: str
    head: bytes
    headers: dict[str, str]
    body: bytes = b""


@dataclass
class Proxy:
    """Passes calls on.

    Attributes:
        upstream: Host and port of the emulator.
        delay: Seconds that a round trip takes, beside what the emulator needs.
    """

    upstream: tuple[str, int]
    delay: float
    log: list[Call] = field(default_factory=list)
    buckets: Buckets | None = None
    _idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client's connection, to its end."""
        try:
            while (request := await _read(reader, response=False)) is not None:
                writer.write(await self._answer(request))
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # it went away
        finally:
            writer.close()

    async def serve_tls(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """The same on a connection that came by TLS, as late as it would have come from afar."""
        await asyncio.sleep(2 * self.delay)
        await self.serve(reader, writer)

    async def _answer(self, request: Message) -> bytes:
        start = time.monotonic()
        method, path, _ = request.first.split(" ", 2)
        if path.startswith(CONTROL):
            return self._control(path.removeprefix(CONTROL), request.body)
        service, operation = asked(method, path, request.headers, request.body)
        await asyncio.sleep(self.delay / 2)
        if self.buckets is not None and not self.buckets.take(service, operation, time.monotonic()):
            status, kind, body = throttled(service, operation)
            answer = _response(status, kind, body)
        else:
            answer = await self._pass_on(request)
            status = int(answer[9:12])
        await asyncio.sleep(self.delay / 2)
        self.log.append(Call(service, operation, start, time.monotonic(), status))
        return answer

    async def _pass_on(self, request: Message) -> bytes:
        for fresh in (False, True):
            if self._idle and not fresh:
                reader, writer = self._idle.pop()
            else:
                reader, writer = await asyncio.open_connection(*self.upstream, limit=_LIMIT)
            try:
                writer.write(request.head + request.body)
                answer = await _read(reader, response=True)
            except (ConnectionError, asyncio.IncompleteReadError):
                answer = None
            if answer is None:  # closed while it was idle
                writer.close()
                continue
            if answer.headers.get("connection", "").lower() == "close":
                writer.close()
            else:
                self._idle.append((reader, writer))
            return _CLOSE.sub(b"", answer.head) + answer.body
        return _response(502, "text/plain", b"the emulator does not answer")

    def _control(self, what: str, body: bytes) -> bytes:
        if what == "log":
            calls = [dataclasses.asdict(call) for call in self.log]
            return _response(200, "application/json", json.dumps(calls).encode())
        if what == "clear":
            wishes = json.loads(body or b"{}")
            self.log.clear()
            self.buckets = Buckets() if wishes.get("buckets") else None
            return _response(200, "application/json", b"{}")
        return _response(404, "text/plain", b"no such control")


async def _read(reader: asyncio.StreamReader, *, response: bool) -> Message | None:
    """The next message on a connection, or None where it was closed."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines if line)
    message = Message(first, head, {name.lower(): value.strip() for name, _, value in pairs})
    if message.headers.get("transfer-encoding", "").lower() == "chunked":
        message.body = await _chunks(reader)
    elif "content-length" in message.headers:
        message.body = await reader.readexactly(int(message.headers["content-length"]))
    elif response:
        message.body = await reader.read()
        message.headers["connection"] = "close"
    return message


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    """A chunked body as it stands on the wire."""
    body = b""
    while True:
        line = await reader.readuntil(b"\r\n")
        size = int(line.split(b";")[0], 16)
        body += line + await reader.readexactly(size + 2)
        if not size:
            return body


def _response(status: int, kind: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 {status} .\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def _main(options: argparse.Namespace) -> None:
    host, _, port = options.upstream.rpartition(":")
    proxy = Proxy((host, int(port)), options.delay)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(options.certificate)
    plain = await asyncio.start_server(proxy.serve, "127.0.0.1", 0, limit=_LIMIT)
    servers, port = [plain], 0
    for address in options.tls:
        server = await asyncio.start_server(proxy.serve_tls, address, port, limit=_LIMIT, ssl=context)
        servers.append(server)
        port = server.sockets[0].getsockname()[1]
    print(plain.sockets[0].getsockname()[1], port, flush=True)
    await asyncio.gather(*(server.serve_forever() for server in servers))


def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(description="A proxy that makes an emulator of AWS as far away as AWS.")
    parser.add_argument("--upstream", required=True, help="HOST:PORT of the emulator")
    parser.add_argument("--delay", type=float, default=0.05, help="seconds of a round trip (default: 0.05)")
    parser.add_argument("--tls", nargs="+", required=True, metavar="ADDRESS", help="where TLS is spoken")
    parser.add_argument("--certificate", required=True, help="file with the private key and the certificate")
    asyncio.run(_main(parser.parse_args()))


if __name__ == "__main__":
    main()
