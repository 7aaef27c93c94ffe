"""`make bench`: the benchmarks, with a Docker Engine and the base image for the rows with containers."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from devtools import base_image
from devtools.say import say

ROOT = Path(__file__).parents[2]


def main(arguments: list[str]) -> int:
    """Run them; their exit code. Where there is no engine, those rows say that they were not measured."""
    with ExitStack() as stack:
        if lacking := base_image.in_use(stack):
            say("bench", f"no rows with containers: {lacking}")
        command = [sys.executable, "-m", "benchmarks", *arguments]
        return subprocess.run(command, check=False, cwd=ROOT).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
