"""`servicediscovery.private_dns_namespace`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fargatectl.resources._tags import read, upper
from tests.lifecycle.case import Case, Drift, Tags, Thing
from tests.lifecycle.common import default_vpc, given
from tests.support.apps import ONE
from tests.support.watched import WatchedAws

FOUND = f"{ONE}    discovery: true\n"


def spaces(aws: WatchedAws) -> Iterator[dict[str, Any]]:
    """The private ones as ListNamespaces shows them."""
    for one in aws.items("servicediscovery", "ListNamespaces", "Namespaces"):
        if one["Type"] == "DNS_PRIVATE":
            yield one


def tags_of(aws: WatchedAws, arn: str) -> dict[str, str]:
    return read(aws.call("servicediscovery", "ListTagsForResource", ResourceARN=arn)["Tags"])


def things(aws: WatchedAws) -> Iterator[Thing]:
    for one in spaces(aws):
        zone = one["Properties"]["DnsProperties"]["HostedZoneId"]
        yield Thing(one["Name"], {"arn": one["Arn"], "zone": zone}, tags_of(aws, one["Arn"]))


def make(aws: WatchedAws, tags: Tags) -> None:
    aws.call(
        "servicediscovery", "CreatePrivateDnsNamespace", Name="shop.local", Vpc=default_vpc(aws),
        **given(Tags=upper(tags)),
    )  # fmt: skip


def empty(aws: WatchedAws) -> None:
    """Remove it, and first what is in it: AWS lets it go no sooner."""
    for one in aws.items("servicediscovery", "ListServices", "Services"):
        aws.call("servicediscovery", "DeleteService", Id=one["Id"])
    for one in spaces(aws):
        aws.call("servicediscovery", "DeleteNamespace", Id=one["Id"])


CASE = Case(
    kind="servicediscovery.private_dns_namespace",
    id="app",
    spec=FOUND,
    things=things,
    made_by=("servicediscovery:CreatePrivateDnsNamespace",),
    removed_by=("servicediscovery:DeleteNamespace",),
    fixed={
        "network": "servicediscovery:CreatePrivateDnsNamespace puts it into a VPC for ever.",
    },
    foreign=make,
    removal=Drift(
        "it is deleted",
        empty,
        also=[
            ("create", "servicediscovery.discovery_service", []),
            ("update", "ecs.service", ["discovery"]),
        ],
    ),
    without=ONE,
)
