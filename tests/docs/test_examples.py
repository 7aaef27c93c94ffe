"""Every example is a good spec, and together they show every key."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from devtools.docs import examples, spec

from fargatectl.cli.main import run
from fargatectl.errors import ExitCode
from fargatectl.spec.load import load, missing_files

SPECS = examples.all_specs()


def environments(path: Path) -> list[str | None]:
    return [None, *yaml.safe_load(path.read_text("utf-8")).get("environments", {})]


CASES = [(path, environment) for path in SPECS for environment in environments(path)]


@pytest.mark.parametrize(
    ("path", "environment"), CASES, ids=[f"{path.parent.name}-{name or 'default'}" for path, name in CASES]
)
def test_it_is_good(path: Path, environment: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    chosen = ["-e", environment] if environment else []
    assert run(["validate", "-f", str(path), *chosen]) == ExitCode.OK, capsys.readouterr().err
    assert missing_files(load(path, environment=environment, environ={})) == []


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.parent.name)
def test_it_says_what_it_is_and_how_to_run_it(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text.startswith("# ")
    assert f"fargatectl up -f examples/{path.parent.name}/fargate.yml" in text.partition("\napp:")[0]


# Ids, alarms and secrets that no account has until somebody has made them there.
NEEDED = re.compile(r"\b(subnet|vpc|sg)-[0-9a-f]{17}\b|\balarms: \[|: (ssm|secretsmanager):")


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.parent.name)
def test_it_says_what_must_be_there_first(path: Path) -> None:
    header, _, spec = path.read_text("utf-8").partition("\napp:")
    if NEEDED.search(spec):
        assert "add --local to try it without" not in header
        assert re.search(r"must be there|secret first|# First:|# Before|made elsewhere", header)


def test_together_they_show_every_key() -> None:
    shown = {use.key for path in SPECS for use in examples.uses(path)}
    assert set(spec.paths()) - shown == set()


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.parent.name)
def test_what_the_pages_quote_means_the_same(path: Path) -> None:
    """Comments and indentation are cut from quotations, and nothing else."""
    whole = yaml.safe_load(path.read_text("utf-8"))
    for use in examples.uses(path):
        name = use.key.rpartition(".")[2]
        if name != "*":
            quoted = yaml.safe_load(use.text)
            assert list(quoted) == [name]
            assert quoted[name] in list(values(whole, name))


def values(node: Any, name: str) -> list[Any]:
    """The values of every key of this name, anywhere."""
    if isinstance(node, dict):
        own = [node[name]] if name in node else []
        return own + [value for child in node.values() for value in values(child, name)]
    if isinstance(node, list):
        return [value for child in node for value in values(child, name)]
    return []
