"""The ECS service of each service, and the security group around its tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fargatectl.resources._capacity import capacity
from fargatectl.resources.security_group import SecurityGroup, tcp
from fargatectl.resources.service import Service
from fargatectl.topology.names import group_name

if TYPE_CHECKING:
    from fargatectl.resources.task_definition import TaskDefinition
    from fargatectl.topology.basis import Basis
    from fargatectl.topology.load_balancing import Place


_GRACE = 60  # seconds that a task behind a load balancer has to answer its first checks


def service(basis: Basis, name: str, definition: TaskDefinition, place: Place | None = None) -> Service:
    """The ECS service that one service of the spec asks for.

    Args:
        place: Behind a load balancer; None where clients reach the tasks themselves.
    """
    spec, wanted = basis.spec, basis.spec.services[name]
    grace = wanted.grace_period
    return Service(
        id=name,
        name=name,
        cluster=basis.cluster,
        task_definition=definition,
        count=wanted.count,
        network=basis.network,
        security_groups=(_group(basis, name, wanted.port, place),),
        extra_groups=tuple(spec.network.security_groups or ()),
        public_ip=wanted.public_ip,
        capacity=capacity(wanted.spot),
        platform_version=wanted.platform_version,
        minimum_healthy_percent=wanted.deployment.minimum_healthy_percent,
        maximum_percent=wanted.deployment.maximum_percent,
        target_groups=(place.target_group,) if place else (),
        routes=(place.route,) if place else (),
        entrance=place.entrance if place else None,
        url=place.url if place else "",
        grace_period=_GRACE if place and grace is None else grace,
    )


def _group(basis: Basis, name: str, port: int | None, place: Place | None) -> SecurityGroup:
    # Behind a load balancer tasks let nobody else in.
    return SecurityGroup(
        id=name,
        name=group_name(f"{basis.scope.prefix}-{name}"),
        network=basis.network,
        ingress=place.ingress if place else (tcp(port),) if port else (),
        peers=(place.group,) if place else (),
    )
