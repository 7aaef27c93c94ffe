"""A build context of 5,000 files that has not changed: to find that nothing need be built."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.contest import Broken, Contestant, race
from benchmarks.table import Figure

FILES = 5000
_DOCKERFILE = 'FROM scratch\nCOPY . /app/\nCMD ["/app/none"]\n'


def measure(bench: Bench) -> Sequence[Figure]:
    """The image is in the registry, and in Docker Engine's cache, before anything is timed."""
    local = bench.local
    folder = bench.scratch / "five-thousand"
    make_context(folder)
    local.client("ecr").create_repository(repositoryName="bench-context")
    probe = [sys.executable, "-m", "benchmarks.probes.decide", str(folder), "bench-context"]
    command = [*probe, local.endpoint, local.account]
    tag = _probe(command, local.environment)["tag"]
    image = f"{local.registry}/bench-context:{tag}"
    build = ["docker", "build", "--quiet", "--tag", image, str(folder)]
    for one in (build, ["docker", "push", "--quiet", image]):
        subprocess.run(one, env=local.environment, check=True, capture_output=True)
    answers: list[dict[str, object]] = []

    def ask(_: int) -> None:
        answers.append(_probe(command, local.environment))

    # The decision is a part of a command: timed from within, in a process of its own, beside each build.
    runs = race([Contestant("docker build", build, local.environment, ask)], bench.rounds)
    bench.report.add("context", (), runs)
    counted = answers[-bench.rounds :]
    if any(one["found"] != [tag] for one in counted):
        raise Broken("the image was not found where it is")
    decided = tuple(float(str(one["seconds"])) for one in counted)
    built = tuple(run.seconds for run in runs["docker build"])
    hashed = sorted(float(str(one["hash"])) for one in counted)
    note = f"of which the hash {hashed[len(hashed) // 2]:.2f} s"
    return [
        Figure("context", f"{FILES} files unchanged: decide 'no build'", decided, 0.5, " s", note),
        Figure(
            "context", "the same by `docker build`'s, all cached",
            tuple(one / other for one, other in zip(decided, built, strict=True)), 0.2,
        ),
    ]  # fmt: skip


def make_context(folder: Path) -> None:
    """So many small files in folders of a hundred: 20 MB that do not compress, the same each time."""
    chance = random.Random(5000)
    for number in range(FILES):
        path = folder / f"part{number // 100:02}" / f"file{number:04}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(chance.randbytes(chance.randint(500, 7500)))
    (folder / "Dockerfile").write_text(_DOCKERFILE)


def _probe(command: Sequence[str], environment: dict[str, str]) -> dict[str, object]:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Broken(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    answer: dict[str, object] = json.loads(done.stdout)
    return answer
