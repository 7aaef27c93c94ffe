"""The file systems of an app: what holds them, and what tasks need to mount them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fargatectl.dataclass import dataclass
from fargatectl.resources.access_point import AccessPoint
from fargatectl.resources.file_system import TOKEN, FileSystem
from fargatectl.resources.given_file_system import GivenFileSystem
from fargatectl.resources.mount_target import MountTarget
from fargatectl.resources.security_group import SecurityGroup, peer
from fargatectl.spec.storage import mounted
from fargatectl.topology.names import group_name, shortened

if TYPE_CHECKING:
    from fargatectl.spec import models
    from fargatectl.spec.storage import FileSystem as Wanted
    from fargatectl.topology.basis import Basis

_NFS = 2049  # TCP, Amazon EFS User Guide, "Using VPC security groups"
_FOLDER = "/data"
_ARN = "arn:{partition}:elasticfilesystem:{region}:{id}:%s/%s"


@dataclass(frozen=True)
class Volume:
    """A file system as tasks mount it.

    Attributes:
        point: Through which they see it.
        target: Where they reach it; None of one that is there already.
    """

    point: AccessPoint | GivenFileSystem
    target: MountTarget | None


def volumes(basis: Basis, groups: Mapping[str, SecurityGroup]) -> dict[str, Volume]:
    """The app's file systems, by name.

    Args:
        groups: Around the tasks of each service: those that mount a file system are let in, and nobody else.
    """
    return {name: _volume(basis, name, one, groups) for name, one in basis.spec.file_systems.items()}


def used(wanted: models.Service, known: Mapping[str, Volume]) -> dict[str, Volume]:
    """Those that the containers of a service mount."""
    return {name: known[name] for name in sorted(mounted(wanted) & set(known))}


def statements(
    wanted: models.Service, systems: Mapping[str, Wanted], known: Mapping[str, Volume]
) -> tuple[dict[str, Any], ...]:
    """What a service's tasks need to mount its file systems, through their access points alone."""
    return tuple(_statement(wanted, name, systems[name]) for name in used(wanted, known))


def _statement(wanted: models.Service, name: str, system: Wanted) -> dict[str, Any]:
    mounts = [one.mounts[name] for one in (wanted, *wanted.sidecars.values()) if name in one.mounts]
    actions = [
        "elasticfilesystem:ClientMount",
        *(["elasticfilesystem:ClientWrite"] if not all(one.read_only for one in mounts) else []),
        *(["elasticfilesystem:ClientRootAccess"] if system.root_access else []),
    ]
    point = _ARN % ("access-point", f"{{access_point:{name}}}")
    return {
        "Effect": "Allow",
        "Action": actions,
        "Resource": [_ARN % ("file-system", f"{{file_system:{name}}}")],
        "Condition": {"StringEquals": {"elasticfilesystem:AccessPointArn": point}},
    }


def _volume(basis: Basis, name: str, wanted: Wanted, groups: Mapping[str, SecurityGroup]) -> Volume:
    prefix = basis.scope.prefix
    if wanted.id:
        given = GivenFileSystem(id=name, name=wanted.id, access_point=wanted.access_point or "")
        return Volume(given if wanted.access_point else _point(prefix, name, wanted, given), None)
    system = FileSystem(
        id=name,
        name=shortened(f"{prefix}-{name}", TOKEN),
        throughput=wanted.throughput,
        backup=wanted.backup,
        infrequent_access=wanted.infrequent_access_days,
        kms_key=basis.kms_key,
    )
    users = tuple(groups[service] for service, one in basis.spec.services.items() if name in mounted(one))
    group = SecurityGroup(
        id=f"file_systems.{name}",
        name=group_name(f"{prefix}.efs.{name}"),  # dots, which no service's name has
        network=basis.network,
        ingress=tuple(f"tcp {_NFS} {peer(one)}" for one in users),
        peers=users,
    )
    target = MountTarget(
        id=name, name=system.name, file_system=system, network=basis.network, groups=(group,)
    )
    return Volume(_point(prefix, name, wanted, system), target)


def _point(prefix: str, name: str, wanted: Wanted, system: FileSystem | GivenFileSystem) -> AccessPoint:
    path = wanted.path or _FOLDER
    return AccessPoint(
        id=name,
        name=f"{prefix}-{name}",
        file_system=system,
        path=path,
        user=wanted.user,
        permissions=wanted.permissions if path != "/" else "",
    )
