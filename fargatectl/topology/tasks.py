"""The task definition of each service, and the roles of its tasks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fargatectl.resources.given_role import GivenRole
from fargatectl.resources.policies import execution_statements
from fargatectl.resources.role import Role
from fargatectl.resources.secret import Secret, secret_folder
from fargatectl.resources.task_definition import TaskDefinition
from fargatectl.spec.secrets import secret_source
from fargatectl.topology import connecting, containers, storage, tracing
from fargatectl.topology.roles import role

if TYPE_CHECKING:
    from fargatectl.engine.scope import Scope
    from fargatectl.resources.given_image import GivenImage
    from fargatectl.resources.image import Image
    from fargatectl.resources.repository import Repository
    from fargatectl.spec.roles import Statement
    from fargatectl.topology.basis import Basis
    from fargatectl.topology.storage import Volume


def execution_role(basis: Basis, repositories: Mapping[str, Repository], given: Mapping[str, str]) -> Role:
    """The role with which ECS starts the app's tasks: pulls, reads secrets, writes logs."""
    services = basis.spec.services
    return role(
        basis,
        "execution",
        execution_statements(
            repositories=(repository.name for repository in repositories.values()),
            images=[
                *(given.get(name) or service.image or "" for name, service in services.items()),
                *(
                    image
                    for service in services.values()
                    for image in [*containers.images_of(service), *tracing.images(service)]
                ),
            ],
            log_group=basis.log_group.name,
            secrets=[
                value_from(one, basis.scope)
                for service in services.values()
                for one in containers.secrets_of(service)
            ],
            own=_parameter(secret_folder(basis.scope)),
            files=[arn for service in services.values() for arn in containers.env_files_of(service)],
            kms_key="{kms_key}" if basis.kms_key else "",
        ),
        kms_key=basis.kms_key,
    )


def task_roles(basis: Basis, volumes: Mapping[str, Volume]) -> dict[str, Role | GivenRole]:
    """What the code of each service may do: nothing, in a role that they share, or what the spec says.

    One that mounts file systems or is traced has a role of its own, which permits that.
    """
    shared = role(basis, "task")
    return {name: _task_role(basis, name, volumes) or shared for name in basis.spec.services}


def _task_role(basis: Basis, name: str, volumes: Mapping[str, Volume]) -> Role | GivenRole | None:
    service = basis.spec.services[name]
    wanted = service.role
    mounts = (
        *storage.statements(service, basis.spec.file_systems, volumes),
        *tracing.statements(service),
    )
    if wanted is not None and wanted.arn:
        return GivenRole(id=name, name=wanted.arn)
    points = tuple(one.point for one in storage.used(service, volumes).values())
    if wanted is None:
        return role(basis, f"{name}-task", mounts, storage=points) if mounts else None
    statements = tuple(_statement(one) for one in wanted.statements or ())
    policies = tuple(
        one if one.startswith("arn:") else f"arn:{{partition}}:iam::aws:policy/{one}"
        for one in wanted.policies or ()
    )
    return role(basis, f"{name}-task", (*statements, *mounts), policies, storage=points)


def _statement(wanted: Statement) -> dict[str, Any]:
    made: dict[str, Any] = {
        "Effect": wanted.effect,
        "Action": list(wanted.actions),
        "Resource": list(wanted.resources),
    }
    return {**made, "Condition": wanted.conditions} if wanted.conditions else made


def task_definition(
    basis: Basis,
    name: str,
    image: Image | str,
    *,
    images: tuple[GivenImage, ...],
    execution_role: Role,
    task_role: Role | GivenRole,
    secrets: Mapping[str, Secret],
    volumes: Mapping[str, Volume],
) -> TaskDefinition:
    """How a task of one service runs.

    Args:
        images: See `fargatectl.topology.given.images`.
        secrets: The app's own; see `own_secrets`.
        volumes: Its file systems.
    """
    wanted = basis.spec.services[name]
    mounts = storage.used(wanted, volumes).values()
    sources = map(secret_source, containers.secrets_of(wanted))
    own = {source.name for source in sources if source.service == "app"}

    def named(secret: str) -> str:
        return value_from(secret, basis.scope)

    return TaskDefinition(
        id=name,
        name=f"{basis.scope.prefix}-{name}",
        account=basis.account,
        service=f"{basis.cluster.name}/{name}",
        cpu=wanted.cpu,
        memory=wanted.memory,
        architecture=str(wanted.architecture),
        ephemeral_storage=wanted.ephemeral_storage,
        execution_role=execution_role,
        task_role=task_role,
        container=wanted.container or name,
        image=image,
        images=images,
        port=wanted.port,
        port_name=connecting.port_name(basis, name),
        protocol="udp" if wanted.load_balancer and wanted.load_balancer.protocol == "udp" else "tcp",
        env={**tracing.environment(name, wanted), **wanted.env},
        secrets={key: named(value) for key, value in wanted.secrets.items()},
        own_secrets=tuple(secrets[one] for one in sorted(own)),
        options=containers.options(wanted, named, containers.init_containers(wanted)),
        sidecars={**containers.sidecars(wanted, named), **tracing.collector(wanted)},
        log_router=containers.log_router(wanted, named),
        volumes=containers.volumes(wanted),
        storage=tuple(one.point for one in mounts),
        targets=tuple(one.target for one in mounts if one.target is not None),
        command=tuple(wanted.command or ()),
        entrypoint=tuple(wanted.entrypoint or ()),
        user=wanted.user,
        stop_timeout=wanted.stop_timeout,
        health_check=containers.health_check(wanted.health_check),
        log_group=basis.log_group,
    )


def own_secrets(basis: Basis) -> dict[str, Secret]:
    """The app's own secrets that services use, by name; one that any of them generates is generated."""
    services = basis.spec.services.values()
    sources = [secret_source(one) for service in services for one in containers.secrets_of(service)]
    own = [source for source in sources if source.service == "app"]
    return {
        name: Secret(
            id=name,
            name=f"{secret_folder(basis.scope)}{name}",
            account=basis.account,
            generated=any(source.generated for source in own if source.name == name),
            kms_key=basis.kms_key,
        )
        for name in sorted({source.name for source in own})
    }


def value_from(secret: str, scope: Scope) -> str:
    """ECS's ``valueFrom`` of a secret as the spec names it; the account is filled in by the resources.

    Always an ARN (ECS API reference, Secret): a parameter could be named alone, but policies want ARNs.
    """
    source = secret_source(secret)
    if source.is_arn:
        return source.name
    if source.service == "secretsmanager":
        key = f":{source.key}::" if source.key else ""
        return "arn:{partition}:secretsmanager:{region}:{id}:secret:" + source.name + key
    name = secret_folder(scope) + source.name if source.service == "app" else source.name
    return _parameter(name)


def _parameter(name: str) -> str:
    return "arn:{partition}:ssm:{region}:{id}:parameter/" + name.lstrip("/")
