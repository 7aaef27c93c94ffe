"""Fixtures of several folders: an AWS in memory, and an app to deploy to it."""

from __future__ import annotations

import functools
import gc
import signal
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import figures, requests

if TYPE_CHECKING:
    from tests.support.apps import Builder, Deployer
    from tests.support.watched import WatchedAws


def pytest_configure() -> None:
    requests.install()
    # Started by nohup, or in the background of a script, all that the tests start would be deaf to them.
    for number, usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, usual)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is imported and collected are a million objects, of which none is ever garbage."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """A run of the end-to-end tests need not import the 150 files that have none."""
    wanted = str(config.option.markexpr)
    if collection_path.suffix != ".py" or not wanted.startswith("e2e"):
        return None
    mark = "mark.alone" if wanted == "e2e and alone" else "mark.e2e"
    return True if mark not in collection_path.read_text("utf-8") else None


def pytest_sessionfinish(session: pytest.Session) -> None:
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["requests"] = (dict(requests.LEDGER.checked), requests.LEDGER.refused)
        output["tried"] = figures.handed_over()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    output = getattr(node, "workeroutput", {})
    requests.LEDGER.add(*output.get("requests", ({}, [])))
    figures.take_over(output.get("tried", ()))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if requests.LEDGER.checked:
        terminalreporter.write_line(requests.LEDGER.summary())
    failed = [
        report.nodeid for kind in ("failed", "error") for report in terminalreporter.stats.get(kind, ())
    ]
    for line in figures.summary(failed):
        terminalreporter.write_line(line)


@pytest.fixture(autouse=True, scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What the program keeps from run to run is neither the user's nor left to them.

    In this process nothing is kept: a client that lacks an operation is made anew, where AWS is by then.
    What botocore reads of its own files, it reads once: every command line of the tests opens a session.
    """
    import botocore.session

    from fargatectl.aws import models

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.session, "create_loader", functools.cache(botocore.session.create_loader))
        patch.setattr(models, "cache_file", lambda _: None)
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(autouse=True)
def refused_requests() -> Iterator[list[str]]:
    """What AWS would have refused: a test that sends it fails, whatever the program made of the refusal."""
    before = len(requests.LEDGER.refused)
    yield requests.LEDGER.refused
    assert requests.LEDGER.refused[before:] == []


@pytest.fixture(scope="session")
def clients() -> WatchedAws:
    """Clients that all tests of a worker share: they hold no state of AWS."""
    import moto  # noqa: F401 - before the first client: moto answers only clients made after its import

    from tests.support import quick
    from tests.support.watched import WatchedAws

    quick.install()
    made = WatchedAws()
    _ = made.partition  # opens the session, for which botocore reads 3 MB of endpoints: half of a test's time
    gc.freeze()
    return made


@pytest.fixture(scope="session", autouse=True)
def known_kinds() -> Iterator[None]:
    """Which kinds a kind's types name is worked out once: they do not change, and each `up` asks of all."""
    from fargatectl.engine import graph

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(graph, "kind_dependencies", functools.cache(graph.kind_dependencies))
        yield


@pytest.fixture
def moto_aws(clients: WatchedAws, monkeypatch: pytest.MonkeyPatch) -> Iterator[WatchedAws]:
    """An empty AWS in this process (moto), and an `Aws` to look at it and to meddle with it."""
    from moto import mock_aws

    from tests.support import shims
    from tests.support.watched import WatchedAws

    # Services count as running at once, so a rollout is over when it has begun.
    monkeypatch.setenv("MOTO_ECS_SERVICE_RUNNING", "1")
    shims.install(monkeypatch)
    with mock_aws():
        yield WatchedAws(clients)


@pytest.fixture
def deployer(
    moto_aws: WatchedAws,
    tmp_path: Path,
    builder: Builder,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Deployer:
    """Deploys specs to `moto_aws`. A run that a test kills lives on as this process; its lock says no."""
    from fargatectl import guard
    from fargatectl.aws.holder import this_run
    from tests.support.apps import Deployer

    monkeypatch.setattr(guard, "this_run", lambda *given: replace(this_run(*given), process="999999999 1"))
    return Deployer(tmp_path, moto_aws, builder, request.path.parent.name)


@pytest.fixture(autouse=True)
def builder(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Builder | None:
    """What builds and pushes in tests with `moto_aws`: no Docker Engine is needed."""
    if "moto_aws" not in request.fixturenames:
        return None
    from fargatectl import run
    from tests.support.apps import Builder

    made = Builder(request.getfixturevalue("moto_aws"))
    monkeypatch.setattr(run, "_builder", lambda: lambda: made)
    return made


@pytest.fixture
def kinds() -> Iterator[dict[str, Any]]:
    """The registry of kinds, empty; as it was when the test ends."""
    from fargatectl.engine.resource import KINDS

    before = dict(KINDS)
    KINDS.clear()
    yield KINDS
    KINDS.clear()
    KINDS.update(before)


@pytest.fixture
def tags() -> Callable[..., dict[str, str]]:
    """Tags of a list in either of AWS's spellings, as a mapping."""
    from fargatectl.resources._tags import read

    return read
