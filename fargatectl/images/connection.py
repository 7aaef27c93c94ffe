"""Reaching Docker Engine, and saying why when it cannot be reached."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from fargatectl.errors import UnreachableError
from fargatectl.images.answers import bound, no_sense, understood

if TYPE_CHECKING:
    import docker

Shown = TypeVar("Shown")

_CONNECT_SECONDS = 15
_LONGEST = 1000  # characters of a cause
_SILENCE_SECONDS = 600
"""How long the Engine may say nothing, as it does while a registry stores a large layer."""


def connect() -> docker.DockerClient:
    """A client for the Engine that docker itself would use: DOCKER_HOST, else the current Docker context.

    Raises:
        UnreachableError: No Engine answers, with the way to get one.
    """
    try:
        client = client_for(os.environ, _CONNECT_SECONDS)
    except UnreachableError:
        raise
    except Exception as error:  # docker-py raises bare exceptions too, such as for a damaged context file
        raise unreachable(brief(error), os.environ.get("DOCKER_HOST", "")) from None
    client.api.timeout = _SILENCE_SECONDS
    return client


def client_for(environment: Mapping[str, str], timeout: float) -> docker.DockerClient:
    """A client that reads answers within bounds, for the Engine that the environment names.

    Raises:
        UnreachableError: What answers is no Engine, or one too old.
        Exception: Whatever docker-py raises where nothing answers.
    """
    import docker
    from docker.constants import MINIMUM_DOCKER_API_VERSION
    from docker.errors import APIError

    # A version that is given is not asked for: the first question comes when answers are bounded.
    client = docker.DockerClient.from_env(
        version=MINIMUM_DOCKER_API_VERSION,
        timeout=timeout,  # type: ignore[arg-type]
        environment=dict(environment),
        use_ssh_client=True,
    )
    bound(client)
    api: Any = client.api
    try:
        with understood():
            spoken = api.version(api_version=False)["ApiVersion"]
            if _numbers(spoken) < _numbers(MINIMUM_DOCKER_API_VERSION):
                raise UnreachableError(
                    f"Docker Engine is too old: its API is {spoken}, below {MINIMUM_DOCKER_API_VERSION}",
                    hint="Install a newer one: https://docs.docker.com/engine/install/",
                    code="docker.unreachable",
                )
    except APIError as error:
        client.close()
        raise no_sense(brief(error)) from error
    except BaseException:
        client.close()
        raise
    api._version = spoken
    return client


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


@contextmanager
def lost_connection() -> Iterator[None]:
    """Turn a connection that breaks, or an answer that makes no sense, into an UnreachableError."""
    import requests
    import urllib3
    from docker.errors import APIError

    try:
        with understood():
            yield
    except APIError:  # an answer, if not a nice one; docker-py takes it for one of requests' errors
        raise
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        raise unreachable(brief(error), os.environ.get("DOCKER_HOST", ""), during=True) from None


def news(
    messages: Iterable[Mapping[str, Any]], feed: Callable[[Mapping[str, Any]], Shown | None]
) -> Iterator[Shown]:
    """What a stream of the Engine's messages has to show; raises UnreachableError where it breaks."""
    # What the receiver of a yield raises does not come up in here: it is not the Engine's.
    with lost_connection():
        for message in messages:
            if not isinstance(message, Mapping):
                raise no_sense("a message is no map")
            if shown := feed(message):
                yield shown


def image_details(client: docker.DockerClient, reference: str) -> dict[str, Any] | None:
    """What the Engine knows of an image (its ImageInspect), or None where it has none of that name or id."""
    from docker.errors import APIError, ImageNotFound

    try:
        found: Any = client.api.inspect_image(reference)  # type: ignore[no-untyped-call]
    except ImageNotFound:
        return None
    except APIError as error:
        raise unreachable(brief(error), os.environ.get("DOCKER_HOST", ""), during=True) from None
    if not isinstance(found, dict):
        raise no_sense("an image is no map")
    for key in ("Id", "Architecture", "Os"):
        if not isinstance(found[key], str) or len(found[key]) > _LONGEST:
            raise no_sense(f"its {key} is none")
    return found


def brief(error: Exception) -> str:
    """What an exception says, or the Engine through it; it may be a whole page."""
    text = str(getattr(error, "explanation", None) or error)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def unreachable(cause: str, host: str, *, during: bool = False) -> UnreachableError:
    """Explain why the Engine does not answer.

    Args:
        cause: The text of what docker-py raised.
        host: DOCKER_HOST, empty where it is not set.
        during: Whether it had answered before.
    """
    where = f" at {host} (DOCKER_HOST)" if host else ""
    message, hint = f"Docker Engine{where} cannot be reached: {cause}", "Check it with: docker version"
    if during:
        message = f"the connection to Docker Engine{where} was lost: {cause}"
        hint = "See that it runs (docker version), then run the command again."
    elif "PermissionError" in cause or "Permission denied" in cause:
        message = f"you may not use Docker Engine{where}: permission denied on its socket"
        hint = "Add yourself to its group: sudo usermod -aG docker $USER, then log out and in again."
    elif "paramiko" in cause or "ssh" in cause.lower():
        hint = "Check that ssh to that host works without a password prompt, and see: docker version"
    elif any(sign in cause for sign in ("FileNotFoundError", "No such file", "refused", "CreateFile")):
        message = f"Docker Engine{where} is not running"
        hint = "Start it (sudo systemctl start docker, or Docker Desktop)."
        if not host and not any(shutil.which(program) for program in ("docker", "dockerd", "podman")):
            message = "Docker Engine is not installed"
            hint = (
                "Install it: https://docs.docker.com/engine/install/. To deploy a ready image: --image URI."
            )
    elif "timed out" in cause:
        message = f"Docker Engine{where} did not answer within {_CONNECT_SECONDS} s"
    return UnreachableError(message, hint=hint, code="docker.unreachable")
