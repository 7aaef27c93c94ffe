"""What services name that others make: alarms and images, which must be there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from fargatectl.dataclass import dataclass
from fargatectl.resources._references import in_ecr
from fargatectl.resources.given_alarm import GivenAlarm
from fargatectl.resources.given_image import GivenImage, Use

if TYPE_CHECKING:
    from fargatectl.resources.task_definition import TaskDefinition
    from fargatectl.spec import models
    from fargatectl.topology.basis import Basis

Place = tuple[str, int, str]
"""File, line and key, for a `fargatectl.errors.Problem`."""


@dataclass(frozen=True)
class Given:
    """Of one service: the alarms that call its deployments off, and its containers' images in ECR."""

    alarms: tuple[GivenAlarm, ...]
    images: tuple[GivenImage, ...]


def given(basis: Basis, definitions: Mapping[str, TaskDefinition]) -> dict[str, Given]:
    """By service; several may share one."""
    alarms, images = _alarms(basis), _images(basis, definitions)
    return {
        name: Given(
            tuple(alarms[one] for one in basis.spec.services[name].deployment.alarms),
            tuple(one for one in images if any(use.service == definition.service for use in one.uses)),
        )
        for name, definition in definitions.items()
    }


def _alarms(basis: Basis) -> dict[str, GivenAlarm]:
    places: dict[str, list[Place]] = {}
    for service, wanted in basis.spec.services.items():
        key = f"services.{service}.deployment.alarms"
        for number, name in enumerate(wanted.deployment.alarms):
            places.setdefault(name, []).append(_place(basis, key, f"[{number}]"))
    return {name: GivenAlarm(id=name, name=name, places=tuple(found)) for name, found in places.items()}


def _images(basis: Basis, definitions: Mapping[str, TaskDefinition]) -> list[GivenImage]:
    uses: dict[str, list[Use]] = {}
    for name, definition in definitions.items():
        wanted = basis.spec.services[name]
        if wanted.count == 0 and wanted.scaling is None:
            continue  # there is time until it is woken
        for reference, place in _references(basis, name, wanted, definition):
            use = Use(definition.service, place, str(wanted.architecture))
            uses.setdefault(reference, []).append(use)
    return [
        GivenImage(id=reference, name=reference, image=image, uses=tuple(found))
        for reference, found in uses.items()
        if (image := in_ecr(reference)) is not None
    ]


def _references(
    basis: Basis, name: str, wanted: models.Service, definition: TaskDefinition
) -> Iterator[tuple[str, Place]]:
    """The references of all its containers' images that nobody builds here."""
    key = f"services.{name}"
    if isinstance(definition.image, str):
        spoken = definition.image == wanted.image
        yield definition.image, _place(basis, f"{key}.image") if spoken else (f"--image {name}", 0, "")
    for sidecar, one in wanted.sidecars.items():
        yield one.image, _place(basis, f"{key}.sidecars.{sidecar}.image")
    if wanted.log_router:
        yield wanted.log_router.image, _place(basis, f"{key}.log_router.image")
    if wanted.tracing:
        yield wanted.tracing.image, _place(basis, f"{key}.tracing.image")


def _place(basis: Basis, key: str, item: str = "") -> Place:
    return str(basis.loaded.path), basis.loaded.line_of(key + item), key
