"""HTTP/1.1 on a stream: heads and bodies, read as they arrive and passed on unchanged.

RFC 9112. Nothing of MiniStack in here: the tests run it as it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus

Headers = list[tuple[str, str]]
LONGEST_HEAD = 65536  # bytes; also asyncio's limit for one read
_BLOCK = 65536
_ENCODING = "latin-1"  # HTTP's own: every byte is a character, and comes back as the same byte


class MalformedError(Exception):
    """What was read is not HTTP/1.1."""


@dataclass
class Head:
    """A request's or a response's first part: its three words, then its fields in their order."""

    words: tuple[str, str, str]
    headers: Headers

    def all(self, name: str) -> list[str]:
        """Every value of a field, by its lower-case name."""
        return [value for field, value in self.headers if field.lower() == name]

    def get(self, name: str) -> str:
        """A field's values, joined as RFC 9110 joins them; empty where it is missing."""
        return ", ".join(self.all(name))

    def tokens(self, name: str) -> set[str]:
        """The words of a list field, in lower case."""
        return {word.strip().lower() for word in self.get(name).split(",") if word.strip()}

    def without(self, *names: str) -> Headers:
        """The fields except those named in lower case."""
        return [(field, value) for field, value in self.headers if field.lower() not in names]

    @property
    def upgrade(self) -> str:
        """The protocol that is asked for, or agreed to, in place of HTTP; empty for none."""
        return self.get("upgrade").lower() if "upgrade" in self.tokens("connection") else ""

    @property
    def keeps_alive(self) -> bool:
        """Whether the sender wants to use the connection again."""
        wishes = self.tokens("connection")
        version = self.words[0] if self.words[0].startswith("HTTP/") else self.words[2]
        return "keep-alive" in wishes if version == "HTTP/1.0" else "close" not in wishes

    def encode(self) -> bytes:
        lines = [" ".join(self.words).rstrip(), *(f"{name}: {value}" for name, value in self.headers), "", ""]
        return "\r\n".join(lines).encode(_ENCODING)


async def read_head(reader: asyncio.StreamReader) -> Head | None:
    """The next head; None where the peer is done.

    Raises:
        MalformedError: It is not HTTP/1.1, or longer than `LONGEST_HEAD`.
        OSError: The connection broke, in the middle of a head too.
    """
    try:
        block = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as end:
        if end.partial.strip():
            raise ConnectionResetError("the connection ended within a head") from end
        return None
    except asyncio.LimitOverrunError as long:
        raise MalformedError("the head is too long") from long
    first, *lines = block.decode(_ENCODING).lstrip("\r\n").split("\r\n")[:-2]
    words = first.split(" ", 2)
    if len(words) < 2 or not (words[0].startswith("HTTP/1.") or words[-1].startswith("HTTP/1.")):
        raise MalformedError(f"not HTTP/1.1: {first[:60]!r}")
    headers: Headers = []
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise MalformedError(f"not a header: {line[:60]!r}")
        headers.append((name, value.strip()))
    return Head((words[0], words[1], words[2] if len(words) > 2 else ""), headers)


def length(head: Head) -> int | None:
    """The body's announced length in bytes; None where it is chunked or unannounced.

    Raises:
        MalformedError: The lengths contradict each other.
    """
    announced = set(head.all("content-length"))
    if "chunked" in head.tokens("transfer-encoding") or not announced:
        return None
    value = announced.pop()
    if announced or not value.isdecimal():
        raise MalformedError("Content-Length is not one number")
    return int(value)


def is_chunked(head: Head) -> bool:
    return "chunked" in head.tokens("transfer-encoding")


async def exactly(reader: asyncio.StreamReader, size: int) -> AsyncIterator[bytes]:
    """`size` bytes, in the pieces in which they come.

    Raises:
        ConnectionResetError: They end before.
    """
    while size:
        block = await reader.read(min(size, _BLOCK))
        if not block:
            raise ConnectionResetError("the connection ended within a body")
        size -= len(block)
        yield block


async def chunks(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """A chunked body with its framing and trailers, in the pieces in which it comes.

    Raises:
        MalformedError: It is not framed as RFC 9112 says.
        ConnectionResetError: It ends before its last chunk.
    """
    try:
        while True:
            line = await reader.readuntil(b"\r\n")
            try:
                size = int(line.split(b";")[0], 16)
            except ValueError as error:
                raise MalformedError("not a chunk") from error
            yield line
            if size == 0:
                break
            async for block in exactly(reader, size + 2):
                yield block
        while True:
            line = await reader.readuntil(b"\r\n")
            yield line
            if line == b"\r\n":
                return
    except asyncio.IncompleteReadError as end:
        raise ConnectionResetError("the connection ended within a body") from end
    except asyncio.LimitOverrunError as long:
        raise MalformedError("a chunk's line is too long") from long


async def to_the_end(reader: asyncio.StreamReader, chunked: bool) -> AsyncIterator[bytes]:
    """All that comes until the connection ends, framed as chunks where `chunked`."""
    while block := await reader.read(_BLOCK):
        yield b"%x\r\n%b\r\n" % (len(block), block) if chunked else block
    if chunked:
        yield b"0\r\n\r\n"


def own_answer(
    status: int, body: str = "", content_type: str = "text/html", headers: Iterable[tuple[str, str]] = ()
) -> tuple[Head, bytes]:
    """A response that the load balancer makes itself."""
    phrase = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else ""
    if not body and status >= 400:
        title = f"{status} {phrase}"
        body = (
            f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n"
            f"<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
        )
    content = body.encode()
    fields: Headers = [
        ("Server", "awselb/2.0"),
        ("Date", formatdate(usegmt=True)),
        ("Content-Type", content_type),
        ("Content-Length", str(len(content))),
        *headers,
    ]
    return Head(("HTTP/1.1", str(status), phrase), fields), content
