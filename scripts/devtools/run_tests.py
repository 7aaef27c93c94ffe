"""Every test: the fast ones on two cores, then those with real containers, which mostly wait. `make test`.

    scripts/test [pytest's arguments]

Without Docker Engine, and without the right to install it, the tests with real containers are skipped, with a
loud word, by `FARGATECTL_E2E=skip` and the reason in `FARGATECTL_E2E_REASON`. The last line counts all runs.

Each worker has a local AWS of its own, and a file's tests share one. Those marked `alone` run after the
others: they start engines, or would measure the others' load.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from xml.etree import ElementTree

from devtools import base_image
from devtools.say import say, warn

ROOT = Path(__file__).parents[2]
_E2E_WORKERS = "4"
_NO_TESTS = 5  # pytest's exit code where nothing matched


@dataclass(frozen=True)
class Outcome:
    """What a pytest run came to; errors count as failed.

    Attributes:
        code: pytest's exit code, 0 where a run simply had no test to run.
    """

    code: int
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(
            self.code or other.code,
            self.passed + other.passed,
            self.failed + other.failed,
            self.skipped + other.skipped,
        )

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def outcome(code: int, report: Path) -> Outcome:
    """The outcome of a run from pytest's exit code and its JUnit report."""
    counts = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    if report.exists():
        for suite in ElementTree.parse(report).iter("testsuite"):
            for name in counts:
                counts[name] += int(suite.get(name, "0"))
    failed = counts["failures"] + counts["errors"]
    passed = counts["tests"] - failed - counts["skipped"]
    return Outcome(0 if code == _NO_TESTS else code, passed, failed, counts["skipped"])


def slowest(report: Path, most: int = 8) -> str:
    """The files of a report that took longest, in seconds of one worker."""
    seconds: dict[str, float] = {}
    if report.exists():
        for case in ElementTree.parse(report).iter("testcase"):
            name = case.get("classname", "").removeprefix("tests.")
            seconds[name] = seconds.get(name, 0.0) + float(case.get("time", "0"))
    longest = sorted(seconds.items(), key=lambda one: -one[1])[:most]
    return ", ".join(f"{name} {total:.0f} s" for name, total in longest)


def _pytest(title: str, *arguments: str) -> Outcome:
    say("test", f"{title}: pytest {' '.join(arguments)}")
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", f"--junitxml={report}", *arguments]
        code = subprocess.run(command, check=False, cwd=ROOT, stdin=subprocess.DEVNULL).returncode
        result, where = outcome(code, report), slowest(report)
    say("test", f"{title}: {result} in {time.monotonic() - began:.1f} s; most of it in {where or 'nothing'}")
    return result


def _prepare(stack: ExitStack) -> str:
    """See that an engine with the base image answers until `stack` closes; else say why there is none."""
    if lacking := base_image.in_use(stack):
        return lacking
    if not shutil.which("busybox"):
        reason = "tests of the local AWS make a small image of busybox"
        if subprocess.run([ROOT / "scripts/apt-install", reason, "busybox-static"], check=False).returncode:
            return f"{reason}, which could not be installed (see above)"
    return ""


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main(arguments: list[str]) -> int:
    """Run the tests; pytest's exit code, the fast tests' first, and 5 where no test ran at all."""
    signal.signal(signal.SIGTERM, _interrupt)
    began = time.monotonic()
    try:
        total = _pytest("fast tests", "-n", "2", "-m", "not e2e", *arguments)
        with ExitStack() as stack:
            if missing := _prepare(stack):
                warn("test", f"THE END-TO-END TESTS ARE SKIPPED: {missing}")
                os.environ |= {"FARGATECTL_E2E": "skip", "FARGATECTL_E2E_REASON": missing.splitlines()[0]}
            real = ("-p", "devtools.skip_e2e", "--durations=10")
            workers = ("-n", _E2E_WORKERS, "--dist", "loadfile")
            total += _pytest("end-to-end tests", *real, *workers, "-m", "e2e and not alone", *arguments)
            total += _pytest("end-to-end tests, alone", *real, "-m", "e2e and alone", *arguments)
    except KeyboardInterrupt:
        say("test", "interrupted")
        return 130
    say("test", f"all tests in {time.monotonic() - began:.1f} s")
    print(total, flush=True)
    return total.code or (0 if total.passed + total.skipped else _NO_TESTS)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
