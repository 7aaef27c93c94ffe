"""From a spec to the resources it asks for: the only file that knows the topology."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fargatectl.engine.resource import Resource
from fargatectl.engine.scope import Scope
from fargatectl.resources.account import Account
from fargatectl.resources.cluster import Cluster
from fargatectl.resources.image import Image
from fargatectl.resources.log_group import LogGroup
from fargatectl.resources.network import Network
from fargatectl.resources.policies import execution_statements
from fargatectl.resources.repository import Repository, lifecycle_policy
from fargatectl.resources.role import Role, role_path
from fargatectl.resources.security_group import SecurityGroup, tcp
from fargatectl.resources.service import Service
from fargatectl.resources.task_definition import TaskDefinition
from fargatectl.spec.secrets import secret_source

if TYPE_CHECKING:
    from fargatectl.spec import models
    from fargatectl.spec.models import LoadedSpec

_ROLE_NAME = 64  # longest, IAM API reference, CreateRole


@dataclass(frozen=True)
class App:
    """What a spec asks for.

    Attributes:
        desired: Every resource.
        services: By name.
    """

    scope: Scope
    account: Account
    desired: tuple[Resource, ...]
    services: Mapping[str, Service]


def scope_of(loaded: LoadedSpec) -> Scope:
    """Whose resources a spec's are."""
    return Scope(loaded.spec.app, loaded.environment)


def build(
    loaded: LoadedSpec,
    *,
    region: str,
    content_hash: Callable[[Any], str],
    images: Mapping[str, str] | None = None,
) -> App:
    """The resources of a spec.

    Args:
        region: IAM is global: names and paths of roles need it.
        content_hash: Of a `fargatectl.images.context.BuildSpec`.
        images: Service name -> image reference that takes the place of what the spec says.
    """
    from fargatectl.images.context import BuildSpec

    spec, scope = loaded.spec, scope_of(loaded)
    given = images or {}
    account = Account(id="account", name="account")
    network = Network(
        id="network",
        name="network",
        vpc=spec.network.vpc,
        subnets=tuple(spec.network.subnets or ()),
    )
    log_group = LogGroup(
        id="app", name=f"/ecs/{scope.prefix}", account=account, retention_days=spec.logs.retention_days
    )
    cluster = Cluster(id="app", name=spec.cluster or scope.prefix, account=account)
    # An image given for one run does not make the repository superfluous.
    built = {
        name: service.repository or spec.repository or repository_name(scope.prefix)
        for name, service in spec.services.items()
        if service.build is not None
    }
    repositories = {
        name: Repository(
            id=name,
            name=name,
            account=account,
            lifecycle=lifecycle_policy([service for service, used in built.items() if used == name]),
        )
        for name in dict.fromkeys(built.values())
    }
    path = role_path(scope, region)
    execution_role = Role(
        id="execution",
        name=shortened(f"{scope.prefix}-execution-{region}", _ROLE_NAME),
        account=account,
        path=path,
        statements=execution_statements(
            repositories=built.values(),
            images=[given.get(name) or service.image or "" for name, service in spec.services.items()],
            log_group=log_group.name,
            secrets=[
                value_from(one) for service in spec.services.values() for one in service.secrets.values()
            ],
        ),
    )
    # Without rights; a service that is given some has a role of its own.
    task_role = Role(
        id="task", name=shortened(f"{scope.prefix}-task-{region}", _ROLE_NAME), account=account, path=path
    )
    services: dict[str, Service] = {}
    shared: dict[tuple[str, str], Image] = {}
    for name, wanted in spec.services.items():
        image: Image | str = given.get(name) or wanted.image or ""
        if wanted.build is not None and name not in given:
            source = _source(wanted.build, wanted, BuildSpec, loaded.path)
            content = content_hash(source)
            # Services of the same content share one image, under the name of the first of them.
            image = shared.setdefault(
                (built[name], content), _image(name, repositories[built[name]], content, source)
            )
        definition = TaskDefinition(
            id=name,
            name=f"{scope.prefix}-{name}",
            account=account,
            service=f"{cluster.name}/{name}",
            cpu=wanted.cpu,
            memory=wanted.memory,
            architecture=str(wanted.architecture),
            execution_role=execution_role,
            task_role=task_role,
            container=wanted.container or name,
            image=image,
            port=wanted.port,
            env=dict(wanted.env),
            secrets={key: value_from(value) for key, value in wanted.secrets.items()},
            command=tuple(wanted.command or ()),
            entrypoint=tuple(wanted.entrypoint or ()),
            user=wanted.user,
            stop_timeout=wanted.stop_timeout,
            health_check=_health_check(wanted.health_check),
            log_group=log_group,
        )
        services[name] = Service(
            id=name,
            name=name,
            cluster=cluster,
            task_definition=definition,
            count=wanted.count,
            network=network,
            security_groups=(
                SecurityGroup(
                    id=name,
                    name=group_name(f"{scope.prefix}-{name}"),
                    network=network,
                    ingress=(tcp(wanted.port),) if wanted.port else (),
                ),
            ),
            extra_groups=tuple(spec.network.security_groups or ()),
            public_ip=wanted.public_ip,
            spot=wanted.spot,
            minimum_healthy_percent=wanted.deployment.minimum_healthy_percent,
            maximum_percent=wanted.deployment.maximum_percent,
            grace_period=wanted.grace_period,
        )
    desired = (*services.values(), *repositories.values())
    return App(scope, account, desired, services)


