"""``python -m benchmarks``: measure the rows of the table and print it; see docs/speed.md."""

from __future__ import annotations

import argparse
import sys
import time

from benchmarks import tools
from benchmarks.bench import Bench
from benchmarks.cloud import ROOT
from benchmarks.contest import LEAST_ROUNDS, Broken
from benchmarks.rows import NAMES, measure_of

RESULTS = ROOT / "benchmarks" / "results"


def main() -> int:
    """The exit code: 0, or 1 where something could not be measured; a missed goal is no failure."""
    parser = argparse.ArgumentParser(prog="make bench", description="Measure fargatectl beside others.")
    parser.add_argument(
        "--only", action="append", choices=NAMES, metavar="ROW", help=f"one of: {', '.join(NAMES)}"
    )
    parser.add_argument(
        "--rounds", type=int, default=LEAST_ROUNDS + 2, help="of each command (default: %(default)s)"
    )
    parser.add_argument("--profile", action="store_true", help="where the time goes, in place of the table")
    options = parser.parse_args()
    if options.rounds < LEAST_ROUNDS:
        parser.error(f"--rounds {options.rounds}: fewer than {LEAST_ROUNDS} say too little")
    tools.compile_ours()
    bench = Bench(options.rounds)
    broken = False
    if options.profile:
        from benchmarks.profile import profile

        try:
            for line in profile(bench):
                print(line, flush=True)
        finally:
            bench.close()
        return 0
    try:
        for name in options.only or NAMES:
            began = time.monotonic()
            tools.say(f"{name} ...")
            try:
                bench.report.figures += measure_of(name)(bench)
            except Broken as error:
                bench.report.skipped[name] = str(error).splitlines()[0]
                tools.say(f"{name}: {error}")
                broken = True
            tools.say(f"{name}: {time.monotonic() - began:.0f} s")
        bench.report.about = {"rounds": options.rounds, "versions": tools.versions(bench.binaries)}
    finally:
        bench.close()
        print(bench.report.markdown())
        if bench.report.figures:
            tools.say(f"every single value: {bench.report.save(RESULTS).relative_to(ROOT)}")
    return int(broken)


if __name__ == "__main__":
    sys.exit(main())
