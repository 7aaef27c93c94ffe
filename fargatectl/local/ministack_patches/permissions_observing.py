"""What the calls take that watch an app and name its services; see `permissions`.

From AWS's Service Authorization Reference: Amazon ECS, CloudWatch, SNS, Cloud Map.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .permissions_known import Known, arn_of


def _topic(parameters: Mapping[str, Any], known: Known) -> list[str]:
    arn = parameters.get("TopicArn") or parameters.get("ResourceArn")
    return [str(arn) if arn else arn_of(known, "sns", str(parameters["Name"]))]


def _dashboards(parameters: Mapping[str, Any], known: Known) -> list[str]:
    names = parameters.get("DashboardNames") or [parameters["DashboardName"]]
    return [f"arn:aws:cloudwatch::{known.account}:dashboard/{name}" for name in names]


def _namespace(parameters: Mapping[str, Any], known: Known) -> list[str]:
    return [arn_of(known, "servicediscovery", f"namespace/{parameters.get('Id', 'new')}")]


def _in_namespace(parameters: Mapping[str, Any], known: Known) -> list[str]:
    namespace = arn_of(known, "servicediscovery", f"namespace/{parameters['NamespaceId']}")
    return [namespace, arn_of(known, "servicediscovery", "service/new")]


def _service(parameters: Mapping[str, Any], known: Known) -> list[str]:
    return [arn_of(known, "servicediscovery", f"service/{parameters['Id']}")]


def _any(_: Mapping[str, Any], __: Known) -> list[str]:
    return ["*"]


NAMESPACES = (
    "servicediscovery:CreateHttpNamespace",
    "servicediscovery:CreatePrivateDnsNamespace",
    "servicediscovery:CreateService",
)
TAGGING = {
    "sns:CreateTopic": "sns:TagResource",
    "cloudwatch:PutDashboard": "cloudwatch:TagResource",
    **dict.fromkeys(NAMESPACES, "servicediscovery:TagResource"),
}
"""What a call takes besides where it gives tags."""

# Cloud Map developer guide, "API permissions reference": it makes the hosted zone in the caller's name.
_ZONES = (
    *((action, "*") for action in ("route53:CreateHostedZone", "route53:ListHostedZonesByName")),
    ("route53:GetHostedZone", "arn:aws:route53:::hostedzone/new"),
    *((action, "*") for action in ("ec2:DescribeVpcs", "ec2:DescribeRegions")),
)


_SOA = {"route53:ChangeResourceRecordSetsRecordTypes": ("SOA",)}


def beside_names(operation: str) -> list[tuple[Any, ...]]:
    """Further actions that a call of Cloud Map takes, each with what it is asked for and what AWS tells."""
    if operation == "servicediscovery:UpdatePrivateDnsNamespace":
        return [("route53:ChangeResourceRecordSets", "arn:aws:route53:::hostedzone/made", _SOA)]
    return [*_ZONES] if operation == "servicediscovery:CreatePrivateDnsNamespace" else []


OBSERVING: dict[str, Callable[[Mapping[str, Any], Any], list[str]]] = {
    "ecs:UpdateCluster": lambda parameters, known: [arn_of(known, "ecs", f"cluster/{parameters['cluster']}")],
    **dict.fromkeys(
        ["sns:CreateTopic", "sns:DeleteTopic", "sns:ListSubscriptionsByTopic", "sns:ListTagsForResource",
         "sns:Subscribe"],
        _topic,
    ),
    **dict.fromkeys(["servicediscovery:DeleteNamespace", "servicediscovery:GetNamespace"], _namespace),
    # As AWS's denials spell it, whatever the reference says: see `fargatectl.resources._cloud_map.FOLLOWS`.
    "servicediscovery:GetOperation": lambda _, known: [arn_of(known, "servicediscovery", "*/*")],
    "servicediscovery:CreateService": _in_namespace,
    **dict.fromkeys(["servicediscovery:DeleteService", "servicediscovery:UpdateService"], _service),
    **dict.fromkeys(
        ["servicediscovery:CreateHttpNamespace", "servicediscovery:CreatePrivateDnsNamespace",
         "servicediscovery:ListNamespaces", "servicediscovery:ListServices",
         "servicediscovery:ListTagsForResource"],
        _any,
    ),
    "sns:ListTopics": _any,
    "sns:Unsubscribe": _any,
    "cloudwatch:ListDashboards": _any,
    **dict.fromkeys(
        ["cloudwatch:DeleteDashboards", "cloudwatch:GetDashboard", "cloudwatch:PutDashboard"], _dashboards
    ),
}  # fmt: skip
