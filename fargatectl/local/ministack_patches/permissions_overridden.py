"""What the calls take that only `overrides` of a spec ask for; see `permissions`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .permissions_known import Known, arn_of

Resources = Callable[[Mapping[str, Any], Any], list[str]]


def _by(member: str) -> Resources:
    return lambda parameters, _: [str(parameters[member])]


def _log_group(parameters: Mapping[str, Any], known: Known) -> list[str]:
    return [arn_of(known, "logs", f"log-group:{parameters['logGroupIdentifier']}")]


def _namespace(parameters: Mapping[str, Any], known: Known) -> list[str]:
    return [arn_of(known, "servicediscovery", f"namespace/{parameters['Id']}")]


OVERRIDDEN: dict[str, Resources] = {
    "acm:UpdateCertificateOptions": _by("CertificateArn"),
    "elasticloadbalancing:DescribeListenerAttributes": lambda _, __: ["*"],
    "elasticloadbalancing:ModifyListenerAttributes": _by("ListenerArn"),
    "elasticloadbalancing:SetIpAddressType": _by("LoadBalancerArn"),
    "logs:PutLogGroupDeletionProtection": _log_group,
    "servicediscovery:UpdateHttpNamespace": _namespace,
    "servicediscovery:UpdatePrivateDnsNamespace": _namespace,
    "sns:GetTopicAttributes": _by("TopicArn"),
    "sns:SetTopicAttributes": _by("TopicArn"),
}
