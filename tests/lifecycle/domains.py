"""Words that the cases of domain names use."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fargatectl.resources.hosted_zone import plain
from tests.support.watched import WatchedAws

SECURE = """\
app: shop
load_balancer: {domain: shop.example.com}
services:
  web:
    build: .
    port: 8080
    load_balancer: true
"""


def zones(aws: WatchedAws) -> Iterator[tuple[str, str]]:
    """(id, name) of each."""
    for one in aws.items("route53", "ListHostedZones", "HostedZones"):
        yield str(one["Id"]).rpartition("/")[2], plain(one["Name"])


def records(aws: WatchedAws) -> Iterator[tuple[str, dict[str, Any]]]:
    """(zone, record set) of all that AWS did not make itself."""
    for zone, _ in zones(aws):
        here = {"HostedZoneId": zone}
        for one in aws.items("route53", "ListResourceRecordSets", "ResourceRecordSets", **here):
            if one["Type"] not in ("NS", "SOA"):
                yield zone, one


def change(aws: WatchedAws, action: str, record: dict[str, Any]) -> None:
    (zone, _), *_ = zones(aws)
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": record}]}
    aws.call("route53", "ChangeResourceRecordSets", HostedZoneId=zone, ChangeBatch=batch)


def ours(aws: WatchedAws) -> dict[str, Any]:
    """The record that leads to the load balancer."""
    return next(one for _, one in records(aws) if one["Type"] == "A")
