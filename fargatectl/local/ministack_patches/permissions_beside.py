"""What AWS does for a call in the caller's name, with the caller's permissions; see `permissions`.

From the EFS API reference; the ELB user guide, "Elastic Load Balancing API permissions"; the Service
Authorization Reference of EC2 ("dependent actions").
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_INTERFACE = "network-interface/*"
_BESIDE: dict[str, tuple[tuple[str, str], ...]] = {
    "elasticfilesystem:CreateMountTarget": (
        ("ec2:DescribeSubnets", ""),
        ("ec2:DescribeNetworkInterfaces", ""),
        *(("ec2:CreateNetworkInterface", one) for one in (_INTERFACE, "security-group/*", "subnet/*")),
    ),
    "elasticfilesystem:DeleteMountTarget": (("ec2:DeleteNetworkInterface", _INTERFACE),),
    "elasticfilesystem:DescribeMountTargetSecurityGroups": (("ec2:DescribeNetworkInterfaceAttribute", ""),),
    "elasticfilesystem:ModifyMountTargetSecurityGroups": tuple(
        ("ec2:ModifyNetworkInterfaceAttribute", one) for one in (_INTERFACE, "security-group/*")
    ),
    "elasticloadbalancing:CreateLoadBalancer": tuple(
        (f"ec2:Describe{one}", "")
        for one in (
            "AccountAttributes", "Addresses", "InternetGateways", "SecurityGroups", "Subnets", "Vpcs",
        )
    ),
    "elasticloadbalancing:SetSubnets": (("ec2:DescribeSubnets", ""),),
    "elasticloadbalancing:CreateTargetGroup": tuple(
        (f"ec2:Describe{one}", "") for one in ("InternetGateways", "Vpcs")
    ),
    **dict.fromkeys(
        ["ec2:CreateVpcEndpoint", "ec2:ModifyVpcEndpoint"], (("route53:AssociateVPCWithHostedZone", ""),)
    ),
}  # fmt: skip
_ONLY_WITH = {"route53:AssociateVPCWithHostedZone": "PrivateDnsEnabled"}
"""An action that only a parameter that is true makes a call take."""


def beside(
    operation: str, region: str, account: str, parameters: Mapping[str, Any] | None = None
) -> list[tuple[str, str]]:
    """Further actions that a call takes, each with the ARN that it is asked for.

    Args:
        parameters: Of the call; None: all that any call of the operation can take.
    """
    return [
        (action, f"arn:aws:ec2:{region}:{account}:{thing}" if thing else "*")
        for action, thing in _BESIDE.get(operation, ())
        if parameters is None
        or action not in _ONLY_WITH
        or parameters.get(_ONLY_WITH[action]) in (True, "true")
    ]
