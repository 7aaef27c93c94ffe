"""Standard output and error that nobody reads, that are closed, or that lead to a full disk."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.soak import sample

from .conftest import Shop, read_until, wait_for

FULL = Path("/dev/full")


def test_whoever_watches_may_leave(shop: Shop) -> None:
    """``fargatectl up | head -1``: the deployment is more than its output, and goes on to its end."""
    hold = shop.proxy.hold("CreateCluster")
    process = shop.start("up")
    read_until(process.stdout, "shop")
    assert process.stdout is not None
    assert hold.came.wait(30)
    process.stdout.close()
    process.stdout = None
    hold.go.set()
    done = shop.end(process, "pipe closed in the middle")
    assert (done.code, done.err) == (0, "")
    assert shop.deployer.plan(shop.spec).plan.changes == ()


def test_whoever_reads_the_errors_may_leave(shop: Shop) -> None:
    """With ``-o json`` progress goes to standard error; the document is whole all the same."""
    hold = shop.proxy.hold("CreateCluster")
    process = shop.start("up", "-o", "json", "-v")
    assert hold.came.wait(30)
    assert process.stderr is not None
    process.stderr.close()
    process.stderr = None
    hold.go.set()
    done = shop.end(process, "pipe closed in the middle")
    assert done.code == 0
    assert done.document()["services"][0]["state"] == "steady"


def test_an_error_that_nobody_reads_keeps_its_exit_code(shop: Shop) -> None:
    shop.proxy.expires_at = "CreateCluster"
    process = shop.start("up")
    for stream in (process.stdout, process.stderr):
        assert stream is not None
        stream.close()
    process.stdout = process.stderr = None
    assert shop.end(process, "pipes closed").code == 5


@pytest.mark.parametrize(
    "command", sample("schema", "plan", soak=("plan -o json", "status", "validate", "policy", "--help"))
)
def test_a_reader_that_takes_one_line_hears_no_complaint(shop: Shop, command: str) -> None:
    line = f"{sys.executable} -m fargatectl {command} | head -n 1 > first"
    process = shop.start(through=("bash", "-o", "pipefail", "-c", line))
    done = shop.end(process, "head -n 1")
    assert done.err == ""
    assert done.code == 0
    assert (shop.folder / "first").read_text().count("\n") == 1


@pytest.mark.parametrize(
    ("closed", "code"), [("<&- >&- 2>&-", 0), (">&-", 0), ("2>&-", 0)], ids=["all", "output", "error"]
)
def test_streams_that_are_closed_from_the_start(shop: Shop, closed: str, code: int) -> None:
    line = f"{sys.executable} -m fargatectl up {closed}"
    done = shop.end(shop.start(through=("bash", "-c", line)), "closed streams")
    assert (done.code, done.err) == (code, "")
    assert shop.deployer.plan(shop.spec).plan.changes == ()


def test_an_error_where_standard_error_is_closed(shop: Shop) -> None:
    (shop.folder / "fargate.yml").write_text("app: 1\n")
    line = f"{sys.executable} -m fargatectl up >&- 2>&-"
    assert shop.end(shop.start(through=("bash", "-c", line)), "closed streams").code == 2


@pytest.mark.parametrize(
    "command", sample("up", "up -o json", "schema", soak=("plan", "status -o json", "validate"))
)
def test_a_result_that_cannot_be_written(shop: Shop, command: str) -> None:
    with FULL.open("w") as full:
        done = shop.end(shop.start(*command.split(), stdout=full), "full disk")
    assert done.code == 1
    assert "cannot be written to standard output: No space left on device" in done.err
    if command.startswith("up"):  # it was done all the same
        assert shop.deployer.plan(shop.spec).plan.changes == ()


def test_an_error_that_cannot_be_written(shop: Shop) -> None:
    (shop.folder / "fargate.yml").write_text("app: 1\n")
    with FULL.open("w") as full:
        assert shop.end(shop.start("up", stderr=full), "full disk").code == 2
        assert shop.end(shop.start("up", "-o", "json", stdout=full), "full disk").code == 2
    with FULL.open("w") as full:
        process = shop.start("up", "-o", "json", stderr=full)
        done = shop.end(process, "full disk")
    assert (done.code, json.loads(done.out)["error"]["code"]) == (2, "spec.invalid")


def test_progress_on_a_full_disk_does_not_stop_a_deployment(shop: Shop) -> None:
    with FULL.open("w") as full:
        done = shop.end(shop.start("up", "-o", "json", stderr=full), "full disk")
    assert done.code == 0
    assert done.document()["services"][0]["state"] == "steady"


def test_a_pipe_that_nobody_empties_does_not_outlive_ctrl_c(shop: Shop) -> None:
    """A pager that is left open: the pipe is full, writing blocks, and Ctrl-C still ends it."""
    process = shop.start("schema")
    assert process.stdout is not None
    wait_for(lambda: _blocked(process), 30)
    process.terminate()
    process.stdout.close()
    process.stdout = None
    assert shop.end(process, "full pipe").code in (143, 0)


def _blocked(process: subprocess.Popen[str]) -> bool:
    """Whether a process waits until there is room in a pipe, or has ended."""
    if process.poll() is not None:
        return True
    return "pipe" in Path(f"/proc/{process.pid}/wchan").read_text()


def test_an_encoding_that_cannot_show_a_name(shop: Shop) -> None:
    (shop.folder / "fargate.yml").rename(shop.folder / "größe.yml")
    process = shop.start("validate", "-f", "größe.yml", environ={"PYTHONIOENCODING": "ascii"})
    done = shop.end(process, "narrow encoding")
    assert done.code == 0
    assert ".yml is good" in done.out
