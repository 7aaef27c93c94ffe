"""`efs.file_system`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fargatectl.resources._tags import read, upper
from tests.lifecycle.case import Case, Drift, Meddle, Tags, Thing
from tests.lifecycle.common import given
from tests.lifecycle.stored import NAME, STORED, drop_all, ours, systems
from tests.support.watched import WatchedAws


def things(aws: WatchedAws) -> Iterator[Thing]:
    for one in systems(aws):
        shown = {name: value for name, value in one.items() if name not in ("Tags", "SizeInBytes")}
        yield Thing(one["FileSystemId"], shown, read(one.get("Tags")))


def foreign(aws: WatchedAws, tags: Tags) -> None:
    aws.call("efs", "CreateFileSystem", CreationToken=NAME, **given(Tags=upper(tags)))


def change(operation: str, **parameters: Any) -> Meddle:
    return lambda aws: aws.call("efs", operation, FileSystemId=ours(aws), **parameters)


CASE = Case(
    kind="efs.file_system",
    id="uploads",
    spec=STORED,
    things=things,
    made_by=("efs:CreateFileSystem", "efs:PutLifecycleConfiguration"),
    removed_by=("efs:DeleteFileSystem",),
    drifts={
        "throughput": (
            Drift("bursting", change("UpdateFileSystem", ThroughputMode="bursting")),
            Drift(
                "provisioned",
                change("UpdateFileSystem", ThroughputMode="provisioned", ProvisionedThroughputInMibps=64.0),
            ),
        ),
        "backup": (Drift("off", change("PutBackupPolicy", BackupPolicy={"Status": "DISABLED"})),),
        "infrequent_access": (
            Drift("never", change("PutLifecycleConfiguration", LifecyclePolicies=[])),
            Drift(
                "sooner",
                change("PutLifecycleConfiguration", LifecyclePolicies=[{"TransitionToIA": "AFTER_7_DAYS"}]),
            ),
        ),
    },
    foreign=foreign,
    removal=Drift(
        "it is deleted",
        drop_all,
        also=[
            ("create", "efs.mount_target", []),
            ("replace", "efs.access_point", ["file_system"]),
            ("update", "iam.role", ["statements"]),
            ("update", "ecs.task_definition", ["storage"]),
            ("update", "ecs.service", ["task_definition"]),
        ],
    ),
    cannot={"prune": "efs:DeleteFileSystem is only called at somebody's word: the files are theirs."},
)
