"""What calls about EFS take permissions for; see `permissions`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from .permissions_known import Known

_SYSTEM, _POINT, _TARGET = "file-system", "access-point", "mount-target"

_FARGATE = ("configuration", "managedStorageConfiguration", "fargateEphemeralStorageKmsKeyId")

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
            "UpdateFileSystemProtection",
        ),
        _POINT: ("DeleteAccessPoint", "DescribeAccessPoints"),
        _TARGET: (
            "DeleteMountTarget", "DescribeMountTargetSecurityGroups", "ModifyMountTargetSecurityGroups",
        ),
    }.items()
    for operation in operations
}  # fmt: skip
"""A call -> the type of thing that it is asked for; of a mount target, its file system."""

KEYED = {
    "ecr:CreateRepository": (("kms:CreateGrant", "kms:RetireGrant"), ("encryptionConfiguration", "kmsKey")),
    "ecr:DeleteRepository": (("kms:RetireGrant",), ()),
    "ecs:CreateCluster": (("kms:CreateGrant",), _FARGATE),
    "ecs:UpdateCluster": (("kms:CreateGrant",), _FARGATE),
    "elasticfilesystem:CreateFileSystem": (("kms:CreateGrant",), ("KmsKeyId",)),
    "ssm:PutParameter": (("kms:Encrypt",), ("KeyId",)),
}
"""A call that can name a customer's key of KMS -> what it takes of that, and where it names it.

ECR, EFS and Fargate use it by grants that they make in the caller's name, and SSM encrypts so. ECR's go with
the repository (ECR user guide, "Encryption at rest").
"""


def key_of(operation: str, parameters: Mapping[str, Any], known: Known) -> str:
    """The key that a call is about; empty for none."""
    if operation == "ecr:DeleteRepository":
        return known.repository_key(str(parameters["repositoryName"]))
    found: Any = parameters
    for member in KEYED[operation][1] if operation in KEYED else ("",):
        found = (found or {}).get(member)
    return str(found or "")


def _things(operation: str, parameters: Mapping[str, Any], known: Known) -> list[str]:
    """ARNs of what a call is asked for; ``*`` for what has none yet."""
    kind = STORED[operation]
    if not kind:
        return ["*"]
    if operation == "elasticfilesystem:DescribeAccessPoints" and "AccessPointId" not in parameters:
        # AWS names both types and requires neither: a list of all may be asked for either.
        every = f"arn:aws:elasticfilesystem:{known.region}:{known.account}"
        return [f"{every}:{one}/*" for one in (_POINT, _SYSTEM)]
    if kind == _TARGET:
        thing = f"{_SYSTEM}/{known.file_system(str(parameters['MountTargetId']))}"
    else:
        thing = f"{kind}/{parameters.get('FileSystemId' if kind == _SYSTEM else 'AccessPointId', '*')}"
    return [f"arn:aws:elasticfilesystem:{known.region}:{known.account}:{thing}"]


STORING: dict[str, Callable[[Mapping[str, Any], Any], list[str]]] = {
    operation: partial(_things, operation) for operation in STORED
}
"""For `permissions`: a call -> what it is asked for."""
