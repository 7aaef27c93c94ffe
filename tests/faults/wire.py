"""As much of HTTP/1.1 as AWS's SDK and an emulator speak with each other, and quickly."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BufferedReader


@dataclass(frozen=True)
class Message:
    """A request or a response.

    Attributes:
        head: As it came, the empty line at its end included.
        first: Its first line.
        headers: Names in lower case.
    """

    head: bytes
    first: str
    headers: Mapping[str, str]
    body: bytes = field(default=b"")

    @property
    def raw(self) -> bytes:
        """As it came."""
        return self.head + self.body


def read(stream: BufferedReader) -> Message | None:
    """The next message; None where the other side has closed the connection."""
    lines = []
    while (line := stream.readline()) not in (b"\r\n", b""):
        lines.append(line)
    if not lines or not line:
        return None
    headers = {}
    for one in lines[1:]:
        name, _, value = one.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    assert "transfer-encoding" not in headers, "a body of unknown length"
    length = int(headers.get("content-length", "0"))
    body = stream.read(length)
    if len(body) < length:
        return None
    return Message(b"".join(lines) + b"\r\n", lines[0].decode("latin-1").rstrip(), headers, body)


def response(status: int, content_type: str, body: str, error: str = "") -> bytes:
    """A response; `error` goes where REST services have it."""
    data = body.encode()
    told = f"X-Amzn-ErrorType: {error}\r\n" if error else ""
    head = f"Content-Type: {content_type}\r\nContent-Length: {len(data)}\r\n{told}\r\n"
    return f"HTTP/1.1 {status} As told\r\n{head}".encode() + data


def connect(address: tuple[str, int]) -> socket.socket:
    """A connection that sends at once."""
    made = socket.create_connection(address, timeout=60)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made
