"""Build contexts with things that are no files, or lead out of them: a sentence, or what Docker does."""

from __future__ import annotations

import io
import os
import socket
import stat
import tarfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fargatectl.errors import UsageError
from fargatectl.images import files
from fargatectl.images.archive import archive
from fargatectl.images.context import BuildSpec, content_hash, scan
from tests.cli.conftest import Cli, bare  # noqa: F401 - fixtures
from tests.support.figures import tried
from tests.support.soak import TIMES

SECONDS = 10
SECRET = b"outside the context"
SPEC = """\
app: shop
services:
  web: {build: {context: CONTEXT, dockerfile: "DOCKERFILE"}, port: 8080}
"""
ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make devices or be somebody else")


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Path]:
    """A context beside which lies what must not get into it."""
    (tmp_path / "outside").write_bytes(SECRET)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_bytes(SECRET)
    made = tmp_path / "app"
    made.mkdir()
    (made / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    (made / "app.py").write_text("x = 1\n")
    yield made
    made.chmod(0o755)


def sent(context: Path, dockerfile: str | None = None) -> dict[str, tarfile.TarInfo]:
    """What the Engine would get, by name; hashed and sent within the time that a wait would exceed."""
    begun = time.monotonic()
    build = BuildSpec(context, dockerfile)
    assert len(content_hash(build)) == 64
    data = b"".join(archive(scan(build)))
    assert time.monotonic() - begun < SECONDS
    tried("bad input", "build contexts")
    with tarfile.open(fileobj=io.BytesIO(data)) as members:
        return {one.name: one for one in members}


def refused(cli: Cli, command: str = "up") -> str:
    """The one sentence with which a command refuses, before it asks AWS for anything."""
    begun = time.monotonic()
    done = cli(command)
    assert done.code == 2, done.err
    assert time.monotonic() - begun < SECONDS
    tried("bad input", "build contexts")
    return done.err


LINKS = {
    "a file outside": "../outside",
    "a folder outside": "../folder",
    "an absolute path": "/etc/passwd",
    "the folder above": "..",
    "itself": "link",
    "nothing": "nowhere",
    "a device": "/dev/zero",
    "the context": ".",
    "bytes": b"\xff\x1b[31m",
}


@pytest.mark.parametrize("name", LINKS)
def test_a_link_is_sent_as_a_link(context: Path, name: str) -> None:
    """As Docker does: what it leads to on this machine is nobody's business."""
    (context / "link").symlink_to(os.fsdecode(LINKS[name]))
    member = sent(context)["link"]
    assert member.issym()
    assert os.fsencode(member.linkname) == os.fsencode(LINKS[name])
    assert SECRET not in b"".join(archive(scan(BuildSpec(context))))


def test_links_in_a_circle(context: Path) -> None:
    (context / "a").symlink_to("b")
    (context / "b").symlink_to("a")
    (context / "deep").mkdir()
    (context / "deep" / "up").symlink_to("..")
    assert {"a", "b", "deep/up"} <= set(sent(context))


def test_a_pipe_is_sent_as_one_and_not_read(context: Path) -> None:
    os.mkfifo(context / "pipe")
    assert sent(context)["pipe"].isfifo()


def test_a_socket_is_left_out(context: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(context)  # a socket's path may not be long
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("s")
        assert "s" not in sent(context)


@ROOT
def test_a_device_is_refused(context: Path, bare: Cli) -> None:  # noqa: F811
    try:
        os.mknod(context / "null", stat.S_IFCHR | 0o666, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("no devices can be made here")
    bare.spec(SPEC.replace("CONTEXT", "app").replace("DOCKERFILE", "Dockerfile"))
    said = refused(bare)
    assert "null is a device" in said
    assert ".dockerignore" in said


@ROOT
@pytest.mark.parametrize("name", ["app.py", "Dockerfile", ".dockerignore", "deep"])
def test_what_may_not_be_read_is_named(context: Path, name: str) -> None:
    (context / "deep").mkdir()
    (context / ".dockerignore").touch()
    (context / name).chmod(0)
    for folder in context.parents[:4]:
        folder.chmod(folder.stat().st_mode | 0o055)
    os.seteuid(65534)
    try:
        with pytest.raises(UsageError, match=rf"{name}.* cannot be read: Permission denied"):
            content_hash(BuildSpec(context))
    finally:
        os.seteuid(0)
        (context / name).chmod(0o755)
    tried("bad input", "build contexts")


SPECIAL: dict[str, Callable[[Path], object]] = {
    "a pipe": os.mkfifo,
    "a folder": Path.mkdir,
    "a link to itself": lambda path: path.symlink_to(path.name),
    "a link to nothing": lambda path: path.symlink_to("nowhere"),
    "a link to a device": lambda path: path.symlink_to("/dev/zero"),
    "a link to a pipe": lambda path: (os.mkfifo(path.with_name("p")), path.symlink_to("p")),
}


@pytest.mark.parametrize("name", SPECIAL)
@pytest.mark.parametrize("command", ["up", "validate"])
def test_a_dockerfile_that_is_no_file(context: Path, bare: Cli, name: str, command: str) -> None:  # noqa: F811
    (context / "Dockerfile").unlink()
    SPECIAL[name](context / "Dockerfile")
    bare.spec(SPEC.replace("CONTEXT", "app").replace("DOCKERFILE", "Dockerfile"))
    assert "Dockerfile" in refused(bare, command)
    with pytest.raises(UsageError, match=r"build\.dockerfile"):
        scan(BuildSpec(context))


@pytest.mark.parametrize("name", SPECIAL)
def test_an_ignore_file_that_is_no_file(context: Path, name: str) -> None:
    SPECIAL[name](context / ".dockerignore")
    with suppress(UsageError):
        assert "app.py" in sent(context)


def test_a_dockerfile_without_end(context: Path) -> None:
    with (context / "Dockerfile").open("wb") as stream:
        stream.truncate(50_000_000_000)  # a hole
    with pytest.raises(UsageError, match="larger than"):
        scan(BuildSpec(context))
    (context / "Dockerfile").write_text("FROM scratch\n")
    with (context / ".dockerignore").open("wb") as stream:
        stream.truncate(50_000_000_000)
    with pytest.raises(UsageError, match="larger than"):
        scan(BuildSpec(context))
    tried("bad input", "build contexts", 2)


@pytest.mark.parametrize(
    ("dockerfile", "good"),
    [
        ("../outside", True),
        ("/etc/hostname", True),
        ("../app/Dockerfile", True),
        ("../nowhere", False),
        ("/nowhere/Dockerfile", False),
        ("..", False),
        ("", False),
        ("app.py/Dockerfile", False),
        ("x" * 300, False),
        ("x/" * 3000, False),
        ("\\x1b[31m", False),
    ],
)
def test_where_a_dockerfile_may_be(context: Path, bare: Cli, dockerfile: str, good: bool) -> None:  # noqa: F811
    """Outside is allowed, as in Docker: it is sent beside the context under a name that COPY does not see."""
    bare.spec(SPEC.replace("CONTEXT", "app").replace("DOCKERFILE", dockerfile))
    tried("bad input", "build contexts")
    if good:
        done = bare("validate")
        assert done.code == 0, done.err
        assert "Dockerfile" in sent(context, dockerfile)
    else:
        said = refused(bare)
        assert "services.web.build" in said
        assert "\x1b" not in said


@pytest.mark.parametrize(
    "folder",
    ["loop", "loop/x", "nowhere", "app/Dockerfile", "x" * 300, "x/" * 3000, "../" * 100 + "nowhere", "pipe",
     "/dev/null", "/proc/self/mem", "dangling", "\\x1b[31m"],
)  # fmt: skip
@pytest.mark.parametrize("command", ["up", "validate"])
def test_a_context_that_is_no_folder(context: Path, bare: Cli, folder: str, command: str) -> None:  # noqa: F811
    (context.parent / "loop").symlink_to("loop")
    (context.parent / "dangling").symlink_to("nowhere")
    os.mkfifo(context.parent / "pipe")
    bare.spec(SPEC.replace("CONTEXT", f'"{folder}"').replace("DOCKERFILE", "Dockerfile"))
    said = refused(bare, command)
    assert "services.web.build" in said
    assert "\x1b" not in said


class Vanishing:
    """Removes a file when the walk has come so far."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __call__(self, entry: os.DirEntry[str], path: str) -> files.ContextFile | None:
        if path == self.path.name:
            self.path.unlink()
        return _file(entry, path)


_file = files._file


def test_a_file_that_vanishes_during_the_walk(context: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the list of its folder and the look at it: an editor's temporary file, most of the time."""
    monkeypatch.setattr(files, "_file", Vanishing(context / "app.py"))
    with pytest.raises(UsageError, match=r"app\.py in the build context cannot be read: No such file"):
        content_hash(BuildSpec(context))
    tried("bad input", "build contexts")


def test_a_folder_that_vanishes_during_the_walk(context: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (context / "a").mkdir()
    (context / "b").mkdir()
    walk = files._walk

    def walking(folder: str, *rest: object) -> object:
        if folder.endswith("/a"):
            (context / "b").rmdir()
        return walk(folder, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(files, "_walk", walking)
    with pytest.raises(UsageError, match=r"/b in the build context cannot be read: No such file"):
        content_hash(BuildSpec(context))
    tried("bad input", "build contexts")


def test_a_file_that_vanishes_before_it_is_sent(context: Path) -> None:
    for kind in ("file", "link"):
        if kind == "link":
            (context / "app.py").symlink_to("x")
        listed = scan(BuildSpec(context))
        (context / "app.py").unlink()
        with pytest.raises(UsageError, match=r"app\.py in the build context cannot be read: No such file"):
            b"".join(archive(listed))
        tried("bad input", "build contexts")


def test_a_file_that_becomes_a_pipe(context: Path) -> None:
    listed = scan(BuildSpec(context))
    (context / "app.py").unlink()
    os.mkfifo(context / "app.py")
    begun = time.monotonic()
    with pytest.raises(UsageError, match=r"app\.py"):
        b"".join(archive(listed))
    assert time.monotonic() - begun < SECONDS
    tried("bad input", "build contexts")


names = st.text(
    st.characters(exclude_characters="/\0", exclude_categories=("Cs",)), min_size=1, max_size=40
).filter(lambda name: name not in (".", "..") and len(name.encode()) < 200)
patterns = st.text(st.sampled_from("*?[]!/\\ab.-^ \n#\x1b"), max_size=60)


@settings(
    max_examples=30 * TIMES, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(name=names, rules=patterns, dockerfile=st.binary(max_size=60))
def test_any_names_rules_and_dockerfiles(context: Path, name: str, rules: str, dockerfile: bytes) -> None:
    (context / "Dockerfile").write_bytes(dockerfile)
    (context / ".dockerignore").write_text(rules)
    made = context / name
    with suppress(OSError):
        made.write_text("x")
    with suppress(UsageError):
        sent(context)
    if made.is_file() and name not in ("Dockerfile", ".dockerignore", "app.py"):
        made.unlink()


@pytest.mark.parametrize(
    "rule",
    ["*a" * 30 + "b", "**/a" * 30 + "/b", "*" * 500 + "b", "a*" * 100, "[" * 1000, "[!" * 50 + "]" * 50],
)
def test_rules_that_would_take_for_ever(context: Path, rule: str) -> None:
    """A pattern is matched in time that does not grow with its stars."""
    (context / ".dockerignore").write_text(rule + "\n")
    (context / ("a" * 250)).touch()
    deep = context
    for _ in range(30):
        deep = deep / "a"
    deep.mkdir(parents=True)
    begun = time.monotonic()
    with suppress(UsageError):
        sent(context)
    assert time.monotonic() - begun < SECONDS
    tried("bad input", "build contexts")
