"""A server that answers every request with the same bytes, whatever they are."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

Body = bytes | Callable[[], Iterator[bytes]]


def http(body: bytes, status: str = "200 OK", **headers: str) -> bytes:
    """A whole HTTP response."""
    lines = [f"HTTP/1.1 {status}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if "Content_Length" not in headers and "Transfer_Encoding" not in headers:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode() + body


PAGE = b"<!DOCTYPE html><html><body><h1>Please log in \x1b[31m</h1></body></html>"
_ZIPPED = gzip.compress(b"0" * 10_000_000)


def _chunks(data: bytes, pause: float) -> Iterator[bytes]:
    yield http(b"", Transfer_Encoding="chunked", Content_Type="application/x-amz-json-1.1")
    while True:
        yield f"{len(data):x}\r\n".encode() + data + b"\r\n"
        time.sleep(pause)


ANSWERS: dict[str, bytes] = {
    "a page": http(PAGE, Content_Type="text/html"),
    "a page, 403": http(PAGE, "403 Forbidden", Content_Type="text/html"),
    "a page, 404": http(PAGE, "404 Not Found", Content_Type="text/html"),
    "a page, 500": http(PAGE, "500 Internal Server Error", Content_Type="text/html"),
    "a page, 502": http(PAGE, "502 Bad Gateway", Content_Type="text/html"),
    "a redirect": http(PAGE, "302 Found", Location="http://127.0.0.1:9/login"),
    "a redirect to nowhere": http(b"", "301 Moved Permanently"),
    "a strange status": http(b"{}", "999 What"),
    "no status": http(b"{}", "000 None"),
    "407": http(b"", "407 Proxy Authentication Required"),
    "204": http(b"", "204 No Content"),
    "nothing": b"",
    "no body": http(b""),
    "a list": http(b"[]"),
    "null": http(b"null"),
    "a number": http(b"5"),
    "a text": http(b'"ok"'),
    "an empty document": http(b"{}"),
    "an empty element": http(b"<r/>"),
    "JSON that ends early": http(b'{"clusters": [{"clusterName": "sh'),
    "XML that ends early": http(b"<DescribeSubnetsResponse><subnetSet><item>"),
    "XML with entities": http(b'<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><r>&b;</r>'),
    "not UTF-8": http(b'{"a": "\xff\xfe"}'),
    "deep": http(b"[" * 100_000),
    "a huge number": http(b'{"x": ' + b"9" * 10_000 + b"}"),
    "an error that is none": http(b'{"__type": 5, "message": {"a": [1]}}', "400 Bad Request"),
    "an error in another shape": http(b'{"Error": "no", "Message": null}', "400 Bad Request"),
    "an error with escapes": http(
        b'{"__type": "x#\\u001b[31mOops", "message": "\\u001b]0;title\\u0007\\u202e"}', "400 Bad Request"
    ),
    "gzip that is none": http(b"this is not gzip", Content_Encoding="gzip"),
    "gzip that ends early": http(_ZIPPED[:100], Content_Encoding="gzip"),
    "gzip of 10 MB": http(_ZIPPED, Content_Encoding="gzip"),
    "10 MB": http(b"x" * 10_000_000),
    "less than was said": http(b"{", Content_Length="1000"),
    "a length that is none": http(b"{}", Content_Length="many"),
    "a negative length": http(b"{}", Content_Length="-5"),
    "a chunk that is none": http(b"zz\r\n{}\r\n0\r\n\r\n", Transfer_Encoding="chunked"),
    "not HTTP": b"SSH-2.0-OpenSSH_9.2p1\r\n",
    "bytes": bytes(range(256)) * 20,
    "a header without end": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000,
    "many headers": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000 + b"\r\n",
    "headers with escapes": http(b"{}", x_amzn_RequestId="\x1b[31m"),
}
ENDLESS = {
    "a body without end": lambda: _chunks(b"x" * 1_000_000, 0),
    "a body without end, slowly": lambda: _chunks(b" ", 0.05),
}


class Garbage:
    """Listens on loopback until it is stopped."""

    def __init__(self) -> None:
        self.answer: Body = b""
        self.asked = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def stop(self) -> None:
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._reply, args=(client,), daemon=True).start()

    def _reply(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            client.settimeout(5)
            answer = self.reply_to(self._read(client))
            self.asked += 1
            for part in answer() if callable(answer) else [answer]:
                client.sendall(part)
            client.shutdown(socket.SHUT_WR)

    def reply_to(self, request: bytes) -> Body:
        """What to answer to a request."""
        return self.answer

    def _read(self, client: socket.socket) -> bytes:
        """Its head; the whole is read, since what is left unread would reset the connection."""
        data = b""
        while b"\r\n\r\n" not in data:
            part = client.recv(65536)
            if not part:
                return b""
            data += part
        head, _, body = data.partition(b"\r\n\r\n")
        length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n")
                       if line.lower().startswith(b"content-length")), 0)  # fmt: skip
        while len(body) < length:
            body += client.recv(65536)
        while b"transfer-encoding: chunked" in head.lower() and not body.endswith(b"0\r\n\r\n"):
            body += client.recv(65536)
        return head
