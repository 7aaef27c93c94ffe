"""The names between an app's services: the namespaces, who is in them, and who lets whom in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fargatectl.dataclass import dataclass
from fargatectl.resources.discovery_service import DiscoveryService
from fargatectl.resources.namespace import Namespace
from fargatectl.resources.security_group import SecurityGroup, peer, tcp
from fargatectl.topology import discovering
from fargatectl.topology.names import group_name

if TYPE_CHECKING:
    from fargatectl.topology.basis import Basis


@dataclass(frozen=True)
class Names:
    """What services share that reach each other by name.

    Attributes:
        namespace: Of Service Connect.
        registries: The names in DNS, of those that have one.
        group: Of the tasks that are let in: it lets nothing in itself.
        members: The services in that group.
    """

    namespace: Namespace | None
    registries: Mapping[str, DiscoveryService]
    group: SecurityGroup | None
    members: frozenset[str]


def names(basis: Basis) -> Names:
    """What they share: nothing where no service has a name."""
    prefix, services = basis.scope.prefix, basis.spec.services
    connected = frozenset(name for name, one in services.items() if one.connect)
    # Whoever asks DNS may be any of them.
    members = frozenset(services) if discovering.guarded(basis) else connected
    # No service can be called so: two hyphens keep its things and ours apart.
    group = SecurityGroup(id="--connect", name=group_name(f"{prefix}--connect"), network=basis.network)
    return Names(
        Namespace(id="app", name=prefix, account=basis.account) if connected else None,
        discovering.registries(basis),
        group if members else None,
        members,
    )


def groups(service: str, names: Names) -> tuple[SecurityGroup, ...]:
    """What its tasks are in besides their own."""
    return (names.group,) if names.group is not None and service in names.members else ()


def port_name(basis: Basis, service: str) -> str:
    """The name of its port, and its protocol; empty where nobody is to reach it."""
    wanted = basis.spec.services[service]
    if wanted.connect is None or wanted.port is None:
        return ""
    return service if wanted.connect.protocol == "tcp" else f"{service} {wanted.connect.protocol}"


def offers(basis: Basis, service: str) -> dict[str, Any]:
    """What it offers the others; see `fargatectl.resources._connect.wanted`."""
    wanted = basis.spec.services[service]
    if wanted.connect is None or wanted.port is None:
        return {}
    listen = wanted.connect.listen or wanted.port
    return {"port": service, "name": wanted.connect.name or service, "listen": listen}


def ingress(basis: Basis, service: str, names: Names) -> tuple[str, ...]:
    """What its tasks let in of the others, where they do not let everybody in."""
    wanted = basis.spec.services[service]
    port = wanted.port if wanted.connect or wanted.discovery else None
    if names.group is None or port is None:
        return ()
    return (tcp(port, peer(names.group)),)
