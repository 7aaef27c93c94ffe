"""Which things of EC2's a call about a network takes permissions for; see `permissions`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

NETWORKS = {
    "ec2:AllocateAddress": "elastic-ip/*",
    "ec2:CreateEgressOnlyInternetGateway": "egress-only-internet-gateway/*",
    "ec2:CreateInternetGateway": "internet-gateway/*",
    "ec2:CreateNatGateway": "natgateway/*",
    "ec2:CreateRouteTable": "route-table/*",
    "ec2:CreateSubnet": "subnet/*",
    "ec2:CreateVpc": "vpc/*",
    "ec2:CreateVpcEndpoint": "vpc-endpoint/*",
    **dict.fromkeys(
        ["ec2:AssociateRouteTable", "ec2:AttachInternetGateway", "ec2:CreateRoute",
         "ec2:DeleteEgressOnlyInternetGateway", "ec2:DeleteInternetGateway", "ec2:DeleteNatGateway",
         "ec2:DeleteRoute", "ec2:DeleteRouteTable", "ec2:DeleteSubnet", "ec2:DeleteVpc",
         "ec2:DeleteVpcEndpoints", "ec2:DescribeVpcAttribute",
         "ec2:DetachInternetGateway", "ec2:DisassociateRouteTable",
         "ec2:ModifySubnetAttribute", "ec2:ModifyVpcAttribute", "ec2:ModifyVpcEndpoint",
         "ec2:ReleaseAddress", "ec2:ReplaceRoute",
         "ec2:ReplaceRouteTableAssociation"],
        "",
    ),
}  # fmt: skip
"""A call about a network -> what it makes. It is also asked for every thing that its parameters name."""

_TYPES = {
    "eigw": "egress-only-internet-gateway", "eipalloc": "elastic-ip", "igw": "internet-gateway",
    "nat": "natgateway", "rtb": "route-table", "sg": "security-group", "subnet": "subnet", "vpc": "vpc",
    "vpce": "vpc-endpoint",
}  # fmt: skip
"""What an id begins with -> the type in the ARN."""

# EC2 asks for what stands in the table, not for what a route leads to; nor for the ids of associations.
_NOT_ASKED = ("GatewayId", "NatGatewayId", "EgressOnlyInternetGatewayId", "AssociationId", "ClientToken")
_ROUTES = ("ec2:CreateRoute", "ec2:ReplaceRoute")


def network_things(operation: str, parameters: Mapping[str, Any]) -> list[str]:
    """The resource parts of their ARNs, such as ``vpc/vpc-0a1b``."""
    ids = [
        one
        for name, value in parameters.items()
        if not (name in _NOT_ASKED[:3] and operation in _ROUTES) and name not in _NOT_ASKED[3:]
        for one in (value if isinstance(value, list | tuple) else [value])
        if isinstance(one, str) and "-" in one and one.partition("-")[0] in _TYPES
    ]
    found = [NETWORKS[operation]] if NETWORKS[operation] else []
    found += [f"{_TYPES[one.partition('-')[0]]}/{one}" for one in ids]
    if "AssociationId" in parameters and not ids:
        found.append("route-table/*")
    return found


def asked_for(resource: str, parameters: Mapping[str, Any]) -> str:
    """The id of the thing that is asked for: an association stands for its table."""
    own = resource.rpartition("/")[2]
    return str(parameters["AssociationId"]) if own == "*" and "AssociationId" in parameters else own
