"""What stands before the services: one load balancer for all of them, and the way to each."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fargatectl.resources.listener import Listener
from fargatectl.resources.load_balancer import LoadBalancer
from fargatectl.resources.load_balancer_subnets import LoadBalancerSubnets
from fargatectl.resources.rule import Rule
from fargatectl.resources.security_group import SecurityGroup, peer, tcp
from fargatectl.resources.target_group import TargetGroup
from fargatectl.spec.load_balancer import patterns
from fargatectl.topology.names import balancer_name, group_name

if TYPE_CHECKING:
    from fargatectl.spec.load_balancer import ServiceLoadBalancer
    from fargatectl.topology.basis import Basis

_BAND = 250  # priorities of rules that are equally narrow


@dataclass(frozen=True)
class Place:
    """One service's place behind a load balancer.

    Attributes:
        entrance: The load balancer.
        group: The security group of the load balancer.
        target_group: Where its tasks are registered.
        route: What leads there.
        ingress: What its tasks let in.
        url: Its address, with ``{}`` in place of the load balancer's own name.
    """

    entrance: LoadBalancer
    group: SecurityGroup
    target_group: TargetGroup
    route: Listener | Rule
    ingress: tuple[str, ...]
    url: str


def places(basis: Basis) -> dict[str, Place]:
    """The place of each service that is behind a load balancer, by the service's name."""
    behind = {
        name: one.load_balancer for name, one in basis.spec.services.items() if one.load_balancer is not None
    }
    return _http(basis, behind) if behind else {}


def _http(basis: Basis, behind: Mapping[str, ServiceLoadBalancer]) -> dict[str, Place]:
    """Behind an Application Load Balancer, told apart by host and path."""
    wanted = basis.spec.load_balancer
    name = balancer_name(basis.scope.prefix)
    group = _group(basis, "load-balancer", [tcp(80, source) for source in wanted.allow])
    balancer = LoadBalancer(
        id="load-balancer",
        name=name,
        network=basis.network,
        scheme=_scheme(basis),
        subnets=_subnets(basis, 2),
        security_groups=(group,),
        attributes={
            "idle_timeout.timeout_seconds": str(wanted.idle_timeout),
            # AWS's own advice (Security Hub, ELB.4): such headers are used to smuggle requests.
            "routing.http.drop_invalid_header_fields.enabled": "true",
        },
    )
    listener = Listener(id="http", name=f"{name}:80", load_balancer=balancer, port=80)
    priorities = _priorities(behind)
    found = {}
    for service, one in behind.items():
        targets = _targets(basis, service, one)
        route = Rule(
            id=service,
            name=f"{listener.address}/{service}",
            listener=listener,
            priority=priorities[service],
            hosts=tuple(one.host),
            paths=tuple(patterns(one.path)) or (() if one.host else ("/*",)),
            target_group=targets,
        )
        port = basis.spec.services[service].port or 0
        found[service] = Place(balancer, group, targets, route, (tcp(port, peer(group)),), _url("http", one))
    return found


def _targets(basis: Basis, service: str, one: ServiceLoadBalancer) -> TargetGroup:
    check = one.health_check
    sticky: dict[str, str] = {"stickiness.enabled": "false"}
    if one.sticky:
        sticky = {
            "stickiness.enabled": "true",
            "stickiness.type": "lb_cookie",
            "stickiness.lb_cookie.duration_seconds": str(one.sticky),
        }
    return TargetGroup(
        id=service,
        name=balancer_name(basis.scope.prefix, service),
        family=balancer_name(basis.scope.prefix),
        network=basis.network,
        protocol="HTTP",
        scheme=_scheme(basis),
        health_check={
            "protocol": "HTTP",
            "port": "traffic-port",
            "path": check.path,
            "codes": check.codes,
            "interval": check.interval,
            "timeout": check.timeout,
            "healthy": check.healthy,
            "unhealthy": check.unhealthy,
        },
        attributes={"deregistration_delay.timeout_seconds": str(one.deregistration_delay), **sticky},
    )


def _scheme(basis: Basis) -> str:
    return "internet-facing" if basis.spec.load_balancer.public else "internal"


def _subnets(basis: Basis, zones: int) -> LoadBalancerSubnets:
    wanted = basis.spec.load_balancer
    return LoadBalancerSubnets(
        id=f"load-balancer-{zones}",
        name=f"load-balancer-{zones}",
        network=basis.network,
        public=wanted.public,
        given=tuple(wanted.subnets or ()),
        zones=zones,
    )


def _group(basis: Basis, id: str, rules: Iterable[str]) -> SecurityGroup:
    # No service can be called so: two hyphens keep the names of its groups and of ours apart.
    return SecurityGroup(
        id=id,
        name=group_name(f"{basis.scope.prefix}--{id}"),
        network=basis.network,
        ingress=tuple(rules),
    )


def _url(scheme: str, one: ServiceLoadBalancer) -> str:
    host = next((name for name in one.host if not name.startswith("*")), "{}")
    path = one.path[0].partition("*")[0].partition("?")[0] if one.path else ""
    return f"{scheme}://{host}{path}".rstrip("/")


def _priorities(behind: Mapping[str, ServiceLoadBalancer]) -> dict[str, int]:
    """The narrower what a service takes, the smaller its number, whatever the other services take.

    A number that depended on the others would move when one of them comes or goes. Of equally narrow ones
    each has a place by its name; only where two meet there, the later one by name takes the next.
    """
    found: dict[str, int] = {}
    for name in sorted(behind):
        first = 1 + _narrowness(behind[name]) * _BAND
        place = int(hashlib.sha256(name.encode()).hexdigest(), 16) % _BAND
        free = (first + (place + step) % _BAND for step in range(_BAND))
        found[name] = next(number for number in free if number not in found.values())
    return found


def _narrowness(one: ServiceLoadBalancer) -> int:
    """0 for the narrowest to 194: a named host before a pattern before any; then the longer path."""
    hosts = 2 if not one.host else 1 if any("*" in host for host in one.host) else 0
    lengths = [len(path.partition("*")[0].partition("?")[0]) for path in one.path if path != "/*"]
    path = 64 - min(63, min(lengths)) if lengths else 64
    return hosts * 65 + path
