"""Docker Engine: started where none answers, leftovers of a killed one included; stopped only if it is ours.

The engines here live in folders and network namespaces of their own, so that one in use is left alone.
"""

from __future__ import annotations

import io
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import docker
import pytest
from devtools import base_image, processes
from devtools.engine import NO_ENGINE
from devtools.standin import LABEL, RECIPE_LABEL

SCRIPTS = Path(__file__).parents[2] / "scripts"
OWN_ENGINE = pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("unshare"), reason="an engine of its own takes root and unshare"
)


def command(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a script with this Python, in a network namespace of its own where it has an engine of its own."""
    apart = ["unshare", "--net"] if "FARGATECTL_ENGINE_DIR" in environment else []
    inherited = {name: value for name, value in os.environ.items() if name != "DOCKER_HOST"}
    return subprocess.run(
        [*apart, sys.executable, "-m", *arguments],
        env={**inherited, "PYTHONPATH": str(SCRIPTS), **environment},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


class OwnEngine:
    """An engine in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.host = f"unix://{folder}/docker.sock"

    def __call__(self, word: str) -> tuple[int, str]:
        arguments = "--bridge=none --iptables=false --storage-driver=vfs"
        done = command(
            "devtools.engine", word, FARGATECTL_ENGINE_DIR=str(self.folder), FARGATECTL_ENGINE_ARGS=arguments
        )
        return done.returncode, done.stderr

    def process(self, name: str) -> processes.Process | None:
        files = {"dockerd": "docker.pid", "containerd": "exec/containerd/containerd.pid"}
        return processes.from_pid_file(self.folder / files[name], name)

    def kill(self) -> None:
        """As if the machine had lost power: nothing is cleaned up."""
        for process in filter(None, map(self.process, ("dockerd", "containerd"))):
            os.kill(process.pid, signal.SIGKILL)
            assert processes.wait_until(lambda process=process: not process.alive, 10)  # type: ignore[misc]


@pytest.fixture
def engine() -> Iterator[OwnEngine]:
    folder = Path(tempfile.mkdtemp(prefix="fctl-"))  # short: a socket's path has at most 108 characters
    own = OwnEngine(folder)
    yield own
    own("stop")
    own.kill()
    for mounted in ("exec/netns/default", "data"):  # a killed engine leaves them
        subprocess.run(["umount", folder / mounted], check=False, capture_output=True)
    shutil.rmtree(folder, ignore_errors=True)


def test_somebody_elses_engine_is_not_started(tmp_path: Path) -> None:
    host = f"unix://{tmp_path}/docker.sock"
    done = command("devtools.engine", "start", DOCKER_HOST=host, XDG_STATE_HOME=str(tmp_path))
    assert done.returncode == NO_ENGINE
    assert f"DOCKER_HOST={host} does not answer" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_demo_says_why_it_cannot_run(tmp_path: Path) -> None:
    host = f"unix://{tmp_path}/docker.sock"
    done = command("devtools.demo", DOCKER_HOST=host, XDG_STATE_HOME=str(tmp_path))
    assert done.returncode == NO_ENGINE
    assert f"DOCKER_HOST={host} does not answer" in done.stderr
    assert "no process is left" in done.stderr


@pytest.mark.alone
@pytest.mark.e2e
@OWN_ENGINE
def test_started_once_and_stopped_with_all_its_processes(engine: OwnEngine) -> None:
    assert engine("status")[0] == NO_ENGINE
    code, words = engine("start")
    assert code == 0, words
    assert "starting Docker Engine in the background" in words
    assert "already answers" in engine("start")[1]
    assert "started by these scripts" in engine("status")[1]
    running = [engine.process("dockerd"), engine.process("containerd")]

    assert engine("stop")[0] == 0

    assert [process.alive for process in running if process] == [False, False]
    assert engine("status")[0] == NO_ENGINE


@pytest.mark.alone
@pytest.mark.e2e
@OWN_ENGINE
def test_leftovers_of_a_killed_engine_do_not_matter(engine: OwnEngine) -> None:
    assert engine("start")[0] == 0
    engine.kill()
    # The machine was started anew, and other programs have the numbers that the files name.
    (engine.folder / "docker.pid").write_text(str(os.getpid()))
    (engine.folder / "exec/containerd/containerd.pid").write_text(str(os.getpid()))

    code, words = engine("start")

    assert code == 0, words
    assert "removing what a killed engine left" in words
    assert engine("stop")[0] == 0


@pytest.mark.alone
@pytest.mark.e2e
@OWN_ENGINE
def test_an_engine_of_somebody_else_is_not_stopped(engine: OwnEngine) -> None:
    assert engine("start")[0] == 0
    record = engine.folder / "engine.json"
    ours = record.read_text()
    record.unlink()

    assert "nothing stopped" in engine("stop")[1]

    dockerd = engine.process("dockerd")
    assert dockerd
    assert dockerd.alive
    record.write_text(ours)


@pytest.mark.alone
@pytest.mark.e2e
@OWN_ENGINE
def test_a_stand_in_never_replaces_a_real_image(engine: OwnEngine) -> None:
    assert engine("start")[0] == 0
    with closing(docker.DockerClient(base_url=engine.host)) as client:
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as tar:
            tar.addfile(tarfile.TarInfo("real"))
        empty = buffer.getvalue()

        def put(*changes: str) -> str:
            client.api.import_image_from_data(
                empty, repository="python", tag="3.12-slim", changes=list(changes)
            )
            return str(client.images.get(base_image.NAME).id)

        real = put()
        base_image.ensure(client)
        assert not base_image.remove(client)
        assert client.images.get(base_image.NAME).id == real

        put(f'LABEL "{LABEL}"="a test" "{RECIPE_LABEL}"="{base_image.recipe()}"')
        base_image.ensure(client)  # made by the same recipe: kept
        assert base_image.remove(client)
        assert base_image.labels_of(client) is None
        assert not base_image.remove(client)
