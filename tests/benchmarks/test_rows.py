"""What the rows compare: the same work, by programs that end in the same way, and what our caches hold."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from benchmarks.bench import EXAMPLE, PEERS, Bench
from benchmarks.contest import Contestant, Run
from benchmarks.rows import tls, unchanged
from benchmarks.rows.calls import kinds_of


def test_a_peer_ends_as_we_do_without_taking_python_apart() -> None:
    program = "import atexit, wanted; atexit.register(print, 'torn down'); print('done'); wanted.end()"
    environment = {**os.environ, "AWS_REGION": "us-east-1", "PYTHONPATH": str(PEERS)}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == "done\n"


@pytest.mark.parametrize("peer", ["threaded", "sequential"])
def test_the_peers_in_python_end_so(peer: str) -> None:
    assert (PEERS / f"{peer}.py").read_text().endswith("    main()\n    w.end()\n")


def test_where_nothing_changes_we_look_at_all_that_the_example_asks_for(tmp_path: Path) -> None:
    bench = cast("Bench", SimpleNamespace(scratch=tmp_path))
    kinds = kinds_of(unchanged.renamed(bench))
    assert kinds == kinds_of(EXAMPLE)
    assert {"ecr.repository", "ecr.image"} <= kinds


class _Races:
    """A bench that runs nothing: a first run on a machine takes 3 s, the others 2, ours 1."""

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch
        self.cloud = SimpleNamespace(by_tls=lambda: {"TLS": "1"}, reset=lambda: None)
        self.caches: dict[str, str] = {}

    def setup(self, *commands: Contestant) -> None:
        pass

    def fargatectl(self, *arguments: str, ready: Callable[[int], None] = lambda _: None) -> Contestant:
        return Contestant("fargatectl", arguments, {"XDG_CACHE_HOME": "shared"}, ready)

    def peer(self, name: str, command: list[str], **more: Any) -> Contestant:
        return Contestant(name, command, {}, more.get("ready", lambda _: None))

    def race(self, _: str, *contestants: Contestant) -> dict[str, list[Run]]:
        seconds = {"fargatectl": 1.0, "fargatectl, first run": 3.0}
        assert all(one.environment["TLS"] for one in contestants)
        self.caches |= {one.name: one.environment.get("XDG_CACHE_HOME", "") for one in contestants}
        return {one.name: [Run(seconds.get(one.name, 2.0))] for one in contestants}


def test_by_tls_a_first_run_on_a_machine_is_measured_beside_those_with_full_caches(tmp_path: Path) -> None:
    races = _Races(tmp_path)
    figures = {one.what: one for one in tls.measure(cast("Bench", races))}
    assert figures["`up`, first run on a machine: wall by threaded's"].measured == 1.5
    assert figures["first `up`, caches filled: wall by threaded's"].measured == 0.5
    assert all("caches filled" in what for what in figures if "first run on" not in what)
    assert races.caches["fargatectl, first run"] != races.caches["fargatectl"]
