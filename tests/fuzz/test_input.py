"""Whatever is typed, set in the environment or written into a spec: an exit code of ours, no traceback."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fargatectl.cli.main import COMMANDS
from tests.cli.conftest import ROOT, Cli, bare, counter  # noqa: F401 - fixtures
from tests.spec.test_fuzz import specs
from tests.support.figures import tried
from tests.support.soak import sample

FEW = settings(
    max_examples=25, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
SECONDS = 10  # a command that is refused takes some hundredths

# `local` starts and stops real things, `init` writes files: their own tests see to them.
SAFE = sorted(set(COMMANDS) - {"local", "init"})
WORDS = [
    "-f", "--file", "-e", "--env", "--region", "--profile", "-o", "--output", "json", "text", "-v", "--no-color",  # noqa: E501
    "--yes", "--timeout", "--since", "-n", "--lines", "--app", "--image", "--no-wait", "--exit-code", "web", "shop",  # noqa: E501
    "missing.yml", "/", ".", "/dev/null", "", "-", "--", "=", "-1", "0s", "9" * 400, "1e9", "nan", "web=nginx",  # noqa: E501
    "\x1b[31m", "é", "\u202e", "a\nb", "-o=json", "-ojson", "--output=json",
]  # fmt: skip
argument = st.one_of(
    st.sampled_from(WORDS),
    st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=8),
)
# These never reach AWS: whatever follows, one is an option that no command has.
broken_lines = st.tuples(
    st.sampled_from(SAFE), st.lists(argument.filter(lambda one: one not in ("--", "-h")), max_size=4)
).map(lambda parts: [parts[0], "--no-such-option", *parts[1]])
names = st.sampled_from(
    ["AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_CONFIG_FILE", "AWS_MAX_ATTEMPTS",  # noqa: E501
     "AWS_RETRY_MODE", "AWS_CA_BUNDLE", "AWS_ACCESS_KEY_ID", "COLUMNS", "TERM", "NO_COLOR", "HTTP_PROXY",
     "AWS_ENDPOINT_URL_STS", "AWS_USE_FIPS_ENDPOINT", "AWS_STS_REGIONAL_ENDPOINTS"]
)  # fmt: skip
values = st.one_of(
    st.sampled_from(
        ["", " ", "0", "-1", "nope", "/", "http://", "::", "http://[", "../..", "true", "é", "a b"]
    ),
    st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=10),
)


@pytest.fixture
def shell(
    bare: Cli,  # noqa: F811
    counter: tuple[str, list[str]],  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[tuple[Cli, list[str]]]:
    """Commands in this process; the calls that would have gone to AWS."""
    url, came = counter
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    # botocore's pauses between its attempts would be most of these tests' time.
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda _seconds: None))
    return bare, came


def attempt(cli: Cli, *arguments: str, sort: str = "specs") -> int:
    """Run one command line; `Cli` itself refuses tracebacks and internal errors."""
    begun = time.monotonic()
    done = cli(*arguments)
    assert time.monotonic() - begun < SECONDS, arguments
    assert not set(done.err) & {"\x1b", "\x9b", "\u202e"}, done.err
    assert done.code == 0 or done.out or done.err  # it never fails without a word
    tried("bad input", sort)
    return done.code


@FEW
@given(arguments=broken_lines)
def test_wrong_command_lines(shell: tuple[Cli, list[str]], arguments: list[str]) -> None:
    cli, came = shell
    assert attempt(cli, *arguments, sort="command lines") == 2
    assert came == []


@FEW
@given(arguments=st.lists(argument.filter(lambda one: one not in SAFE), max_size=5))
def test_words_that_are_no_command(shell: tuple[Cli, list[str]], arguments: list[str]) -> None:
    cli, came = shell
    assert attempt(cli, *arguments, sort="command lines") in (
        0,
        2,
    )  # 0: help, at -h or where nothing was asked
    assert came == []


@FEW
@given(command=st.sampled_from(["validate", "schema"]), arguments=st.lists(argument, max_size=4))
def test_commands_that_never_ask_aws(
    shell: tuple[Cli, list[str]], command: str, arguments: list[str]
) -> None:
    cli, came = shell
    assert attempt(cli, command, *arguments, sort="command lines") in (0, 2)
    assert came == []


@FEW
@given(environ=st.dictionaries(names, values, min_size=1, max_size=3))
def test_environments(shell: tuple[Cli, list[str]], environ: Mapping[str, str]) -> None:
    """AWS's own settings may be nonsense: that is said, with 2, 5 or 6."""
    cli, _ = shell
    # No address of a real AWS may ever be asked from here: a name that the resolver refuses at once.
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environ.items():
            patch.setenv(name, value)
        if not os.environ["AWS_ENDPOINT_URL"].strip():
            patch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        assert attempt(cli, "status", sort="environments") in (1, 2, 5, 6), environ


