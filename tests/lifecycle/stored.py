"""Specs with file systems, and what tests do to them behind their back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fargatectl.resources._tags import read
from tests.support.apps import ONE
from tests.support.watched import WatchedAws

STORED = (
    f"{ONE}    mounts: {{uploads: /uploads}}\nfile_systems: {{uploads: {{infrequent_access_days: 30}}}}\n"
)
GIVEN = f"{ONE}    mounts: {{theirs: /theirs}}\nfile_systems: {{theirs: {{id: %s}}}}\n"
NAME = "shop-uploads"


def systems(aws: WatchedAws) -> Iterator[dict[str, Any]]:
    yield from aws.items("efs", "DescribeFileSystems", "FileSystems")


def points(aws: WatchedAws) -> Iterator[dict[str, Any]]:
    yield from aws.items("efs", "DescribeAccessPoints", "AccessPoints")


def targets(aws: WatchedAws) -> Iterator[dict[str, Any]]:
    for one in systems(aws):
        yield from aws.items("efs", "DescribeMountTargets", "MountTargets", FileSystemId=one["FileSystemId"])


def ours(aws: WatchedAws) -> str:
    """The id of the app's own file system."""
    found = (one for one in systems(aws) if read(one.get("Tags")).get("fargatectl:id") == "uploads")
    return str(next(found)["FileSystemId"])


def drop_targets(aws: WatchedAws) -> None:
    """Delete the mount targets of all file systems."""
    for one in list(targets(aws)):
        aws.call("efs", "DeleteMountTarget", MountTargetId=one["MountTargetId"])


def drop_points(aws: WatchedAws) -> None:
    for one in list(points(aws)):
        aws.call("efs", "DeleteAccessPoint", AccessPointId=one["AccessPointId"])


def drop_all(aws: WatchedAws) -> None:
    drop_targets(aws)
    aws.call("efs", "DeleteFileSystem", FileSystemId=ours(aws))
