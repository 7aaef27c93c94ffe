"""The ECS task definition of a service: what its tasks are made of. Each change is a new revision."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import field
from functools import partial
from typing import Any, ClassVar, Self

from fargatectl.aws.errors import NOT_DELETED, AwsError, done_if_gone
from fargatectl.dataclass import dataclass
from fargatectl.engine.observe import Look
from fargatectl.engine.outputs import Outputs, Pending
from fargatectl.engine.resource import IDENTITY, FieldChange, Live, Resource
from fargatectl.engine.rights import Operation, Right, Territory
from fargatectl.engine.tools import Tools
from fargatectl.resources import _revisions
from fargatectl.resources._containers import (
    OVERRIDABLE,
    log_group_of,
    log_router_of,
    options_of,
    sidecars_of,
)
from fargatectl.resources._tags import canonical, lower
from fargatectl.resources._volumes import efs_of, efs_values, volume_requests, volumes_of
from fargatectl.resources.access_point import AccessPoint
from fargatectl.resources.account import Account
from fargatectl.resources.given_file_system import GivenFileSystem
from fargatectl.resources.given_image import LATER, GivenImage, tagged
from fargatectl.resources.given_role import GivenRole
from fargatectl.resources.image import Image
from fargatectl.resources.log_group import LogGroup
from fargatectl.resources.mount_target import MountTarget
from fargatectl.resources.role import Role
from fargatectl.resources.secret import Secret

FORMAT = 1  # of the fingerprint: raise it when what is sent changes for the same fields
ROUTER = "log_router"  # the container's name, as in AWS's examples
_ARNS = ("valueFrom", "credentialsParameter")
_CPU = {"x86_64": "X86_64", "arm64": "ARM64"}


@dataclass(frozen=True, kw_only=True, eq=False)
class TaskDefinition(Resource):
    """One container on Fargate.

    Attributes:
        name: The family.
        service: Address of the service that runs it (see `fargatectl.resources._services`).
        cpu: CPU units, 1024 to a vCPU.
        memory: MiB.
        image: Built by us, or any reference that AWS can pull.
        images: Those of its containers in ECR that nobody builds here: registered by the digests that their
            tags have.
        secrets: Name -> ``valueFrom``; may contain ``{region}``, ``{id}`` and ``{partition}``.
        own_secrets: Those among them that must be there before a task starts.
        health_check: As in ECS's HealthCheck: command, interval, timeout, retries, startPeriod; seconds.
        stop_timeout: Seconds between SIGTERM and SIGKILL.
        options: More members of its container definition (see `_containers.OPTIONS`); may contain what
            `secrets` may, as may `sidecars`.
        sidecars: Name -> container definition of those beside it, without name and logs.
        log_router: The container ``container`` that sends logs on, and the LogConfiguration ``driver`` of
            all others; empty for none. May contain what `secrets` may.
        volumes: Names of folders that containers mount: empty ones, that live as long as the task,
        storage: but for these, whose ids are names of volumes.
        targets: Where it is reached.
        port_name: Of Service Connect; the protocol may follow it.
        overridden: The members of a registered one that were overridden.
        ephemeral_storage: GiB; None for the 20 that every task has.

    Outputs: ``arn``, ``revision``, ``fingerprint`` (see `made_of`).
    """

    kind: ClassVar[str] = "ecs.task_definition"
    renews: ClassVar[bool] = True
    needs_presence: ClassVar[bool] = True  # names and ARNs: tasks alone need a role's policies
    outlived: ClassVar[bool] = True  # only revisions go that are older than those whose tasks may still run
    doubles: ClassVar[bool] = True  # RegisterTaskDefinition takes no token
    assigned: ClassVar[frozenset[str]] = frozenset({"storage"})
    remade: ClassVar[frozenset[str]] = frozenset({"image"})  # no build gives the digest of the one before
    overridable = OVERRIDABLE

    account: Account
    service: str = field(metadata=IDENTITY)
    cpu: int
    memory: int
    architecture: str
    ephemeral_storage: int | None = None
    execution_role: Role
    task_role: Role | GivenRole
    container: str
    image: Image | str
    images: tuple[GivenImage, ...] = field(default=(), metadata=IDENTITY)
    port: int | None = None
    port_name: str = ""
    protocol: str = field(default="tcp", metadata=IDENTITY)
    env: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    own_secrets: tuple[Secret, ...] = field(default=(), metadata=IDENTITY)
    command: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] = ()
    user: str | None = None
    stop_timeout: int | None = None
    health_check: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    sidecars: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    log_router: Mapping[str, Any] = field(default_factory=dict)
    volumes: tuple[str, ...] = ()
    storage: tuple[AccessPoint | GivenFileSystem, ...] = ()
    targets: tuple[MountTarget, ...] = field(default=(), metadata=IDENTITY)
    log_group: LogGroup
    overridden: str = ""

    @property
    def fingerprint(self) -> str:
        """Hash of all that the spec says of it; equal ones have equal fields, but for what tags name."""
        image = self.image.address if isinstance(self.image, Image) else self.image
        said = [
            FORMAT, self.name, self.cpu, self.memory, self.architecture, self.execution_role.name,
            self.task_role.name, self.container, image, self.port, dict(self.env), dict(self.secrets),
            self.command, self.entrypoint, self.user, self.stop_timeout, dict(self.health_check),
            self.log_group.name,
        ]  # fmt: skip
        if self.ephemeral_storage:  # only then: what was registered before there was the key stays the same
            said.append({"ephemeral_storage": self.ephemeral_storage})
        if self.protocol != "tcp":
            said.append({"protocol": self.protocol})
        if self.options or self.sidecars:
            said.append([dict(self.options), dict(self.sidecars), self.volumes])
        if self.storage:
            said.append({"storage": [[one.kind, one.id, one.name] for one in self.storage]})
        if self.log_router:
            said.append({"log_router": dict(self.log_router)})
        if self.port_name:
            said.append({"port_name": self.port_name})
        if self.overrides.fields:
            said.append({"overrides": self.overrides.fields})
        return hashlib.sha256(canonical(said).encode()).hexdigest()[:16]

    def made_of(self, outputs: Outputs) -> str:
        """What is kept of what the live one was made of, or else this one is: fingerprint and digests."""
        live = outputs.live(self)
        known = live.outputs["fingerprint"] if live is not None and live.fingerprint else ""
        return known or self._made([one.digest(outputs) for one in self.images])

    def _made(self, digests: Sequence[str]) -> str:
        """Such as ``0123456789abcdef.89abcdef01234567.``: of two images, the second one's digest unknown."""
        marks = [_mark(one) for one in digests]
        return ".".join([self.fingerprint, *marks]) if any(marks) else self.fingerprint

    def is_made(self, known: str, look: Look) -> bool:
        """Whether one of such a fingerprint is what is wanted, as the images' tags are now.

        Where nobody may know what a tag names, its name alone counts.
        """
        if _revisions.of_spec(known) != self.fingerprint:
            return False
        states = tagged(look, self.images) if self.images else {}
        now = [_mark(states[one.image].digest if one.image in states else "") for one in self.images]
        then = known.split(".")[1:]
        then += [""] * (len(now) - len(then))
        return all(not mark or old in (mark, LATER) for old, mark in zip(then, now, strict=False))

    def values(self, outputs: Outputs) -> dict[str, object]:
        return {
            "cpu": self.cpu,
            "memory": self.memory,
            "architecture": self.architecture,
            "ephemeral_storage": self.ephemeral_storage,
            "execution_role": outputs.get(self.execution_role),
            "task_role": outputs.get(self.task_role),
            "container": self.container,
            "image": self._image(outputs),
            "port_name": self.port_name,
            "port": self.port if self.protocol == "tcp" else f"{self.port}/{self.protocol}",
            "env": dict(self.env),
            "secrets": {name: self._in_account(value, outputs) for name, value in self.secrets.items()},
            "command": self.command,
            "entrypoint": self.entrypoint,
            "user": self.user,
            "stop_timeout": self.stop_timeout,
            "health_check": dict(self.health_check),
            "options": self._filled(self.options, outputs),
            "sidecars": self._filled(self.sidecars, outputs),
            "log_router": self._filled(self.log_router, outputs),
            "volumes": self.volumes,
            "storage": efs_values(self.storage, outputs),
            "log_group": self.log_group.name,
            "overridden": " ".join(sorted(self.overrides.fields)),
        }

    def parts(self, member: str) -> Collection[str]:
        return (self.container, *self.sidecars) if member == "containerDefinitions" else ()

    def _image(self, outputs: Outputs) -> object:
        if not isinstance(self.image, Image):
            return self._pinned(self.image, outputs)
        digest = outputs.get(self.image, "digest")
        if isinstance(digest, Pending):
            return digest
        return f"{outputs.get(self.image.repository, 'uri')}@{digest}"

    def _pinned(self, reference: str, outputs: Outputs) -> str:
        """A reference as tasks get it: by digest where that of its tag is known."""
        return next((one.pinned(outputs) for one in self.images if one.name == reference), reference)

    def _in_account(self, value: str, outputs: Outputs) -> str:
        for name in ("id", "region", "partition"):
            value = value.replace("{" + name + "}", str(outputs.get(self.account, name)))
        return value

    def _filled(self, value: Any, outputs: Outputs) -> Any:
        """Container definitions with the ARNs of what they read in this account, and the digests of their
        images; all else is people's own."""
        if isinstance(value, list):
            return [self._filled(one, outputs) for one in value]
        if not isinstance(value, Mapping):
            return value

        def filled(name: str, one: Any) -> Any:
            if name in _ARNS:
                return self._in_account(one, outputs)
            is_image = name == "image" and isinstance(one, str)
            return self._pinned(one, outputs) if is_image else self._filled(one, outputs)

        return {name: filled(name, one) for name, one in value.items()}

    def rights(self, territory: Territory) -> Sequence[Right]:
        # Families of services that the spec no longer has are removed too.
        families = (territory.arn("ecs", f"task-definition/{territory.scope.prefix}-*:*"),)
        tagging = {"StringEquals": {"ecs:CreateAction": "RegisterTaskDefinition"}}
        removal = (Operation.DELETE, Operation.PRUNE)
        lists = ("ecs:DescribeTaskDefinition", "ecs:ListTaskDefinitionFamilies", "ecs:ListTaskDefinitions")
        return (
            Right((Operation.FIND, Operation.SEARCH), lists),
            Right((Operation.CREATE, Operation.UPDATE), ("ecs:RegisterTaskDefinition",), families),
            Right((Operation.CREATE, Operation.UPDATE), ("ecs:TagResource",), families, tagging),
            Right(removal, ("ecs:DeregisterTaskDefinition",)),
            Right(removal, ("ecs:DeleteTaskDefinitions",), families),
        )

    @classmethod
    def find(cls, look: Look, wanted: Sequence[Self]) -> Iterable[Live]:
        asked = {one.name: (one.service, partial(one.is_made, look=look)) for one in wanted}
        read = {one.name for one in wanted if one.storage}  # no fingerprint covers ids that AWS gave
        return look.once("revisions", lambda: _revisions.find(look, cls.kind, asked, fields_of, read))

    def create(self, tools: Tools, outputs: Outputs) -> Live:
        made = self._made([one.digest(outputs) for one in self.images])
        tags = {**tools.scope.tags(self.id), _revisions.TAG_FINGERPRINT: made}
        if self.overrides.fields:
            tags[_revisions.TAG_OVERRIDDEN] = " ".join(sorted(self.overrides.fields))
        answer = tools.aws.call("ecs", "RegisterTaskDefinition", **self.request(outputs), tags=lower(tags))[
            "taskDefinition"
        ]
        return _revisions.live(self.kind, answer, tags, True, fields_of(answer))

    def update(self, tools: Tools, live: Live, fields: Mapping[str, FieldChange], outputs: Outputs) -> Live:
        return self.create(tools, outputs)

    @classmethod
    def delete(cls, tools: Tools, live: Live) -> None:
        arn = live.outputs["arn"]
        if live.extra["status"] == "ACTIVE":
            try:
                with done_if_gone():
                    tools.aws.call("ecs", "DeregisterTaskDefinition", taskDefinition=arn)
            except AwsError as error:
                if "inactive" not in error.text.lower():  # done by the try before
                    raise
        answer = tools.aws.call("ecs", "DeleteTaskDefinitions", taskDefinitions=[arn])
        for failure in answer.get("failures", ()):
            reason = " ".join(filter(None, (failure.get("reason"), failure.get("detail"))))
            if "does not exist" in reason:  # done by the try before
                continue
            raise AwsError(NOT_DELETED, reason or "no reason given", "ecs", "DeleteTaskDefinitions")

    def request(self, outputs: Outputs) -> dict[str, Any]:
        """RegisterTaskDefinition's parameters, tags excepted."""
        values = self.values(outputs)
        logs = {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": self.log_group.name,
                "awslogs-region": str(outputs.get(self.account, "region")),
                "awslogs-stream-prefix": self.id,
            },
        }
        container: dict[str, Any] = {
            "name": self.container,
            "image": values["image"],
            "essential": True,
            "environment": [{"name": name, "value": self.env[name]} for name in sorted(self.env)],
        }
        if self.port:
            named = dict(zip(("name", "appProtocol"), self.port_name.split(), strict=False))
            container["portMappings"] = [{"containerPort": self.port, "protocol": self.protocol, **named}]
        secrets = values["secrets"]
        assert isinstance(secrets, dict)
        optional = {
            "secrets": [{"name": name, "valueFrom": secrets[name]} for name in sorted(secrets)],
            "command": list(self.command),
            "entryPoint": list(self.entrypoint),
            "user": self.user,
            "stopTimeout": self.stop_timeout,
            "healthCheck": dict(self.health_check),
        }
        container |= {name: value for name, value in optional.items() if value}
        options, sidecars = values["options"], values["sidecars"]
        assert isinstance(options, dict)
        assert isinstance(sidecars, dict)
        container |= options
        beside = [{"name": name, **sidecars[name]} for name in sorted(sidecars)]
        volumes = {"volumes": volume_requests(self.volumes, self.storage, outputs)}
        storage = {"ephemeralStorage": {"sizeInGiB": self.ephemeral_storage}}
        return {
            **(storage if self.ephemeral_storage else {}),
            **(volumes if self.volumes else {}),
            "family": self.name,
            "requiresCompatibilities": ["FARGATE"],
            "networkMode": "awsvpc",
            "cpu": str(self.cpu),
            "memory": str(self.memory),
            "runtimePlatform": {
                "cpuArchitecture": _CPU[self.architecture],
                "operatingSystemFamily": "LINUX",
            },
            "executionRoleArn": values["execution_role"],
            "taskRoleArn": values["task_role"],
            "containerDefinitions": self._logging([container, *beside], logs, values["log_router"]),
        }

    @staticmethod
    def _logging(containers: list[dict[str, Any]], logs: dict[str, Any], router: Any) -> list[dict[str, Any]]:
        """The containers with where their logs go; a router's own always go to the log group."""
        driver = router["driver"] if router else logs
        routers = [{"name": ROUTER, **router["container"], "logConfiguration": logs}] if router else []
        return [*({**one, "logConfiguration": driver} for one in containers), *routers]


