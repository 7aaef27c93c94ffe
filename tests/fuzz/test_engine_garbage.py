"""Whatever answers in Docker Engine's place, or a registry through it: a sentence, no traceback, no hang."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from fargatectl.errors import DeployError, ExitCode, FargatectlError, UnreachableError
from fargatectl.images.answers import split
from fargatectl.images.builder import BuiltImage, ImageBuilder
from fargatectl.images.context import BuildSpec
from tests.cli.conftest import Cli, bare  # noqa: F401 - fixtures
from tests.support.figures import tried
from tests.support.soak import SOAK

from .garbage import ANSWERS, ENDLESS, Garbage, http
from .mutants import mutant

SECONDS = 20
DIGEST = "sha256:" + "6f" * 32
URI = "127.0.0.1:9/app"
VERSION = {
    "ApiVersion": "1.44",
    "Version": "27",
    "Arch": "amd64",
    "Os": "linux",
    "Components": [{"Name": "Engine"}],
}
IMAGE = {
    "Id": DIGEST,
    "Architecture": "amd64",
    "Os": "linux",
    "Size": 5,
    "RepoTags": ["a:b"],
    "RepoDigests": [],
}
BUILD = [{"stream": "Step 1/1 : FROM scratch"}, {"stream": "---> Using cache"}, {"aux": {"ID": DIGEST}}]
PUSH = [
    {"status": "Pushing", "progressDetail": {"current": 1, "total": 5}, "id": "745c643868d0"},
    {"status": "Pushed", "progressDetail": {}, "id": "745c643868d0"},
    {"progressDetail": {}, "aux": {"Tag": "v1", "Digest": DIGEST, "Size": 528}},
]
HARMFUL = {"\x1b", "\x9b", "\u202e", "\x07"}


def stream(messages: Sequence[object]) -> bytes:
    """The messages as the Engine streams them."""
    chunks = [json.dumps(message).encode() + b"\r\n" for message in messages]
    body = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"
    return http(body, Transfer_Encoding="chunked", Content_Type="application/json")


def document(value: object, status: str = "200 OK") -> bytes:
    return http(json.dumps(value).encode(), status, Content_Type="application/json")


class Engine(Garbage):
    """Docker Engine's API, as far as a build and a push need it; what `wrong` names answers otherwise."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: dict[str, Any] = {}
        self.asks: list[str] = []
        self.answers: dict[str, Any] = {
            "/version": document(VERSION), "/build": stream(BUILD), "/push": stream(PUSH),
            "/tag": http(b"", "201 Created"),
            "/json": document(IMAGE), "/images": document([]), "/containers": document([]),
            "/_ping": http(b"OK"),
        }  # fmt: skip

    def reply_to(self, request: bytes) -> Any:
        path = request.split(b" ")[1].split(b"?")[0].decode() if b" " in request else ""
        self.asks.append(path)
        name = next((one for one in self.answers if path.endswith(one)), "/images")
        return self.wrong.get(name, self.answers[name])


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    made = Engine()
    monkeypatch.setenv("DOCKER_HOST", made.url.replace("http", "tcp"))
    yield made
    made.stop()


@pytest.fixture
def work(tmp_path: Path) -> Callable[[], None]:
    """A build and a push of it."""
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")

    def run() -> None:
        builder = ImageBuilder(sleep=lambda _seconds: None)
        image = builder.build(BuildSpec(tmp_path), lambda *_: None)
        assert isinstance(image, BuiltImage)
        builder.push(image, URI, "v1", lambda: ("AWS", "token"), lambda *_: None)

    return run


def ends_well_or_in_words(work: Callable[[], None], sort: str) -> FargatectlError | None:
    """Run it: what it raises is ours, said in a line or two, and said soon."""
    begun, raised = time.monotonic(), None
    try:
        work()
    except FargatectlError as error:
        raised = error
    if raised is not None:
        assert raised.ends_with in (ExitCode.UNREACHABLE, ExitCode.FAILED, ExitCode.CREDENTIALS), raised
        assert 0 < len(raised.message) < 4000
    assert time.monotonic() - begun < SECONDS
    tried("bad input", sort)
    return raised


def test_the_engine_of_these_tests_is_one(engine: Engine, work: Callable[[], None]) -> None:
    assert ends_well_or_in_words(work, "answers in Docker Engine's place") is None
    assert any(path.endswith("/push") for path in engine.asks)


@pytest.mark.parametrize("place", ["/version", "/build", "/json", "/push", "/tag"])
@pytest.mark.parametrize("name", [*ANSWERS] if SOAK else [*ANSWERS][::3])
def test_whatever_answers(engine: Engine, work: Callable[[], None], place: str, name: str) -> None:
    engine.wrong[place] = ANSWERS[name]
    raised = ends_well_or_in_words(work, "answers in Docker Engine's place")
    # What is lacking is made and what was made may be named anew: both are no error.
    assert raised is not None or (place, name) in HARMLESS or place == "/tag"


HARMLESS = {("/json", "a page, 404")}


