"""What calls about EFS take permissions for; see `permissions`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

_SYSTEM, _POINT, _TARGET = "file-system", "access-point", "mount-target"

MADE = {
    "elasticfilesystem:CreateAccessPoint": "access-point/new",
    "elasticfilesystem:CreateFileSystem": "file-system/new",
}
"""A call -> what it makes and tags."""

STORED: dict[str, str] = {
    f"elasticfilesystem:{operation}": kind
    for kind, operations in {
        "": ("CreateFileSystem",),
        _SYSTEM: (
            "CreateAccessPoint", "CreateMountTarget", "DeleteFileSystem", "DescribeBackupPolicy",
            "DescribeFileSystems", "DescribeLifecycleConfiguration", "DescribeMountTargets",
            "PutBackupPolicy", "PutLifecycleConfiguration", "UpdateFileSystem",
        ),
        _POINT: ("DeleteAccessPoint", "DescribeAccessPoints"),
        _TARGET: (
            "DeleteMountTarget", "DescribeMountTargetSecurityGroups", "ModifyMountTargetSecurityGroups",
        ),
    }.items()
    for operation in operations
}  # fmt: skip
"""A call -> the type of thing that it is asked for; of a mount target, its file system."""

# EFS API reference: what each of these does in EC2 takes the caller's permissions.
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
}


def beside(operation: str, region: str, account: str) -> list[tuple[str, str]]:
    """Further actions that a call takes, each with the ARN that it is asked for."""
    return [
        (action, f"arn:aws:ec2:{region}:{account}:{thing}" if thing else "*")
        for action, thing in _BESIDE.get(operation, ())
    ]


def stored_things(
    operation: str, parameters: Mapping[str, Any], system_of: Callable[[str], str]
) -> list[str]:
    """The resource parts of their ARNs, such as ``file-system/fs-0a1b``; ``*`` for what has none yet."""
    kind = STORED[operation]
    if not kind:
        return ["*"]
    if kind == _TARGET:
        return [f"{_SYSTEM}/{system_of(str(parameters['MountTargetId']))}"]
    member = "FileSystemId" if kind == _SYSTEM else "AccessPointId"
    return [f"{kind}/{parameters.get(member, '*')}"]
