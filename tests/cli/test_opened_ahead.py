"""A command opens the connections that its last run had, and nothing before its spec is known to be right."""

from __future__ import annotations

import select
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from fargatectl import cache
from fargatectl.aws.connections import Connections

from .conftest import SPEC, Cli

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture
def host() -> Iterator[socket.socket]:
    """Where the last run went."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


@pytest.fixture
def known(cli: Cli, host: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """One run of `status` and `plan` each is over."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    address = "https://{}:{}".format(*host.getsockname())
    with monkeypatch.context() as patch:
        patch.setattr(Connections, "hosts", lambda _: {address: 1})
        for command in ("status", "plan"):
            assert cli(command).code == 0
    assert not came(host)
    return cli


def came(host: socket.socket, seconds: float = 0) -> bool:
    """Whether somebody has; whoever has is sent away."""
    if not select.select([host], [], [], seconds)[0]:
        return False
    host.accept()[0].close()
    return True


@pytest.mark.parametrize("command", ["status", "plan"])
def test_the_next_run_of_the_command(known: Cli, host: socket.socket, command: str) -> None:
    assert known(command).code == 0
    assert came(host, 20)


def test_other_commands_and_other_regions_do_not(known: Cli, host: socket.socket) -> None:
    for words in (["logs"], ["status", "--region", "eu-west-1"], ["status", "-e", "prod"]):
        known(*words)
        assert not came(host, 0.1), words


def test_a_spec_with_a_fault_opens_nothing(known: Cli, host: socket.socket) -> None:
    known.spec(SPEC + "    prot: 80\n")
    assert known("plan").code == 2
    assert not came(host, 0.1)


def test_a_changed_spec_does_once_it_is_found_right(known: Cli, host: socket.socket) -> None:
    known.spec(SPEC + "    cpu: 512\n")
    assert known("plan").code == 0
    assert came(host, 20)


@pytest.mark.parametrize("kept", [b"{", b"[]", b'{"%s": ["https://x"]}', b'{"%s": {"http://x": 1}}'])
def test_what_is_kept_may_be_anything(known: Cli, host: socket.socket, tmp_path: Path, kept: bytes) -> None:
    (file,) = (tmp_path / "cache").rglob("hosts.json")
    key = next(iter(cache._read(str(file)))).encode()
    file.write_bytes(kept.replace(b"%s", key))
    assert known("status").code == 0
    assert not came(host, 0.1)
