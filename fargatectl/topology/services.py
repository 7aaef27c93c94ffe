"""The ECS service of each service, and the security group around its tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fargatectl.resources._capacity import capacity
from fargatectl.resources.security_group import ANYWHERE, ANYWHERE_IPV6, SecurityGroup, tcp
from fargatectl.resources.service import Service
from fargatectl.topology.names import group_name
from fargatectl.topology.networks import has_public_ip, way_out

if TYPE_CHECKING:
    from fargatectl.resources.image import Image
    from fargatectl.resources.task_definition import TaskDefinition
    from fargatectl.topology.basis import Basis


def service(basis: Basis, name: str, image: Image | str, definition: TaskDefinition) -> Service:
    """The ECS service that one service of the spec asks for."""
    spec, wanted = basis.spec, basis.spec.services[name]
    return Service(
        id=name,
        name=name,
        cluster=basis.cluster,
        task_definition=definition,
        count=wanted.count,
        network=basis.network,
        way_out=way_out(basis, name, image, definition),
        security_groups=(_group(basis, name, wanted.port),),
        extra_groups=tuple(spec.network.security_groups or ()),
        public_ip=has_public_ip(spec, wanted),
        capacity=capacity(wanted.spot),
        platform_version=wanted.platform_version,
        minimum_healthy_percent=wanted.deployment.minimum_healthy_percent,
        maximum_percent=wanted.deployment.maximum_percent,
        grace_period=wanted.grace_period,
    )


def _group(basis: Basis, name: str, port: int | None) -> SecurityGroup:
    own = basis.spec.network.create
    sources = (ANYWHERE, ANYWHERE_IPV6) if own is not None and own.ipv6 else (ANYWHERE,)
    return SecurityGroup(
        id=name,
        name=group_name(f"{basis.scope.prefix}-{name}"),
        network=basis.network,
        ingress=tuple(tcp(port, source) for source in sources) if port else (),
    )
