"""What can be said of any container: the service's own, and those beside it."""

import graphlib
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from fargatectl.spec import fields, shapes
from fargatectl.spec.parts import EcsName, EnvName, HealthCheck, Image, Model, Name, Text

# ECS API reference, Ulimit and KernelCapabilities. Of capabilities Fargate adds SYS_PTRACE alone.
_ULIMITS = (
    *("core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc", "rss"),
    *("rtprio", "rttime", "sigpending", "stack"),
)
_CAPABILITIES = (
    *("ALL", "AUDIT_CONTROL", "AUDIT_WRITE", "BLOCK_SUSPEND", "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH"),
    *("FOWNER", "FSETID", "IPC_LOCK", "IPC_OWNER", "KILL", "LEASE", "LINUX_IMMUTABLE", "MAC_ADMIN"),
    *("MAC_OVERRIDE", "MKNOD", "NET_ADMIN", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_RAW", "SETFCAP"),
    *("SETGID", "SETPCAP", "SETUID", "SYS_ADMIN", "SYS_BOOT", "SYS_CHROOT", "SYS_MODULE", "SYS_NICE"),
    *("SYS_PACCT", "SYS_PTRACE", "SYS_RAWIO", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "SYSLOG"),
    "WAKE_ALARM",
)
_S3_FILE = r"arn:aws[a-z-]*:s3:::[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/[^\s*?]{1,900}\.env"
_MOST_LIMIT = 2**31 - 1

Path = Annotated[
    str, fields.matching(r"/[^\s:]{0,254}", "write an absolute path inside the container, such as /data")
]
Condition = Annotated[
    Literal["START", "COMPLETE", "SUCCESS", "HEALTHY"],
    fields.one_of({"start": "START", "complete": "COMPLETE", "success": "SUCCESS", "healthy": "HEALTHY"}),
]


class Mount(Model):
    """A volume in a container's file system."""

    path: Path = Field(description="Where it is in the container.")
    read_only: Annotated[bool, fields.yes_or_no()] = Field(
        False, description="Whether this container may only read it."
    )


class Ulimit(Model):
    """A resource limit of the container's processes."""

    soft: Annotated[int, fields.whole(0, _MOST_LIMIT)] = Field(description="What processes begin with.")
    hard: Annotated[int, fields.whole(0, _MOST_LIMIT)] = Field(
        description="What they can raise it to.", validate_default=True
    )

    @field_validator("hard")
    @classmethod
    def _above(cls, hard: int, info: ValidationInfo) -> int:
        if hard < info.data.get("soft", 0):
            raise fields.fault(f"must be at least soft, {info.data['soft']}, not {hard}")
        return hard


class Capabilities(Model):
    """Linux capabilities beside Docker's default set."""

    add: Annotated[
        list[Annotated[Literal["SYS_PTRACE"], fields.one_of({"sys_ptrace": "SYS_PTRACE"})]],
        shapes.distinct(0, 1),
    ] = Field(default_factory=fields.fresh(list), description="Fargate adds SYS_PTRACE alone.")
    drop: Annotated[
        list[Annotated[str, fields.one_of({name.lower(): name for name in _CAPABILITIES})]],
        shapes.distinct(0, len(_CAPABILITIES)),
    ] = Field(default_factory=fields.fresh(list), description="Those to take away, such as NET_RAW, or ALL.")


class ContainerOptions(Model):
    """What can be said of any container, and most need not."""

    working_directory: Path | None = Field(
        None, description="Where its command runs; the image's WORKDIR if not given."
    )
    read_only: Annotated[bool, fields.yes_or_no()] = Field(
        False,
        description=(
            "Whether its root file system can only be read. What it writes to are then its `mounts`."
        ),
    )
    mounts: dict[Name, Annotated[Mount, shapes.text_as("path")]] = Field(
        default_factory=fields.fresh(dict),
        description=(
            "Volumes by name: a path, or a map with `path` and `read_only`. A name of the app's "
            "`file_systems` is that file system. Any other is an empty folder that lives as long as the "
            "task; containers of a task that name the same one share it. To a user other than root it is "
            "writable where the image has that folder as a VOLUME of that user's."
        ),
    )
    ulimits: dict[
        Annotated[Literal[_ULIMITS], fields.one_of({name: name for name in _ULIMITS})],  # type: ignore[valid-type]
        Annotated[Ulimit, shapes.number_as("soft", "hard")],
    ] = Field(
        default_factory=fields.fresh(dict),
        description=(
            "Resource limits by name, such as `nofile: 65536`: one number, or a map with `soft` and `hard`."
        ),
    )
    capabilities: Capabilities = Field(
        default_factory=fields.fresh(Capabilities), description="Linux capabilities to add or to drop."
    )
    init_process: Annotated[bool, fields.yes_or_no()] = Field(
        False,
        description="Whether a small init runs first: it passes signals on and reaps orphaned processes.",
    )
    env_files: Annotated[
        list[
            Annotated[
                str,
                fields.matching(
                    _S3_FILE, "write the ARN of a file in S3, such as arn:aws:s3:::bucket/web.env"
                ),
            ]
        ],
        shapes.distinct(0, 10),
    ] = Field(
        default_factory=fields.fresh(list),
        description="Files in S3 with environment variables, `NAME=value` lines; `env` comes before them.",
    )
    registry_credentials: Annotated[str, fields.secret()] | None = Field(
        None,
        description=(
            "For an image in a private registry: `secretsmanager:NAME` or the ARN of a secret with "
            "`username` and `password`."
        ),
    )
    depends_on: dict[EcsName, Condition] = Field(
        default_factory=fields.fresh(dict),
        description=(
            "Containers of the same task that come before it, each with what it waits for: `start`, "
            "`complete`, `success` (exit code 0) or `healthy`."
        ),
    )

    @field_validator("registry_credentials")
    @classmethod
    def _in_secrets_manager(cls, value: str | None) -> str | None:
        if value is not None and "secretsmanager:" not in value:
            raise fields.fault("must be secretsmanager:NAME or the ARN of such a secret: ECS takes no other")
        return value


def not_in_env(secrets: dict[str, str], info: ValidationInfo) -> dict[str, str]:
    """The secrets, none of which is a variable too."""
    for name in secrets:
        if name in info.data.get("env", {}):
            raise fields.fault(fields.IN_BOTH, name)
    return secrets


class Sidecar(ContainerOptions):
    """A container that runs beside the service's own, in the same task: same network, same life."""

    image: Image = Field(description="Its image, by name and tag or digest.")
    essential: Annotated[bool, fields.yes_or_no()] = Field(
        True, description="Whether the task ends when it ends."
    )
    init: Annotated[bool, fields.yes_or_no()] = Field(
        False,
        description="Whether it runs to its end, well, before all others start: a migration, a download.",
    )
    port: Annotated[int, fields.whole(1, 65535)] | None = Field(
        None, description="The TCP port that it listens on, for the other containers of the task."
    )
    env: dict[EnvName, Text] = Field(default_factory=fields.fresh(dict), description="Environment variables.")
    secrets: dict[EnvName, Annotated[str, fields.secret()]] = Field(
        default_factory=fields.fresh(dict),
        description="Environment variables filled from a secret, as in a service.",
    )
    command: Annotated[list[Text], shapes.argv()] | None = Field(
        None, description="Replaces the image's CMD: a list, or a text that is split as a shell would."
    )
    entrypoint: Annotated[list[Text], shapes.argv()] | None = Field(
        None, description="Replaces the image's ENTRYPOINT: a list, or a text that is split as a shell would."
    )
    user: (
        Annotated[str, fields.matching(r"[^\s:]+(?::[^\s:]+)?", "write user, user:group, uid or uid:gid")]
        | None
    ) = Field(None, description="The user that it runs as; the image's if not given.")
    health_check: Annotated[HealthCheck | None, shapes.or_false()] = Field(
        None, description="A check that ECS runs inside it; none if not given."
    )
    stop_timeout: Annotated[int, fields.seconds(2, 120)] | None = Field(
        None, description="Seconds between SIGTERM and SIGKILL when the task is stopped, 2 to 120."
    )

    _secrets = field_validator("secrets")(not_in_env)


def container_faults(
    service: str,
    own: str,
    wanted: ContainerOptions,
    sidecars: Mapping[str, Sidecar],
    check: HealthCheck | None,
) -> Iterator[PydanticCustomError]:
    """The rules between the containers of a task.

    Args:
        own: The name of the service's container.
        check: Its health check.
    """
    if own in sidecars:
        yield fields.fault("has the name of the service's own container", service, "sidecars", own)
        return
    waits = {own: wanted.depends_on, **{name: one.depends_on for name, one in sidecars.items()}}
    checked = {
        name for name, one in ((own, check), *((n, s.health_check) for n, s in sidecars.items())) if one
    }
    lasting = {own, *(name for name, one in sidecars.items() if one.essential and not one.init)}
    for name, one in sidecars.items():
        if one.init and (one.depends_on or one.health_check):
            why = "runs before all others and to its end: no depends_on, no health_check"
            yield fields.fault(why, service, "sidecars", name)
    clear = True
    for name, conditions in waits.items():
        at = (service, *(() if name == own else ("sidecars", name)), "depends_on")
        for other, condition in conditions.items():
            why = ""
            if other not in waits or other == name:
                known = ", ".join(sorted(set(waits) - {name})) or "none"
                why = f"is no other container of this task (there are: {known})"
            elif condition == "HEALTHY" and other not in checked:
                why = "has no health_check, so it never becomes healthy"
            elif condition in ("COMPLETE", "SUCCESS") and other in lasting:
                why = "is essential, and its end is the end of the task: set essential: false"
            if why:
                clear = False
                yield fields.fault(f"{other} {why}", *at)
    if not clear:
        return
    try:
        graphlib.TopologicalSorter({name: set(others) for name, others in waits.items()}).prepare()
    except graphlib.CycleError as error:
        yield fields.fault(f"wait for each other: {' -> '.join(error.args[1])}", service, "sidecars")
