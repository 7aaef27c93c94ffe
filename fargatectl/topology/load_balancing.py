"""What stands before the services: one load balancer for all of them, and the way to each."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from fargatectl.dataclass import dataclass
from fargatectl.engine.resource import Resource
from fargatectl.resources.certificate import Certificate
from fargatectl.resources.hosted_zone import HostedZone
from fargatectl.resources.listener import TLS_POLICY, TO_HTTPS, Listener
from fargatectl.resources.load_balancer import LoadBalancer
from fargatectl.resources.load_balancer_subnets import LoadBalancerSubnets
from fargatectl.resources.record import Record
from fargatectl.resources.rule import Rule
from fargatectl.resources.security_group import SecurityGroup, peer, tcp
from fargatectl.resources.target_group import TargetGroup
from fargatectl.spec.load_balancer import patterns
from fargatectl.topology.names import balancer_name, group_name
from fargatectl.topology.shifting import Shift, Shifts, test_ports

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
        beside: What else the load balancer is to have, though no service needs it.
        shift: Where requests are shifted from old tasks to new ones.
    """

    entrance: LoadBalancer
    group: SecurityGroup
    target_group: TargetGroup
    route: Listener | Rule
    ingress: tuple[str, ...]
    url: str
    beside: tuple[Resource, ...] = ()
    shift: Shift | None = None


def places(basis: Basis) -> dict[str, Place]:
    """The place of each service that is behind a load balancer, by the service's name."""
    behind = {
        name: one.load_balancer for name, one in basis.spec.services.items() if one.load_balancer is not None
    }
    http = {name: one for name, one in behind.items() if one.protocol == "http"}
    found = {
        **(_http(basis, http) if http else {}),
        **_network({name: one for name, one in behind.items() if name not in http}, basis),
    }
    return {name: found[name] for name in behind}


def beside(places: Mapping[str, Place]) -> tuple[Resource, ...]:
    """What is wanted though no service needs it: a redirect, the records of domain names."""
    return tuple(dict.fromkeys(one for place in places.values() for one in place.beside))


def _http(basis: Basis, behind: Mapping[str, ServiceLoadBalancer]) -> dict[str, Place]:
    """Behind an Application Load Balancer, told apart by host and path."""
    wanted = basis.spec.load_balancer
    name = balancer_name(basis.scope.prefix)
    secure = bool(wanted.certificate or wanted.domain)
    ports = [80, *([443] if secure else []), *test_ports(basis)]
    group = _group(basis, "load-balancer", [tcp(port, source) for port in ports for source in wanted.allow])
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
    more: tuple[Resource, ...] = ()
    records: dict[str, Record] = {}
    if secure:
        redirect = dataclasses.replace(listener, action=TO_HTTPS)
        names = tuple(dict.fromkeys([wanted.domain, *(host for one in behind.values() for host in one.host)]))
        domains = tuple(one for one in names if one) if wanted.domain else ()
        zones = {one: HostedZone(id=one, name=one) for one in domains}
        own = None
        if not wanted.certificate:
            own = Certificate(id="app", name=domains[0], domains=domains, zones=tuple(zones.values()))
        listener = Listener(
            id="https",
            name=f"{name}:443",
            load_balancer=balancer,
            port=443,
            protocol="HTTPS",
            certificate=own,
            given=wanted.certificate or "",
            tls_policy=TLS_POLICY,
        )
        more = (redirect,)
        records = {one: Record(id=one, name=one, zone=zones[one], load_balancer=balancer) for one in domains}
    scheme = "https" if secure else "http"
    priorities, shifts = _priorities(behind), Shifts(basis, balancer)
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
        shift = shifts.of(service, route)
        # The app's own name leads to every service that has none: and somebody has to have it made.
        known_as = (*one.host, wanted.domain)
        mine = tuple(records[host] for host in known_as if host in records)
        found[service] = Place(
            balancer, group, targets, shift.route if shift else route,
            (tcp(port, peer(group)),), _url(scheme, one, wanted.domain), (*more, *mine), shift,
        )  # fmt: skip
    return found


def _network(behind: Mapping[str, ServiceLoadBalancer], basis: Basis) -> dict[str, Place]:
    """Behind a Network Load Balancer, told apart by port."""
    if not behind:
        return {}
    ports = {name: one.listen or basis.spec.services[name].port or 0 for name, one in behind.items()}
    rules = [
        f"{one.protocol} {ports[name]} {source}"
        for name, one in behind.items()
        for source in basis.spec.load_balancer.allow
    ]
    group = _group(basis, "network-load-balancer", rules)
    balancer = LoadBalancer(
        id="network-load-balancer",
        name=balancer_name(basis.scope.prefix, "nlb"),
        network=basis.network,
        scheme=_scheme(basis),
        type="network",
        subnets=_subnets(basis, 1),
        security_groups=(group,),
        # A task may be in another zone after a deployment, while clients still know the old one's address.
        attributes={"load_balancing.cross_zone.enabled": "true"},
    )
    found = {}
    for service, one in behind.items():
        targets = _targets(basis, service, one)
        listener = Listener(
            id=service,
            name=f"{balancer.name}:{ports[service]}",
            load_balancer=balancer,
            port=ports[service],
            protocol=one.protocol.upper(),
            target_group=targets,
        )
        port = basis.spec.services[service].port
        lets_in = [f"{one.protocol} {port} {peer(group)}"]
        if one.protocol == "udp":  # whose health is asked for over TCP
            lets_in.append(tcp(one.health_check.port or port or 0, peer(group)))
        found[service] = Place(
            balancer, group, targets, listener, tuple(lets_in), f"{one.protocol}://{{}}:{ports[service]}"
        )
    return found


def _targets(basis: Basis, service: str, one: ServiceLoadBalancer) -> TargetGroup:
    check = one.health_check
    asks = one.protocol == "http" or "path" in check.model_fields_set
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
        protocol=one.protocol.upper(),
        scheme=_scheme(basis),
        health_check={
            "protocol": "HTTP" if asks else "TCP",
            "port": str(check.port) if check.port else "traffic-port",
            **({"path": check.path, "codes": check.codes} if asks else {}),
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


_PLAIN = re.compile(r"[A-Za-z0-9+=._:/@-]*")  # ECS API reference, Tag: what a value may hold


def _url(scheme: str, one: ServiceLoadBalancer, domain: str | None) -> str:
    host = next((name for name in one.host if not name.startswith("*")), domain or "{}")
    # As much of the first path as everybody can ask for, in what a tag of ECS may hold.
    path = _PLAIN.match(one.path[0] if one.path else "")
    return f"{scheme}://{host}{path[0] if path else ''}".rstrip("/")


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
