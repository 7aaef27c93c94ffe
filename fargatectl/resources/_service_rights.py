"""The permissions for a service: to run it, to follow its rollout, to look at its tasks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fargatectl.engine.rights import Operation, Right, Territory
from fargatectl.resources._linked_role import linked_role_right
from fargatectl.resources.log_group import group_arns

if TYPE_CHECKING:
    from fargatectl.resources.service import Service


def service_rights(service: Service, territory: Territory) -> Sequence[Right]:
    """Of all services in its cluster: those that the spec no longer has are removed too."""
    cluster = service.cluster.name
    own = (territory.arn("ecs", f"service/{cluster}/*"),)
    deployments = territory.arn("ecs", f"service-deployment/{cluster}/*")
    streams = group_arns(service.task_definition.log_group.name, territory)
    looks = (Operation.FIND, Operation.SEARCH, Operation.FOLLOW, Operation.DELETE, Operation.PRUNE)
    return (
        linked_role_right(territory),
        Right(looks, ("ecs:DescribeServices",), own),
        Right((Operation.FIND, Operation.SEARCH), ("ecs:ListServices",), when=_inside(cluster, territory)),
        Right((Operation.CREATE,), ("ecs:CreateService",), own),
        Right((Operation.UPDATE,), ("ecs:UpdateService",), own),
        # Not at creation alone: its tag tells which revision it runs.
        Right((Operation.CREATE, Operation.UPDATE), ("ecs:TagResource",), own),
        Right((Operation.DELETE, Operation.PRUNE), ("ecs:DeleteService",), own),
        # A removal stops the one-off tasks that killed runs have left running.
        *task_rights(cluster, territory, (Operation.FOLLOW, Operation.SEARCH, Operation.DELETE)),
        Right((Operation.DELETE,), ("ecs:StopTask",), (territory.arn("ecs", f"task/{cluster}/*"),)),
        Right((Operation.FOLLOW,), ("logs:GetLogEvents",), streams),
        Right((Operation.FOLLOW,), ("ecs:ListServiceDeployments",), own),
        Right((Operation.FOLLOW,), ("ecs:DescribeServiceDeployments",), (*own, deployments)),
        *(
            [Right((Operation.UPDATE,), ("ecs:ContinueServiceDeployment",), (*own, deployments))]
            if "pause" in service.deployment
            else []
        ),
        # A rollout that fails is rolled back, or stopped where nothing served before.
        Right((Operation.FOLLOW,), ("ecs:UpdateService",), own),
        Right(
            (Operation.FOLLOW,),
            ("ecs:StopServiceDeployment",),  # asked for both
            (*own, deployments),
        ),
        *_of_scaling(territory),
    )


def _of_scaling(territory: Territory) -> Sequence[Right]:
    """To look for what decides a service's count: in a removal, and wherever it is or once was scaled."""
    search = (Operation.FIND, Operation.SEARCH)
    targets = territory.arn("application-autoscaling", "scalable-target/*")
    alarms = (territory.arn("cloudwatch", "alarm:*"),)
    return (
        Right(search, ("application-autoscaling:DescribeScalableTargets",)),
        Right(search, ("application-autoscaling:ListTagsForResource",), (targets,)),
        # The tags of all, as DescribeAlarms shows all: one statement less counts, in every app's policy.
        Right(search, ("cloudwatch:DescribeAlarms", "cloudwatch:ListTagsForResource"), alarms),
    )


def task_rights(cluster: str, territory: Territory, operations: tuple[Operation, ...]) -> Sequence[Right]:
    """To list and describe the tasks of a cluster."""
    return (
        Right(operations, ("ecs:ListTasks",), when=_inside(cluster, territory)),
        Right(operations, ("ecs:DescribeTasks",), (territory.arn("ecs", f"task/{cluster}/*"),)),
    )


def _inside(cluster: str, territory: Territory) -> dict[str, dict[str, str]]:
    return {"ArnEquals": {"ecs:cluster": territory.arn("ecs", f"cluster/{cluster}")}}
