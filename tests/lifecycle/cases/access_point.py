"""`efs.access_point`."""

from __future__ import annotations

from collections.abc import Iterator

from fargatectl.resources._tags import read
from tests.lifecycle.case import Case, Drift, Thing
from tests.lifecycle.stored import STORED, drop_points, points
from tests.support.watched import WatchedAws


def things(aws: WatchedAws) -> Iterator[Thing]:
    for one in points(aws):
        yield Thing(one["AccessPointId"], one, read(one.get("Tags")))


_ONCE = "efs:CreateAccessPoint alone says it, and no call changes it."

CASE = Case(
    kind="efs.access_point",
    id="uploads",
    spec=STORED,
    things=things,
    made_by=("efs:CreateAccessPoint",),
    removed_by=("efs:DeleteAccessPoint",),
    fixed=dict.fromkeys(("file_system", "path", "user", "permissions"), _ONCE),
    removal=Drift(
        "it is deleted",
        drop_points,
        also=[
            ("update", "iam.role", ["statements"]),
            ("update", "ecs.task_definition", ["storage"]),
            ("update", "ecs.service", ["task_definition"]),
        ],
    ),
    cannot={"foreign": "EFS gives ids and knows no names: efs:CreateAccessPoint makes another one."},
)