@FEW
@given(data=st.binary(max_size=80), command=st.sampled_from(["up", "validate", "plan"]))
def test_specs_of_raw_bytes(shell: tuple[Cli, list[str]], data: bytes, command: str) -> None:
    cli, came = shell
    (cli.folder / "fargate.yml").write_bytes(data)
    assert attempt(cli, command) == 2
    assert came == []


@FEW
@given(spec=specs)
def test_specs_of_known_keys(shell: tuple[Cli, list[str]], spec: dict[str, object]) -> None:
    cli, came = shell
    (cli.folder / "fargate.yml").write_text(yaml.safe_dump(spec, allow_unicode=True), "utf-8")
    if attempt(cli, "validate") == 2:
        assert attempt(cli, "up") == 2
    assert came == []


HOSTILE = {
    "bomb": "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{','.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(9)
    ),
    "10 MB": "app: shop\n# " + "x" * 10_000_000,
    "deep": "[" * 20_000,
    "itself": "app: &a [*a]\n",
    "object": "app: !!python/object/apply:os.system [true]\n",
    "tags": "app: shop\nservices: [" + "!x a, " * 9000 + "]\n",
    "unknown keys": "app: shop\n" + "".join(f"k{n}: 1\n" for n in range(9000)),
    "a key twice": "app: shop\n" + "x: 1\n" * 9000,
    "a long key": f"app: shop\n? {'k' * 900_000}\n: 1\n",
    "a long value": f"app: shop\nservices: {{web: {{image: {'a-' * 400_000}}}}}\n",
    "a long text to split": f"app: shop\nservices: {{web: {{cpu: x, command: {'a ' * 400_000}}}}}\n",
    "a long reference": "app: ${" + "A:-${" * 150_000,
    "merges": "a: &a {x: 1}\n" + "".join(f"b{n}: &b{n} {{<<: [{','.join([f'*b{n - 1}' if n else '*a'] * 9)}]}}\n" for n in range(9)),  # noqa: E501
    "aliases of a long text": f"app: shop\nx: &a {'y' * 900_000}\nservices: {{web: {{image: nginx, env: {{"
    + ", ".join(f"A{n}: *a" for n in range(4000)) + "}}}\n",
    "more env than a task definition takes": f"app: shop\nservices:\n  web:\n    image: nginx\n    env: {{A: &a {'y' * 900_000}, "  # noqa: E501
    + ", ".join(f"A{n}: *a" for n in range(4000)) + "}\n",
    "deep maps": "".join(f"{' ' * n}a:\n" for n in range(1000)),
    "deep keys": "? " * 5000 + "a\n",
    "anchors": "app: shop\nx: [" + "".join(f"&a{n} x, " for n in range(60_000)) + "]\n",
    "many faults": "app: shop\nservices:\n" + "".join(f"  w{n}: {{cpu: x}}\n" for n in range(500)),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_specs(shell: tuple[Cli, list[str]], name: str) -> None:
    cli, came = shell
    cli.spec(HOSTILE[name])
    assert attempt(cli, "up") == 2
    assert came == []


def test_a_spec_that_is_no_file(shell: tuple[Cli, list[str]], tmp_path: Path) -> None:
    cli, came = shell
    (tmp_path / "loop.yml").symlink_to(tmp_path / "loop.yml")
    for path in ("loop.yml", str(tmp_path), "missing/fargate.yml", "/dev/null"):
        assert attempt(cli, "up", "-f", path) == 2
    assert came == []


