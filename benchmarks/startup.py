"""How long the command line takes to start, against the least that a click program can take.

Every round runs each command once, so that a busy spell of the machine meets all of them, and compares it
with the same round's ``python -c "import click"``. The median of those ratios is what counts: it means the
same on a slow machine and on a fast one, which milliseconds do not.

Exit code: 0, or 1 where a ratio misses the goal or a command fails.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

GOAL = 2.5
LEAST_ROUNDS, ROUNDS = 9, 21
ROOT = Path(__file__).resolve().parent.parent
YARDSTICK = 'python -c "import click"'

Command = Sequence[str]
Seconds = list[float]  # one per round


def commands() -> dict[str, Command]:
    """What is measured, by the name it has in the table; the yardstick first."""
    python = sys.executable
    found: dict[str, Command] = {
        YARDSTICK: [python, "-c", "import click"],
        "python -m fargatectl --help": [python, "-m", "fargatectl", "--help"],
        "python -m fargatectl --version": [python, "-m", "fargatectl", "--version"],
    }
    script = Path(python).with_name("fargatectl")  # not resolved: the virtual environment's, not the system's
    if script.exists():
        found["fargatectl --help"] = [str(script), "--help"]
        found["fargatectl --version"] = [str(script), "--version"]
    return found


def once(command: Command) -> float:
    """The wall time of one run, in seconds.

    Raises:
        subprocess.CalledProcessError: It failed: its time would say nothing.
    """
    began = time.perf_counter()
    # In the checkout, so that `-m` starts the code that lies here, whatever else is installed.
    subprocess.run(command, cwd=ROOT, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def measure(named: Mapping[str, Command], rounds: int) -> dict[str, Seconds]:
    """The times of every command, in the order of the rounds."""
    for command in named.values():
        once(command)  # compiles what it imports and warms the page cache; does not count
    times: dict[str, Seconds] = {name: [] for name in named}
    names = list(named)
    for turn in range(rounds):
        start = turn % len(names)  # none is always the first of a round, or the last
        for name in names[start:] + names[:start]:
            times[name].append(once(named[name]))
    return times


def ratios(times: Mapping[str, Seconds]) -> dict[str, float]:
    """The median over the rounds of each command's time by the yardstick's."""
    base = times[YARDSTICK]
    return {
        name: median(own / least for own, least in zip(taken, base, strict=True))
        for name, taken in times.items()
    }


def table(times: Mapping[str, Seconds], found: Mapping[str, float], goal: float) -> str:
    """Name, median milliseconds, ratio and goal; a line that misses the goal says so."""
    lines = [f"{'command':34}{'median':>9}{'ratio':>8}{'goal':>10}"]
    for name, ratio in found.items():
        line = f"{name:34}{1000 * median(times[name]):6.0f} ms{ratio:8.2f}"
        if name != YARDSTICK:
            line += f"{f'<= {goal:g}':>10}" + ("  missed" if ratio > goal else "")
        lines.append(line)
    return "\n".join(lines)


def main() -> int:
    """Measure, print the table; the exit code."""
    parser = argparse.ArgumentParser(description="Measure how long fargatectl takes to start.")
    parser.add_argument(
        "--rounds", type=int, default=ROUNDS, help=f"at least {LEAST_ROUNDS} (default: {ROUNDS})"
    )
    parser.add_argument(
        "--goal", type=float, default=GOAL, help=f"the highest ratio allowed (default: {GOAL})"
    )
    options = parser.parse_args()
    if options.rounds < LEAST_ROUNDS:
        parser.error(f"--rounds {options.rounds}: fewer than {LEAST_ROUNDS} say too little")
    try:
        times = measure(commands(), options.rounds)
    except subprocess.CalledProcessError as error:
        print(f"startup: {' '.join(error.cmd)} ended with exit code {error.returncode}", file=sys.stderr)
        return 1
    found = ratios(times)
    print(table(times, found, options.goal))
    return 1 if any(ratio > options.goal for name, ratio in found.items() if name != YARDSTICK) else 0


if __name__ == "__main__":
    sys.exit(main())
