"""Apps of many services: their specs, and how they are deployed without waiting for a rate limit."""

from __future__ import annotations

from pathlib import Path

from benchmarks.bench import Bench

APP = "bench-many"


def spec_of(bench: Bench, count: int) -> Path:
    """A spec of so many services, each with an image, a port and a variable of its own."""
    lines = [f"app: {APP}", "services:"]
    for number in range(count):
        lines += [
            f"  web{number:03}:",
            "    image: public.example/web:1",
            f"    port: {8000 + number}",
            f"    env: {{NUMBER: '{number}'}}",
        ]
    folder = bench.scratch / f"many-{count}"
    folder.mkdir(exist_ok=True)
    path = folder / "fargate.yml"
    path.write_text("\n".join(lines) + "\n")
    return path
