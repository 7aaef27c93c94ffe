"""What changes the hash of a build, and what does not."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from fargatectl.errors import UsageError
from fargatectl.images.context import BuildSpec, content_hash

Change = Callable[[Path], object]


@pytest.fixture
def context(tmp_path: Path) -> Path:
    root = tmp_path / "app"
    (root / "pkg").mkdir(parents=True)
    (root / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    (root / "app.py").write_text("print('hello')\n")
    (root / "pkg" / "mod.py").write_text("x = 1\n")
    (root / "notes.md").write_text("draft\n")
    (root / "latest").symlink_to("pkg")
    (root / ".dockerignore").write_text("*.md\n.dockerignore\nDockerfile\n")
    return root


def test_is_64_hex_digits_and_stable(context: Path) -> None:
    first = content_hash(BuildSpec(context))
    assert len(first) == 64
    assert int(first, 16) >= 0
    assert content_hash(BuildSpec(context)) == first


def _retarget(context: Path) -> None:
    (context / "latest").unlink()
    (context / "latest").symlink_to("app.py")


@pytest.mark.parametrize(
    "change",
    [
        lambda c: (c / "app.py").write_text("print('hallo')\n"),
        lambda c: (c / "app.py").chmod(0o755),
        lambda c: (c / "app.py").rename(c / "app2.py"),
        lambda c: (c / "new").touch(),
        lambda c: (c / "empty").mkdir(),
        lambda c: (c / "pkg" / "mod.py").unlink(),
        lambda c: (c / "Dockerfile").write_text("FROM scratch\nCOPY . /srv\n"),
        lambda c: (c / ".dockerignore").write_text(".dockerignore\nDockerfile\n"),
        _retarget,
    ],
    ids=["content", "executable", "name", "file", "folder", "removal", "Dockerfile", "rules", "link"],
)
def test_changes_with_what_the_image_holds(context: Path, change: Change) -> None:
    before = content_hash(BuildSpec(context))
    change(context)
    assert content_hash(BuildSpec(context)) != before


@pytest.mark.parametrize(
    "change",
    [
        lambda c: os.utime(c / "app.py", (1, 1)),
        lambda c: (c / "app.py").chmod(0o600),
        lambda c: (c / "notes.md").write_text("final\n"),
        lambda c: (c / ".dockerignore").write_text("# why\n*.md\n.dockerignore\nDockerfile\n"),
        lambda c: c.rename(c.with_name("elsewhere")).rename(c),
    ],
    ids=["time", "umask", "ignored file", "comment in ignored rules", "moved"],
)
def test_does_not_change_with_anything_else(context: Path, change: Change) -> None:
    before = content_hash(BuildSpec(context))
    change(context)
    assert content_hash(BuildSpec(context)) == before


def test_the_ignore_file_counts_as_content_where_it_can_be_copied(context: Path) -> None:
    (context / ".dockerignore").write_text("*.md\n")
    before = content_hash(BuildSpec(context))
    (context / ".dockerignore").write_text("# why\n*.md\n")
    assert content_hash(BuildSpec(context)) != before


def test_does_not_depend_on_the_order_in_which_files_are_made(tmp_path: Path) -> None:
    names = [f"{letter}{number}" for letter in "zaBm" for number in range(20)]
    hashes = set()
    for root, order in ((tmp_path / "one", names), (tmp_path / "two", names[::-1])):
        root.mkdir()
        for name in order:
            (root / name).write_text(name)
        (root / "Dockerfile").write_text("FROM scratch\n")
        hashes.add(content_hash(BuildSpec(root)))
    assert len(hashes) == 1


def test_differs_by_argument_target_and_platform(context: Path) -> None:
    specs = [
        BuildSpec(context),
        BuildSpec(context, args={"A": "1"}),
        BuildSpec(context, args={"A": "2"}),
        BuildSpec(context, args={"A": "1", "B": "1"}),
        BuildSpec(context, target="test"),
        BuildSpec(context, platform="linux/arm64"),
    ]
    assert len({content_hash(spec) for spec in specs}) == len(specs)


def test_names_and_contents_do_not_run_together(tmp_path: Path) -> None:
    hashes = set()
    for name, files in (("one", {"ab": "c"}), ("two", {"a": "bc"}), ("three", {"a": "b", "c": ""})):
        root = tmp_path / name
        root.mkdir()
        (root / "Dockerfile").write_text("FROM scratch\n")
        for file, text in files.items():
            (root / file).write_text(text)
        hashes.add(content_hash(BuildSpec(root)))
    assert len(hashes) == 3


def test_arguments_have_no_order_and_the_spec_is_hashable(context: Path) -> None:
    one = BuildSpec(context, args={"A": "1", "B": "2"})
    two = BuildSpec(context, args={"B": "2", "A": "1"})
    assert one == two
    assert hash(one) == hash(two)
    assert content_hash(one) == content_hash(two)


def test_a_dockerfile_outside_the_context_counts(context: Path) -> None:
    outside = context.parent / "web.Dockerfile"
    outside.write_text("FROM scratch\n")
    build = BuildSpec(context, dockerfile="../web.Dockerfile")
    before = content_hash(build)
    outside.write_text("FROM scratch\nENV A=1\n")
    assert content_hash(build) != before


def test_a_link_out_of_the_context_is_not_followed(context: Path) -> None:
    secret = context.parent / "secret"
    secret.write_text("one")
    (context / "link").symlink_to("../secret")
    (context / "dangling").symlink_to("/does/not/exist")
    before = content_hash(BuildSpec(context))
    secret.write_text("two")
    assert content_hash(BuildSpec(context)) == before


def test_a_rule_takes_a_file_back_into_the_image(context: Path) -> None:
    (context / "docs" / "api").mkdir(parents=True)
    (context / ".dockerignore").write_text("docs\n!docs/api/*.html\n")
    (context / "docs" / "api" / "index.html").write_text("1")
    (context / "docs" / "guide.html").write_text("1")
    before = content_hash(BuildSpec(context))
    (context / "docs" / "guide.html").write_text("2")
    assert content_hash(BuildSpec(context)) == before
    (context / "docs" / "api" / "index.html").write_text("2")
    assert content_hash(BuildSpec(context)) != before


def test_sockets_are_skipped_and_pipes_are_not_read(context: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = content_hash(BuildSpec(context))
    monkeypatch.chdir(context)  # a socket's path may not be long
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("s")
        assert content_hash(BuildSpec(context)) == before
    os.mkfifo(context / "pipe")
    assert content_hash(BuildSpec(context)) != before


def test_file_names_may_be_any_bytes(context: Path) -> None:
    before = content_hash(BuildSpec(context))
    Path(os.fsdecode(os.fsencode(context) + b"/caf\xe9\n")).touch()
    assert content_hash(BuildSpec(context)) != before


@pytest.mark.parametrize(
    ("build", "key", "path"),
    [
        (BuildSpec(Path("nowhere")), "build.context", "nowhere does not exist"),
        (BuildSpec(Path("app/app.py")), "build.context", "app/app.py is not a folder"),
        (BuildSpec(Path("app/pkg")), "build.dockerfile", "there is no app/pkg/Dockerfile"),
        (BuildSpec(Path("app"), "x.Dockerfile"), "build.dockerfile", "there is no app/x.Dockerfile"),
        (BuildSpec(Path("app"), "pkg"), "build.dockerfile", "app/pkg cannot be read: Is a directory"),
    ],
)
def test_says_what_is_missing_and_which_key_names_it(
    context: Path, monkeypatch: pytest.MonkeyPatch, build: BuildSpec, key: str, path: str
) -> None:
    monkeypatch.chdir(context.parent)
    with pytest.raises(UsageError) as raised:
        content_hash(build)
    assert raised.value.message == f"{key}: {path}"
    assert raised.value.hint


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_names_a_file_that_cannot_be_read(context: Path) -> None:
    (context / "app.py").chmod(0)
    with pytest.raises(
        UsageError, match=r"app/app\.py in the build context cannot be read: Permission denied"
    ):
        content_hash(BuildSpec(context))


def test_names_a_file_that_vanishes(context: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from fargatectl.images import context as module

    listed = module.context_files

    def list_then_lose(*args: object) -> object:
        files = listed(*args)  # type: ignore[arg-type]
        (context / "app.py").unlink()
        return files

    monkeypatch.setattr(module, "context_files", list_then_lose)
    with pytest.raises(UsageError, match=r"app/app\.py in the build context cannot be read: No such file"):
        content_hash(BuildSpec(context))
