"""The names in DNS of an app's services, and the namespace that they are in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fargatectl.resources.discovery_service import DiscoveryService
from fargatectl.resources.private_dns_namespace import PrivateDnsNamespace
from fargatectl.spec.discovery import record_name

if TYPE_CHECKING:
    from fargatectl.topology.basis import Basis


def registries(basis: Basis) -> dict[str, DiscoveryService]:
    """Of each service that is to be found, by its name in the spec."""
    named = {name: one.discovery for name, one in basis.spec.services.items() if one.discovery}
    if not named:
        return {}
    zone = basis.spec.discovery.namespace or f"{basis.scope.prefix}.local"
    namespace = PrivateDnsNamespace(id="app", name=zone, network=basis.network)
    return {
        name: DiscoveryService(
            id=name,
            name=f"{record_name(name, wanted)}.{zone}",
            namespace=namespace,
            record=wanted.type,
            ttl=wanted.ttl,
        )
        for name, wanted in named.items()
    }


def guarded(basis: Basis) -> list[str]:
    """Those to be found that do not let everybody in by themselves."""
    named = {name: one for name, one in basis.spec.services.items() if one.discovery is not None}
    return [name for name, one in named.items() if one.load_balancer is not None or one.allow is not None]
