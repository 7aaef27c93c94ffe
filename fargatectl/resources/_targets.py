"""What a service has to do with load balancers: ``loadBalancers`` of CreateService, as texts that plans show.

Each: ``<container>:<port> <target group>``, and where ECS shifts requests between two target groups
(``advancedConfiguration``) also ``alternate=``, ``rule=``, ``test=`` and ``role=``, each with an ARN.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fargatectl.engine.outputs import Outputs
    from fargatectl.resources.service import Service

_MEMBERS = {
    "alternate": "alternateTargetGroupArn",
    "rule": "productionListenerRule",
    "test": "testListenerRule",
    "role": "roleArn",
}


def wanted(service: Service, outputs: Outputs) -> tuple[str, ...]:
    """Each target group with what is registered in it."""
    definition, more = service.task_definition, ""
    if service.alternate is not None and service.infrastructure_role is not None:
        parts = {
            "alternate": service.alternate,
            "rule": service.routes[0],
            "test": service.test_route,
            "role": service.infrastructure_role,
        }
        more = "".join(f" {name}={outputs.get(one)}" for name, one in parts.items() if one is not None)
    return tuple(
        f"{definition.container}:{definition.port} {outputs.get(group)}{more}"
        for group in service.target_groups
    )


def request(service: Service, texts: Iterable[str]) -> list[dict[str, Any]]:
    """The parameter ``loadBalancers``."""
    found = []
    for _, arn, *more in (one.split() for one in texts):
        made: dict[str, Any] = {
            "targetGroupArn": arn,
            "containerName": service.task_definition.container,
            "containerPort": service.task_definition.port,
        }
        if more:
            parts = dict(one.split("=", 1) for one in more)
            made["advancedConfiguration"] = {_MEMBERS[name]: value for name, value in parts.items()}
        found.append(made)
    return found


def shown(balancers: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """What DescribeServices shows."""
    found = []
    for one in balancers:
        text = f"{one.get('containerName')}:{one.get('containerPort')} {one.get('targetGroupArn')}"
        advanced = one.get("advancedConfiguration") or {}
        parts = [f" {name}={advanced[member]}" for name, member in _MEMBERS.items() if advanced.get(member)]
        found.append(text + "".join(parts))
    return tuple(found)
