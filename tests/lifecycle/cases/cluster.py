"""`ecs.cluster`."""

from __future__ import annotations

from collections.abc import Iterator

from fargatectl.resources._tags import lower, read
from tests.lifecycle.case import Case, Drift, Thing
from tests.lifecycle.common import ACCOUNT, call, given
from tests.support.apps import ONE
from tests.support.watched import WatchedAws

INSIGHTS = f"{ONE}container_insights: enhanced\n"


def things(aws: WatchedAws) -> Iterator[Thing]:
    arns = list(aws.items("ecs", "ListClusters", "clusterArns"))
    shown = aws.call("ecs", "DescribeClusters", clusters=arns, include=["TAGS"])["clusters"] if arns else []
    for cluster in shown:
        # AWS and moto still show what was deleted for a while, as INACTIVE.
        if cluster["status"] != "INACTIVE":
            yield Thing(cluster["clusterName"], cluster, read(cluster.get("tags")))


def remove(aws: WatchedAws) -> None:
    aws.call("ecs", "DeleteService", cluster="shop", service="web", force=True)
    aws.call("ecs", "DeleteCluster", cluster="shop")


CASE = Case(
    kind="ecs.cluster",
    id="app",
    things=things,
    made_by=("ecs:CreateCluster",),
    removed_by=("ecs:DeleteCluster",),
    drifts={
        "capacity_providers": (
            Drift(
                "it loses Spot",
                call(
                    "ecs",
                    "PutClusterCapacityProviders",
                    cluster="shop",
                    capacityProviders=["FARGATE"],
                    defaultCapacityProviderStrategy=[],
                ),
            ),
        ),
        "container_insights": (
            Drift(
                "they are switched off",
                call(
                    "ecs",
                    "UpdateCluster",
                    cluster="shop",
                    settings=[{"name": "containerInsights", "value": "disabled"}],
                ),
            ),
        ),
    },
    spec=INSIGHTS,
    fixed={
        "account": ACCOUNT,
        "storage_key": "ecs:UpdateCluster changes it: tests/app/test_kms.py does, and finds it put back.",
    },
    foreign=lambda aws, tags: aws.call("ecs", "CreateCluster", clusterName="shop", **given(tags=lower(tags))),
    removal=Drift("it is deleted, service and all", remove, also=[("create", "ecs.service", [])]),
    without=INSIGHTS.replace("services:", "cluster: elsewhere\nservices:"),
)
