"""`efs.given_file_system`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tests.lifecycle.case import LookedUp, Thing
from tests.lifecycle.common import default_subnet
from tests.lifecycle.stored import GIVEN, systems
from tests.support.watched import WatchedAws


def theirs(aws: WatchedAws, *, reachable: bool = True) -> str:
    """Somebody's file system; its id."""
    system = str(aws.call("efs", "CreateFileSystem", CreationToken="theirs")["FileSystemId"])
    if reachable:
        aws.call("efs", "CreateMountTarget", FileSystemId=system, SubnetId=default_subnet(aws))
    return system


def point_of(aws: WatchedAws, system: str) -> str:
    return str(
        aws.call("efs", "CreateAccessPoint", ClientToken=f"their {system}", FileSystemId=system)[
            "AccessPointId"
        ]
    )


def named(system: str, more: str) -> str:
    return GIVEN % f"{system}, {more}"


def by_path(aws: WatchedAws) -> tuple[str, Mapping[str, str]]:
    system = theirs(aws)
    return named(system, "path: /"), {"arn": system}


def by_point(aws: WatchedAws) -> tuple[str, Mapping[str, str]]:
    system = theirs(aws)
    point = point_of(aws, system)
    return named(system, f"access_point: {point}"), {"arn": system, "access_point": point}


def used(aws: WatchedAws) -> Mapping[str, str]:
    [request] = aws.of("RegisterTaskDefinition")
    [volume] = request["volumes"]
    elastic = volume["efsVolumeConfiguration"]
    point = elastic["authorizationConfig"]["accessPointId"]
    made = any(one["ClientToken"] for one in aws.of("CreateAccessPoint"))
    return {"arn": elastic["fileSystemId"], **({} if made else {"access_point": point})}


def things(aws: WatchedAws) -> Iterator[Thing]:
    for one in systems(aws):
        yield Thing(
            one["FileSystemId"], {name: value for name, value in one.items() if name != "SizeInBytes"}
        )


def not_there(_: WatchedAws) -> tuple[str, str]:
    return named("fs-0a1b2c3d4e5f60718", "path: /"), "no such file system"


def no_point(aws: WatchedAws) -> tuple[str, str]:
    return named(theirs(aws), "access_point: fsap-0a1b2c3d4e5f60718"), "no such access point"


def of_another(aws: WatchedAws) -> tuple[str, str]:
    other = str(aws.call("efs", "CreateFileSystem", CreationToken="other")["FileSystemId"])
    return named(theirs(aws), f"access_point: {point_of(aws, other)}"), "is not one of the file system"


def out_of_reach(aws: WatchedAws) -> tuple[str, str]:
    return named(theirs(aws, reachable=False), "path: /data"), "no mount target"


CASE = LookedUp(
    kind="efs.given_file_system",
    id="theirs",
    found={"by id and path": by_path, "by id and access point": by_point},
    used=used,
    things=things,
    missing={
        "the file system": not_there,
        "the access point": no_point,
        "the access point is another's": of_another,
        "mount targets": out_of_reach,
    },
)
