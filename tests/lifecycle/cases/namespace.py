"""`servicediscovery.namespace`."""

from __future__ import annotations

from collections.abc import Iterator

from fargatectl.resources._tags import read, upper
from tests.lifecycle.case import Case, Drift, Tags, Thing
from tests.lifecycle.common import ACCOUNT, given
from tests.support.apps import ONE
from tests.support.watched import WatchedAws

CONNECTED = f"{ONE}    connect: true\n"


def things(aws: WatchedAws) -> Iterator[Thing]:
    for one in aws.items("servicediscovery", "ListNamespaces", "Namespaces"):
        tags = aws.call("servicediscovery", "ListTagsForResource", ResourceARN=one["Arn"])["Tags"]
        yield Thing(one["Name"], {"arn": one["Arn"], "type": one["Type"]}, read(tags))


def make(aws: WatchedAws, tags: Tags) -> None:
    aws.call("servicediscovery", "CreateHttpNamespace", Name="shop", **given(Tags=upper(tags)))


def remove(aws: WatchedAws) -> None:
    for one in aws.items("servicediscovery", "ListNamespaces", "Namespaces"):
        aws.call("servicediscovery", "DeleteNamespace", Id=one["Id"])


CASE = Case(
    kind="servicediscovery.namespace",
    id="app",
    spec=CONNECTED,
    things=things,
    made_by=("servicediscovery:CreateHttpNamespace",),
    removed_by=("servicediscovery:DeleteNamespace",),
    fixed={"account": ACCOUNT},
    foreign=make,
    removal=Drift("it is deleted", remove, also=[("update", "ecs.service", ["connect"])]),
    without=ONE,
)
