"""How much of an image comes from which line of its Dockerfile: what to look at when it is large."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

from fargatectl.images.connection import lost_connection

if TYPE_CHECKING:
    import docker

LARGE = 750_000_000
"""Bytes, unpacked, from which on an image is called large.

AWS advises to do something about images of more than 250 MiB compressed (ECS Developer Guide, "Pull
behavior for Linux containers on Fargate": SOCI); layers of programs are compressed to about a third.
"""

_LONGEST = 60  # characters of a step
_SHELL = re.compile(r"^/bin/sh -c (#\(nop\)\s*)?")


def heaviest_step(client: docker.DockerClient, image_id: str) -> tuple[int, str]:
    """The bytes and the words of the largest step of an image; (0, "") where the Engine does not tell.

    Raises:
        UnreachableError: Docker Engine does not answer.
    """
    from docker.errors import APIError

    steps: list[tuple[int, str]] = []
    with lost_connection(), suppress(APIError):
        for one in client.api.history(image_id):  # type: ignore[no-untyped-call]
            made_by = str(one.get("CreatedBy") or "")
            made_by = " ".join(_SHELL.sub(lambda found: "" if found[1] else "RUN ", made_by).split())
            short = made_by if len(made_by) <= _LONGEST else made_by[: _LONGEST - 1] + "…"
            steps.append((int(one.get("Size") or 0), short))
    return max(steps, default=(0, ""))


def warning(name: str, size: int, step: tuple[int, str]) -> str:
    """What to tell of a large image.

    Args:
        name: Of what it was built for.
        size: Bytes, unpacked.
        step: See `heaviest_step`.
    """
    of_it, words = step
    most = f", {_amount(of_it)} of it by one step ({words})" if words and of_it else ""
    return (
        f"The image of {name} is large: {_amount(size)} unpacked{most}. Fargate pulls it anew for each task, "
        "which is most of the time until one runs. A smaller base image or a second build stage saves it."
    )


def _amount(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"
