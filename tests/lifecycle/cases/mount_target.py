"""`efs.mount_target`; what an app's network and VPCs do to it: `tests/resources/test_mount_target.py`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fargatectl.resources._tags import read
from tests.lifecycle.case import Case, Drift, Thing
from tests.lifecycle.common import default_vpc
from tests.lifecycle.stored import STORED, drop_targets, systems
from tests.lifecycle.stored import targets as every
from tests.support.watched import WatchedAws


def things(aws: WatchedAws) -> Iterator[Thing]:
    """All mount targets of a file system are one thing, but for their addresses."""
    for system in systems(aws):
        of_it = [one for one in every(aws) if one["FileSystemId"] == system["FileSystemId"]]
        shown = [
            {name: value for name, value in one.items() if name != "IpAddress"} | _groups(aws, one)
            for one in sorted(of_it, key=lambda one: str(one["SubnetId"]))
        ]
        if shown:
            yield Thing(system["FileSystemId"], {"targets": shown}, read(system.get("Tags")))


def _groups(aws: WatchedAws, target: dict[str, Any]) -> dict[str, Any]:
    asked = {"MountTargetId": target["MountTargetId"]}
    return {"groups": aws.call("efs", "DescribeMountTargetSecurityGroups", **asked)["SecurityGroups"]}


def drop_one(aws: WatchedAws) -> None:
    target = next(every(aws))["MountTargetId"]
    aws.call("efs", "DeleteMountTarget", MountTargetId=target)


def let_others_in(aws: WatchedAws) -> None:
    filters = [
        {"Name": "vpc-id", "Values": [default_vpc(aws)]},
        {"Name": "group-name", "Values": ["default"]},
    ]
    group = next(aws.items("ec2", "DescribeSecurityGroups", "SecurityGroups", Filters=filters))["GroupId"]
    target = next(every(aws))["MountTargetId"]
    aws.call("efs", "ModifyMountTargetSecurityGroups", MountTargetId=target, SecurityGroups=[group])


_NO_TAGS = "efs:CreateMountTarget takes no tags: it is the file system's, whose tags say whose it is."

CASE = Case(
    kind="efs.mount_target",
    id="uploads",
    spec=STORED,
    things=things,
    made_by=("efs:CreateMountTarget",),
    removed_by=("efs:DeleteMountTarget",),
    drifts={
        "subnets": (Drift("one is gone", drop_one),),
        "groups": (Drift("another one", let_others_in),),
    },
    removal=Drift("they are deleted", drop_targets),
    cannot={"foreign": _NO_TAGS, "tags": _NO_TAGS},
)
