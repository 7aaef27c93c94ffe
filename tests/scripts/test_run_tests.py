"""The test run's counts and exit codes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from devtools.run_tests import Outcome, outcome, slowest

SAMPLE = """
import pytest

def test_passes(): pass
def test_passes_too(): pass
def test_fails(): assert 0
@pytest.mark.skip
def test_skipped(): pass
@pytest.fixture
def broken(): raise OSError
def test_errors(broken): pass
@pytest.mark.e2e
def test_with_an_engine(): pass
"""


def run(folder: Path, *arguments: str, **environment: str) -> Outcome:
    (folder / "test_sample.py").write_text(SAMPLE)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = e2e: x\n")
    report = folder / "report.xml"
    scripts = str(Path(__file__).parents[2] / "scripts")
    command = [sys.executable, "-m", "pytest", "-p", "devtools.skip_e2e", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, f"--junitxml={report}", *arguments], cwd=folder, check=False, capture_output=True,
        env={"PYTHONPATH": scripts, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **environment},
    )  # fmt: skip
    return outcome(done.returncode, report)


def test_errors_count_as_failed(tmp_path: Path) -> None:
    assert run(tmp_path) == Outcome(1, passed=3, failed=2, skipped=1)


def test_a_run_with_nothing_to_do_has_not_failed(tmp_path: Path) -> None:
    assert run(tmp_path, "-k", "nothing_like_it") == Outcome(0)


def test_end_to_end_tests_are_skipped_when_asked(tmp_path: Path) -> None:
    asked = run(tmp_path, "-m", "e2e", FARGATECTL_E2E="skip", FARGATECTL_E2E_REASON="no engine")
    assert asked == Outcome(0, skipped=1)
    assert run(tmp_path, "-m", "e2e") == Outcome(0, passed=1)


def test_two_runs_add_up_and_the_first_failure_is_the_exit_code() -> None:
    total = Outcome(1, 3, 1, 0) + Outcome(2, 4, 0, 2)
    assert total == Outcome(1, 7, 1, 2)
    assert str(total) == "7 passed, 1 failed, 2 skipped"


def test_a_crashed_run_keeps_its_code(tmp_path: Path) -> None:
    assert outcome(3, tmp_path / "never-written.xml") == Outcome(3)


def test_the_slowest_files_come_first(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    assert slowest(report) == ""
    cases = [
        ("tests.a.test_x", 1.4),
        ("tests.b.test_y", 4.0),
        ("tests.a.test_x", 1.4),
        ("tests.c.test_z", 0.1),
    ]
    lines = [f'<testcase classname="{name}" time="{time}"/>' for name, time in cases]
    report.write_text(f"<testsuites><testsuite>{''.join(lines)}</testsuite></testsuites>")
    assert slowest(report, 2) == "b.test_y 4 s, a.test_x 3 s"
