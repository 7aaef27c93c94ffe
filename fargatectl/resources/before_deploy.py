"""A command that runs once, as a task of its own, before a service gets a new version: a migration."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import ClassVar, Self

from fargatectl.aws.errors import AwsError
from fargatectl.dataclass import dataclass
from fargatectl.engine.observe import Look
from fargatectl.engine.outputs import Outputs
from fargatectl.engine.overrides import Overridable
from fargatectl.engine.resource import AFTER, IDENTITY, FieldChange, Live, NotYet, Resource, Settled, Watch
from fargatectl.engine.rights import Operation, Right, Territory
from fargatectl.engine.tools import Tools
from fargatectl.errors import DeployError
from fargatectl.resources import _capacity, _one_off
from fargatectl.resources._tags import canonical, lower
from fargatectl.resources.cluster import Cluster
from fargatectl.resources.log_group import group_arns
from fargatectl.resources.network import Network
from fargatectl.resources.security_group import SecurityGroup
from fargatectl.resources.task_definition import TaskDefinition
from fargatectl.resources.way_out import WayOut


@dataclass(frozen=True, kw_only=True, eq=False)
class BeforeDeploy(Resource):
    """A one-off task: a command that must end well before tasks of a new revision start.

    It is there once the command has ended well for the wanted revision, which the revision's own tags say;
    or while it runs, whoever started it.

    Attributes:
        service: Address of the service that it is for.
        number: Which of the service's commands it is, from 0.
        before: The command that must have ended well before this one.
        after: Services that must be steady before.

    Outputs: ``arn``, of the task.
    """

    kind: ClassVar[str] = "ecs.task"
    # Not compared: what is overridden goes along with the next one that is started.
    overridable = Overridable(
        service="ecs",
        create="RunTask",
        reserved={
            **dict.fromkeys(("cluster", "taskDefinition", "count", "startedBy"), "fargatectl finds it by it"),
            "tags": "fargatectl knows its own by them",
            "clientToken": "botocore sends one of its own",
            **dict.fromkeys(("launchType", "capacityProviderStrategy"), "it is never interrupted"),
            "platformVersion": "set platform_version of the service",
            "networkConfiguration": "set network, and public_ip of the service",
            **dict.fromkeys(("placementConstraints", "placementStrategy"), "Fargate decides where tasks run"),
            **dict.fromkeys(
                ("overrides.taskRoleArn", "overrides.executionRoleArn"), "set role of the service"
            ),
            "overrides.containerOverrides.*.name": "it is the service's container",
            "overrides.containerOverrides.*.command": "set before_deploy of the service",
        },
    )
    doubles: ClassVar[bool] = True  # a retry of our own has another token than botocore's

    service: str = field(metadata=IDENTITY)
    number: int = field(metadata=IDENTITY)
    cluster: Cluster = field(metadata=IDENTITY)
    task_definition: TaskDefinition = field(metadata=IDENTITY)
    command: tuple[str, ...] = field(metadata=IDENTITY)
    network: Network = field(metadata=IDENTITY)
    way_out: WayOut | None = field(default=None, metadata=IDENTITY)
    security_groups: tuple[SecurityGroup, ...] = field(metadata=IDENTITY)
    extra_groups: tuple[str, ...] = field(default=(), metadata=IDENTITY)
    public_ip: bool = field(default=True, metadata=IDENTITY)
    platform_version: str = field(default=_capacity.LATEST, metadata=IDENTITY)
    before: tuple[Resource, ...] = field(default=(), metadata=IDENTITY)
    after: tuple[Resource, ...] = field(default=(), metadata=AFTER)

    @property
    def address(self) -> str:
        return f"{self.service}/before_deploy/{self.number}"

    @property
    def started_by(self) -> str:
        """What the task says of who started it; the same for the same command and task definition."""
        said = canonical([self.service, self.number, self.command, self.task_definition.fingerprint])
        return f"{_one_off.STARTED_BY}/{self.id}/{hashlib.sha256(said.encode()).hexdigest()[:16]}"

    @property
    def fingerprint(self) -> str:
        return self.started_by.rpartition("/")[2]

    def values(self, outputs: Outputs) -> dict[str, object]:
        return {}

    def rights(self, territory: Territory) -> Sequence[Right]:
        cluster = self.cluster.name
        inside = {"ArnEquals": {"ecs:cluster": territory.arn("ecs", f"cluster/{cluster}")}}
        tasks = (territory.arn("ecs", f"task/{cluster}/*"),)
        families = (territory.arn("ecs", f"task-definition/{territory.scope.prefix}-*:*"),)
        return (
            Right((Operation.FIND,), ("ecs:ListTasks",), when=inside),
            Right((Operation.FIND, Operation.CREATE), ("ecs:DescribeTasks",), tasks),
            Right((Operation.CREATE,), ("ecs:RunTask",), families, inside),
            # Of the task, when it is started; of the revision, once it has ended well.
            Right((Operation.CREATE,), ("ecs:TagResource",), (*tasks, *families)),
            Right(
                (Operation.CREATE,),
                ("logs:GetLogEvents",),
                group_arns(self.task_definition.log_group.name, territory),
            ),
        )

    @classmethod
    def find(cls, look: Look, wanted: Sequence[Self]) -> Iterable[Live]:
        return _one_off.find(look, cls.kind, wanted)

    def create(self, tools: Tools, outputs: Outputs) -> Live:
        groups = [outputs.need(group) for group in self.security_groups]
        answer = tools.aws.call(
            "ecs",
            "RunTask",
            cluster=self.cluster.name,
            taskDefinition=outputs.need(self.task_definition),
            count=1,
            platformVersion=self.platform_version,
            capacityProviderStrategy=[{"capacityProvider": "FARGATE", "weight": 1}],
            networkConfiguration={
                "awsvpcConfiguration": {
                    "subnets": sorted(outputs.need(self.network, "subnets").split(",")),
                    "securityGroups": sorted([*groups, *self.extra_groups]),
                    "assignPublicIp": "ENABLED" if self.public_ip else "DISABLED",
                }
            },
            overrides={
                "containerOverrides": [
                    {"name": self.task_definition.container, "command": list(self.command)}
                ]
            },
            startedBy=self.started_by,
            enableECSManagedTags=True,
            tags=lower(tools.scope.tags(self.id)),
        )
        for failure in answer.get("failures", ()):
            reason = " ".join(filter(None, (failure.get("reason"), failure.get("detail"))))
            if "capacity is unavailable" in reason.lower():  # `fargatectl.aws.settling` waits for it
                raise AwsError("CapacityUnavailable", reason, "ecs", "RunTask")
            raise DeployError(
                f"ECS did not start the task {self.name}: {reason or 'it gives no reason'}",
                hint="The service was not touched. Run fargatectl up again.",
                code="before_deploy.not_started",
            )
        return _one_off.live(self, answer["tasks"][0], True)

    def update(self, tools: Tools, live: Live, fields: Mapping[str, FieldChange], outputs: Outputs) -> Live:
        raise TypeError(f"{self.kind} has nothing to update")

    def watch(self, tools: Tools, live: Live, outputs: Outputs) -> Watch | None:
        if live.settled:
            return None
        from fargatectl.rollout.one_off import OneOff

        return OneOff(self, tools, live, outputs)

    @classmethod
    def delete(cls, tools: Tools, live: Live) -> None:
        try:
            tools.aws.call(
                "ecs", "StopTask", cluster=live.extra["cluster"], task=live.outputs["arn"],
                reason="Stopped by fargatectl down",
            )  # fmt: skip
        except AwsError as error:
            if "not found" not in error.text.lower():
                raise

    @classmethod
    def gone(cls, tools: Tools, live: Live) -> NotYet | Settled:
        answer = tools.aws.call(
            "ecs", "DescribeTasks", cluster=live.extra["cluster"], tasks=[live.outputs["arn"]]
        )
        running = [one for one in answer["tasks"] if one["lastStatus"] != "STOPPED"]
        return NotYet("it is stopping") if running else Settled()

    def succeeded(self, tools: Tools, outputs: Outputs) -> None:
        """Note on the revision that the command has ended well for it."""
        tools.aws.call(
            "ecs",
            "TagResource",
            resourceArn=outputs.need(self.task_definition),
            tags=lower({_one_off.tag_of(self): self.fingerprint}),
        )
