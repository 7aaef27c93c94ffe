"""What a container logs is a stranger's text: no escape sequence of it reaches the terminal."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cli.conftest import Cli, bare, cli  # noqa: F401 - fixtures
from tests.support.figures import tried
from tests.support.watched import WatchedAws

GROUP = "/ecs/shop"
HARMFUL = [
    chr(code) for code in (*range(32), *range(0x7F, 0xA0), 0x202E, 0x2066, 0x200B) if chr(code) != "\n"
]
pieces = st.one_of(
    st.sampled_from(["\x1b[2J", "\x1b]0;title\x07", "\x1b]8;;http://x\x1b\\", "\x9b31m", "\r", "\x08",
                     "\u202e", "\n"]),
    st.text(max_size=5), st.sampled_from(HARMFUL),
)  # fmt: skip
messages = st.lists(pieces, min_size=1, max_size=6).map("".join).filter(
    lambda text: text.encode("utf-8", "replace").decode() == text != ""
)  # fmt: skip


@settings(
    max_examples=8, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(written=st.lists(messages, min_size=1, max_size=8))
def test_hostile_log_lines(cli: Cli, moto_aws: WatchedAws, written: list[str]) -> None:  # noqa: F811
    stream = f"web/web/{time.monotonic_ns()}"
    if not list(moto_aws.items("logs", "DescribeLogGroups", "logGroups")):
        moto_aws.call("logs", "CreateLogGroup", logGroupName=GROUP)
    moto_aws.call("logs", "CreateLogStream", logGroupName=GROUP, logStreamName=stream)
    now = int(time.time() * 1000)
    moto_aws.call(
        "logs", "PutLogEvents", logGroupName=GROUP, logStreamName=stream,
        logEvents=[{"timestamp": now + number, "message": text} for number, text in enumerate(written)],
    )  # fmt: skip
    tried("bad input", "logs")
    shown = cli("logs", "-n", "100000")
    assert shown.code == 0
    assert not set(shown.out) & set(HARMFUL)
    as_json = cli("logs", "-o", "json", "-n", "100000")
    assert as_json.code == 0
    assert not set(as_json.out) & {"\x1b", "\r", "\x08", "\x07"}
    lines = [json.loads(line)["message"] for line in as_json.out.split("\n") if line]
    assert set(written) <= set(lines)  # for scripts nothing is lost


@pytest.mark.parametrize("name", ["\x1b[31mweb", "\u202ebew"])
def test_hostile_names_on_the_command_line(bare: Cli, name: str) -> None:  # noqa: F811
    done = bare("logs", name)
    assert done.code == 2
    assert not set(done.err) & set(HARMFUL)
