"""A file system of Amazon EFS: people's files, which outlive everything else of an app."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from functools import partial
from typing import Any, ClassVar, Self

from fargatectl.aws.errors import AwsError
from fargatectl.dataclass import dataclass
from fargatectl.engine.observe import Look
from fargatectl.engine.outputs import Outputs
from fargatectl.engine.resource import IDENTITY, FieldChange, Live, NotYet, Resource, Settled, Watch
from fargatectl.engine.rights import Operation, Right, Territory
from fargatectl.engine.scope import TAG_ID
from fargatectl.engine.tools import Tools
from fargatectl.errors import DeployError
from fargatectl.resources import _overridable
from fargatectl.resources._efs import Shown, file_systems, sought
from fargatectl.resources._tags import upper
from fargatectl.resources.kms_key import KmsKey, refuse_another

TOKEN = 64  # longest creation token, EFS API reference, CreateFileSystem


@dataclass(frozen=True, kw_only=True, eq=False)
class FileSystem(Resource):
    """A file system, encrypted; its creation token is its name, so that AWS makes one of that name only.

    Attributes:
        throughput: ``elastic``, ``bursting``, or MiB/s that are provisioned, in digits.
        backup: Whether AWS Backup copies it each day.
        infrequent_access: Days without a reader after which a file moves to cheaper storage; None for never.
        kms_key: None: EFS's own, and whichever one that is there has.

    Outputs: ``arn`` (its id).
    """

    kind: ClassVar[str] = "efs.file_system"
    data: ClassVar[str] = "files"
    overridable = _overridable.FILE_SYSTEM

    throughput: str = "elastic"
    backup: bool = True
    infrequent_access: int | None = None
    kms_key: KmsKey | None = field(default=None, metadata=IDENTITY)

    def rights(self, territory: Territory) -> Sequence[Right]:
        # EFS gives file systems their ids: they are told apart by their tags.
        every = (territory.arn("elasticfilesystem", "file-system/*"),)
        tagged, to_tag = territory.tagged("aws:ResourceTag"), territory.tagged("aws:RequestTag")
        reads = ("elasticfilesystem:DescribeBackupPolicy", "elasticfilesystem:DescribeLifecycleConfiguration")
        changes = ("PutBackupPolicy", "PutLifecycleConfiguration", "UpdateFileSystem", *self.overriding())
        follows = (Operation.FIND, Operation.FOLLOW, Operation.DELETE, Operation.PRUNE)
        return (
            Right(follows, ("elasticfilesystem:DescribeFileSystems",), every),
            Right((Operation.FIND,), reads, every),
            Right((Operation.CREATE,), ("elasticfilesystem:CreateFileSystem",), when=to_tag),
            Right((Operation.CREATE,), ("elasticfilesystem:TagResource",), every, to_tag),
            Right((Operation.UPDATE,), tuple(f"elasticfilesystem:{one}" for one in changes), every, tagged),
            Right((Operation.DELETE,), ("elasticfilesystem:DeleteFileSystem",), every, tagged),
        )

    @classmethod
    def searches(cls, territory: Territory) -> Sequence[Right]:
        every = (territory.arn("elasticfilesystem", "file-system/*"),)
        return (Right((Operation.SEARCH,), ("elasticfilesystem:DescribeFileSystems",), every),)

    @classmethod
    def find(cls, look: Look, wanted: Sequence[Self]) -> Iterable[Live]:
        if not sought(look, wanted, "file-system"):
            return []
        names = {one.name: one for one in wanted}
        found = [
            (shown, tags)
            for shown, tags in file_systems(look)
            if look.scope.owns(tags) or shown["CreationToken"] in names
        ]
        for shown, tags in found:
            one = names.get(shown["CreationToken"])
            if one is not None and look.scope.owns(tags):
                refuse_another(
                    look, one.kms_key, shown.get("KmsKeyId"), f"the file system {one.name}",
                    "Copy its files to another one of another name in file_systems, or give them up: "
                    "fargatectl down --delete-data.",
                )  # fmt: skip
        return look.gather(
            *[partial(_live, look, shown, tags, shown["CreationToken"] in names) for shown, tags in found]
        )

    def create(self, tools: Tools, outputs: Outputs) -> Live:
        answer = tools.aws.call(
            "efs",
            "CreateFileSystem",
            CreationToken=self.name,
            PerformanceMode="generalPurpose",
            Encrypted=True,
            **({"KmsKeyId": outputs.need(self.kms_key)} if self.kms_key else {}),
            Backup=self.backup,
            Tags=upper({"Name": self.name, **tools.scope.tags(self.id)}),
            **_throughput(self.throughput),
        )
        made = {"throughput": self.throughput, "backup": self.backup, "infrequent_access": None}
        return Live(
            self.kind, self.id, self.name, self.address, True, made,
            {"arn": str(answer["FileSystemId"])}, settled=answer["LifeCycleState"] == "available",
        )  # fmt: skip

    def update(self, tools: Tools, live: Live, fields: Mapping[str, FieldChange], outputs: Outputs) -> Live:
        itself = {"FileSystemId": live.outputs["arn"]}
        if "throughput" in fields:
            tools.aws.call("efs", "UpdateFileSystem", **itself, **_throughput(self.throughput))
        if "backup" in fields:
            status = {"Status": "ENABLED" if self.backup else "DISABLED"}
            tools.aws.call("efs", "PutBackupPolicy", **itself, BackupPolicy=status)
        if "infrequent_access" in fields:
            days = self.infrequent_access
            rules = [{"TransitionToIA": _after(days)}] if days else []
            tools.aws.call("efs", "PutLifecycleConfiguration", **itself, LifecyclePolicies=rules)
        return dataclasses.replace(live, fields=self.values(outputs), settled=False)

    def watch(self, tools: Tools, live: Live, outputs: Outputs) -> Watch | None:
        return None if live.settled else _Availability(self.name, tools, live.outputs["arn"])

    @classmethod
    def delete(cls, tools: Tools, live: Live) -> None:
        tools.aws.call("efs", "DeleteFileSystem", FileSystemId=live.outputs["arn"])

    @classmethod
    def gone(cls, tools: Tools, live: Live) -> NotYet | Settled:
        _state(tools, live.outputs["arn"])  # AWS says at the end that there is none
        return NotYet("the file system is being deleted", 1.0)


@dataclass(frozen=True)
class _Availability:
    name: str
    tools: Tools
    file_system: str

    def poll(self) -> NotYet | Settled:
        state = _state(self.tools, self.file_system)
        if state == "error":
            raise DeployError(
                f"AWS could not make the file system {self.name}: its state is error",
                hint="Delete it and run fargatectl up again; it holds nothing.",
            )
        return Settled() if state == "available" else NotYet(f"the file system is {state}", 1.0)

    def abandon(self) -> str:
        return f"the file system {self.name} is still being made"


def _state(tools: Tools, file_system: str) -> str:
    found = tools.aws.call("efs", "DescribeFileSystems", FileSystemId=file_system)["FileSystems"]
    return str(found[0]["LifeCycleState"]) if found else "creating"


def _throughput(wanted: str) -> dict[str, Any]:
    if wanted.isdigit():
        return {"ThroughputMode": "provisioned", "ProvisionedThroughputInMibps": float(wanted)}
    return {"ThroughputMode": wanted}


def _after(days: int) -> str:
    return "AFTER_1_DAY" if days == 1 else f"AFTER_{days}_DAYS"


def _live(look: Look, shown: Shown, tags: Mapping[str, str], whole: bool) -> Live:
    name, identity = str(shown["CreationToken"]), str(shown["FileSystemId"])
    raw = dict(shown)
    fields: dict[str, object] = {"throughput": shown.get("ThroughputMode", "bursting")}
    if fields["throughput"] == "provisioned":
        fields["throughput"] = f"{shown.get('ProvisionedThroughputInMibps', 0):.0f}"
    owned = look.scope.owns(tags)
    if whole and owned:
        fields["backup"], rules = look.gather(
            partial(_backup, look, identity), partial(_rules, look, identity)
        )
        fields["infrequent_access"] = _infrequent(rules)
        raw |= {**shown.get("FileSystemProtection", {}), "LifecyclePolicies": rules}
    return Live(
        FileSystem.kind, tags.get(TAG_ID, ""), name, name, owned, fields, {"arn": identity},
        settled=shown["LifeCycleState"] == "available", raw=raw,
    )  # fmt: skip


def _backup(look: Look, file_system: str) -> bool:
    try:
        answer = look.aws.call("efs", "DescribeBackupPolicy", FileSystemId=file_system)
    except AwsError as error:
        if error.gone:
            return False
        raise
    return str(answer.get("BackupPolicy", {}).get("Status", "")).startswith("ENABL")


def _rules(look: Look, file_system: str) -> list[Mapping[str, Any]]:
    answer = look.aws.call("efs", "DescribeLifecycleConfiguration", FileSystemId=file_system)
    return list(answer.get("LifecyclePolicies", ()))


def _infrequent(rules: Sequence[Mapping[str, Any]]) -> int | None:
    words = [str(one["TransitionToIA"]) for one in rules if "TransitionToIA" in one]
    return int(words[0].split("_")[1]) if words else None
