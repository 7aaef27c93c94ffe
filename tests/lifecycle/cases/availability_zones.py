"""`ec2.availability_zones`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tests.lifecycle.case import LookedUp, Thing
from tests.lifecycle.networks import PUBLIC
from tests.support.watched import WatchedAws


def names(aws: WatchedAws) -> list[str]:
    return sorted(
        one["ZoneName"] for one in aws.call("ec2", "DescribeAvailabilityZones")["AvailabilityZones"]
    )


def things(aws: WatchedAws) -> Iterator[Thing]:
    for name in names(aws):
        yield Thing(name, {})


def found(aws: WatchedAws) -> tuple[str, Mapping[str, str]]:
    return PUBLIC, {"names": ",".join(names(aws))}


def used(aws: WatchedAws) -> Mapping[str, str]:
    """The first two were used, so they are what it begins with."""
    given = sorted(one["AvailabilityZone"] for one in aws.of("CreateSubnet"))
    rest = [name for name in names(aws) if name not in given]
    return {"names": ",".join([*given, *rest])}


CASE = LookedUp(
    kind="ec2.availability_zones",
    id="network",
    found={"the region's": found},
    used=used,
    things=things,
    never_missing="ec2:DescribeAvailabilityZones shows two or more in every region; see tests/resources.",
)
