"""The ECS service of each service, and the security group around its tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from fargatectl.resources import _deployment
from fargatectl.resources._capacity import capacity
from fargatectl.resources.before_deploy import BeforeDeploy
from fargatectl.resources.security_group import ANYWHERE, ANYWHERE_IPV6, SecurityGroup, tcp
from fargatectl.resources.service import Service
from fargatectl.spec.scaling import initial_count, may_rest
from fargatectl.topology import connecting
from fargatectl.topology.given import alarms
from fargatectl.topology.names import group_name
from fargatectl.topology.networks import has_public_ip, way_out

if TYPE_CHECKING:
    from fargatectl.resources.given_alarm import GivenAlarm
    from fargatectl.resources.task_definition import TaskDefinition
    from fargatectl.resources.way_out import WayOut
    from fargatectl.topology.basis import Basis
    from fargatectl.topology.load_balancing import Place

_COMMAND = 40  # characters of a command in a name
_GRACE = 60  # seconds that a task behind a load balancer has to answer its first checks


def groups(basis: Basis, places: Mapping[str, Place], names: connecting.Names) -> dict[str, SecurityGroup]:
    """The security group around the tasks of each service.

    Args:
        names: What services share that reach each other by name.
    """
    return {
        name: _group(basis, name, one.port, places.get(name), names)
        for name, one in basis.spec.services.items()
    }


def services(
    basis: Basis,
    definitions: Mapping[str, TaskDefinition],
    places: Mapping[str, Place],
    around: Mapping[str, SecurityGroup],
    names: connecting.Names,
) -> dict[str, Service]:
    """The ECS service of each service of the spec, in the spec's order.

    Args:
        places: Of those behind a load balancer; clients reach the tasks of the others themselves.
        around, names: See `groups`.
    """
    made: dict[str, Service] = {}
    named = alarms(basis)

    def make(name: str) -> Service:
        if name not in made:  # the spec has no circles
            after = tuple(make(other) for other in basis.spec.services[name].after)
            place = places.get(name)
            made[name] = _service(basis, name, definitions[name], around[name], after, place, names, named)
        return made[name]

    return {name: make(name) for name in definitions}


def _service(
    basis: Basis,
    name: str,
    definition: TaskDefinition,
    group: SecurityGroup,
    after: tuple[Service, ...],
    place: Place | None,
    names: connecting.Names,
    named: Mapping[str, GivenAlarm],
) -> Service:
    spec, wanted = basis.spec, basis.spec.services[name]
    grace, shift = wanted.grace_period, place.shift if place else None
    reach = way_out(basis, name, definition)
    groups = (group, *connecting.groups(name, names))
    return Service(
        id=name,
        name=name,
        cluster=basis.cluster,
        task_definition=definition,
        count=initial_count(wanted.count, wanted.scaling, given="count" in wanted.model_fields_set),
        scaled=wanted.scaling is not None,
        at_rest=None if wanted.scaling is None or may_rest(wanted.scaling) else False,
        network=basis.network,
        way_out=reach,
        security_groups=groups,
        extra_groups=tuple(spec.network.security_groups or ()),
        public_ip=has_public_ip(spec, wanted),
        namespace=names.namespace if wanted.connect else None,
        connect=connecting.offers(basis, name),
        registry=names.registries.get(name),
        capacity=capacity(wanted.spot),
        platform_version=wanted.platform_version,
        deployment=_deployment.wanted(wanted.deployment),
        bake=wanted.deployment.bakes,
        target_groups=(place.target_group,) if place else (),
        routes=(place.route,) if place else (),
        entrance=place.entrance if place else None,
        url=place.url if place else "",
        closed=place is None and wanted.allow == [],
        grace_period=_GRACE if place and grace is None else grace,
        before_deploy=_before_deploy(basis, name, definition, groups, reach, after),
        after=after,
        alarms=tuple(named[one] for one in wanted.deployment.alarms),
        alternate=shift.route.alternate if shift else None,
        test_route=shift.test_route if shift else None,
        infrastructure_role=shift.role if shift else None,
    )


def _before_deploy(
    basis: Basis,
    name: str,
    definition: TaskDefinition,
    groups: tuple[SecurityGroup, ...],
    reach: WayOut,
    after: tuple[Service, ...],
) -> tuple[BeforeDeploy, ...]:
    spec, wanted = basis.spec, basis.spec.services[name]
    made: list[BeforeDeploy] = []
    for number, command in enumerate(wanted.before_deploy):
        made.append(
            BeforeDeploy(
                id=f"{name}-{number + 1}" if number else name,
                name=f"{name}: {_shown(command)}",
                service=f"{basis.cluster.name}/{name}",
                number=number,
                cluster=basis.cluster,
                task_definition=definition,
                command=tuple(command),
                network=basis.network,
                way_out=reach,
                security_groups=groups,
                extra_groups=tuple(spec.network.security_groups or ()),
                public_ip=has_public_ip(spec, wanted),
                platform_version=wanted.platform_version,
                before=tuple(made[-1:]),
                after=after,
            )
        )
    return tuple(made)


def _shown(command: Sequence[str]) -> str:
    """A command, short enough for a line of a plan."""
    text = " ".join(" ".join(command).split())
    return text if len(text) <= _COMMAND else f"{text[: _COMMAND - 3]}..."


def _group(
    basis: Basis, name: str, port: int | None, place: Place | None, names: connecting.Names
) -> SecurityGroup:
    own, allowed = basis.spec.network.create, basis.spec.services[name].allow
    everybody = (ANYWHERE, ANYWHERE_IPV6) if own is not None and own.ipv6 else (ANYWHERE,)
    sources = everybody if allowed is None else allowed
    # Behind a load balancer tasks let nobody else in.
    ingress = place.ingress if place else tuple(tcp(port, source) for source in sources) if port else ()
    others = connecting.ingress(basis, name, names) if place or allowed is not None else ()
    return SecurityGroup(
        id=name,
        name=group_name(f"{basis.scope.prefix}-{name}"),
        network=basis.network,
        ingress=(*ingress, *others),
        peers=(*([place.group] if place else []), *([names.group] if names.group and others else [])),
    )
