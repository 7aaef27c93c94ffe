"""TLS to AWS: who answers is checked, and the trusted authorities are read once for all connections."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fargatectl.aws.session import Aws, Connection
from fargatectl.errors import UnreachableError
from tests.support.tls import Authority, Server, serving

CALLS = 6


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def server(request: pytest.FixtureRequest, authority: Authority) -> Iterator[Server]:
    """AWS with a certificate for 127.0.0.1, or for the address that the test names."""
    with serving(authority.server(getattr(request, "param", "127.0.0.1"))) as made:
        yield made


@pytest.fixture
def aws(server: Server) -> Aws:
    return Aws(Connection("eu-west-1", endpoint_url=server.url, access_key="a", secret_key="b"))


def _ask(aws: Aws, number: int) -> object:
    service, operation = [("ecs", "ListClusters"), ("secretsmanager", "ListSecrets")][number % 2]
    return aws.call(service, operation)


def test_authorities_are_read_once_for_all_services_and_connections(
    aws: Aws, server: Server, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To read those of certifi takes 20 ms of processor time, as much as ten calls."""
    together = threading.Barrier(CALLS)  # so that each has a connection of its own
    server.before = lambda: together.wait(20)
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


@pytest.mark.parametrize("server", ["127.0.0.2"], indirect=True)
def test_a_certificate_of_somebody_else_is_refused(
    aws: Aws, server: Server, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(authority.file))
    for _ in range(2):
        with pytest.raises(UnreachableError, match=r"doesn't match '127\.0\.0\.2'"):
            _ask(aws, 0)
    assert len(server.came) == 2


def test_an_unknown_authority_is_refused_and_told_how_to_trust(aws: Aws, server: Server) -> None:
    """Such as that of a company's proxy, which opens TLS."""
    for number in range(3):
        with pytest.raises(UnreachableError, match="certificate verify failed") as told:
            _ask(aws, number)
        assert "AWS_CA_BUNDLE" in told.value.hint
    assert len(server.came) == 3  # one try each: nothing would change


def test_authorities_that_cannot_be_read_are_named(
    aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "none.pem"))
    for _ in range(2):
        with pytest.raises(UnreachableError, match=r"none\.pem") as told:
            _ask(aws, 0)
        assert "AWS_CA_BUNDLE" in told.value.hint
