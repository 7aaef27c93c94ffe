"""The models of a spec: frozen, complete, every value in AWS's own unit. `load` makes them from a file.

The descriptions are the reference: the documentation page and the editors' JSON Schema are made from them.
"""

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from fargatectl.dataclass import dataclass
from fargatectl.spec import capacity, fields, shapes, sizes
from fargatectl.spec import load_balancer as balancing
from fargatectl.spec import scaling as of_scaling
from fargatectl.spec.containers import not_in_env
from fargatectl.spec.deadlock import deadlock
from fargatectl.spec.deployment import SHIFTING, Deployment
from fargatectl.spec.discovery import Named
from fargatectl.spec.network import Network, OwnNetwork, check_balancer
from fargatectl.spec.parts import (
    Build,
    EcsName,
    EnvName,
    HealthCheck,
    Image,
    Logs,
    Name,
    Region,
    Repository,
    Text,
)
from fargatectl.spec.roles import Roles, TaskRole
from fargatectl.spec.storage import FileSystems, Key
from fargatectl.spec.task import TaskOptions
from fargatectl.spec.together import misfits

__all__ = [
    "Build",
    "Deployment",
    "HealthCheck",
    "LoadedSpec",
    "Logs",
    "Network",
    "OwnNetwork",
    "Service",
    "Spec",
]


