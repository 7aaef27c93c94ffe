"""``python -m benchmarks --profile``: where the time of the rows goes that are about one run of the program.

For each the run of median length: its calls, round by round as they were waited for, on the process's own
clock; and what loading the modules takes, by part. Python's ``-X importtime`` slows that down by a quarter.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Sequence

from benchmarks.bench import Bench
from benchmarks.calls import Call, longest_chain
from benchmarks.contest import Contestant, Run
from benchmarks.rows import cold, redeploy, status

ROWS = {"first `up`": cold.contestants, "redeploy": redeploy.contestants, "`status`": status.contestants}
BESIDE = ("threaded", "ecs-deploy", "aws")  # the AWS CLI script and CloudFormation are many processes each
_MODULE = re.compile(r"import time:\s*(\d+) \|\s*\d+ \|\s*(\S+)")
_PARTS = {"pydantic_core": "pydantic", "annotated_types": "pydantic", "typing_inspection": "pydantic",
          "urllib3": "botocore", "dateutil": "botocore", "jmespath": "botocore"}  # fmt: skip


def profile(bench: Bench) -> Iterable[str]:
    """Lines of Markdown."""
    for row, contestants in ROWS.items():
        racing = [one for one in contestants(bench) if one.name in ("fargatectl", *BESIDE)]
        runs = bench.race(f"profile: {row}", *racing)
        for name, of in runs.items():
            run = sorted(of, key=lambda one: one.seconds)[len(of) // 2]
            yield (
                f"\n{row} by {name}: {run.seconds:.2f} s, of processor time {run.cpu:.2f} s; "
                f"{len(run.calls)} calls\n"
            )
            yield "| from (ms) | to | what |\n| --- | --- | --- |"
            yield from (f"| {' | '.join(row)} |" for row in _times(run))
        yield f"\nmodules of {row}: {_modules(racing[0])}"


def rounds(calls: Sequence[Call]) -> list[list[Call]]:
    """Calls by what was waited for: each round's began after one of the round before had been answered."""
    ends = [one.end for one in longest_chain(calls)]
    result: list[list[Call]] = [[] for _ in ends]
    for call in sorted(calls, key=lambda one: one.start):
        result[sum(end <= call.start for end in ends)].append(call)
    return result


def _times(run: Run) -> Iterable[tuple[str, ...]]:
    """When each round's first call began, and its last had been answered."""
    for number, calls in enumerate(rounds(run.calls)):
        begin, end = min(one.start for one in calls), max(one.end for one in calls)
        if not number:
            yield "0", _ms(begin - run.began), "the program's own start"
        what = calls[0].name if len(calls) == 1 else f"{len(calls)} calls: {_names(calls)}"
        yield _ms(begin - run.began), _ms(end - run.began), what
    yield _ms(end - run.began), _ms(run.seconds), "the program's own end"


def _names(calls: Sequence[Call]) -> str:
    return ", ".join(sorted({one.operation for one in calls}))


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.0f}"


def _modules(one: Contestant) -> str:
    """What loading takes by part, in milliseconds, the greatest first."""
    one.ready(0)
    command = [sys.executable, "-X", "importtime", *one.command[1:]]
    said = subprocess.run(
        command, cwd=one.folder, env={**one.environment}, stdin=subprocess.DEVNULL, capture_output=True,
        text=True, check=True,
    ).stderr  # fmt: skip
    taken: Counter[str] = Counter()
    for found in _MODULE.finditer(said):
        taken[_part(found[2])] += int(found[1])
    return ", ".join(f"{part} {micro / 1000:.0f} ms" for part, micro in taken.most_common(8))


def _part(module: str) -> str:
    first, *rest = module.split(".")
    if first == "fargatectl":
        return ".".join([first, *rest[:1]])
    if first in sys.stdlib_module_names:
        return "Python's own"
    return _PARTS.get(first, first)
