"""Every broken spec, through the command line: exit 2, file and line, and AWS is asked nothing."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Cli
from tests.spec.test_broken import CASES


@pytest.mark.parametrize(("spec", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_up_stops_at_a_broken_spec(
    bare: Cli,
    counter: tuple[str, list[str]],
    monkeypatch: pytest.MonkeyPatch,
    spec: str,
    expected: list[str],
) -> None:
    url, came = counter
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    bare.spec(spec)
    done = bare("up")
    assert done.code == 2
    for line in expected:
        number = line.partition(":")[0]
        assert (f"fargate.yml:{number}:" if number != "0" else "fargate.yml: ") in done.err
    assert came == []
