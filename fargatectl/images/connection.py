"""Reaching Docker Engine, and saying why when it cannot be reached."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from fargatectl.errors import UnreachableError

if TYPE_CHECKING:
    import docker

_CONNECT_SECONDS = 15
_SILENCE_SECONDS = 600
"""How long the Engine may say nothing, as it does while a registry stores a large layer."""


def connect() -> docker.DockerClient:
    """A client for the Engine that docker itself would use: DOCKER_HOST, else the current Docker context.

    Raises:
        UnreachableError: No Engine answers, with the way to get one.
    """
    import docker

    try:
        client = docker.from_env(timeout=_CONNECT_SECONDS, use_ssh_client=True)
    except Exception as error:  # docker-py raises bare exceptions too, such as for a damaged context file
        raise unreachable(str(error), os.environ.get("DOCKER_HOST", "")) from None
    client.api.timeout = _SILENCE_SECONDS
    return client


@contextmanager
def lost_connection() -> Iterator[None]:
    """Turn a connection that breaks during a call into an UnreachableError."""
    import requests
    import urllib3

    try:
        yield
    except (requests.ConnectionError, requests.Timeout, urllib3.exceptions.HTTPError) as error:
        raise unreachable(str(error), os.environ.get("DOCKER_HOST", ""), during=True) from None


def image_details(client: docker.DockerClient, reference: str) -> dict[str, Any] | None:
    """What the Engine knows of an image (its ImageInspect), or None where it has none of that name or id."""
    from docker.errors import ImageNotFound

    try:
        found: dict[str, Any] = client.api.inspect_image(reference)  # type: ignore[no-untyped-call]
    except ImageNotFound:
        return None
    return found


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