def fields_of(definition: Mapping[str, Any]) -> dict[str, object]:
    """A registered task definition in the shape of `TaskDefinition.values`."""
    containers: Sequence[Mapping[str, Any]] = definition.get("containerDefinitions", ())
    container: Mapping[str, Any] = next(iter(containers), {})
    ports = [
        one.get("containerPort") if one.get("protocol", "tcp") == "tcp" else f"{one.get('containerPort')}/udp"
        for one in container.get("portMappings", ())
    ]
    cpus = {aws: ours for ours, aws in _CPU.items()}
    platform = definition.get("runtimePlatform", {})
    return {
        "cpu": int(definition.get("cpu") or 0),
        "memory": int(definition.get("memory") or 0),
        "architecture": cpus.get(platform.get("cpuArchitecture", "X86_64")),
        "ephemeral_storage": definition.get("ephemeralStorage", {}).get("sizeInGiB"),
        "execution_role": definition.get("executionRoleArn"),
        "task_role": definition.get("taskRoleArn"),
        "container": container.get("name"),
        "image": container.get("image"),
        "port": ports[0] if ports else None,
        "port_name": _port_name(container),
        "env": {one["name"]: one["value"] for one in container.get("environment", ())},
        "secrets": {one["name"]: one["valueFrom"] for one in container.get("secrets", ())},
        "command": tuple(container.get("command") or ()),
        "entrypoint": tuple(container.get("entryPoint") or ()),
        "user": container.get("user"),
        "stop_timeout": container.get("stopTimeout"),
        "health_check": dict(container.get("healthCheck") or {}),
        "options": options_of(container),
        "sidecars": sidecars_of(containers),
        "log_router": log_router_of(containers),
        "volumes": volumes_of(definition),
        "storage": efs_of(definition),
        "log_group": log_group_of(containers),
    }


def _mark(digest: str) -> str:
    """So much of an image's digest as tells it from another one of the same name."""
    return digest if digest == LATER else digest.rpartition(":")[2][:16]


def _port_name(container: Mapping[str, Any]) -> str:
    mapping: Mapping[str, Any] = next(iter(container.get("portMappings", ())), {})
    return " ".join(str(mapping[name]) for name in ("name", "appProtocol") if mapping.get(name))
