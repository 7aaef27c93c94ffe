"""Folders that are gone, full, or not to be written to; and a session that ends in the middle."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.soak import sample

from .conftest import Shop


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk without a byte to spare."""
    folder = tmp_path / "full"
    folder.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=64k,mode=0755", "tmpfs", str(folder)]
    mounted = subprocess.run(mounting, check=False, capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"no disk can be mounted here: {mounted.stderr.strip()}")
    try:
        with suppress(OSError):
            (folder / "filler").write_bytes(b"x" * 128 * 1024)
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_folder_that_was_removed_meanwhile(shop: Shop) -> None:
    gone = shop.folder / "gone"
    gone.mkdir()
    line = f"rmdir {gone}; {sys.executable} -m fargatectl $0"
    for command in sample("up", "init", soak=("validate", "status")):
        done = shop.end(shop.start(through=("bash", "-c", line, command), cwd=gone), "no folder")
        assert done.code == 2, command
        assert "folder" in done.err
        gone.mkdir()


def test_what_needs_no_folder_works_without_one(shop: Shop) -> None:
    gone = shop.folder / "gone"
    gone.mkdir()
    line = f"rmdir {gone}; {sys.executable} -m fargatectl down --app shop --yes"
    done = shop.end(shop.start(through=("bash", "-c", line), cwd=gone), "no folder")
    assert done.code == 0, done.err


def test_no_room_for_temporary_files(shop: Shop, full: Path) -> None:
    done = shop.end(shop.start("up", environ={"TMPDIR": str(full)}), "full disk")
    assert done.code == 0, done.err
    done = shop.end(shop.start("down", "--yes", environ={"TMPDIR": str(full / "none")}), "no folder")
    assert done.code == 0, done.err


def test_a_spec_for_which_there_is_no_room(shop: Shop, full: Path) -> None:
    """Nothing half written stays: the next `init` would say that there is one already."""
    (full / "Dockerfile").touch()
    done = shop.end(shop.start("init", cwd=full), "full disk")
    assert done.code == 2
    assert "fargate.yml cannot be written: No space left on device" in done.err
    assert not (full / "fargate.yml").exists()


@pytest.mark.parametrize("home", sample("/nonexistent/home", soak=("/dev/null", "relative", "")))
def test_a_home_that_is_none(shop: Shop, home: str) -> None:
    done = shop.end(shop.start("status", environ={"HOME": home}), "no home")
    assert done.code == 0, done.err


@pytest.mark.parametrize("command", sample("start", soak=("status", "stop", "reset")))
def test_a_local_aws_without_a_place_for_its_record(shop: Shop, full: Path, command: str) -> None:
    environ = {"XDG_STATE_HOME": str(full / "state"), "XDG_DATA_HOME": str(full / "data")}
    done = shop.end(shop.start("local", command, environ=environ), "full disk")
    assert done.code in (0, 1, 6)
    if done.code == 1:
        assert "No space left on device" in done.err


def test_a_user_that_may_write_nowhere(shop: Shop) -> None:
    if os.getuid():
        pytest.skip("only root can be somebody else")
    for folder in (shop.folder, *shop.folder.parents[:3]):
        folder.chmod(folder.stat().st_mode | 0o055)
    line = f"exec setpriv --reuid=65534 --clear-groups {sys.executable} -m fargatectl init"
    done = shop.end(shop.start(through=("bash", "-c", "rm fargate.yml; " + line)), "no rights")
    assert done.code == 2
    assert "cannot be written: Permission denied" in done.err


LOOKS = ("DescribeSubnets", "DescribeClusters")
STEPS = ("CreateRole", "PutRolePolicy", "CreateLogGroup", "RegisterTaskDefinition")


@pytest.mark.parametrize("operation", sample(LOOKS[0], "CreateService", soak=(LOOKS[1], *STEPS)))
def test_a_session_that_expires_in_the_middle(shop: Shop, operation: str) -> None:
    shop.proxy.expires_at = operation
    done = shop.end(shop.start("up"), "expired session")
    assert done.code == 5, done.err
    assert "expired" in done.err.lower()
    assert "log in again" in done.err
    if operation in LOOKS:
        assert not any(shop.left().values())
    shop.recovers()


def test_a_session_that_expires_while_removing(shop: Shop) -> None:
    shop.up()
    shop.proxy.expires_at = "DeleteCluster"
    done = shop.end(shop.start("down", "--yes"), "expired session")
    assert done.code == 5, done.err
    assert "log in again" in done.err
    shop.down()
