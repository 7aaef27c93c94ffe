"""Docker Engine: whether it answers, and what the local AWS has left in it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from fargatectl.errors import UnreachableError
from fargatectl.images.answers import understood
from fargatectl.images.connection import brief, client_for

INSTANCE_LABEL = "ministack.instance"


def _hint(error: Exception) -> str:
    if "permission denied" in str(error).lower():
        return "Your user may not use Docker: sudo usermod -aG docker $USER, then log in again"
    if os.environ.get("DOCKER_HOST"):
        return "DOCKER_HOST is set: start the engine it names, or unset it"
    if sys.platform == "darwin":
        return "Start Docker Desktop (or colima start), then run the command again"
    return "Start it: sudo systemctl start docker (or sudo dockerd), then run the command again"


@contextmanager
def engine(docker_host: str = "") -> Iterator[Any]:
    """A client of Docker Engine, as DOCKER_HOST says or, where given, as `docker_host` does.

    Raises:
        UnreachableError: It does not answer, or stops answering meanwhile.
    """
    import requests
    from docker.errors import APIError, DockerException

    environment = {**os.environ, "DOCKER_HOST": docker_host} if docker_host else dict(os.environ)
    client = None
    try:
        client = client_for(environment, timeout=60)
        with understood():
            yield client
    except APIError as error:
        raise UnreachableError(f"Docker Engine refused: {brief(error)}", code="docker.refused") from error
    except (DockerException, requests.exceptions.RequestException) as error:
        where = environment.get("DOCKER_HOST") or "its default socket"
        raise UnreachableError(
            f"Docker Engine does not answer at {where}", hint=_hint(error), code="docker.unreachable"
        ) from error
    finally:
        if client is not None:
            client.close()


def count(instance: str, docker_host: str = "") -> int:
    """How many containers the local AWS has, running or not."""
    with engine(docker_host) as client:
        return len(_labelled(client.containers.list(all=True, sparse=True, filters=_FILTER), instance))


_FILTER = {"label": INSTANCE_LABEL}


def _labelled(items: list[Any], instance: str) -> list[Any]:
    """Those whose label is ``<instance>:<port>``, whatever the port was."""
    found = []
    for item in items:
        labels = item.attrs.get("Labels") or {}
        if str(labels.get(INSTANCE_LABEL, "")).rpartition(":")[0] == instance:
            found.append(item)
    return found


def remove_all(instance: str, registry: str = "", docker_host: str = "") -> int:
    """Remove every container, volume and network that bears the label, and what was pulled.

    Args:
        registry: Host and port of the local AWS's own registry; empty where none is known.

    Returns:
        How many containers there were.

    Raises:
        UnreachableError: Docker Engine does not answer.
    """
    from docker.errors import APIError, NotFound

    with engine(docker_host) as client:
        containers = _labelled(client.containers.list(all=True, sparse=True, filters=_FILTER), instance)
        for container in containers:
            try:
                container.remove(force=True, v=True)
            except NotFound:
                continue
            except APIError as error:
                # 409: the engine is removing it already, on the local AWS's own word.
                if error.status_code != 409:
                    raise
        for collection in (client.volumes, client.networks):
            for item in _labelled(collection.list(filters=_FILTER), instance):
                try:
                    item.remove()
                except NotFound:
                    continue
        if registry:
            _remove_pulled(client, registry)
        return len(containers)


def _remove_pulled(client: Any, registry: str) -> None:
    """Remove the names that images have from being pulled; their other names, such as a build's, stay."""
    from docker.errors import APIError

    for image in client.api.images():  # images.list() looks at each, and fails if one is gone by then
        for reference in image.get("RepoDigests") or ():
            if reference.startswith(f"{registry}/"):
                with suppress(APIError):  # it is in use, or somebody was quicker
                    client.images.remove(reference, force=True)
