"""Whatever answers in AWS's place: a sentence and an exit code; no traceback, no internal error, no hang."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from tests.cli.conftest import Cli, Done, bare  # noqa: F401 - fixtures
from tests.support.figures import tried
from tests.support.soak import SOAK

from .garbage import ANSWERS, ENDLESS, Garbage, http

SECONDS = 20
PLAIN = (1, 5, 6)
COMMANDS = [["plan"], ["status"], ["down", "--yes"], ["logs"], ["up", "-o", "json"]]


@pytest.fixture
def garbage(bare: Cli, monkeypatch: pytest.MonkeyPatch) -> Iterator[Garbage]:  # noqa: F811
    """Something on loopback that is taken for AWS."""
    made = Garbage()
    monkeypatch.setenv("AWS_ENDPOINT_URL", made.url)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda _seconds: None))
    yield made
    made.stop()


def sensible(done: Done) -> None:
    """It was told in words that there is something wrong on the other side."""
    said = done.document()["error"]["message"] if done.out.startswith("{") else done.err
    assert done.code in PLAIN, said
    assert said.strip()
    assert "unexpected" not in said
    assert not set(done.out + done.err) & {"\x1b", "\x9b", "\u202e", "\x07"}
    assert len(said) < 2000


@pytest.mark.parametrize("name", ANSWERS)
def test_whatever_answers(bare: Cli, garbage: Garbage, name: str) -> None:  # noqa: F811
    garbage.answer = ANSWERS[name]
    for command in COMMANDS if SOAK else COMMANDS[len(name) % len(COMMANDS) :][:1]:
        begun = time.monotonic()
        sensible(bare(*command))
        assert time.monotonic() - begun < SECONDS
        assert garbage.asked
        tried("bad input", "answers in AWS's place")


@pytest.mark.parametrize("name", ENDLESS)
@pytest.mark.parametrize("command", COMMANDS[2:4], ids=" ".join)
def test_an_answer_without_end(
    bare: Cli,  # noqa: F811
    garbage: Garbage,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    command: list[str],
) -> None:
    monkeypatch.setattr("fargatectl.aws.bodies.MOST_SECONDS", 0.5)
    monkeypatch.setattr("fargatectl.aws.bodies.MOST_BYTES", 4_000_000)
    garbage.answer = ENDLESS[name]
    done = bare(*command)
    sensible(done)
    assert (done.code, "does not end" in done.err) == (6, True)
    tried("bad input", "answers in AWS's place")


def test_an_answer_that_breaks_off_is_asked_for_again(bare: Cli, garbage: Garbage) -> None:  # noqa: F811
    """Half of an answer may well be an answer to botocore, and an empty one: that nothing is there."""
    whole = http(b'{"events": []}          ', Content_Type="application/x-amz-json-1.1")
    answers = iter([whole[:-10], whole])
    garbage.answer = lambda: iter([next(answers)])
    done = bare("logs")
    assert (done.code, garbage.asked) == (0, 2)
    assert done.err == "warning: no log lines in the last 1 h (--since)\n"


def test_a_list_without_end(bare: Cli, garbage: Garbage, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.setattr("fargatectl.aws.session.MOST_PAGES", 20)
    numbers = itertools.count()
    garbage.answer = lambda: iter(
        [http(json.dumps({"events": [], "nextToken": str(next(numbers))}).encode())]
    )
    done = bare("logs")
    assert done.code == 6
    assert "more than 20 pages" in done.err
