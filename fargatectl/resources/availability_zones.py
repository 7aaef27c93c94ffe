"""The availability zones that a network of the app's own may lie in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import field
from typing import ClassVar, Self

from fargatectl.dataclass import dataclass
from fargatectl.engine.observe import Look
from fargatectl.engine.resource import IDENTITY, Live, Lookup
from fargatectl.engine.rights import Operation, Right, Territory
from fargatectl.errors import UsageError

# Where not every zone has Fargate (Amazon ECS Developer Guide, "Supported Regions for Amazon ECS on AWS
# Fargate"): ids, because names differ from account to account.
_ONLY = {
    "us-west-1": ("usw1-az1", "usw1-az3"),
    "ap-northeast-1": ("apne1-az1", "apne1-az2", "apne1-az4"),
    "cn-north-1": ("cnn1-az1", "cnn1-az2"),
}


@dataclass(frozen=True, kw_only=True, eq=False)
class AvailabilityZones(Lookup):
    """The zones of the region that have Fargate, in the order of their names.

    Attributes:
        count: How many are needed.

    Outputs: ``names`` (comma separated).
    """

    kind: ClassVar[str] = "ec2.availability_zones"

    count: int = field(metadata=IDENTITY)

    def rights(self, territory: Territory) -> Sequence[Right]:
        return (Right((Operation.FIND,), ("ec2:DescribeAvailabilityZones",)),)

    @classmethod
    def find(cls, look: Look, wanted: Sequence[Self]) -> Iterable[Live]:
        if not wanted:
            return []
        filters = [
            {"Name": "zone-type", "Values": ["availability-zone"]},  # no local zones: they have no Fargate
            {"Name": "state", "Values": ["available"]},
        ]
        answer = look.aws.call("ec2", "DescribeAvailabilityZones", Filters=filters)
        only = _ONLY.get(look.aws.region)
        names = sorted(
            str(one["ZoneName"])
            for one in answer["AvailabilityZones"]
            if only is None or one["ZoneId"] in only
        )
        for one in wanted:
            if len(names) < one.count:
                raise UsageError(
                    f"{look.aws.region} has {len(names)} availability zones with Fargate for this account, "
                    f"and the spec wants {one.count}",
                    hint="Ask for fewer (network.create.zones), or choose another region.",
                    code="network.no_zone",
                )
        outputs = {"names": ",".join(names)}
        return [Live(cls.kind, one.id, one.name, one.address, True, outputs=outputs) for one in wanted]
