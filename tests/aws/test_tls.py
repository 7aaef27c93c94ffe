"""TLS to AWS: who answers is checked, and the trusted authorities are read once for all connections."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from fargatectl.aws.session import Aws, Connection
from fargatectl.errors import UnreachableError
from tests.support.tls import Authority

CALLS = 6


class Ecs(BaseHTTPRequestHandler):
    """Says once `CALLS` ask, each by a connection of its own, that there are no clusters."""

    protocol_version = "HTTP/1.1"
    together = threading.Barrier(CALLS)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.together.wait(20)
        body = b'{"clusterArns": [], "secretList": [], "SecretList": []}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: pytest would show it."""


class Serving(ThreadingHTTPServer):
    """Takes note of connections, and says nothing of those that came to nothing."""

    asked: ClassVar[list[object]] = []

    def verify_request(self, _request: object, client_address: object) -> bool:
        self.asked.append(client_address)
        return True

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing: it is what the test is about."""


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def aws(request: pytest.FixtureRequest, authority: Authority) -> Iterator[Aws]:
    """AWS at an address with a certificate for 127.0.0.1, or for the address that the test names."""
    Serving.asked.clear()
    server = Serving(("127.0.0.1", 0), Ecs)
    context = authority.server(getattr(request, "param", "127.0.0.1"))
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    serving = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    serving.start()
    url = f"https://127.0.0.1:{server.server_address[1]}"
    yield Aws(Connection("eu-west-1", endpoint_url=url, access_key="a", secret_key="b"))
    server.shutdown()
    server.server_close()
    serving.join()


def _ask(aws: Aws, number: int) -> object:
    service, operation = [("ecs", "ListClusters"), ("secretsmanager", "ListSecrets")][number % 2]
    return aws.call(service, operation)


def test_authorities_are_read_once_for_all_services_and_connections(
    aws: Aws, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To read those of certifi takes 20 ms of processor time, as much as ten calls."""
    monkeypatch.setenv("AWS_CA_BUNDLE", str(authority.file))
    read = []
    load = ssl.SSLContext.load_verify_locations

    def loading(context: ssl.SSLContext, cafile: str | None = None, *rest: str | None) -> None:
        read.append(cafile)
        load(context, cafile, *rest)

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", loading)
    with ThreadPoolExecutor(CALLS) as pool:
        answers = list(pool.map(lambda number: _ask(aws, number), range(CALLS)))
    assert len(answers) == CALLS
    assert read == [str(authority.file)]


@pytest.mark.parametrize("aws", ["127.0.0.2"], indirect=True)
def test_a_certificate_of_somebody_else_is_refused(
    aws: Aws, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(authority.file))
    for _ in range(2):
        with pytest.raises(UnreachableError, match=r"doesn't match '127\.0\.0\.2'"):
            _ask(aws, 0)
    assert len(Serving.asked) == 2


def test_an_unknown_authority_is_refused_and_told_how_to_trust(aws: Aws) -> None:
    """Such as that of a company's proxy, which opens TLS."""
    for number in range(3):
        with pytest.raises(UnreachableError, match="certificate verify failed") as told:
            _ask(aws, number)
        assert "AWS_CA_BUNDLE" in told.value.hint
    assert len(Serving.asked) == 3  # one try each: nothing would change


def test_authorities_that_cannot_be_read_are_named(
    aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "none.pem"))
    for _ in range(2):
        with pytest.raises(UnreachableError, match=r"none\.pem") as told:
            _ask(aws, 0)
        assert "AWS_CA_BUNDLE" in told.value.hint
