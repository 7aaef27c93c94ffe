"""``--image``: deploy an image that is there already."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from fargatectl.errors import UsageError

if TYPE_CHECKING:
    from fargatectl.spec.models import LoadedSpec

IMAGE = click.option(
    "--image",
    multiple=True,
    metavar="[SERVICE=]URI",
    help="Deploy this image and skip the build. With several services, name the one it is for.",
)


def images_of(loaded: LoadedSpec | None, given: tuple[str, ...]) -> dict[str, str]:
    """Service name -> image reference.

    Raises:
        UsageError: A service that the spec does not have, or none named where it has several.
    """
    services = list(loaded.spec.services) if loaded is not None else []
    found: dict[str, str] = {}
    for one in given:
        name, equals, uri = one.partition("=")
        if not equals:
            if len(services) != 1:
                raise UsageError(
                    f"--image {one}: for which service?", hint=f"--image SERVICE=URI, with {_of(services)}."
                )
            name, uri = services[0], one
        if name not in services:
            raise UsageError(
                f"--image {one}: the spec has no service {name}", hint=f"It has {_of(services)}."
            )
        if not uri or uri.split() != [uri]:
            raise UsageError(f"--image {one}: no image reference", hint="Such as repository/name:tag.")
        found[name] = uri
    return found


def _of(services: list[str]) -> str:
    return ", ".join(services)
