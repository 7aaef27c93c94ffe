"""`route53.record`."""

from __future__ import annotations

from collections.abc import Iterator

from fargatectl.engine.scope import TAG_APP, TAG_ENVIRONMENT, TAG_ID
from tests.lifecycle.balancing import BEHIND
from tests.lifecycle.case import Case, Drift, Tags, Thing
from tests.lifecycle.domains import SECURE, change, ours, records
from tests.support.watched import WatchedAws


def things(aws: WatchedAws) -> Iterator[Thing]:
    """With the marks of ownership as their tags."""
    found = list(records(aws))
    for zone, one in found:
        if one["Type"] == "A":
            tags = {}
            for _, mark in found:
                if mark["Type"] == "TXT" and f"fargatectl {one['Name'].rstrip('.')}" in str(mark):
                    _, _, rest = mark["Name"].partition(".")
                    environment, app = rest.partition("._fargatectl.")[0].split(".")[-2:]
                    tags = {TAG_APP: app, TAG_ENVIRONMENT: environment, TAG_ID: one["Name"]}
            yield Thing(one["Name"], {"zone": zone, **one}, tags)


def elsewhere(aws: WatchedAws) -> None:
    change(aws, "UPSERT", {"Name": "shop.example.com", "Type": "A", "TTL": 60,
                           "ResourceRecords": [{"Value": "192.0.2.1"}]})  # fmt: skip


def foreign(aws: WatchedAws, _: Tags) -> None:
    """Records have no tags, and nobody else's has a mark of ours."""
    elsewhere(aws)


CASE = Case(
    kind="route53.record",
    id="shop.example.com",
    spec=SECURE,
    things=things,
    made_by=("route53:ChangeResourceRecordSets",),
    removed_by=("route53:ChangeResourceRecordSets",),
    drifts={"load_balancer": (Drift("it leads elsewhere", elsewhere),)},
    fixed={"zone": "route53:ChangeResourceRecordSets makes it in a zone, and moves none to another."},
    foreign=foreign,
    removal=Drift(
        "it is deleted",
        lambda aws: change(aws, "DELETE", ours(aws)),
    ),
    without=BEHIND,
    prod="{load_balancer: {domain: prod.example.com}}",
)  # fmt: skip
