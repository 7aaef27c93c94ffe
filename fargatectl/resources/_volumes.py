"""The volumes of a task definition: empty folders, and file systems seen through their access points.

Source: ECS API reference, EFSVolumeConfiguration. An access point takes transit encryption.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fargatectl.engine.outputs import Outputs, Pending
from fargatectl.resources.access_point import AccessPoint, mounted_as
from fargatectl.resources.given_file_system import GivenFileSystem

Storage = Iterable[AccessPoint | GivenFileSystem]


def efs_values(storage: Storage, outputs: Outputs) -> object:
    """Name of the volume -> ids of its file system and access point; `Pending` while one is not known."""
    found: dict[str, str] = {}
    for one in storage:
        ids = mounted_as(one, outputs)
        for identity in ids:
            if isinstance(identity, Pending):
                return identity
        found[one.id] = "/".join(map(str, ids))
    return found


def volume_requests(names: Sequence[str], storage: Storage, outputs: Outputs) -> list[dict[str, Any]]:
    """As RegisterTaskDefinition takes them."""
    elastic = {one.id: _efs(*mounted_as(one, outputs)) for one in storage}
    return [
        {"name": name, **({"efsVolumeConfiguration": elastic[name]} if name in elastic else {})}
        for name in names
    ]


def volumes_of(definition: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of a registered task definition's volumes."""
    return tuple(sorted(str(one["name"]) for one in definition.get("volumes", ())))


def efs_of(definition: Mapping[str, Any]) -> dict[str, str]:
    """Those of a registered task definition in the shape of `efs_values`."""
    found = {
        str(one["name"]): one["efsVolumeConfiguration"]
        for one in definition.get("volumes", ())
        if one.get("efsVolumeConfiguration")
    }
    return {
        name: f"{one.get('fileSystemId')}/{(one.get('authorizationConfig') or {}).get('accessPointId')}"
        for name, one in found.items()
    }


def _efs(system: str, point: str) -> dict[str, Any]:
    return {
        "fileSystemId": system,
        "transitEncryption": "ENABLED",
        "authorizationConfig": {"accessPointId": point, "iam": "ENABLED"},
    }
