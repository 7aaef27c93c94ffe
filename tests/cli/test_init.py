"""``fargatectl init``: what it says is next."""

from __future__ import annotations

import shlex

import pytest

from tests.cli.conftest import Cli


def suggested(out: str) -> list[list[str]]:
    """The words of each command after `Next:`."""
    line = out.split("Next: ")[1].strip().removesuffix(".")
    return [shlex.split(one)[1:] for one in line.split(", ")]


@pytest.mark.parametrize(
    ("file", "given"),
    [
        ("fargate.yml", []),
        ("./fargate.yaml", []),
        ("deploy/fargate.yml", ["--file", "deploy/fargate.yml"]),
        ("my spec.yml", ["--file", "my spec.yml"]),
    ],
)
def test_the_commands_that_come_next_find_the_spec(bare: Cli, file: str, given: list[str]) -> None:
    (bare.folder / "fargate.yml").unlink()
    (bare.folder / "deploy").mkdir()
    for folder in (bare.folder, bare.folder / "deploy"):
        (folder / "Dockerfile").write_text("FROM python\n")
    done = bare("init", "--app", "shop", "-f", file)
    assert done.code == 0
    validate, local, up = suggested(done.out)
    assert (validate, local, up) == (["validate", *given], ["up", "--local", *given], ["up", *given])
    assert bare(*validate).code == 0


def test_a_second_spec_beside_the_first_is_named(bare: Cli) -> None:
    (bare.folder / "Dockerfile").write_text("FROM python\n")
    done = bare("init", "--app", "shop", "-f", "fargate.yaml")
    assert suggested(done.out)[0] == ["validate", "--file", "fargate.yaml"]