class Service(TaskOptions):
    """One container image, run as a number of equal tasks."""

    build: Annotated[Build, shapes.text_as("context")] | None = Field(
        None,
        description=(
            "The image's source: a folder with a Dockerfile, or a map with `context` and more. Either this "
            "or `image`."
        ),
    )
    image: Image | None = Field(
        None,
        validate_default=True,
        description=(
            "An image to run as it is, by name and tag or digest. Either this or `build`. In ECR of the same "
            "account and region, a tag that was moved is deployed by the next `up`: tasks get the digest "
            "that it has then. In other registries tags are not looked at."
        ),
    )
    port: Annotated[int, fields.whole(1, 65535)] | None = Field(
        None,
        description=(
            "The TCP port that the container listens on; opened to the internet unless `allow` says to whom, "
            "or to the load balancer alone where there is one. Without a port nothing can connect."
        ),
    )
    allow: balancing.Allowed | None = Field(
        None,
        description=(
            "Who may connect to `port` where there is no load balancer: addresses as CIDR, ids of security "
            "groups or prefix lists; everybody if not given. The app's services that find this one by "
            "`connect` or `discovery` always may: `[]` is for them alone."
        ),
    )
    cpu: Annotated[int, fields.cpu()] = Field(
        256,
        description=(
            'CPU of each task: a number of vCPUs, such as 0.25 or "1 vCPU", or of CPU units, such as 256.'
        ),
    )
    memory: Annotated[int, fields.memory()] = Field(
        0,
        validate_default=True,
        description=(
            'Memory of each task: a number of MiB, such as 512, or "0.5 GB"; which sizes there are depends '
            "on `cpu`. The smallest one if not given."
        ),
    )
    count: Annotated[
        int,
        fields.whole(0, of_scaling.MOST_TASKS, instead="a range is scaling, with min, max and cpu"),
    ] = Field(1, description="How many tasks run at once; with `scaling`, how many the service begins with.")
    scaling: of_scaling.Scaling | None = Field(
        None, description="Autoscaling: how many tasks run is decided by their load and by the time."
    )
    env: dict[EnvName, Text] = Field(
        default_factory=fields.fresh(dict),
        description="Environment variables. Values are kept as written: `on`, `08` and `1e3` stay text. They "
        "stand in the task definition in plain text: what looks secret belongs in `secrets`.",
    )
    secrets: dict[EnvName, Annotated[str, fields.secret()]] = Field(
        default_factory=fields.fresh(dict),
        description=(
            "Environment variables filled from a secret when a task starts: `app:NAME` (set by `fargatectl "
            "secret set NAME`), `generated:NAME` (a random value, made once), `ssm:NAME` or a bare name (SSM "
            "Parameter Store), `secretsmanager:NAME`, `secretsmanager:NAME:KEY` (one key of a JSON object), "
            "or an ARN."
        ),
    )
    role: Annotated[TaskRole, shapes.text_as("arn")] | None = Field(
        None,
        description=(
            "What the service's code may do in AWS: a role's ARN, or a map with `policies` and `statements`, "
            "of which a role is made. Nothing if not given."
        ),
    )
    command: Annotated[list[Text], shapes.argv()] | None = Field(
        None, description="Replaces the image's CMD: a list, or a text that is split as a shell would."
    )
    entrypoint: Annotated[list[Text], shapes.argv()] | None = Field(
        None, description="Replaces the image's ENTRYPOINT: a list, or a text that is split as a shell would."
    )
    container: EcsName | None = Field(
        None, description="The container's name in the task definition; the service's name if not given."
    )
    repository: Repository | None = Field(
        None,
        description=(
            "The ECR repository of this service's image, instead of the one that follows from the app."
        ),
    )
    architecture: Annotated[
        Literal["x86_64", "arm64"],
        fields.one_of({"x86_64": "x86_64", "arm64": "arm64", "amd64": "x86_64", "aarch64": "arm64"}),
    ] = Field(
        "x86_64",
        validate_default=True,
        description=(
            "The CPU type: x86_64, or arm64, which costs about a fifth less. Images are built for it."
        ),
    )
    operating_system: capacity.OperatingSystem = Field(
        "linux", description="The system of the image: linux. Windows tasks are not supported."
    )
    ephemeral_storage: capacity.Storage | None = Field(
        None,
        description=(
            'Disk of each task while it runs: GiB, 21 to 200, such as 40 or "40 GB". Every task has 20 for '
            "nothing; more is paid for."
        ),
    )
    platform_version: capacity.PlatformVersion = Field(
        "LATEST",
        description=(
            "Fargate's platform version: LATEST, 1.4.0 or 1.3.0. The last has no arm64, no sizes from 8 vCPU "
            "and no `ephemeral_storage`."
        ),
    )
    public_ip: Annotated[bool, fields.yes_or_no()] | None = Field(
        None,
        description=(
            "Whether each task has a public IPv4 address: true if not given, and false in a private network "
            "of the app's own (`network.create.private`). Without one the subnets need a NAT gateway or VPC "
            "endpoints."
        ),
    )
    load_balancer: Annotated[balancing.ServiceLoadBalancer | None, balancing.behind()] = Field(
        None,
        description=(
            "Put the tasks behind the app's load balancer: `true`, or a map with `path`, `host` and more. "
            "Tasks then accept connections from it alone, and its address is the service's."
        ),
    )
    health_check: Annotated[HealthCheck | None, shapes.or_false()] = Field(
        None,
        description=(
            "A check that ECS runs inside the container; none if not given. `false`: none, and no word of "
            "the Dockerfile's HEALTHCHECK, which ECS ignores."
        ),
    )
    stop_timeout: Annotated[int, fields.seconds(2, 120)] | None = Field(
        None,
        description=(
            "Seconds between SIGTERM and SIGKILL when a task is stopped, 2 to 120; Fargate's default is 30."
        ),
    )
    user: (
        Annotated[str, fields.matching(r"[^\s:]+(?::[^\s:]+)?", "write user, user:group, uid or uid:gid")]
        | None
    ) = Field(
        None,
        description="The user that the container runs as, such as `1000:1000`; the image's if not given.",
    )
    spot: Annotated[capacity.Spot | None, capacity.spot()] = Field(
        None,
        description=(
            "Run on Fargate Spot: far cheaper, but tasks can be stopped with a two-minute warning, and none "
            "starts while AWS has no Spot capacity. `true`, or a map that keeps some on demand."
        ),
    )
    deployment: Deployment = Field(
        default_factory=fields.fresh(Deployment), description="How old tasks are replaced by new ones."
    )
    before_deploy: Annotated[list[Annotated[list[Text], shapes.argv()]], shapes.commands()] = Field(
        default_factory=fields.fresh(list),
        description=(
            "Commands to run one after another before tasks of a new version start, each as a task of its "
            "own with the new image and settings: a database migration. Where one fails, the service stays "
            "as it is. They run when the task definition changes, or when the last run failed."
        ),
    )
    after: Annotated[list[Name], shapes.distinct(0, 100)] = Field(
        default_factory=fields.fresh(list),
        description=(
            "Services of this app that must be steady before this one is created or changed. While one of "
            "them is paused (`deployment.pause`), this one is left for the `up` that follows its promotion."
        ),
    )
    grace_period: Annotated[int, fields.seconds(0, 2_147_483_647)] | None = Field(
        None,
        description=(
            "Seconds after a task's start in which ECS ignores failing health checks; behind a load balancer "
            "60 if not given."
        ),
    )

    @field_validator("env")
    @classmethod
    def _fits(cls, env: dict[str, str]) -> dict[str, str]:
        # ECS service quotas, "Task definition size": 64 KiB, everything else in it included.
        size = sum(len(name) + len(value) for name, value in env.items())
        if size > sizes.TASK_DEFINITION_BYTES:
            raise fields.fault(
                f"has {size:,} characters, and a task definition holds {sizes.TASK_DEFINITION_BYTES:,}: "
                "put large texts into the image or S3"
            )
        return env

    @field_validator("image")
    @classmethod
    def _build_or_image(cls, image: str | None, info: ValidationInfo) -> str | None:
        if "build" not in info.data:  # it was refused already
            return image
        if image is None and info.data["build"] is None:
            raise fields.fault(fields.NO_SOURCE, up=1)
        if image is not None and info.data["build"] is not None:
            raise fields.fault("cannot stand beside build: keep one (in an overlay, null removes the other)")
        return image

    @field_validator("memory", mode="before")
    @classmethod
    def _memory_for_cpu(cls, memory: object, info: ValidationInfo) -> int:
        cpu = info.data.get("cpu")
        if memory == 0 and isinstance(memory, int):  # the default; from a file comes text
            return sizes.smallest_memory(cpu or min(sizes.SIZES))
        if cpu is None:  # it was refused already: only the form can be checked
            return int(fields.sized(lambda text: int(sizes.memory_mib(text)), memory))
        return fields.sized(lambda text: sizes.allowed_memory(text, cpu), memory)

    @model_validator(mode="after")
    def _can_scale_and_be_reached(self) -> Self:
        if why := balancing.no_use_of_allow(self.allow, self.port, bool(self.load_balancer)):
            raise fields.fault(why, "allow")
        given = self.scaling if "count" in self.model_fields_set else None
        if given is not None and (why := of_scaling.outside(self.count, given)):
            raise fields.fault(why, "count")
        counted = self.scaling is not None and self.scaling.requests is not None
        if counted and (why := of_scaling.uncounted(bool(self.load_balancer), self.deployment.strategy)):
            raise fields.fault(why, "scaling", "requests")
        return self

    @field_validator("architecture")
    @classmethod
    def _built_for_it(cls, architecture: str, info: ValidationInfo) -> str:
        if why := capacity.other_platform(info.data.get("build"), architecture):
            raise fields.fault(why, "build", "platform", up=1)
        return architecture

    @field_validator("platform_version")
    @classmethod
    def _not_too_old(cls, version: str, info: ValidationInfo) -> str:
        size = {"cpu": info.data.get("cpu", 0), "architecture": info.data.get("architecture", "")}
        if why := capacity.too_old(version, **size, storage=info.data.get("ephemeral_storage")):
            raise fields.fault(why)
        return version

    _secrets = field_validator("secrets")(not_in_env)

    @field_validator("load_balancer")
    @classmethod
    def _has_a_port(
        cls, behind: balancing.ServiceLoadBalancer | None, info: ValidationInfo
    ) -> balancing.ServiceLoadBalancer | None:
        if behind is not None and info.data.get("port", 0) is None:
            raise fields.fault("needs port: the one that the container listens on")
        return behind

    @field_validator("deployment")
    @classmethod
    def _can_roll(cls, deployment: Deployment, info: ValidationInfo) -> Deployment:
        count = of_scaling.fewest(info.data.get("count", 0), info.data.get("scaling"))
        why = deadlock(count, deployment.minimum_healthy_percent, deployment.maximum_percent)
        if why:
            raise fields.fault(why)
        if deployment.strategy in SHIFTING and info.data.get("load_balancer", "") is None:
            raise fields.fault(
                f"{deployment.strategy} shifts requests at a load balancer: add load_balancer: true to the "
                "service, or use rolling",
                "strategy",
            )
        behind = info.data.get("load_balancer")
        if deployment.strategy in SHIFTING and behind is not None and behind.protocol != "http":
            why = f"{deployment.strategy} is for http: use rolling with {behind.protocol}"
            raise fields.fault(why, "strategy")
        return deployment


