"""Planted defects: the table fits the sources, and what survives or cannot be planted is told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from devtools import planted
from devtools.planted import ROOT, Defect, load, main

DEFECTS = load(planted.TABLE)


@pytest.mark.parametrize("defect", DEFECTS, ids=[defect.name for defect in DEFECTS])
def test_the_table_fits_the_sources(defect: Defect) -> None:
    source = (ROOT / defect.file).read_text("utf-8")
    assert source.count(defect.text) == 1, f"mend scripts/devtools/planted.toml: {defect.file} has changed"
    compile(source.replace(defect.text, defect.instead), defect.file, "exec")
    for test in defect.tests:
        file, _, name = test.partition("::")
        assert f"def {name.partition('[')[0]}(" in (ROOT / file).read_text("utf-8")


def test_there_are_many_and_each_has_a_name_of_its_own() -> None:
    assert len(DEFECTS) >= 12
    assert len({defect.name for defect in DEFECTS}) == len(DEFECTS)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A program that doubles, and its tests."""
    root = tmp_path / "project"
    for folder in ("fargatectl", "tests"):
        (root / folder).mkdir(parents=True)
    (root / "fargatectl/__init__.py").write_text("def double(n):\n    return 2 * n\n")
    (root / "tests/test_double.py").write_text(
        "from fargatectl import double\n"
        "def test_zero(): assert double(0) == 0\n"
        "def test_one(): assert double(1) == 2\n"
    )
    (root / "pyproject.toml").write_text("[tool.pytest.ini_options]\n")
    return root


def tried(project: Path, *rows: tuple[str, str, str], text: str = "2 * n") -> int:
    table = project / "table.toml"
    table.write_text(
        "\n".join(
            f'[[defect]]\nname = "{name}"\nfile = "fargatectl/__init__.py"\ntext = "{text}"\n'
            f'instead = "{instead}"\ntests = ["tests/test_double.py{test}"]'
            for name, instead, test in rows
        )
    )
    return main([], project, table)


def test_what_the_tests_catch(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert tried(project, ("it adds", "2 + n", "::test_one"), ("it squares", "n * n", "::test_one")) == 0
    out = capsys.readouterr().out
    assert re.search(r"caught +it adds\n +tests/test_double.py::test_one\n", out)
    assert "2 defects planted, 2 caught, 0 survived, 0 not tried" in out
    assert (project / "fargatectl/__init__.py").read_text() == "def double(n):\n    return 2 * n\n"


def test_what_survives_is_told(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert tried(project, ("it adds", "2 + n", "::test_one"), ("it squares", "n * n", "::test_zero")) == 1
    assert re.search(r"SURVIVED +it squares", capsys.readouterr().out)


@pytest.mark.parametrize("text", ["3 * n", "n"])
def test_a_text_that_is_not_there_just_once(
    project: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    assert tried(project, ("it adds", "2 + n", ""), text=text) == 2
    assert re.search(r"NOT TRIED +it adds\n +its text stands \d times", capsys.readouterr().out)


def test_a_program_that_does_not_even_start_is_not_caught(project: Path) -> None:
    assert tried(project, ("no Python", "2 *", "::test_one")) == 2


def test_tests_that_fail_with_nothing_planted(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "tests/test_double.py").write_text("def test_one(): assert 0\n")
    assert tried(project, ("it adds", "2 + n", "::test_one")) == 1
    said = capsys.readouterr()
    assert "they do not pass" in said.err
    assert "planted" not in said.out