def _image(service: str, repository: Repository, content: str, source: Any) -> Image:
    tag = f"{service}.{content[:20]}"
    return Image(id=service, name=f"{repository.name}:{tag}", repository=repository, tag=tag, build=source)


def value_from(secret: str) -> str:
    """ECS's ``valueFrom`` of a secret as the spec names it; the account is filled in by the resources.

    Always an ARN (ECS API reference, Secret): a parameter could be named alone, but policies want ARNs.
    """
    source = secret_source(secret)
    if source.is_arn:
        return source.name
    if source.service == "secretsmanager":
        return "arn:{partition}:secretsmanager:{region}:{id}:secret:" + source.name
    return "arn:{partition}:ssm:{region}:{id}:parameter/" + source.name.lstrip("/")


def repository_name(prefix: str) -> str:
    """The default name of the repository: ECR takes no single letter, and single hyphens inside only.

    Source: ECR API reference, CreateRepository.
    """
    name = re.sub("-+", "-", prefix).strip("-")
    if name == prefix and len(name) > 1:
        return name
    return f"{name}-{hashlib.sha256(prefix.encode()).hexdigest()[:8]}"


def group_name(name: str) -> str:
    """The name of a security group: EC2 keeps ``sg-`` for ids (EC2 API reference, CreateSecurityGroup)."""
    return f"app-{name}" if name.startswith("sg-") else name


def shortened(name: str, most: int) -> str:
    """The name, or its beginning and a hash of all of it where it is too long for AWS."""
    if len(name) <= most:
        return name
    return f"{name[: most - 9]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _source(build: models.Build, wanted: models.Service, spec: Any, file: Path) -> Any:
    # The spec is no part of the app: a changed count must not make a new image of `build: .`.
    inside = file.resolve().is_relative_to(build.context)
    platform = "linux/arm64" if str(wanted.architecture) == "arm64" else "linux/amd64"
    return spec(
        context=build.context,
        dockerfile=build.dockerfile,
        args=tuple(sorted(build.args.items())),
        target=build.target,
        platform=build.platform or platform,
        left_out=(file.resolve().relative_to(build.context).as_posix(),) if inside else (),
    )


def _health_check(check: models.HealthCheck | None) -> dict[str, Any]:
    if check is None:
        return {}
    return {
        "command": list(check.command),
        "interval": check.interval,
        "timeout": check.timeout,
        "retries": check.retries,
        "startPeriod": check.start_period,
    }
