"""Whatever lies in a folder: `init` writes a spec that is valid, or says why not; soon, and nothing else."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fargatectl.images.dockerfile import buildkit_needs, platform_args
from fargatectl.spec.dockerfile import exposed_port
from tests.cli.conftest import Cli, bare  # noqa: F401 - fixtures
from tests.support.figures import tried
from tests.support.soak import TIMES

from .test_input import HOSTILE, SECONDS

FEW = settings(
    max_examples=30 * TIMES, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
words = st.sampled_from(
    ["FROM", "EXPOSE", "ENV", "ARG", "RUN", "COPY", "expose", "8080", "$PORT", "${PORT:-80}", "99999999", "80/udp",  # noqa: E501
     "PORT=80", "PORT", "=", "\\", "\n", "\r\n", "#", "<<EOF", "EOF", "\x1b[31m", "é", "0", "-1", "80-90", "\"", "'",  # noqa: E501
     "$", "${", "--mount=", "\x00", "\u2028", "\x85"]
)  # fmt: skip
dockerfiles = st.one_of(
    st.binary(max_size=200), st.lists(words, max_size=30).map(lambda all_: " ".join(all_).encode())
)
texts = st.one_of(
    st.sampled_from(["80:8080", "8080", "127.0.0.1:1:2/tcp", "99999", "80/udp", "A=b", "$A", "${A:-b}", "${", "$$",  # noqa: E501
                     "postgres:16", "nginx", ".", "..", "/", "\x1b[31m", "a\nb", "", "é", "- x", "&a", "*a", "x" * 300,  # noqa: E501
                     "B=http://web:80", "A_HOST=Api", "C=web_1:80",
                     "amqp://u:pw@mq", "null", "~", "yes", "0x10", "1e3", "!!x", "%", "@", "`", "#", "a: b"]),
    st.text(max_size=12), st.integers(), st.none(), st.booleans(), st.floats(),
)  # fmt: skip
anything = st.recursive(
    texts, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)),  # noqa: E501
    max_leaves=5,
)  # fmt: skip
services = st.dictionaries(
    st.one_of(st.sampled_from(["web", "Api", "日本", "-", "", "a" * 60, "1", "web_1", "\x1b[31m"]), st.text(max_size=6)),  # noqa: E501
    st.one_of(
        st.dictionaries(
            st.sampled_from(["image", "build", "ports", "expose", "environment", "command", "entrypoint"]), anything,  # noqa: E501
            max_size=5,
        ),
        anything,
    ),
    max_size=3,
)  # fmt: skip


@pytest.fixture
def folder(bare: Cli, tmp_path: Path) -> Iterator[Path]:  # noqa: F811
    (tmp_path / "fargate.yml").unlink()
    yield tmp_path
    for found in (tmp_path / "fargate.yml", tmp_path / "compose.yaml"):
        found.unlink(missing_ok=True)


def attempt(cli: Cli, folder: Path, *arguments: str) -> int:
    """`init`; where it writes a spec, that is one by its form."""
    (folder / "fargate.yml").unlink(missing_ok=True)
    begun = time.monotonic()
    done = cli("init", *arguments)
    assert time.monotonic() - begun < SECONDS
    assert not set(done.out + done.err) & {"\x1b", "\x9b", "\u202e", "\x07", "\x00"}
    assert done.code in (0, 2), done.err
    assert (folder / "fargate.yml").exists() == (done.code == 0)
    tried("bad input", "folders for init")
    if done.code == 0:
        checked = cli("validate")
        # What a Compose file has wrong stays wrong; but it is told, and what is written is a spec by its form.  # noqa: E501
        assert checked.code in (0, 2)
        assert "not YAML" not in checked.err
        assert isinstance(yaml.safe_load((folder / "fargate.yml").read_text("utf-8"))["services"], dict)
    return done.code


@FEW
@given(content=dockerfiles)
def test_any_dockerfile(bare: Cli, folder: Path, content: bytes) -> None:  # noqa: F811
    (folder / "Dockerfile").write_bytes(content)
    assert attempt(bare, folder) == 0


@FEW
@given(content=st.one_of(st.binary(max_size=100), anything.map(lambda one: yaml.safe_dump(one).encode())))
def test_any_compose_file(bare: Cli, folder: Path, content: bytes) -> None:  # noqa: F811
    (folder / "compose.yaml").write_bytes(content)
    attempt(bare, folder)


@FEW
@given(found=services)
def test_any_services(bare: Cli, folder: Path, found: dict[str, Any]) -> None:  # noqa: F811
    (folder / "compose.yaml").write_text(
        yaml.safe_dump({"services": found}, allow_unicode=True), "utf-8", "replace"
    )
    attempt(bare, folder)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_compose_files(bare: Cli, folder: Path, name: str) -> None:  # noqa: F811
    (folder / "compose.yaml").write_text(HOSTILE[name])
    attempt(bare, folder)


BOMBS = {
    "variables that double": "ENV A=xx\n" + "ENV A=$A$A\n" * 60 + "EXPOSE $A\n",
    "empty lines": "\n" * 300_000 + "FROM x",
    "continued without end": "RUN \\\n" * 100_000,
    "comments between": "RUN a \\\n" + "# x\n" * 100_000,
    "blanks": "FROM x\nARG" + " " * 300_000 + "-",
    "a long line": "FROM " + "x" * 900_000,
    "many options": "RUN " + "--a " * 200_000,
    "many here-documents": "RUN <<A " * 100_000,
    "many digits": "RUN " + "1" * 500_000,
    "many ports": "EXPOSE " + "1-" * 300_000,
    "quotes": "ENV " + "a=\"" * 200_000,
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_dockerfiles_that_would_take_for_ever(bare: Cli, folder: Path, name: str) -> None:  # noqa: F811
    (folder / "Dockerfile").write_text(BOMBS[name])
    begun = time.monotonic()
    buildkit_needs(BOMBS[name])
    platform_args(BOMBS[name], "linux/amd64")
    exposed_port(BOMBS[name])
    assert time.monotonic() - begun < SECONDS
    assert attempt(bare, folder) == 0


@pytest.mark.parametrize(
    "part", ["://a", "://", "://a:$", "http://b:80 ", "http://a:80/", "a@", "://a@", "${A:-b}"]
)
def test_values_that_would_take_for_ever(bare: Cli, folder: Path, part: str) -> None:  # noqa: F811
    value = part * 20_000
    (folder / "compose.yaml").write_text(
        f'services: {{a: {{image: x, environment: {{V: "{value}"}}}}, b: {{image: x, ports: ["80"]}}}}'
    )
    assert attempt(bare, folder) == 0


def test_a_folder_with_other_things_in_their_places(bare: Cli, folder: Path) -> None:  # noqa: F811
    """Pipes, folders, links to themselves, devices, files without end."""
    makers: list[Callable[[Path], object]] = [
        os.mkfifo,
        Path.mkdir,
        lambda path: path.symlink_to(path.name),
        lambda path: path.symlink_to("/dev/zero"),
        lambda path: (path.touch(), os.truncate(path, 50_000_000_000)),
    ]
    for make in makers:
        for name in ("Dockerfile", "compose.yaml"):
            path = folder / name
            make(path)
            attempt(bare, folder)
            path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()


@pytest.mark.parametrize(
    "arguments",
    [["--app", "\x1b[31m"], ["--app", "A" * 300], ["--port", "9" * 50], ["-f", "x" * 300], ["-f", "/"],
     ["-f", "none/fargate.yml"], ["-f", ""], ["-f", "loop"]],
)  # fmt: skip
def test_arguments(bare: Cli, folder: Path, arguments: list[str]) -> None:  # noqa: F811
    (folder / "loop").symlink_to("loop")
    assert bare("init", *arguments).code == 2
    assert not (folder / "fargate.yml").exists()
    tried("bad input", "folders for init")
