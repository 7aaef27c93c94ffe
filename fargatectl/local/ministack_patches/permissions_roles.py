"""What calls about IAM's roles take permissions for, and the boundary that IAM tells; see `permissions`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .permissions_known import Known

BOUNDED = ("iam:AttachRolePolicy", "iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy")


def boundary(parameters: Mapping[str, Any], known: Known) -> str:
    """The one that a call gives; what only gives rights is told the one that the role has. Empty for none."""
    given = parameters.get("PermissionsBoundary")
    if not given and "AssumeRolePolicyDocument" not in parameters:
        given = known.role_boundary(str(parameters["RoleName"]))
    return str(given or "")


def role(parameters: Mapping[str, Any], known: Known) -> list[str]:
    """Of a role that is there, or is to be."""
    name = str(parameters["RoleName"])
    path = parameters.get("Path") or known.role_path(name)
    return [f"arn:aws:iam::{known.account}:role{path}{name}"]


def linked_role(parameters: Mapping[str, Any], known: Known) -> list[str]:
    """Of a service's own role."""
    path = f"role/aws-service-role/{parameters['AWSServiceName']}"
    return [f"arn:aws:iam::{known.account}:{path}/AWSServiceRoleForECS"]
