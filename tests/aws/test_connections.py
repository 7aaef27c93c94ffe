"""Connections by TLS: opened ahead, used by whoever asks first, opened anew where they have ended."""

from __future__ import annotations

import os
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from fargatectl.aws.connections import MOST_AHEAD, Connections
from fargatectl.aws.session import Aws, Connection
from fargatectl.errors import FargatectlError, UnreachableError
from tests.support.tls import Authority, Server, serving


@dataclass
class Far:
    """AWS by TLS.

    Attributes:
        environ: As the program's.
    """

    url: str
    server: Server
    environ: dict[str, str]
    connections: Connections = field(default_factory=Connections)

    def ahead(self, count: int) -> list[ssl.SSLSocket]:
        """Open so many ahead, and wait until they are; the program's ends of them."""
        self.connections.ahead({self.url: count}, self.environ)
        (session,) = self.connections._sessions.values()
        pool = session._manager.connection_from_url(self.url)
        waiting = [(connection, opened) for connection, opened in pool._ahead if opened.wait(20)]
        return [connection.sock for connection, _ in waiting]

    def aws(self) -> Aws:
        where = Connection("eu-west-1", endpoint_url=self.url, access_key="a", secret_key="b")
        return Aws(where, connections=self.connections)


def ask(aws: Aws) -> None:
    assert aws.call("ecs", "ListClusters")["clusterArns"] == []


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """Of servers whose authority is trusted."""
    authority = Authority(tmp_path)
    monkeypatch.setenv("AWS_CA_BUNDLE", str(authority.file))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    return authority.server("127.0.0.1")


@pytest.fixture
def far(context: ssl.SSLContext) -> Iterator[Far]:
    with serving(context) as server:
        yield Far(server.url, server, {"AWS_CA_BUNDLE": os.environ["AWS_CA_BUNDLE"]})


def until(what: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_what_was_opened_ahead_is_used(far: Far) -> None:
    """Though the tickets of TLS 1.3 wait to be read, which urllib3 takes for the connection's end."""
    opened = far.ahead(2)
    assert [one.version() for one in opened] == ["TLSv1.3"] * 2
    for one in opened:
        assert select.select([one], [], [], 20)[0]
    aws = far.aws()
    ask(aws)
    ask(aws)
    ask(aws)
    assert len(far.server.came) == 2
    assert aws.close() == {far.url: 1}  # the other was not needed


def test_clients_share_connections(far: Far) -> None:
    """Of services at one address; a client per service would open one each."""
    aws = far.aws()
    ask(aws)
    aws.call("secretsmanager", "ListSecrets")
    assert len(far.server.came) == 1
    assert aws.close() == {far.url: 1}


def test_one_that_aws_has_closed_meanwhile_is_opened_anew(far: Far) -> None:
    (opened,) = far.ahead(1)
    until(lambda: far.server.came)
    far.server.came[0].shutdown(socket.SHUT_RDWR)
    assert select.select([opened], [], [], 20)[0]
    ask(far.aws())
    assert len(far.server.came) == 2


def test_one_under_way_is_waited_for(far: Far) -> None:
    far.connections.ahead({far.url: 1}, far.environ)
    ask(far.aws())
    assert len(far.server.came) == 1


def test_who_answers_is_checked(far: Far, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "other"
    other.mkdir()
    bundle = str(Authority(other).file)
    monkeypatch.setenv("AWS_CA_BUNDLE", bundle)
    far.environ["AWS_CA_BUNDLE"] = bundle
    assert far.ahead(1) == [None]
    with pytest.raises(UnreachableError, match="certificate verify failed"):
        ask(far.aws())


def test_the_config_file_has_the_last_word(far: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may name other authorities than the environment: what was opened ahead trusts the wrong ones."""
    far.ahead(1)
    Path(far.environ["AWS_CA_BUNDLE"]).with_name("config").write_text("[default]\nca_bundle = /none.pem\n")
    monkeypatch.delenv("AWS_CA_BUNDLE")
    with pytest.raises(UnreachableError, match=r"none\.pem"):
        ask(far.aws())


@pytest.mark.parametrize(
    "url", ["https://[::1]:9", "https://::1:9", "https://x:99999", "https://[", "https://"]
)
def test_an_address_that_is_none_is_passed_over(far: Far, url: str) -> None:
    far.connections.ahead({url: 1, far.url: 1}, far.environ)
    ask(far.aws())
    assert len(far.server.came) == 1


def test_an_address_of_ipv6_is_kept_as_one() -> None:
    connections = Connections()
    url = "https://[::1]:9"
    connections.ahead({url: 2}, {})
    (session,) = connections._sessions.values()
    session._manager.connection_from_url(url)._get_conn()
    assert connections.hosts() == {url: 1}


def test_where_no_more_threads_may_be_begun(far: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    def start(_: object) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", start)
        far.connections.ahead({far.url: 2}, far.environ)
    ask(far.aws())
    assert len(far.server.came) == 1


def test_hosts_without_a_proxy_are_opened_though_others_have_one(
    far: Far, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    far.ahead(1)
    ask(far.aws())
    assert len(far.server.came) == 1


def test_with_a_proxy_on_the_way_nothing_is_opened(far: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    far.connections.ahead({far.url: 1}, far.environ)
    assert not far.connections._sessions


def test_a_run_may_ask_many_services(context: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch) -> None:
    """urllib3 keeps the connections to ten hosts, unless told otherwise."""
    services = {
        "ecs": "ListClusters", "ssm": "DescribeParameters", "sqs": "ListQueues", "kms": "ListKeys",
        "acm": "ListCertificates", "logs": "DescribeLogGroups", "ecr": "DescribeRepositories",
        "events": "ListRules", "secretsmanager": "ListSecrets", "servicediscovery": "ListNamespaces",
        "dynamodb": "ListTables", "kinesis": "ListStreams",
    }  # fmt: skip
    names = {"logs": "CLOUDWATCH_LOGS", "events": "EVENTBRIDGE", "secretsmanager": "SECRETS_MANAGER"}
    with ExitStack() as stack:
        servers = []
        for service in services:
            server = stack.enter_context(serving(context))
            monkeypatch.setenv(f"AWS_ENDPOINT_URL_{names.get(service, service.upper())}", server.url)
            servers.append(server)
        aws = Aws(Connection("eu-west-1", access_key="a", secret_key="b"))
        for _ in range(2):
            for service, operation in services.items():
                with suppress(FargatectlError):  # the answer is nobody's
                    aws.call(service, operation)
        assert [len(server.came) for server in servers] == [1] * len(services)
        (session,) = aws._connections._sessions.values()  # type: ignore[union-attr]
        by_proxy = session._get_proxy_manager("http://127.0.0.1:9")
        assert by_proxy.pools._maxsize > len(services)
        assert len(aws.close()) == len(services)


def test_nobody_opens_without_end(far: Far) -> None:
    assert len(far.ahead(MOST_AHEAD + 20)) == MOST_AHEAD
