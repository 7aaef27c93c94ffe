"""The tar stream that Docker Engine is sent."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

import pytest

from fargatectl.errors import UsageError
from fargatectl.images.archive import archive
from fargatectl.images.context import BuildSpec, scan


def unpack(build: BuildSpec) -> tuple[str, dict[str, tarfile.TarInfo], dict[str, bytes]]:
    """The Dockerfile's name in the archive, its members and the contents of its files."""
    sent = archive(scan(build))
    with tarfile.open(fileobj=io.BytesIO(b"".join(sent))) as tar:
        members = tar.getmembers()
        contents = {m.name: file.read() for m in members if (file := m.isfile() and tar.extractfile(m))}
    names = [member.name for member in members]
    assert len(names) == len(set(names)), "a path was sent twice"
    return sent.dockerfile, {member.name: member for member in members}, contents


@pytest.fixture
def context(tmp_path: Path) -> Path:
    root = tmp_path / "app"
    root.mkdir()
    (root / "Dockerfile").write_text("FROM scratch\n")
    return root


def test_keeps_kinds_contents_and_times_but_not_owners(context: Path) -> None:
    long_name = "n" * 200
    (context / "bin").mkdir(mode=0o700)
    (context / "bin" / "run").write_bytes(b"#!" + bytes(3_000_000))
    (context / "bin" / "run").chmod(0o700)
    (context / long_name).write_bytes(b"")
    (context / "data").write_bytes(b"x" * 512)
    (context / "data").chmod(0o600)
    (context / "link").symlink_to("/etc/passwd")
    os.utime(context / "data", (0, 1_000_000_000))
    dockerfile, members, contents = unpack(BuildSpec(context))
    assert dockerfile == "Dockerfile"
    assert sorted(members) == ["Dockerfile", "bin", "bin/run", "data", "link", long_name]
    assert contents["bin/run"] == b"#!" + bytes(3_000_000)
    assert contents["data"] == b"x" * 512
    assert (members["bin"].isdir(), members["bin"].mode) == (True, 0o755)
    assert (members["bin/run"].mode, members["data"].mode) == (0o755, 0o644)
    assert (members["link"].issym(), members["link"].linkname) == (True, "/etc/passwd")
    assert members["data"].mtime == 1_000_000_000
    assert {(m.uid, m.gid, m.uname) for m in members.values()} == {(0, 0, "")}


def test_ignored_files_stay_here_except_what_the_engine_itself_needs(context: Path) -> None:
    (context / ".dockerignore").write_text("*\n!src/*.py\n")
    (context / "src").mkdir()
    (context / "src" / "a.py").touch()
    (context / "src" / "a.pyc").touch()
    (context / "lib").mkdir()
    (context / "lib" / "b.py").touch()
    _, members, contents = unpack(BuildSpec(context))
    assert sorted(members) == [".dockerignore", "Dockerfile", "src", "src/a.py"]
    assert contents["Dockerfile"] == b"FROM scratch\n"


@pytest.mark.parametrize("rules", [None, "*.md\n"])
def test_a_dockerfile_from_outside_is_sent_under_a_hidden_name(context: Path, rules: str | None) -> None:
    (context.parent / "web.Dockerfile").write_text("FROM scratch\nENV A=1\n")
    if rules:
        (context / ".dockerignore").write_text(rules)
    dockerfile, members, contents = unpack(BuildSpec(context, dockerfile="../web.Dockerfile"))
    assert contents[dockerfile] == b"FROM scratch\nENV A=1\n"
    assert contents["Dockerfile"] == b"FROM scratch\n"
    ignored = contents[".dockerignore"].decode().splitlines()
    assert dockerfile in ignored
    assert ("*.md" if rules else ".dockerignore") in ignored
    assert sorted(members) == sorted([".dockerignore", "Dockerfile", dockerfile])


def test_a_dockerfile_that_is_a_link_is_found_at_its_target(context: Path) -> None:
    (context / "Dockerfile").rename(context / "real")
    (context / "Dockerfile").symlink_to("real")
    dockerfile, _, contents = unpack(BuildSpec(context))
    assert dockerfile == "real"
    assert contents["real"] == b"FROM scratch\n"


def test_a_file_that_grows_while_it_is_sent_is_an_error(context: Path) -> None:
    (context / "log").write_bytes(b"x")
    sent = archive(scan(BuildSpec(context)))

    def send() -> None:
        for chunk in sent:
            if b"log\0" in chunk:
                (context / "log").write_bytes(b"xx")

    with pytest.raises(UsageError, match="log changed while"):
        send()