@pytest.mark.parametrize("place", ["/version", "/build", "/json", "/push"])
@pytest.mark.parametrize("name", ENDLESS)
def test_an_answer_without_end(
    engine: Engine, work: Callable[[], None], monkeypatch: pytest.MonkeyPatch, place: str, name: str
) -> None:
    for limit, value in (("MOST_SECONDS", 0.5), ("MOST_BYTES", 4_000_000), ("MOST_MESSAGE", 1_000_000)):
        monkeypatch.setattr(f"fargatectl.images.answers.{limit}", value)
    if name.endswith("slowly") and place in ("/build", "/push"):
        pytest.skip("a build or push may take as long as it wants, as long as it says something")
    engine.wrong[place] = ENDLESS[name]
    raised = ends_well_or_in_words(work, "answers in Docker Engine's place")
    assert isinstance(raised, UnreachableError)


ERRORS: dict[str, list[object]] = {
    "an error": [{"errorDetail": {"message": "no\x1b[31m"}, "error": "no"}],
    "an error in one form": [{"error": "no"}],
    "an error in the other": [{"errorDetail": {"message": "no"}}],
    "an error that is a text": [{"errorDetail": "no"}],
    "an error response": [{"message": "no"}],
    "an error after all": [*BUILD, *PUSH, {"error": "no"}],
    "an empty one": [{"error": ""}],
    "none": [],
}


@pytest.mark.parametrize("place", ["/build", "/push"])
@pytest.mark.parametrize("name", ERRORS)
def test_a_200_with_an_error_in_it(engine: Engine, work: Callable[[], None], place: str, name: str) -> None:
    engine.wrong[place] = stream(ERRORS[name])
    raised = ends_well_or_in_words(work, "answers in Docker Engine's place")
    assert isinstance(raised, DeployError)
    assert name in ("an empty one", "none") or "no" in raised.message


@pytest.mark.parametrize("place", ["/build", "/push", "/tag"])
@pytest.mark.parametrize(
    "status", ["400 Bad Request", "404 Not Found", "409 Conflict", "500 Internal Server Error"]
)
def test_a_refusal_is_told_in_the_engines_words(
    engine: Engine, work: Callable[[], None], place: str, status: str
) -> None:
    engine.wrong[place] = document({"message": "parse error line 2"}, status)
    raised = ends_well_or_in_words(work, "answers in Docker Engine's place")
    assert isinstance(raised, DeployError)
    assert "parse error line 2" in raised.message


@pytest.mark.parametrize("place", ["/version", "/build", "/json", "/push"])
@pytest.mark.parametrize("seed", range(200 if SOAK else 12))
def test_answers_in_which_one_thing_is_wrong(
    engine: Engine, work: Callable[[], None], place: str, seed: int
) -> None:
    chance = random.Random(f"{place}{seed}")
    good = {"/version": VERSION, "/json": IMAGE, "/build": BUILD, "/push": PUSH}[place]
    body = mutant(json.dumps(good).encode(), chance)
    try:
        changed = json.loads(body)
        engine.wrong[place] = (
            stream(changed) if isinstance(good, list) and isinstance(changed, list) else http(body)
        )
    except ValueError:
        engine.wrong[place] = http(body)
    ends_well_or_in_words(work, "answers in Docker Engine's place")


def test_a_stream_that_breaks_off(engine: Engine, work: Callable[[], None]) -> None:
    for place, messages in (("/build", BUILD), ("/push", PUSH)):
        whole = stream(messages)
        for length in range(whole.index(b"\r\n\r\n"), len(whole), 200 if not SOAK else 10):
            engine.wrong = {place: whole[:length]}
            assert isinstance(
                ends_well_or_in_words(work, "answers in Docker Engine's place"), FargatectlError
            )


@pytest.mark.parametrize("name", [*ANSWERS] if SOAK else [*ANSWERS][::6])
@pytest.mark.parametrize(
    "command", [["up", "--local"], ["local", "status"], ["local", "start"], ["local", "stop"]]
)
def test_the_command_line(
    bare: Cli, engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, command: list[str]  # noqa: F811
) -> None:  # fmt: skip
    for variable in ("XDG_STATE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    engine.wrong = dict.fromkeys(engine.answers, ANSWERS[name])
    begun = time.monotonic()
    done = bare(*command)
    assert done.code in ((0, 6) if command[1] in ("status", "stop") else (6,)), done.err
    assert time.monotonic() - begun < SECONDS
    assert not set(done.out + done.err) & HARMFUL
    assert len(done.out + done.err) < 4000
    tried("bad input", "answers in Docker Engine's place")


def test_messages_come_in_any_pieces() -> None:
    whole = b"".join(json.dumps({"stream": f"é{number}"}, ensure_ascii=False).encode() for number in range(9))
    for size in (1, 2, 7, 1000):
        pieces = [whole[start : start + size] for start in range(0, len(whole), size)]
        assert [one["stream"] for one in split(pieces)] == [f"é{number}" for number in range(9)]
