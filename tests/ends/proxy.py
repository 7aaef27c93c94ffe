"""HTTP between a command and an AWS on loopback, which can hold a call and let the session expire."""

from __future__ import annotations

import contextlib
import http.client
import json
import threading
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_XML = {"ec2", "elasticloadbalancing", "iam", "route53", "sts"}
_EXPIRED = ("ExpiredToken", "The security token included in the request is expired")


@dataclass
class Hold:
    """One call that is not answered until `go` is set.

    Attributes:
        answered: AWS does what the call asks for first; only its answer is held.
        came: Set once the call is there.
    """

    operation: str
    answered: bool = False
    came: threading.Event = field(default_factory=threading.Event)
    go: threading.Event = field(default_factory=threading.Event)


class Proxy:
    """Passes each request on to `target` (``host:port``)."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._lock = threading.Lock()
        self._none_left = threading.Condition(self._lock)
        self._in_flight = 0
        self._holds: list[Hold] = []
        self._all: list[Hold] = []
        self.expires_at = ""  # the operation from whose first call on the session has expired
        self._expired = False
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                with proxy._counted():
                    proxy._handle(self)

            def do_GET(self) -> None:  # Route 53's
                with proxy._counted():
                    proxy._handle(self)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]  # clients that are killed
        self.address = ("127.0.0.1", self._server.server_port)
        self.url = "http://{}:{}".format(*self.address)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def hold(self, operation: str, *, answered: bool = False) -> Hold:
        """Hold the next call of an operation."""
        hold = Hold(operation, answered)
        with self._lock:
            self._holds.append(hold)
            self._all.append(hold)
        return hold

    def let_go(self) -> None:
        """Answer whatever is held."""
        for hold in self._all:
            hold.go.set()

    def stop(self) -> None:
        """Let everything go, and end once AWS has had it: later it would come to the next test's AWS."""
        self._server.shutdown()
        self.let_go()
        with self._none_left:
            assert self._none_left.wait_for(lambda: self._in_flight == 0, 60)
        self._server.server_close()

    @contextlib.contextmanager
    def _counted(self) -> Iterator[None]:
        with self._lock:
            self._in_flight += 1
        try:
            yield
        finally:
            with self._none_left:
                self._in_flight -= 1
                self._none_left.notify_all()

    def _handle(self, handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers.get("Content-Length") or 0)
        body = handler.rfile.read(length)
        if len(body) < length:  # its sender was killed meanwhile; AWS would wait for the rest
            handler.close_connection = True
            return
        operation = _operation(handler.headers.get("X-Amz-Target", ""), body)
        with self._lock:
            here = bool(operation) and operation == self.expires_at  # Route 53's calls have no name here
            self._expired = expired = self._expired or here
            hold = next((one for one in self._holds if one.operation == operation), None)
            if hold is not None:
                self._holds.remove(hold)
        if expired:
            status, headers, answer = _refusal(handler.headers.get("Authorization", ""))
        elif hold is None:
            status, headers, answer = self._pass_on(handler, body)
        else:
            kept = self._pass_on(handler, body) if hold.answered else None
            hold.came.set()
            assert hold.go.wait(60)
            status, headers, answer = kept or self._pass_on(handler, body)
        handler.send_response(status)
        for name, value in headers:
            if name.lower() not in ("content-length", "connection", "transfer-encoding", "date", "server"):
                handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(answer)))
        handler.end_headers()
        handler.wfile.write(answer)

    def _pass_on(self, handler: BaseHTTPRequestHandler, body: bytes) -> tuple[int, Any, bytes]:
        connection = http.client.HTTPConnection(self._target, timeout=60)
        try:
            connection.request(handler.command, handler.path, body, dict(handler.headers))
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()


def _operation(target: str, body: bytes) -> str:
    if target:
        return target.rpartition(".")[2]
    return urllib.parse.parse_qs(body.decode()).get("Action", [""])[0]


def _refusal(authorization: str) -> tuple[int, list[tuple[str, str]], bytes]:
    """An expired session, as the service whose name is in the signature would say it."""
    code, text = _EXPIRED
    service = (authorization.split("/") + [""] * 4)[3]
    if service not in _XML:
        answer = json.dumps({"__type": code, "message": text})
    elif service == "ec2":
        answer = (
            f"<Response><Errors><Error><Code>{code}</Code><Message>{text}</Message></Error></Errors>"
            "<RequestID>r</RequestID></Response>"
        )
    else:
        answer = (
            f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{text}</Message></Error>"
            "<RequestId>r</RequestId></ErrorResponse>"
        )
    return 400, [], answer.encode()
