"""`servicediscovery.discovery_service`."""

from __future__ import annotations

from collections.abc import Iterator

from fargatectl.engine.scope import Scope
from fargatectl.resources._tags import upper
from tests.lifecycle.case import Case, Drift, Tags, Thing
from tests.lifecycle.cases.private_dns_namespace import FOUND, make, spaces, tags_of
from tests.lifecycle.common import given
from tests.support.apps import ONE
from tests.support.watched import WatchedAws


def things(aws: WatchedAws) -> Iterator[Thing]:
    for space in spaces(aws):
        inside = [{"Name": "NAMESPACE_ID", "Values": [space["Id"]]}]
        for one in aws.items("servicediscovery", "ListServices", "Services", Filters=inside):
            shown = {"arn": one["Arn"], "dns": one["DnsConfig"], "health": one["HealthCheckCustomConfig"]}
            yield Thing(f"{one['Name']}.{space['Name']}", shown, tags_of(aws, one["Arn"]))


def foreign(aws: WatchedAws, tags: Tags) -> None:
    """In a namespace of ours, as whoever works in a hurry does."""
    make(aws, Scope("shop").tags("app"))
    (space,) = spaces(aws)
    aws.call(
        "servicediscovery", "CreateService", Name="web", NamespaceId=space["Id"],
        DnsConfig={"DnsRecords": [{"Type": "A", "TTL": 10}]},
        HealthCheckCustomConfig={"FailureThreshold": 1}, **given(Tags=upper(tags)),
    )  # fmt: skip


def longer(aws: WatchedAws) -> None:
    (one,) = aws.items("servicediscovery", "ListServices", "Services")
    dns = {"DnsRecords": [{"Type": "A", "TTL": 300}]}
    aws.call("servicediscovery", "UpdateService", Id=one["Id"], Service={"DnsConfig": dns})


def remove(aws: WatchedAws) -> None:
    (one,) = aws.items("servicediscovery", "ListServices", "Services")
    aws.call("servicediscovery", "DeleteService", Id=one["Id"])


CASE = Case(
    kind="servicediscovery.discovery_service",
    id="web",
    spec=FOUND,
    things=things,
    made_by=("servicediscovery:CreateService",),
    removed_by=("servicediscovery:DeleteService",),
    drifts={"ttl": (Drift("answers are kept longer", longer),)},
    fixed={
        "namespace": "servicediscovery:CreateService puts it into a namespace for ever.",
        "record": "servicediscovery:UpdateService changes how long records are kept, and not their type.",
    },
    foreign=foreign,
    lodger=True,
    removal=Drift("it is deleted", remove, also=[("update", "ecs.service", ["discovery"])]),
    without=ONE,
)