class Spec(Named):
    """One app: services that share a cluster, a log group and a network."""

    app: Name = Field(description="The app's name, in the names and tags of everything that is made for it.")
    region: Region | None = Field(
        None, description="The AWS region; the one of the AWS environment (AWS_REGION, profile) if not given."
    )
    cluster: EcsName | None = Field(
        None, description="The ECS cluster's name; follows from the app and the environment if not given."
    )
    repository: Repository | None = Field(
        None,
        description="The ECR repository's name; follows from the app and the environment if not given.",
    )
    network: Network = Field(
        default_factory=fields.fresh(Network), description="The VPC, subnets and security groups."
    )
    load_balancer: balancing.LoadBalancer = Field(
        default_factory=fields.fresh(balancing.LoadBalancer),
        description="The load balancer that services with `load_balancer` share.",
    )
    roles: Roles = Field(
        default_factory=fields.fresh(Roles), description="What all roles of the app have in common."
    )
    logs: Logs = Field(
        default_factory=fields.fresh(Logs), description="The log group of the app in CloudWatch Logs."
    )
    file_systems: FileSystems
    kms_key: Key
    services: Annotated[dict[Name, Service], shapes.not_empty("service")] = Field(
        description="The app's services by name, at least one."
    )

    @field_validator("load_balancer")
    @classmethod
    def _in_the_network(
        cls, balancer: balancing.LoadBalancer, info: ValidationInfo
    ) -> balancing.LoadBalancer:
        if "network" in info.data:
            check_balancer(info.data["network"], balancer.subnets)
        return balancer

    @field_validator("services")
    @classmethod
    def _fit_together(cls, services: dict[str, Service], info: ValidationInfo) -> dict[str, Service]:
        if faults := fields.all_of(misfits(services, info.data)):
            raise faults
        return services


@dataclass(frozen=True)
class LoadedSpec:
    """A spec as it was read, with the chosen environment's overlay already applied.

    Attributes:
        spec: The checked spec.
        path: The file, as the user gave it.
        environment: The name chosen with `-e`, else ``default``.
        lines: Dotted key path (``services.web.env.GREETING``, ``services.web.command[0]``) -> 1-based line.
    """

    spec: Spec
    path: Path
    environment: str
    lines: Mapping[str, int] = field(default_factory=dict, compare=False)

    def line_of(self, key: str) -> int:
        """The line of a dotted key path, or of the nearest key above it in the file; 1 if there is none."""
        while key not in self.lines and key:
            key = key[: max(key.rfind("."), key.rfind("["), 0)]
        return self.lines.get(key, 1)
