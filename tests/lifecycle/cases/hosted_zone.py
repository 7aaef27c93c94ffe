"""`route53.zone`. `example.com` is there in every test of this suite."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tests.lifecycle.case import LookedUp, Thing
from tests.lifecycle.domains import SECURE, records, zones
from tests.support.watched import WatchedAws


def things(aws: WatchedAws) -> Iterator[Thing]:
    for zone, name in zones(aws):
        here = [one for owner, one in records(aws) if owner == zone]
        yield Thing(name, {"id": zone, "records": here})


def found(aws: WatchedAws) -> tuple[str, Mapping[str, str]]:
    ((zone, name),) = zones(aws)
    return SECURE, {"zone": zone, "suffix": name}


def narrower(aws: WatchedAws) -> tuple[str, Mapping[str, str]]:
    made = aws.call("route53", "CreateHostedZone", Name="shop.example.com", CallerReference="shop")
    return SECURE, {"zone": str(made["HostedZone"]["Id"]).rpartition("/")[2], "suffix": "shop.example.com"}


def used(aws: WatchedAws) -> Mapping[str, str]:
    made = next(one for one in aws.of("ChangeResourceRecordSets") if len(one["ChangeBatch"]["Changes"]) > 1)
    mark = made["ChangeBatch"]["Changes"][1]["ResourceRecordSet"]["Name"]
    return {"zone": made["HostedZoneId"], "suffix": mark.partition("_fargatectl.")[2]}


CASE = LookedUp(
    kind="route53.zone",
    id="shop.example.com",
    found={"a zone around the name": found, "the zone of the very name": narrower},
    used=used,
    things=things,
    missing={
        "no zone": lambda _: (SECURE.replace("example.com", "example.net"), "holds shop.example.net"),
    },
)
