"""Plants one defect at a time in a copy of the checkout and sees that the tests catch it. `make planted`.

    python -m devtools.planted [WORD...]      only the defects whose names have one of the words

The defects are in planted.toml: an exact text of one file, what takes its place, and the tests that must
fail. Ends with 1 where a defect survives, or where those tests fail with nothing planted; with 2 where a
defect cannot be planted or tried, as after a change of the text that it takes the place of.
"""

from __future__ import annotations

import itertools
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from devtools.say import say

ROOT = Path(__file__).parents[2]
TABLE = Path(__file__).with_suffix(".toml")
COPIED = ("fargatectl", "tests", "scripts", "pyproject.toml")
AT_ONCE = 2
LONGEST = 180  # seconds for the tests of one defect

_MOMENTS = itertools.count(int(time.time()))
_CAUGHT, _SURVIVED, _UNTRIED = 0, 1, 2
_WORDS = ("caught", "SURVIVED", "NOT TRIED")


class PlantError(Exception):
    """A defect cannot be planted."""


@dataclass(frozen=True)
class Defect:
    """One defect.

    Attributes:
        name: What is wrong then.
        file: Of the checkout.
        text: What stands there exactly once.
        instead: What takes its place.
        tests: pytest's arguments: files or node ids.
    """

    name: str
    file: str
    text: str
    instead: str
    tests: tuple[str, ...]


@dataclass(frozen=True)
class Trial:
    """What came of one: a verdict, and the test that caught it or why there is none."""

    verdict: int
    said: str


def load(table: Path) -> list[Defect]:
    """The defects of a table."""
    rows = tomllib.loads(table.read_text("utf-8"))["defect"]
    return [Defect(**{**row, "tests": tuple(row["tests"])}) for row in rows]


@contextmanager
def planted(root: Path, defect: Defect) -> Iterator[None]:
    """The defect is in the copy at `root` while the block runs.

    Raises:
        PlantError: Its text is not there, or more than once.
    """
    path = root / defect.file
    before = path.read_text("utf-8") if path.exists() else ""
    if before.count(defect.text) != 1:
        raise PlantError(
            f"its text stands {before.count(defect.text)} times in {defect.file}: mend {TABLE.name}"
        )
    _write(path, before.replace(defect.text, defect.instead))
    try:
        yield
    finally:
        _write(path, before)


def _write(path: Path, text: str) -> None:
    """At a moment of its own: by that, and by the size, Python knows whether a file must be compiled anew."""
    path.write_text(text, "utf-8")
    moment = next(_MOMENTS)
    os.utime(path, (moment, moment))


def try_it(root: Path, defect: Defect) -> Trial:
    """Plant a defect, and run its tests up to the first that fails."""
    try:
        with planted(root, defect):
            code, output = _pytest(root, "-x", *defect.tests)
    except PlantError as error:
        return Trial(_UNTRIED, str(error))
    if code == 0:
        return Trial(_SURVIVED, f"{len(defect.tests)} tests passed all the same")
    failed = re.search(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", output, re.MULTILINE)
    if code == 1 and failed:
        return Trial(_CAUGHT, failed[1])
    return Trial(_UNTRIED, f"pytest ended with {code}:\n{output}")


def _pytest(root: Path, *arguments: str) -> tuple[int, str]:
    mine = ("AWS_", "PYTEST_", "FARGATECTL_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(mine)}
    environment["PYTHONPATH"] = str(root)
    environment["FARGATECTL_SOAK"] = "1"  # every test is there, not only a sample
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-rfE",
        "--tb=short",
        "-p",
        "no:cacheprovider",
        *arguments,
    ]
    try:
        done = subprocess.run(
            command, cwd=root, env=environment, check=False, timeout=LONGEST, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        return -1, f"not done after {error.timeout:.0f} s"
    return done.returncode, done.stdout


def _copy(root: Path, to: Path) -> Path:
    to.mkdir()
    for name in COPIED:
        one = root / name
        if one.is_dir():
            shutil.copytree(one, to / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif one.exists():
            shutil.copy(one, to)
    return to


def main(words: Sequence[str], root: Path = ROOT, table: Path = TABLE) -> int:
    """Try the defects of a table, and print what caught each."""
    began = time.monotonic()
    known = load(table)
    defects = [one for one in known if not words or any(word in one.name for word in words)]
    if not defects:
        say("planted", f"no defect's name has one of: {' '.join(words)}")
        return _UNTRIED
    with tempfile.TemporaryDirectory(prefix="planted-") as folder:
        copies = [_copy(root, Path(folder) / str(number)) for number in range(AT_ONCE)]
        tests = dict.fromkeys(test for defect in defects for test in defect.tests)
        say("planted", f"{len(tests)} tests with nothing planted")
        code, output = _pytest(copies[0], *tests)
        if code:
            say("planted", f"they do not pass:\n{output}")
            return _SURVIVED
        trials = _try_all(copies, defects)
    counts = [sum(trial.verdict == verdict for trial in trials) for verdict in range(3)]
    print(
        f"{len(defects)} defects planted, {counts[_CAUGHT]} caught, {counts[_SURVIVED]} survived, "
        f"{counts[_UNTRIED]} not tried, in {time.monotonic() - began:.0f} s"
    )
    return max(trial.verdict for trial in trials)


def _try_all(copies: Sequence[Path], defects: Sequence[Defect]) -> list[Trial]:
    """Several at once, each in a copy of its own; told in the table's order."""
    free: SimpleQueue[Path] = SimpleQueue()
    for copy in copies:
        free.put(copy)

    def in_turn(defect: Defect) -> Trial:
        copy = free.get()
        try:
            return try_it(copy, defect)
        finally:
            free.put(copy)

    trials = []
    with ThreadPoolExecutor(len(copies)) as pool:
        for defect, trial in zip(defects, pool.map(in_turn, defects), strict=True):
            print(f"{_WORDS[trial.verdict]:10} {defect.name}\n{'':10} {trial.said}", flush=True)
            trials.append(trial)
    return trials


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
