"""Service discovery: the registry in which ECS puts a service's tasks, and as AWS's parameters.

Source: ECS API reference, ServiceRegistry.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from fargatectl.engine.observe import Look
from fargatectl.engine.outputs import Pending
from fargatectl.resources._cloud_map import services_in
from fargatectl.resources._services import Found, services
from fargatectl.rollout.deployments import primary

_LATER = datetime.timedelta(minutes=1)  # more than AWS's clocks differ by


def wanted(registry: object, port: int | None) -> dict[str, Any] | Pending:
    """As it is compared: the registry's ARN, and the port where DNS is to tell it.

    Args:
        registry: The ARN; None for a service that is in none.
    """
    if isinstance(registry, Pending):
        return registry
    return {"registry": registry, **({"port": port} if port else {})} if registry else {}


def request(discovery: Mapping[str, Any]) -> list[dict[str, Any]]:
    """``serviceRegistries``; an empty list takes a service out."""
    if not discovery:
        return []
    port = {"port": discovery["port"]} if "port" in discovery else {}
    return [{"registryArn": discovery["registry"], **port}]


def shown(look: Look, raw: Mapping[str, Any], *, ours: bool) -> dict[str, Any]:
    """What a service has, in the shape of `wanted`; ``stale`` where its tasks are not in there.

    A service of Cloud Map that was removed behind our back comes back with the same ARN (its id follows from
    its name), and ECS puts tasks into it only as they start.

    Args:
        ours: Whether it is to be in one of our own registries.
    """
    first, *others = raw.get("serviceRegistries") or [{}]
    if not first:
        return {}
    found: dict[str, Any] = {"registry": first.get("registryArn")}
    if first.get("port") or first.get("containerPort"):
        found["port"] = first.get("port") or first.get("containerPort")
    if others:
        found["others"] = tuple(str(one.get("registryArn")) for one in others)
    if ours and _stale(look, found["registry"], primary(raw).get("createdAt")):
        found["stale"] = True
    return found


def _stale(look: Look, registry: object, since: Any) -> bool:
    there = {one.raw["Arn"]: one.raw.get("CreateDate") for _, one in services_in(look)}
    if registry not in there:
        return True
    made = there[registry]
    if not isinstance(made, datetime.datetime) or not isinstance(since, datetime.datetime):
        return False
    return made > since + _LATER


def discovered(look: Look) -> list[Found]:
    """Our services whose tasks are found by DNS."""
    from fargatectl.resources.service import Service

    found = services(look, {one.address for one in look.wanted(Service)})
    return [one for one in found if one.owned and one.raw.get("serviceRegistries")]
