"""`make bench`: the benchmarks, with a Docker Engine and the base image for the rows with containers."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import ExitStack, closing
from pathlib import Path

from devtools import base_image
from devtools.daemon import EngineError
from devtools.engine import Engine
from devtools.say import say
from devtools.standin import StandInError

ROOT = Path(__file__).parents[2]


def main(arguments: list[str]) -> int:
    """Run them; their exit code. Where there is no engine, those rows say that they were not measured."""
    engine = Engine.from_environment()
    with ExitStack() as stack:
        try:
            stack.enter_context(engine.in_use())
            with closing(engine.client()) as client:
                base_image.ensure(client)
            os.environ["DOCKER_HOST"] = engine.host
        except (EngineError, StandInError) as error:
            say("bench", f"no rows with containers: {error}")
        return subprocess.run(
            [sys.executable, "-m", "benchmarks", *arguments], check=False, cwd=ROOT
        ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
