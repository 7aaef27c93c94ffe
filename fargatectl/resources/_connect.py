"""Service Connect: what a service says of it, and as AWS's parameters.

Source: ECS API reference, ServiceConnectConfiguration; ECS Developer Guide, "Service Connect components".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fargatectl.engine.observe import Look
from fargatectl.engine.outputs import Pending
from fargatectl.resources._services import Found, services
from fargatectl.rollout.deployments import primary


def wanted(namespace: object, offers: Mapping[str, Any]) -> dict[str, Any] | Pending:
    """As it is compared: the namespace's ARN, and what the service offers in it.

    Args:
        namespace: The ARN; None for a service that is not connected.
        offers: ``port`` (its name), ``name`` (DNS name) and ``listen``; empty for a client.
    """
    if isinstance(namespace, Pending):
        return namespace
    return {"namespace": namespace, **offers} if namespace else {}


def request(connect: Mapping[str, Any]) -> dict[str, Any]:
    """ServiceConnectConfiguration."""
    if not connect:
        return {"enabled": False}
    found: dict[str, Any] = {"enabled": True, "namespace": connect["namespace"]}
    if "port" in connect:
        alias = {"port": connect["listen"], "dnsName": connect["name"]}
        found["services"] = [
            {"portName": connect["port"], "discoveryName": connect["name"], "clientAliases": [alias]}
        ]
    return found


def shown(raw: Mapping[str, Any]) -> dict[str, Any]:
    """What a service's newest deployment has, in the shape of `wanted`."""
    there = primary(raw).get("serviceConnectConfiguration") or raw.get("serviceConnectConfiguration") or {}
    if not there.get("enabled"):
        return {}
    found: dict[str, Any] = {"namespace": there.get("namespace")}
    offers = there.get("services") or []
    for one in offers[:1]:
        alias = (one.get("clientAliases") or [{}])[0]
        found |= {"port": one.get("portName"), "name": alias.get("dnsName"), "listen": alias.get("port")}
    if len(offers) > 1:
        found["others"] = tuple(str(one.get("portName")) for one in offers[1:])
    return found


def connected(look: Look) -> list[Found]:
    """Our services that are in a namespace."""
    from fargatectl.resources.service import Service

    found = services(look, {one.address for one in look.wanted(Service)})
    return [one for one in found if one.owned and shown(one.raw)]
