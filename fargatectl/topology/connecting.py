"""The names between an app's services: the namespace, who is in it, and who lets whom in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fargatectl.resources.namespace import Namespace
from fargatectl.resources.security_group import SecurityGroup, peer, tcp
from fargatectl.topology.names import group_name

if TYPE_CHECKING:
    from fargatectl.topology.basis import Basis


@dataclass(frozen=True)
class Names:
    """What the connected services share.

    Attributes:
        group: Of all their tasks: it lets nothing in, and is what they let in.
    """

    namespace: Namespace
    group: SecurityGroup


def names(basis: Basis) -> Names | None:
    """What they share; None where no service is connected."""
    if not any(one.connect for one in basis.spec.services.values()):
        return None
    prefix = basis.scope.prefix
    return Names(
        Namespace(id="app", name=prefix, account=basis.account),
        # No service can be called so: two hyphens keep its things and ours apart.
        SecurityGroup(id="--connect", name=group_name(f"{prefix}--connect"), network=basis.network),
    )


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


def ingress(basis: Basis, service: str, names: Names | None) -> tuple[str, ...]:
    """What its tasks let in of the others; without a load balancer they let everybody in."""
    port = basis.spec.services[service].port
    if names is None or port is None or basis.spec.services[service].connect is None:
        return ()
    return (tcp(port, peer(names.group)),)
