"""The proxy of the local AWS's load balancer between real sockets: what passes, what it answers itself."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

from fargatectl.local.ministack_patches.elb_http import Answer, Client, Decide, Forward
from fargatectl.local.ministack_patches.elb_wire import LONGEST_HEAD, Head

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@contextlib.asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[int]:
    """A server on loopback; its port."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            await handler(reader, writer)
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, limit=LONGEST_HEAD)
    async with server:
        yield server.sockets[0].getsockname()[1]


def proxy(decide: Decide, idle: float = 5.0) -> Handler:
    return lambda reader, writer: Client(reader, writer, decide, lambda: idle).serve()


def to(port: int) -> Decide:
    return lambda head, client: Forward("127.0.0.1", port, head.headers)


async def exchange(port: int, *requests: bytes) -> bytes:
    """All that comes back on one connection for requests sent at once."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request in requests:
        writer.write(request)
    await writer.drain()
    answer = await asyncio.wait_for(reader.read(), 20)
    writer.close()
    return answer


def through(target: Handler, *requests: bytes, idle: float = 5.0) -> bytes:
    """What a client gets for requests that the target answers."""

    async def run() -> bytes:
        async with serving(target) as port, serving(proxy(to(port), idle)) as front:
            return await exchange(front, *requests)

    return asyncio.run(run())


def answering(content: bytes, seen: list[bytes] | None = None, wait: float = 0.0) -> Handler:
    async def target(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if seen is not None:
            seen.append(head)
        await asyncio.sleep(wait)
        writer.write(content)
        await writer.drain()

    return target


def ask(path: str = "/", *fields: str, last: bool = True, version: str = "1.1") -> bytes:
    lines = [f"GET {path} HTTP/{version}", "Host: shop", *fields, *(["Connection: close"] if last else [])]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def test_two_requests_on_one_connection_are_both_answered_in_turn() -> None:
    seen: list[bytes] = []
    answer = through(answering(OK, seen), ask("/one", last=False), ask("/two"))
    assert answer.count(b"HTTP/1.1 200 OK") == 2
    assert [head.split()[1] for head in seen] == [b"/one", b"/two"]
    assert b"Connection: keep-alive" in answer.split(b"ok")[0]
    assert b"Connection: close" in answer.split(b"ok")[1]


def test_hop_by_hop_fields_stay_where_they_belong() -> None:
    seen: list[bytes] = []
    through(answering(OK, seen), ask("/", "X-Own: 1", "TE: trailers", "Upgrade: h2c"))
    head = seen[0].lower()
    assert b"x-own: 1" in head
    assert not {b"connection:", b"te:", b"upgrade:"} & {
        line.split(b" ")[0] for line in head.split(b"\r\n")
    }  # an Upgrade that Connection does not name is none


def test_a_body_is_passed_on_as_it_comes_with_its_framing() -> None:
    async def target(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        size = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        body = await reader.readexactly(size)
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for piece in (body[:3], body[3:]):
            writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            await writer.drain()
            await asyncio.sleep(0.05)
        writer.write(b"0\r\nX-Trailer: t\r\n\r\n")

    post = b"POST / HTTP/1.1\r\nHost: s\r\nContent-Length: 6\r\nConnection: close\r\n\r\nabcdef"
    answer = through(target, post)
    assert answer.endswith(b"3\r\nabc\r\n3\r\ndef\r\n0\r\nX-Trailer: t\r\n\r\n")


def test_a_chunked_request_reaches_the_target_whole_and_the_next_one_follows() -> None:
    bodies: list[bytes] = []

    async def target(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if b"chunked" in head:
            bodies.append(await reader.readuntil(b"0\r\n\r\n"))
        writer.write(OK)

    post = b"POST / HTTP/1.1\r\nHost: s\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    answer = through(target, post, ask())
    assert bodies == [b"5\r\nhello\r\n0\r\n\r\n"]
    assert answer.count(b"200 OK") == 2


def test_the_first_bytes_arrive_before_the_last_are_made() -> None:
    async def run() -> float:
        async def target(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n")
            await writer.drain()
            await asyncio.sleep(1)
            writer.write(b"data: 2\n\n")

        async with serving(target) as port, serving(proxy(to(port))) as front:
            reader, writer = await asyncio.open_connection("127.0.0.1", front)
            writer.write(ask())
            begun = asyncio.get_running_loop().time()
            await reader.readuntil(b"data: 1\n\n")
            first = asyncio.get_running_loop().time() - begun
            # No length was announced: the end is framed for a client that speaks HTTP/1.1.
            assert (await reader.read()).endswith(b"0\r\n\r\n")
            writer.close()
            return first

    assert asyncio.run(run()) < 0.9


def test_head_and_not_modified_have_no_body_whatever_their_length_says() -> None:
    answer = b"HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n"
    assert through(answering(answer), ask(last=False), ask()).count(b"304") == 2
    head = b"HEAD / HTTP/1.1\r\nHost: s\r\n\r\n"
    sized = b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"
    assert through(answering(sized), head, ask().replace(b"GET", b"HEAD")).count(b"200 OK") == 2


def test_an_upgraded_connection_is_bytes_both_ways() -> None:
    async def target(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        assert b"upgrade: websocket" in head
        assert b"connection: upgrade" in head
        writer.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
        while block := await reader.read(100):
            writer.write(block[::-1])

    async def run() -> bytes:
        async with serving(target) as port, serving(proxy(to(port))) as front:
            reader, writer = await asyncio.open_connection("127.0.0.1", front)
            writer.write(ask("/", "Upgrade: websocket", "Connection: Upgrade", last=False))
            assert b"101" in await reader.readuntil(b"\r\n\r\n")
            for word in (b"one", b"two"):
                writer.write(word)
                assert await reader.readexactly(3) == word[::-1]
            writer.write_eof()
            return await reader.read()

    assert asyncio.run(run()) == b""


def test_502_where_the_target_breaks_and_504_where_it_is_silent() -> None:
    async def breaking(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")

    assert b"HTTP/1.1 502 Bad Gateway" in through(breaking, ask())
    assert b"HTTP/1.1 502" in through(answering(b"SSH-2.0-OpenSSH\r\n\r\n"), ask())
    assert b"HTTP/1.1 504" in through(answering(OK, wait=2), ask(), idle=0.5)

    async def run() -> bytes:
        async with serving(proxy(to(1))) as front:  # nobody listens at port 1
            return await exchange(front, ask())

    assert b"HTTP/1.1 502" in asyncio.run(run())


def test_a_body_cut_short_is_not_passed_off_as_whole() -> None:
    async def run() -> None:
        cut = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        async with serving(cut) as port, serving(proxy(to(port))) as front:
            reader, writer = await asyncio.open_connection("127.0.0.1", front)
            writer.write(ask(last=False))
            got = b""
            try:
                while block := await asyncio.wait_for(reader.read(100), 5):
                    got += block
            except ConnectionResetError:
                got += b" reset"
            assert b"half" in got or got == b" reset"
            assert b"502" not in got
            writer.close()

    asyncio.run(run())


def test_its_own_answers() -> None:
    async def run() -> bytes:
        def decide(head: Head, client: str) -> Answer:
            assert client == "127.0.0.1"
            return Answer(503) if head.words[1] == "/" else Answer(404, "nothing here", "text/plain")

        async with serving(proxy(decide)) as front:
            return await exchange(front, ask("/", last=False), ask("/x"))

    answer = asyncio.run(run())
    assert b"HTTP/1.1 503 Service Unavailable\r\nServer: awselb/2.0" in answer
    assert b"<h1>503 Service Unavailable</h1>" in answer
    assert answer.endswith(b"nothing here")


def test_what_is_no_request_is_400_and_the_connection_ends() -> None:
    assert b"HTTP/1.1 400" in through(answering(OK), b"hello\r\n\r\n", ask())
    assert b"HTTP/1.1 400" in through(answering(OK), b"GET / HTTP/1.1\r\nno colon\r\n\r\n")
    twice = b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na"
    assert b"HTTP/1.1 400" in through(answering(OK), twice)


def test_an_idle_connection_ends_after_the_timeout() -> None:
    assert through(answering(OK), idle=0.3) == b""


def test_an_early_answer_reaches_a_client_that_still_sends() -> None:
    early = answering(b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n")
    post = b"POST / HTTP/1.1\r\nHost: s\r\nContent-Length: 50000000\r\n\r\n"
    assert b"413" in through(early, post)
