"""`up` where nothing has changed, against the look of the threaded script."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.bench import EXAMPLE, IMAGES, PEERS, Bench
from benchmarks.calls import longest_chain
from benchmarks.cloud import REGION, ROOT
from benchmarks.contest import Run, ratio
from benchmarks.table import Figure

NAME = "bench-unchanged"


def measure(bench: Bench) -> Sequence[Figure]:
    """Each looks at what it has deployed itself, and all have made the same resources.

    Ourselves twice: as the example is written, which is built from a folder, and with the image named by
    hand, as the others have it. In the first the folder is hashed, and the repository asked for the image.
    """
    threaded = [sys.executable, str(PEERS / "threaded.py")]
    bench.cloud.reset()
    by_hand = replace(bench.fargatectl("up", "--image", IMAGES[0]), name="fargatectl --image")
    spec = renamed(bench)
    ours = bench.fargatectl("up", spec=spec)
    bench.setup(bench.fargatectl("up", "--image", IMAGES[0], spec=spec))
    _push(bench, spec)
    bench.setup(ours, by_hand, bench.peer("threaded", [*threaded, "up"]))
    runs = bench.race(
        "unchanged",
        ours,
        by_hand,
        bench.peer("threaded", [*threaded, "look"]),
        bench.peer("sequential", [sys.executable, str(PEERS / "sequential.py")]),
    )
    others = runs["threaded"]
    figures: list[Figure] = []
    for what, own in (("`up`", runs["fargatectl"]), ("`up --image`", runs[by_hand.name])):
        chains = tuple(float(len(longest_chain(run.calls))) for run in own)
        note = f"calls: {_calls(own)}, threaded {_calls(others)}, sequential {_calls(runs['sequential'])}"
        figures += [
            Figure("unchanged", f"{what}: longest chain of calls", chains, 2, note=note),
            Figure("unchanged", f"{what}: wall by the threaded look's", ratio(own, others).values, 1.1),
            Figure("unchanged", f"{what}: wall by sequential's", ratio(own, runs["sequential"]).values),
        ]
    return figures


def renamed(bench: Bench) -> Path:
    """The example under another name: under its own it is deployed with `--image`."""
    changes = {
        "app: flask-fargate-app": f"app: {NAME}",
        "cluster: FargateCluster": f"cluster: {NAME}",
        "repository: flask-fargate-app": f"repository: {NAME}",
        "build: ../../service": f"build: {ROOT / 'service'}",
    }
    text = EXAMPLE.read_text()
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    folder = bench.scratch / "unchanged"
    folder.mkdir(exist_ok=True)
    path = folder / "fargate.yml"
    path.write_text(text)
    return path


def _push(bench: Bench, spec: Path) -> None:
    """Put an image into the repository under the tag that the folder's content has: nothing is to build."""
    from fargatectl.app import build
    from fargatectl.engine.resource import dependencies
    from fargatectl.images.context import content_hash
    from fargatectl.spec.load import load

    app = build(load(spec, environment=None, environ=os.environ), region=REGION, content_hash=content_hash)
    definition = app.services["web"].task_definition
    (image,) = (one for one in dependencies(definition) if one.kind == "ecr.image")
    blob = {
        "mediaType": "application/vnd.oci.image.config.v1+json",
        "digest": f"sha256:{'0' * 64}",
        "size": 2,
    }
    kind = "application/vnd.oci.image.manifest.v1+json"
    manifest = {"schemaVersion": 2, "mediaType": kind, "config": blob, "layers": []}
    bench.cloud.client("ecr").put_image(
        repositoryName=NAME, imageManifest=json.dumps(manifest), imageManifestMediaType=kind,
        imageTag=image.address.rpartition(":")[2],
    )  # fmt: skip


def _calls(runs: Sequence[Run]) -> str:
    return "/".join(map(str, sorted({len(run.calls) for run in runs})))