def test_a_spec_that_nobody_writes(shell: tuple[Cli, list[str]], tmp_path: Path) -> None:
    """``-f <(template)`` is a pipe too; one without a writer would be waited for without end."""
    cli, came = shell
    os.mkfifo(tmp_path / "pipe.yml")
    for path in ("pipe.yml", "/dev/zero", "/dev/full", "/proc/self/mem", "x" * 300, "\x1b[31m", "x/" * 3000):
        assert attempt(cli, "validate", "-f", path) == 2
    assert came == []


def test_a_spec_from_a_pipe(bare: Cli) -> None:  # noqa: F811
    line = f"{sys.executable} -m fargatectl validate -f <(sleep 0.3; cat fargate.yml)"
    done = subprocess.run(
        ["bash", "-c", line], cwd=bare.folder, capture_output=True, text=True, check=False, timeout=60,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


BYTES = [b"\xff\xfe", b"caf\xe9", b"\x1b]0;t\x07\x9b31m", b"--region=\xff", b"\xed\xa0\x80", b"-f\xff"]
VARIABLES = [b"AWS_REGION", b"AWS_PROFILE", b"AWS_ENDPOINT_URL", b"AWS_ACCESS_KEY_ID", b"HOME", b"LANG", b"DOCKER_HOST",  # noqa: E501
             b"AWS_CONFIG_FILE", b"NO_COLOR", b"\xff"]  # fmt: skip


def raw(cli: Cli, arguments: list[bytes], environ: dict[bytes, bytes]) -> None:
    """A command in a process of its own, where bytes need not be text."""
    mine = {os.fsencode(name): os.fsencode(value) for name, value in cli.environ.items()}
    begun = time.monotonic()
    done = subprocess.run(
        [os.fsencode(sys.executable), b"-m", b"fargatectl", *arguments], cwd=cli.folder, capture_output=True,
        check=False, timeout=60, stdin=subprocess.DEVNULL,
        env={b"PATH": os.environb[b"PATH"], b"PYTHONPATH": os.fsencode(ROOT), b"AWS_ENDPOINT_URL": b"http://127.0.0.1:9",
             b"AWS_MAX_ATTEMPTS": b"1", **mine, **environ},
    )  # fmt: skip
    assert time.monotonic() - begun < 3 * SECONDS
    said = done.stdout + done.stderr
    assert done.returncode in (1, 2, 5, 6), said
    assert said
    assert b"Traceback" not in said
    assert b"internal error" not in said
    assert not {0x1B, 0x07, 0x9B} & set(said.decode("utf-8", "replace").encode("utf-16-le")[::2]), said
    tried("bad input", "bytes that are no text")


@pytest.mark.parametrize("word", sample(*BYTES[:3], soak=tuple(BYTES[3:])))
@pytest.mark.parametrize(
    "line", [[b"validate", b"-f"], [b"status", b"-e"], [b"logs"], [], [b"plan", b"--region"]], ids=str
)
def test_arguments_that_are_no_text(bare: Cli, word: bytes, line: list[bytes]) -> None:  # noqa: F811
    raw(bare, [*line, word], {})


@pytest.mark.parametrize("value", sample(BYTES[2], soak=tuple(BYTES[:2])))
@pytest.mark.parametrize("name", VARIABLES)
def test_an_environment_that_is_no_text(bare: Cli, name: bytes, value: bytes) -> None:  # noqa: F811
    raw(bare, [b"status"], {name: value})


def test_references_that_are_no_text(bare: Cli) -> None:  # noqa: F811
    bare.spec("app: shop\nservices: {web: {image: '${X}', cpu: '${Y}'}}\n")
    raw(bare, [b"validate"], {b"X": b"\xff", b"Y": b"\x1b[31m\xe9"})
    bare.spec("app: shop\nservices: {web: {image: nginx, env: {A: '${X}'}}}\n")
    raw(bare, [b"up"], {b"X": b"\xff"})


def test_no_arguments_at_all(shell: tuple[Cli, list[str]]) -> None:
    """Found here: the bare command ended in a traceback while looking for ``-o json``."""
    cli, came = shell
    assert attempt(cli, sort="command lines") in (0, 2)
    assert came == []
