"""The mount targets of a file system: where tasks reach it, one in each zone that they run in."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from functools import partial
from typing import Any, ClassVar, Self

from fargatectl.aws.errors import AwsError, done_if_gone
from fargatectl.dataclass import dataclass
from fargatectl.engine.observe import Look
from fargatectl.engine.outputs import Outputs, Pending, texts
from fargatectl.engine.resource import IDENTITY, FieldChange, Live, NotYet, Resource, Settled, Watch
from fargatectl.engine.rights import Operation, Right, Territory
from fargatectl.engine.scope import TAG_ID
from fargatectl.engine.tools import Tools
from fargatectl.errors import DeployError
from fargatectl.resources import _overridable
from fargatectl.resources._efs import LEAVING, Shown, file_systems, sought
from fargatectl.resources._linked_role import linked_role_right
from fargatectl.resources.file_system import FileSystem
from fargatectl.resources.network import Network, locate, zonal
from fargatectl.resources.security_group import SecurityGroup

_CONFLICT = "MountTargetConflict"


@dataclass(frozen=True, kw_only=True, eq=False)
class MountTarget(Resource):
    """All mount targets of one file system: one in each zone, and all in one VPC. They have no tags.

    They go with `down`, which keeps the file system: they hold network interfaces of the VPC, and no files.

    Outputs: ``arn`` (the file system's id).
    """

    kind: ClassVar[str] = "efs.mount_target"
    overridable = _overridable.MOUNT_TARGET

    file_system: FileSystem = field(metadata=IDENTITY)
    network: Network = field(metadata=IDENTITY)
    subnets: tuple[str, ...] = ()
    groups: tuple[SecurityGroup, ...] = ()

    @property
    def address(self) -> str:
        return self.id

    def values(self, outputs: Outputs) -> dict[str, object]:
        """`subnets` is the first one of each zone of the network."""
        subnets = outputs.get(self.network, "zonal_subnets")
        known = subnets if isinstance(subnets, Pending) else tuple(sorted(str(subnets).split(",")))
        groups = [outputs.get(one) for one in self.groups]
        pending = next((one for one in groups if isinstance(one, Pending)), None)
        return {"subnets": known, "groups": pending or (",".join(sorted(groups)),)}

    def rights(self, territory: Territory) -> Sequence[Right]:
        systems = (territory.arn("elasticfilesystem", "file-system/*"),)
        tagged = territory.tagged("aws:ResourceTag")
        removal = (Operation.DELETE, Operation.PRUNE)
        looks = (Operation.FIND, Operation.FOLLOW, Operation.CREATE, Operation.UPDATE, *removal)
        makes = (Operation.CREATE, Operation.UPDATE)
        interfaces = (territory.arn("ec2", "network-interface/*"),)
        around = tuple(territory.arn("ec2", f"{one}/*") for one in ("security-group", "subnet"))
        return (
            Right(looks, ("elasticfilesystem:DescribeMountTargets",), systems),
            Right((Operation.FIND,), ("elasticfilesystem:DescribeMountTargetSecurityGroups",), systems),
            Right(makes, ("elasticfilesystem:CreateMountTarget",), systems, tagged),
            Right(makes, ("elasticfilesystem:ModifyMountTargetSecurityGroups",), systems, tagged),
            Right((*makes, *removal), ("elasticfilesystem:DeleteMountTarget",), systems, tagged),
            # What EFS does in EC2, it does with the caller's permissions (EFS API reference).
            Right(makes, ("ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets")),
            Right(makes, ("ec2:CreateNetworkInterface",), (*interfaces, *around)),
            Right(makes, ("ec2:ModifyNetworkInterfaceAttribute",), (*interfaces, *around[:1])),
            Right((Operation.FIND,), ("ec2:DescribeNetworkInterfaceAttribute",)),
            Right((*makes, *removal), ("ec2:DeleteNetworkInterface",), interfaces),
            linked_role_right(
                territory, "elasticfilesystem.amazonaws.com", "AWSServiceRoleForAmazonElasticFileSystem"
            ),
        )

    @classmethod
    def find(cls, look: Look, wanted: Sequence[Self]) -> Iterable[Live]:
        if not sought(look, wanted, "file-system"):
            return []
        by_name = {one.file_system.name: one for one in wanted}
        owned = [
            (str(shown["FileSystemId"]), str(shown["CreationToken"]), tags[TAG_ID], by_name)
            for shown, tags in file_systems(look)
            if look.scope.owns(tags)
        ]
        found = look.gather(*[partial(_live, look, *one) for one in owned])
        return [live for live in found if live is not None]

    def create(self, tools: Tools, outputs: Outputs) -> Live:
        system, values = outputs.need(self.file_system), self.values(outputs)
        first = texts(values["subnets"])[0]
        _make(tools, system, first, [outputs.need(one) for one in self.groups])
        made = {"subnets": (first,), "groups": values["groups"]}
        return Live(
            self.kind, self.id, self.name, self.address, True, made, {"arn": system},
            settled=False, extra={"serving": {}},
        )  # fmt: skip

    def update(self, tools: Tools, live: Live, fields: Mapping[str, FieldChange], outputs: Outputs) -> Live:
        system, values = live.outputs["arn"], self.values(outputs)
        groups, wanted = [outputs.need(one) for one in self.groups], set(texts(values["subnets"]))
        known = live.extra["serving"]
        there = {known.get(one["MountTargetId"], one["SubnetId"]): one for one in _targets(tools.aws, system)}
        # Those that go come first: AWS takes one in a zone, and all in one VPC.
        for subnet in sorted(set(there) - wanted):
            with done_if_gone():
                tools.aws.call("efs", "DeleteMountTarget", MountTargetId=there[subnet]["MountTargetId"])
        for subnet in sorted(wanted - set(there)):
            _make(tools, system, subnet, groups)
        for subnet in sorted(wanted & set(there)) if "groups" in fields else ():
            target = there[subnet]["MountTargetId"]
            tools.aws.call(
                "efs", "ModifyMountTargetSecurityGroups", MountTargetId=target, SecurityGroups=groups
            )
        return dataclasses.replace(live, fields=values, settled=False)

    def watch(self, tools: Tools, live: Live, outputs: Outputs) -> Watch | None:
        return None if live.settled else _Availability(self.name, tools, live.outputs["arn"])

    @classmethod
    def delete(cls, tools: Tools, live: Live) -> None:
        for one in _targets(tools.aws, live.outputs["arn"]):
            with done_if_gone():
                tools.aws.call("efs", "DeleteMountTarget", MountTargetId=one["MountTargetId"])

    @classmethod
    def gone(cls, tools: Tools, live: Live) -> NotYet | Settled:
        if not _targets(tools.aws, live.outputs["arn"], leaving=True):
            return Settled()
        return NotYet("the mount targets are being deleted, which takes AWS a minute or so", 2.0)


@dataclass(frozen=True)
class _Availability:
    name: str
    tools: Tools
    system: str

    def poll(self) -> NotYet | Settled:
        shown = _targets(self.tools.aws, self.system)
        failed = [str(one["AvailabilityZoneName"]) for one in shown if one["LifeCycleState"] == "error"]
        if failed:
            raise DeployError(
                f"AWS could not make the mount target of {self.name} in {', '.join(failed)}",
                hint="See that its subnet has free addresses. Then run fargatectl down, which keeps the "
                "files, and fargatectl up.",
            )
        ready = sum(one["LifeCycleState"] == "available" for one in shown)
        if ready == len(shown):
            return Settled()
        return NotYet(
            f"{ready} of {len(shown)} mount targets are available; it takes AWS a minute or two", 2.0
        )

    def abandon(self) -> str:
        return f"the mount targets of {self.name} are still being made"


def _targets(aws: Any, system: str, *, leaving: bool = False) -> list[Shown]:
    found = aws.items("efs", "DescribeMountTargets", "MountTargets", FileSystemId=system)
    away = ("deleted",) if leaving else LEAVING
    return [one for one in found if one["LifeCycleState"] not in away]


def _make(tools: Tools, system: str, subnet: str, groups: list[str]) -> None:
    try:
        tools.aws.call(
            "efs", "CreateMountTarget", FileSystemId=system, SubnetId=subnet, SecurityGroups=groups
        )
    except AwsError as error:
        # A lost answer, asked for again: it is there by now. Else one that goes is in the way.
        there = error.error == _CONFLICT and [one["SubnetId"] for one in _targets(tools.aws, system)]
        if not there or subnet not in there:
            raise


def _live(look: Look, system: str, name: str, own_id: str, by_name: Mapping[str, MountTarget]) -> Live | None:
    wanted = by_name.get(name)
    try:
        shown = _targets(look.aws, system)
        if not shown:
            return None
        groups = look.gather(
            *[partial(_groups, look, one["MountTargetId"]) for one in shown] if wanted else []
        )
    except AwsError as error:
        if error.gone:
            return None
        raise
    serving = {str(one["MountTargetId"]): str(one["SubnetId"]) for one in shown}
    if wanted is not None:
        # Any subnet of a zone serves all of it.
        place = locate(look, wanted.network)
        zones = zonal(place)
        serving |= {
            str(one["MountTargetId"]): zones[one["AvailabilityZoneName"]]
            for one in shown
            if one.get("VpcId") == place.vpc and one.get("AvailabilityZoneName") in zones
        }
    fields = {"subnets": tuple(sorted(serving.values())), "groups": tuple(sorted(set(groups)))}
    return Live(
        MountTarget.kind, own_id, name, own_id, True, fields, {"arn": system},
        settled=all(one["LifeCycleState"] == "available" for one in shown), extra={"serving": serving},
    )  # fmt: skip


def _groups(look: Look, target: str) -> str:
    answer = look.aws.call("efs", "DescribeMountTargetSecurityGroups", MountTargetId=target)
    return ",".join(sorted(answer["SecurityGroups"]))
