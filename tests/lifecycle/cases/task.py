"""`ecs.task`."""

from __future__ import annotations

from collections.abc import Iterator

from fargatectl.resources._tags import read
from tests.lifecycle.case import Case, Drift, Thing
from tests.support.apps import ONE
from tests.support.watched import ACCOUNT, REGION, WatchedAws

SPEC = f"{ONE}    before_deploy: [[migrate]]\n"


def things(aws: WatchedAws) -> Iterator[Thing]:
    for cluster in _active(aws):
        for status in ("RUNNING", "STOPPED"):
            for arn in aws.items("ecs", "ListTasks", "taskArns", cluster=cluster, desiredStatus=status):
                found = aws.call("ecs", "DescribeTasks", cluster=cluster, tasks=[arn], include=["TAGS"])
                for task in found["tasks"]:
                    # moto lists those of `shop-prod` for `shop` too
                    if task["clusterArn"] == cluster and task["taskArn"] == arn:
                        # Its network interface is given back by then, its addresses are chance.
                        shown = {name: value for name, value in task.items() if name != "attachments"}
                        yield Thing(arn, shown, read(task.get("tags")))


def _active(aws: WatchedAws) -> list[str]:
    """What is left of a deleted cluster's tasks is forgotten with it."""
    arns = list(aws.items("ecs", "ListClusters", "clusterArns"))
    shown = aws.call("ecs", "DescribeClusters", clusters=arns)["clusters"] if arns else []
    return [one["clusterArn"] for one in shown if one["status"] == "ACTIVE"]


def remove(aws: WatchedAws) -> None:
    """With all that says that it has ended well: the service, and the revision's tag."""
    from moto.ecs.models import ecs_backends

    aws.call("ecs", "DeleteService", cluster="shop", service="web", force=True)
    family = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/shop-web"
    aws.call("ecs", "UntagResource", resourceArn=f"{family}:1", tagKeys=["fargatectl:before-deploy.0"])
    ecs_backends[ACCOUNT][REGION].tasks.pop("shop")  # ECS forgets one about an hour after it has stopped


CASE = Case(
    kind="ecs.task",
    id="web",
    spec=SPEC,
    things=things,
    made_by=("ecs:RunTask", "ecs:TagResource"),
    removed_by=(),
    removal=Drift("it is forgotten, service and all", remove, also=[("create", "ecs.service", [])]),
    cannot={
        "foreign": "ecs:RunTask gives a task an id, never a name.",
        "prune": "ecs:DescribeTasks forgets a task about an hour after it has stopped.",
        "delete": "ecs:DescribeTasks forgets a task by itself; ecs:StopTask is for those that still run.",
    },
)
