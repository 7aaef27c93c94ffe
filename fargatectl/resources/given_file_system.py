"""A file system of Amazon EFS that is there already: only looked at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import field
from functools import partial
from typing import ClassVar, Self

from fargatectl.aws.errors import AwsError
from fargatectl.dataclass import dataclass
from fargatectl.engine.observe import Look
from fargatectl.engine.resource import IDENTITY, Live, Lookup
from fargatectl.engine.rights import Operation, Right, Territory
from fargatectl.errors import UsageError


@dataclass(frozen=True, kw_only=True, eq=False)
class GivenFileSystem(Lookup):
    """A file system that the spec names by its id, with mount targets; perhaps an access point of it.

    Attributes:
        name: Its id.
        access_point: The id of one of its own; empty for none.

    Outputs: ``arn`` (its id), ``access_point``.
    """

    kind: ClassVar[str] = "efs.given_file_system"

    access_point: str = field(default="", metadata=IDENTITY)

    def rights(self, territory: Territory) -> Sequence[Right]:
        itself = (territory.arn("elasticfilesystem", f"file-system/{self.name}"),)
        found = [Right((Operation.FIND,), ("elasticfilesystem:DescribeFileSystems",), itself)]
        if self.access_point:
            point = (territory.arn("elasticfilesystem", f"access-point/{self.access_point}"),)
            found.append(Right((Operation.FIND,), ("elasticfilesystem:DescribeAccessPoints",), point))
        return found

    @classmethod
    def find(cls, look: Look, wanted: Sequence[Self]) -> Iterable[Live]:
        return look.gather(*[partial(_live, look, one) for one in wanted])


def _live(look: Look, one: GivenFileSystem) -> Live:
    where = f"in {look.aws.region}"
    try:
        [shown] = look.aws.call("efs", "DescribeFileSystems", FileSystemId=one.name)["FileSystems"]
        points = (
            look.aws.call("efs", "DescribeAccessPoints", AccessPointId=one.access_point)["AccessPoints"]
            if one.access_point
            else []
        )
    except AwsError as error:
        if not error.gone:
            raise
        what = "access point" if error.operation == "DescribeAccessPoints" else "file system"
        name = one.access_point if what == "access point" else one.name
        raise _refused(f"no such {what} {where}: {name}", one) from None
    if not shown["NumberOfMountTargets"]:
        raise _refused(f"the file system {one.name} {where} has no mount target: no task can reach it", one)
    if any(point["FileSystemId"] != one.name for point in points):
        raise _refused(f"the access point {one.access_point} is not one of the file system {one.name}", one)
    outputs = {"arn": one.name, **({"access_point": one.access_point} if one.access_point else {})}
    return Live(GivenFileSystem.kind, one.id, one.name, one.address, True, outputs=outputs)


def _refused(text: str, one: GivenFileSystem) -> UsageError:
    return UsageError(
        text, hint=f"See file_systems.{one.id} in the spec, and the region.", code="file_system"
    )
