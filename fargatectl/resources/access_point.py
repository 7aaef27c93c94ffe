"""An access point of a file system: the folder that tasks see, and as whom they work in it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any, ClassVar, Self

from fargatectl.dataclass import dataclass
from fargatectl.engine.observe import Look
from fargatectl.engine.outputs import Outputs
from fargatectl.engine.resource import (
    FIXED,
    IDENTITY,
    FieldChange,
    Live,
    NotYet,
    Resource,
    Settled,
    Watch,
)
from fargatectl.engine.rights import Operation, Right, Territory
from fargatectl.engine.scope import TAG_ID
from fargatectl.engine.tools import Tools
from fargatectl.errors import DeployError
from fargatectl.resources import _overridable
from fargatectl.resources._efs import LEAVING, Shown, sought
from fargatectl.resources._tags import read, upper
from fargatectl.resources.file_system import FileSystem
from fargatectl.resources.given_file_system import GivenFileSystem


def _every(territory: Territory) -> tuple[str, ...]:
    """What a list of all access points may be asked for: AWS names both types, and requires neither."""
    return tuple(territory.arn("elasticfilesystem", f"{one}/*") for one in ("access-point", "file-system"))


@dataclass(frozen=True, kw_only=True, eq=False)
class AccessPoint(Resource):
    """An access point; it holds no files itself, and never changes: another one takes its place.

    Attributes:
        path: Made, as `user`'s and with `permissions`, when the first task mounts it; ``/`` is there.
        user: ``uid:gid``, as whom all is done.
        permissions: Octal digits; empty for ``/``.
        token: Makes asking again, after an answer was lost, no second one.

    Outputs: ``arn`` (its id).
    """

    kind: ClassVar[str] = "efs.access_point"
    overridable = _overridable.ACCESS_POINT

    file_system: FileSystem | GivenFileSystem = field(metadata=FIXED)
    path: str = field(metadata=FIXED)
    user: str = field(metadata=FIXED)
    permissions: str = field(default="", metadata=FIXED)
    token: str = field(default_factory=lambda: uuid.uuid4().hex, metadata=IDENTITY)

    @property
    def address(self) -> str:
        return self.id

    def rights(self, territory: Territory) -> Sequence[Right]:
        points = (territory.arn("elasticfilesystem", "access-point/*"),)
        tagged, to_tag = territory.tagged("aws:ResourceTag"), territory.tagged("aws:RequestTag")
        given = isinstance(self.file_system, GivenFileSystem)
        name = self.file_system.name if given else "*"
        system = (territory.arn("elasticfilesystem", f"file-system/{name}"),)
        looks = (Operation.FIND, Operation.FOLLOW)
        return (
            Right(looks, ("elasticfilesystem:DescribeAccessPoints",), _every(territory)),
            Right(
                (Operation.CREATE,), ("elasticfilesystem:CreateAccessPoint",), system, {} if given else tagged
            ),
            Right((Operation.CREATE,), ("elasticfilesystem:TagResource",), points, to_tag),
            Right(
                (Operation.DELETE, Operation.PRUNE), ("elasticfilesystem:DeleteAccessPoint",), points, tagged
            ),
        )

    @classmethod
    def searches(cls, territory: Territory) -> Sequence[Right]:
        return (Right((Operation.SEARCH,), ("elasticfilesystem:DescribeAccessPoints",), _every(territory)),)

    @classmethod
    def find(cls, look: Look, wanted: Sequence[Self]) -> Iterable[Live]:
        if not sought(look, wanted, "access-point"):
            return []
        shown = look.aws.items("efs", "DescribeAccessPoints", "AccessPoints")
        tagged = [(one, read(one.get("Tags"))) for one in shown if one["LifeCycleState"] not in LEAVING]
        return [_live(one, tags[TAG_ID]) for one, tags in tagged if look.scope.owns(tags)]

    def create(self, tools: Tools, outputs: Outputs) -> Live:
        uid, gid = (int(one) for one in self.user.split(":"))
        made = {"OwnerUid": uid, "OwnerGid": gid, "Permissions": self.permissions}
        root: dict[str, Any] = {"Path": self.path, **({"CreationInfo": made} if self.path != "/" else {})}
        answer = tools.aws.call(
            "efs",
            "CreateAccessPoint",
            ClientToken=self.token,
            FileSystemId=outputs.need(self.file_system),
            PosixUser={"Uid": uid, "Gid": gid},
            RootDirectory=root,
            Tags=upper({"Name": self.name, **tools.scope.tags(self.id)}),
        )
        return _live(answer, self.id)

    def update(self, tools: Tools, live: Live, fields: Mapping[str, FieldChange], outputs: Outputs) -> Live:
        raise TypeError("an access point never changes")  # all its fields are FIXED

    def watch(self, tools: Tools, live: Live, outputs: Outputs) -> Watch | None:
        return None if live.settled else _Availability(self.name, tools, live.outputs["arn"])

    @classmethod
    def delete(cls, tools: Tools, live: Live) -> None:
        tools.aws.call("efs", "DeleteAccessPoint", AccessPointId=live.outputs["arn"])


def mounted_as(one: AccessPoint | GivenFileSystem, outputs: Outputs) -> tuple[Any, Any]:
    """The ids of a file system and of the access point through which it is seen, or `Pending` ones."""
    if isinstance(one, GivenFileSystem):
        return outputs.get(one), outputs.get(one, "access_point")
    return outputs.get(one.file_system), outputs.get(one)


def storage_names(storage: Iterable[AccessPoint | GivenFileSystem], outputs: Outputs) -> dict[str, str]:
    """What policies call file systems and access points (see `Role.storage`) -> their ids."""
    found: dict[str, str] = {}
    for one in storage:
        system, point = mounted_as(one, outputs)
        found |= {f"file_system:{one.id}": str(system), f"access_point:{one.id}": str(point)}
    return found


@dataclass(frozen=True)
class _Availability:
    name: str
    tools: Tools
    point: str

    def poll(self) -> NotYet | Settled:
        found = self.tools.aws.call("efs", "DescribeAccessPoints", AccessPointId=self.point)["AccessPoints"]
        state = str(found[0]["LifeCycleState"]) if found else "creating"
        if state == "error":
            raise DeployError(
                f"AWS could not make the access point {self.name}: its state is error",
                hint="Run fargatectl down, then fargatectl up: the files stay.",
            )
        return Settled() if state == "available" else NotYet(f"the access point is {state}", 1.0)

    def abandon(self) -> str:
        return f"the access point {self.name} is still being made"


def _live(shown: Shown, own_id: str) -> Live:
    posix, root = shown.get("PosixUser") or {}, shown.get("RootDirectory") or {}
    identity = str(shown["AccessPointId"])
    fields = {
        "file_system": shown["FileSystemId"],
        "path": root.get("Path", "/"),
        "user": f"{posix['Uid']}:{posix['Gid']}" if posix else "",
        "permissions": str((root.get("CreationInfo") or {}).get("Permissions", "")),
    }
    name = read(shown.get("Tags")).get("Name") or identity
    return Live(
        AccessPoint.kind, own_id, name, own_id, True, fields, {"arn": identity},
        settled=shown["LifeCycleState"] == "available", raw=shown,
    )  # fmt: skip
