"""The parameters of CreateService and UpdateService."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fargatectl.engine.outputs import texts
from fargatectl.engine.overrides import Overridable
from fargatectl.resources import _capacity, _connect, _deployment, _registry, _targets

if TYPE_CHECKING:
    from fargatectl.resources.service import Service


_OURS = "fargatectl knows and finds the service by it"
OVERRIDABLE = Overridable(
    service="ecs",
    create="CreateService",
    updates=("UpdateService",),
    shown=(("DescribeServices", "services"), ("DescribeServices", "services", "deployments")),
    reserved={
        "cluster": "the app's cluster is set by cluster",
        "service": _OURS,
        "serviceName": _OURS,
        "tags": _OURS,
        "clientToken": "fargatectl sends one of its own",
        "forceNewDeployment": "fargatectl decides when one is needed",
        "taskDefinition": "override ecs.task_definition",
        "desiredCount": "set count or scaling of the service",
        "capacityProviderStrategy": "set spot of the service",
        "launchType": "set spot of the service",
        "platformVersion": "set platform_version of the service",
        "networkConfiguration": "set network, and public_ip of the service",
        "deploymentConfiguration": "set deployment of the service",
        "role": "ECS has a role of its own for it",
        "schedulingStrategy": "Fargate runs replicas only",
        **dict.fromkeys(("placementConstraints", "placementStrategy"), "Fargate decides where tasks run"),
        "deploymentController": "fargatectl follows ECS's own deployments only",
        "serviceConnectConfiguration": "set connect of the service",
        "serviceRegistries": "set discovery of the service",
        "loadBalancers": "set load_balancer of the service",
        "healthCheckGracePeriodSeconds": "set grace_period of the service",
    },
)


def request(
    service: Service, values: Mapping[str, object], roots: set[str], before: Mapping[str, Any]
) -> dict[str, Any]:
    """The parameters of CreateService and UpdateService that set these fields.

    Args:
        before: The deployment settings that it has; empty for a new one.
    """
    parameters: dict[str, Any] = {}
    if "task_definition" in roots:
        parameters["taskDefinition"] = values["task_definition"]
    if roots & {"network", "security_groups", "public_ip"}:
        parameters["networkConfiguration"] = {
            "awsvpcConfiguration": {
                "subnets": list(texts(values["network"])),
                "securityGroups": list(texts(values["security_groups"])),
                "assignPublicIp": "ENABLED" if service.public_ip else "DISABLED",
            }
        }
    if "capacity" in roots:
        parameters["capacityProviderStrategy"] = _capacity.strategy(service.capacity)
    if "platform_version" in roots:
        parameters["platformVersion"] = service.platform_version
    if roots & {"deployment", "bake"}:
        parameters["deploymentConfiguration"] = _deployment.request(service.deployment, service.bake, before)
        if service.deployment["maximum_percent"] <= 100:
            # New services rebalance over zones by default, which takes room for one more task.
            parameters["availabilityZoneRebalancing"] = "DISABLED"
    if "target_groups" in roots and (service.target_groups or len(roots) < len(values)):
        parameters["loadBalancers"] = _targets.request(service, texts(values["target_groups"]))
    if "grace_period" in roots and (service.grace_period or len(roots) < len(values)):
        parameters["healthCheckGracePeriodSeconds"] = service.grace_period or 0
    if "connect" in roots and (service.namespace or len(roots) < len(values)):
        connect = values["connect"]
        assert isinstance(connect, Mapping)
        parameters["serviceConnectConfiguration"] = _connect.request(connect)
    if "discovery" in roots and (service.registry or len(roots) < len(values)):
        discovery = values["discovery"]
        assert isinstance(discovery, Mapping)
        parameters["serviceRegistries"] = _registry.request(discovery)
    return parameters
