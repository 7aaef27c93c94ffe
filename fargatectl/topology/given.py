"""What services name that others make: alarms and images, which must be there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from fargatectl.resources._references import in_ecr
from fargatectl.resources.given_alarm import GivenAlarm
from fargatectl.resources.given_image import GivenImage, Use

if TYPE_CHECKING:
    from fargatectl.resources.image import Image
    from fargatectl.spec import models
    from fargatectl.topology.basis import Basis

Place = tuple[str, int, str]
"""File, line and key, for a `fargatectl.errors.Problem`."""


def alarms(basis: Basis) -> dict[str, GivenAlarm]:
    """Those that call deployments off, by name; several services may share one."""
    places: dict[str, list[Place]] = {}
    for service, wanted in basis.spec.services.items():
        key = f"services.{service}.deployment.alarms"
        for number, name in enumerate(wanted.deployment.alarms):
            places.setdefault(name, []).append(_place(basis, key, f"[{number}]"))
    return {name: GivenAlarm(id=name, name=name, places=tuple(found)) for name, found in places.items()}


def images(basis: Basis, run: Mapping[str, Image | str]) -> dict[str, tuple[GivenImage, ...]]:
    """Those in ECR of each service's containers; several services may share one.

    Args:
        run: What each service runs.
    """
    uses: dict[str, list[Use]] = {}
    for name, image in run.items():
        wanted = basis.spec.services[name]
        if wanted.count == 0 and wanted.scaling is None:
            continue  # there is time until it is woken
        for reference, place in _references(basis, name, wanted, image):
            use = Use(f"{basis.cluster.name}/{name}", place, str(wanted.architecture))
            uses.setdefault(reference, []).append(use)
    made = [
        GivenImage(id=reference, name=reference, image=named, uses=tuple(found))
        for reference, found in uses.items()
        if (named := in_ecr(reference)) is not None
    ]
    addresses = {name: f"{basis.cluster.name}/{name}" for name in run}
    return {
        name: tuple(one for one in made if any(use.service == address for use in one.uses))
        for name, address in addresses.items()
    }


def _references(
    basis: Basis, name: str, wanted: models.Service, image: Image | str
) -> Iterator[tuple[str, Place]]:
    """The references of all its containers' images that nobody builds here."""
    key = f"services.{name}"
    if isinstance(image, str):
        spoken = image == wanted.image
        yield image, _place(basis, f"{key}.image") if spoken else (f"--image {name}", 0, "")
    for sidecar, one in wanted.sidecars.items():
        yield one.image, _place(basis, f"{key}.sidecars.{sidecar}.image")
    if wanted.log_router:
        yield wanted.log_router.image, _place(basis, f"{key}.log_router.image")
    if wanted.tracing:
        yield wanted.tracing.image, _place(basis, f"{key}.tracing.image")


def _place(basis: Basis, key: str, item: str = "") -> Place:
    return str(basis.loaded.path), basis.loaded.line_of(key + item), key
