"""The services that the app has in its clusters, looked up once for all who ask."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import Any

from fargatectl.aws.errors import AwsError
from fargatectl.dataclass import dataclass
from fargatectl.engine.observe import Look
from fargatectl.resources._tags import read
from fargatectl.resources.cluster import clusters

_BATCH = 10  # ECS API reference, DescribeServices

TAG_REVISION = "fargatectl:task-definition"
"""On a service: ``<revision>:<fingerprint>:<port>`` of its task definition, which then need not be read.
What a fingerprint looks like there: `fargatectl.resources.task_definition.TaskDefinition.made_of`."""

TAG_SCALED = "fargatectl:scaled"
"""On a service that is or was scaled: Application Auto Scaling is asked about no others."""

TAG_URL = "fargatectl:url"
"""On a service behind a load balancer: its address, which would otherwise take several calls to find."""


@dataclass(frozen=True)
class Found:
    """A service as DescribeServices shows it."""

    cluster: str
    name: str
    owned: bool
    tags: Mapping[str, str] = field(default_factory=dict)
    raw: Mapping[str, Any] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """Cluster and name."""
        return f"{self.cluster}/{self.name}"

    @property
    def draining(self) -> bool:
        """Deleted, its tasks still stopping."""
        return bool(self.raw["status"] == "DRAINING")


def services(look: Look, wanted: Iterable[str]) -> list[Found]:
    """The wanted services that are there, and all others of ours.

    Args:
        wanted: Addresses.
    """
    return look.once("services", lambda: _services(look, sorted(set(wanted))))


def _services(look: Look, wanted: list[str]) -> list[Found]:
    by_cluster: dict[str, list[str]] = {}
    for address in wanted:
        cluster, _, name = address.partition("/")
        by_cluster.setdefault(cluster, []).append(name)
    # What the spec names is asked for at once; what else there is shows once the clusters are known.
    asks = [lambda c=cluster, n=names: describe(look, c, n) for cluster, names in by_cluster.items()]
    *parts, lives = look.gather(*asks, lambda: clusters(look))
    known = [one for part in parts for one in part]
    strays = []
    for live in lives:
        if live.owned:
            here = [one for one in known if one.cluster == live.name]
            active = sum(one.raw["status"] == "ACTIVE" for one in here)
            if look.thorough or live.name not in by_cluster or live.extra["services"] != active:
                strays.append((live.name, {one.name for one in here}))
    parts = look.gather(*[lambda c=cluster, n=names: _others(look, c, n) for cluster, names in strays])
    return [*known, *(one for part in parts for one in part)]


def _others(look: Look, cluster: str, known: set[str]) -> list[Found]:
    arns = look.aws.items(
        "ecs", "ListServices", "serviceArns", cluster=cluster, PaginationConfig={"PageSize": 100}
    )
    return describe(look, cluster, [name for arn in arns if (name := arn.rpartition("/")[2]) not in known])


def describe(look: Look, cluster: str, names: list[str]) -> list[Found]:
    """Those of the names that are there, whosever they are."""

    def ask(part: list[str]) -> list[dict[str, Any]]:
        try:
            found: list[dict[str, Any]] = look.aws.call(
                "ecs", "DescribeServices", cluster=cluster, services=part, include=["TAGS"]
            )["services"]
        except AwsError as error:
            if error.gone:
                return []
            raise
        return found

    batches = [names[start : start + _BATCH] for start in range(0, len(names), _BATCH)]
    answers = look.gather(*[lambda part=part: ask(part) for part in batches])
    found = []
    for one in (one for part in answers for one in part):
        # AWS still shows deleted services for a while, as INACTIVE.
        if one["status"] != "INACTIVE":
            tags = read(one.get("tags"))
            found.append(Found(cluster, str(one["serviceName"]), look.scope.owns(tags), tags, one))
    return found
