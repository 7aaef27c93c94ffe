"""The base image python:3.12-slim, for machines that cannot pull it.

    scripts/base-image           does nothing where the image is there; else pulls it; else makes a stand-in
    scripts/base-image remove    removes the stand-in, and only that

The stand-in carries the name python:3.12-slim, so that Dockerfiles build unchanged, and a label, so that it
is never taken for the real one. It is not Debian: no apt, few tools. A real image is never replaced.
"""

from __future__ import annotations

import hashlib
import os
import queue
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, closing
from pathlib import Path

import docker
from docker.errors import DockerException, ImageNotFound

from devtools import standin_cpython, standin_debian
from devtools.daemon import EngineError
from devtools.engine import NO_ENGINE, Engine
from devtools.say import say, warn
from devtools.standin import LABEL, RECIPE_LABEL, StandIn, StandInError

REPOSITORY, TAG = "python", "3.12-slim"
NAME = f"{REPOSITORY}:{TAG}"
PULL_SECONDS = 20.0  # without any progress


def recipe() -> str:
    """A number that changes with the code that makes the stand-in, so that an old one is made anew."""
    files = sorted(Path(__file__).parent.glob("standin*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:12]


def labels_of(client: docker.DockerClient, name: str = NAME) -> dict[str, str] | None:
    """The labels of the image `name`; None where there is none."""
    try:
        return dict(client.images.get(name).labels or {})
    except ImageNotFound:
        return None


def in_use(stack: ExitStack) -> str:
    """See that an engine with the image answers until `stack` closes, for all that is run from here.

    Returns:
        Why there is none; empty where there is.
    """
    engine = Engine.from_environment()
    try:
        stack.enter_context(engine.in_use())
        with closing(engine.client()) as client:
            ensure(client)
    except (EngineError, StandInError) as error:
        return str(error)
    os.environ["DOCKER_HOST"] = engine.host
    return ""


def ensure(client: docker.DockerClient) -> None:
    """See that the engine has python:3.12-slim: the real one, or a stand-in with a word about it.

    Raises:
        StandInError: It can neither be pulled nor stood in for.
    """
    labels = labels_of(client)
    if labels is not None and LABEL not in labels:
        return
    if labels is not None and labels.get(RECIPE_LABEL) == recipe():
        say("base-image", f"{NAME} is the stand-in made earlier ({labels[LABEL]})")
        return
    why_not = pull(client)
    if not why_not:
        say("base-image", f"pulled {NAME}")
        return
    warn("base-image", f"{NAME} cannot be pulled ({why_not}): making a stand-in with that name")
    began = time.monotonic()
    made_from = _make(client)
    say("base-image", f"made the stand-in from {made_from} in {time.monotonic() - began:.1f} s")


def _make(client: docker.DockerClient) -> str:
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "root.tar"
        stand_in: StandIn
        try:
            stand_in = standin_cpython.write(archive)
        except StandInError as error:
            say("base-image", f"{error}; making it from Debian's packages instead")
            stand_in = standin_debian.write(archive)
        marks = {LABEL: stand_in.made_from, RECIPE_LABEL: recipe()}
        changes = [f"ENV {name}={value}" for name, value in stand_in.environment.items()]
        changes += [f'LABEL "{name}"="{value}"' for name, value in marks.items()]
        client.api.import_image_from_file(
            str(archive), repository=REPOSITORY, tag=TAG, changes=[*changes, 'CMD ["python3"]']
        )
    if labels_of(client) is None:
        raise StandInError(f"the engine did not take the stand-in for {NAME}")
    return stand_in.made_from


def pull(client: docker.DockerClient) -> str:
    """Pull python:3.12-slim; an empty text, or why that cannot be done.

    Gives up once the registry has said nothing for `PULL_SECONDS`: docker-py itself would wait for ever.
    """
    said: queue.SimpleQueue[str | None] = queue.SimpleQueue()  # progress, then None or "error: ..."

    def run() -> None:
        try:
            for line in client.api.pull(REPOSITORY, TAG, stream=True, decode=True):
                said.put(f"error: {line['error']}" if "error" in line else "")
            said.put(None)
        except (DockerException, OSError) as error:
            said.put(f"error: {getattr(error, 'explanation', None) or error}")

    threading.Thread(target=run, daemon=True).start()
    try:
        while (text := said.get(timeout=PULL_SECONDS)) is not None:
            if text:
                return text.removeprefix("error: ")
    except queue.Empty:
        return f"no answer for {PULL_SECONDS:.0f} s"
    return ""


def remove(client: docker.DockerClient) -> bool:
    """Remove the stand-in; False where there is none, and the real image stays."""
    if LABEL not in (labels_of(client) or {}):
        return False
    client.images.remove(NAME, force=True)
    return True


def main(arguments: list[str]) -> int:
    """The command: nothing or `remove`."""
    if arguments not in ([], ["remove"]):
        say("base-image", "usage: base-image [remove]")
        return 2
    engine = Engine.from_environment()
    if not engine.answers():
        say("base-image", f"no Docker Engine answers at {engine.host}; start one: scripts/engine start")
        return NO_ENGINE
    client = engine.client()
    if arguments:
        say(
            "base-image",
            "removed the stand-in" if remove(client) else f"{NAME} is no stand-in: nothing removed",
        )
        return 0
    try:
        ensure(client)
    except StandInError as error:
        warn("base-image", str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
