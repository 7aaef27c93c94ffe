"""How long `--help` and `--version` take, against the least that a click program can take."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.cloud import aws_environment
from benchmarks.contest import Contestant, race, ratio
from benchmarks.table import Figure

MANY = 4  # times as many rounds as other rows: each is a tenth of a second
YARDSTICK = 'python -c "import click"'


def measure(bench: Bench) -> Sequence[Figure]:
    """The installed command, as people start it."""
    script = Path(sys.executable).with_name("fargatectl")  # not resolved: the virtual environment's
    environment = aws_environment("http://127.0.0.1:1")
    commands = {name: [str(script), name] for name in ("--help", "--version")}
    runs = race(
        [
            Contestant(YARDSTICK, [sys.executable, "-c", "import click"], environment),
            *(Contestant(name, command, environment) for name, command in commands.items()),
        ],
        bench.rounds * MANY,
    )
    bench.report.add("startup", (), runs)
    return [
        Figure("startup", f"`{name}`: wall by `{YARDSTICK}`", ratio(runs[name], runs[YARDSTICK]).values, 1.5)
        for name in commands
    ]
