"""Every broken spec, through the command line: exit 2, file and line, and AWS is asked nothing."""

from __future__ import annotations

from pathlib import Path

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


def test_the_folder_that_a_shell_stands_in_is_no_secret(
    bare: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """PWD is in every shell's environment, and its name looks like a password's."""
    monkeypatch.setenv("PWD", str(tmp_path))
    bare.spec("app: shop\nservices: {web: {image: nginx, prot: 80}}\n")
    done = bare("plan")
    assert done.code == 2
    assert f"{tmp_path}/fargate.yml:2:" in done.err
    monkeypatch.setenv("PWD", "hunter22")
    (tmp_path / "hunter22").mkdir()
    assert "hunter22" not in bare("plan", "-f", "hunter22/none.yml").err
