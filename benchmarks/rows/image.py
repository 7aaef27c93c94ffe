"""One changed source file: build and push, against `docker build && docker push`."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.bench import Bench
from benchmarks.cloud import ROOT
from benchmarks.contest import Broken
from benchmarks.local import base_image
from benchmarks.table import Figure

_SPEC = """\
app: bench-image
services:
  web:
    build: app
    port: 8080
"""
_NEEDS_IMAGE = ("ecr.image", "ecs.task_definition", "ecs.service")


def measure(bench: Bench) -> Sequence[Figure]:
    """Both build the example's service from a folder of their own, in turns; then an app that is all new."""
    base_image()
    ours, theirs = bench.scratch / "image-ours", bench.scratch / "image-docker"
    for folder in (ours, theirs):
        shutil.copytree(ROOT / "service", folder / "app")
    local = bench.local
    local.client("ecr").create_repository(repositoryName="bench-docker")
    own: list[dict[str, Any]] = []
    docker: list[float] = []
    for turn in range(-1, bench.rounds):
        for name in ("own", "docker") if turn % 2 else ("docker", "own"):
            if name == "own":
                own.append(_release(bench, ours, f"{turn}"))
            else:
                docker.append(_docker(bench, theirs, turn))
    own, docker = own[1:], docker[1:]  # the first round fills Docker Engine's cache
    made = [_image(one) for one in own]
    ratios = tuple(one["seconds"] / other for one, other in zip(made, docker, strict=True))
    layers = tuple(float(one["layers"]) for one in made)
    fresh = [_release(bench, ours, f"new {turn}", app=f"bench-new{turn}") for turn in range(bench.rounds)]
    late = tuple(float(_late(one["events"])) for one in fresh)
    each = ", ".join(f"{sorted(values)[len(values) // 2]:.2f} s" for values in (
        [one["seconds"] for one in made], docker))  # fmt: skip
    return [
        Figure("image", "one changed file: build + push by docker's", ratios, 1.1, note=f"medians {each}"),
        Figure(
            "image", "one changed file: layers that travel", layers, 1, note=made[-1]["summary"], worst=True
        ),
        Figure("image", "all new: resources that waited for the image without need", late, 0, worst=True),
    ]


def _release(bench: Bench, folder: Path, word: str, app: str = "bench-image") -> dict[str, Any]:
    _change(folder, word)
    spec = folder / "fargate.yml"
    spec.write_text(_SPEC.replace("bench-image", app))
    local = bench.local
    command = [sys.executable, "-m", "benchmarks.probes.release", str(spec), local.endpoint, local.account]
    done = subprocess.run(command, env=local.environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Broken(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _docker(bench: Bench, folder: Path, turn: int) -> float:
    _change(folder, f"{turn}")
    image = f"{bench.local.registry}/bench-docker:turn{turn}"
    began = time.perf_counter()
    for one in (["build", "--quiet", "--tag", image, str(folder / "app")], ["push", "--quiet", image]):
        done = subprocess.run(
            ["docker", *one], env=bench.local.environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise Broken(f"docker {' '.join(one)} failed:\n{done.stderr[-2000:]}")
    return time.perf_counter() - began


def _change(folder: Path, word: str) -> None:
    """Change one source file, to what no build has had: Docker Engine would know it."""
    source = (ROOT / "service" / "app.py").read_text()
    (folder / "app" / "app.py").write_text(f"{source}\n# {word} {time.time_ns()}\n")


def _image(run: dict[str, Any]) -> dict[str, Any]:
    """From the beginning of the build to the end of the push, and what travelled."""
    events = [one for one in run["events"] if one["kind"] == "ecr.image"]
    began = min(one["at"] for one in events if one["what"] == "Started")
    end = next(one for one in events if one["what"] == "Finished" and one["action"] == "create")
    words = str(end["summary"]).split()
    return {
        "seconds": end["at"] - began,
        "layers": words[words.index("pushed") + 1],
        "summary": end["summary"],
    }


def _late(events: list[dict[str, Any]]) -> int:
    """How many resources that do not need the image were begun only after it was pushed."""
    pushed = next(
        one["at"] for one in events
        if one["kind"] == "ecr.image" and one["what"] == "Finished" and one["action"] == "create"
    )  # fmt: skip
    return sum(
        one["what"] == "Started" and one["kind"] not in _NEEDS_IMAGE and one["at"] > pushed for one in events
    )
