"""Pushing an image to a registry with credentials that are stored nowhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from fargatectl.dataclass import dataclass
from fargatectl.images.connection import brief, image_details, lost_connection, news
from fargatectl.images.push_output import PushOutput, is_expired, is_immutable, is_transient, push_failed

if TYPE_CHECKING:
    import docker

_PAUSES = (1.0, 2.0, 4.0)
"""Seconds before the second, third and fourth try."""


@dataclass(frozen=True)
class PushedImage:
    """An image that a registry holds.

    Attributes:
        digest: ``sha256:...`` of the manifest, which names the image for ever.
        layers: Layers of the image.
        layers_pushed: Those that the registry did not have yet.
        bytes_pushed: Their size before compression.
        seconds: How long it took.
    """

    digest: str
    layers: int
    layers_pushed: int
    bytes_pushed: int
    seconds: float


def push(
    client: docker.DockerClient,
    image_id: str,
    repository_uri: str,
    tag: str,
    credentials: Callable[[], tuple[str, str]],
    progress: Callable[[str, int | None, int | None], None],
    sleep: Callable[[float], None],
) -> PushedImage:
    """Push an image as ``repository_uri:tag``; the Engine then forgets that name and keeps the image.

    Args:
        client: The Engine.
        image_id: The image there.
        repository_uri: Registry and repository, without a tag.
        tag: The tag to push.
        credentials: Gives user and password, asked anew for each try; an ECR token lasts 12 hours.
        progress: Told of each change: text, bytes sent, bytes to send as far as known.
        sleep: Waits between tries, in seconds.

    Raises:
        NotPermitted: A permission is missing.
        DeployError: ``image.push_failed``: the registry refused, or the network failed several times.
        UnreachableError: Docker Engine does not answer.
    """
    from docker.errors import APIError

    began = time.monotonic()
    name = f"{repository_uri}:{tag}"
    with lost_connection():
        before = image_details(client, name)
        try:
            client.api.tag(image_id, repository_uri, tag)
        except APIError as error:
            raise push_failed(brief(error), repository_uri, tag) from None
    try:
        output = _try_push(client, repository_uri, tag, credentials, progress, sleep)
    finally:
        _remove_name(client, name, keep=before is not None and before["Id"] == image_id)
    return PushedImage(
        digest=output.digest,
        layers=output.layers,
        layers_pushed=output.layers_pushed,
        bytes_pushed=output.bytes_pushed,
        seconds=time.monotonic() - began,
    )


def _try_push(
    client: docker.DockerClient,
    repository_uri: str,
    tag: str,
    credentials: Callable[[], tuple[str, str]],
    progress: Callable[[str, int | None, int | None], None],
    sleep: Callable[[float], None],
) -> PushOutput:
    pauses = iter(_PAUSES)
    while True:
        user, password = credentials()
        output = _push_once(client, repository_uri, tag, (user, password), progress)
        if not output.error and output.digest:
            return output
        error = (output.error or "the registry gave no digest").replace(password or "\0", "***")
        if is_immutable(error):
            output.digest = _same_image(client, repository_uri, tag, (user, password))
            if output.digest:
                return output
        pause = next(pauses, None)
        if pause is None or not (is_transient(error) or is_expired(error)):
            raise push_failed(error, repository_uri, tag)
        progress(f"trying again in {pause:.0f} s: {error}", None, None)
        sleep(pause)


def _push_once(
    client: docker.DockerClient,
    repository_uri: str,
    tag: str,
    credentials: tuple[str, str],
    progress: Callable[[str, int | None, int | None], None],
) -> PushOutput:
    from docker.errors import APIError

    output = PushOutput()
    try:
        with lost_connection():
            messages = client.api.push(
                repository_uri, tag, stream=True, decode=True, auth_config=_auth_config(credentials)
            )
        for shown in news(messages, output.feed):
            progress(*shown)
    except APIError as error:
        output.error = brief(error)
    return output


def _same_image(
    client: docker.DockerClient, repository_uri: str, tag: str, credentials: tuple[str, str]
) -> str:
    """The digest that an immutable tag holds, if it is this image's; empty if not, or if unknown."""
    from docker.errors import APIError

    name = f"{repository_uri}:{tag}"
    with lost_connection():
        try:
            image = image_details(client, name) or {}
            held = client.api.inspect_distribution(  # type: ignore[no-untyped-call]
                name, auth_config=_auth_config(credentials)
            )
            digest = str(held["Descriptor"]["digest"])
            # The same content has the same digest in every repository.
            known = any(one.endswith(f"@{digest}") for one in image.get("RepoDigests") or ())
        except APIError:
            return ""
    return digest if known else ""


def _auth_config(credentials: tuple[str, str]) -> dict[str, str]:
    return {"username": credentials[0], "password": credentials[1]}


def _remove_name(client: docker.DockerClient, name: str, *, keep: bool) -> None:
    """Take the registry's name off the image again, unless it had it before or has no other."""
    from docker.errors import APIError

    if keep:
        return
    with lost_connection(), suppress(APIError):  # somebody else removed it
        image = image_details(client, name)
        if image and len(image["RepoTags"] or ()) > 1:
            client.api.remove_image(name, noprune=True)
