"""Names of resources that follow from the app, the environment and the service."""

from __future__ import annotations

import hashlib
import re

ROLE_NAME = 64  # longest, IAM API reference, CreateRole


def repository_name(prefix: str) -> str:
    """The default name of the repository: ECR takes no single letter, and single hyphens inside only.

    Source: ECR API reference, CreateRepository.
    """
    name = re.sub("-+", "-", prefix).strip("-")
    if name == prefix and len(name) > 1:
        return name
    return f"{name}-{_hash(prefix)}"


def group_name(name: str) -> str:
    """The name of a security group: EC2 keeps ``sg-`` for ids (EC2 API reference, CreateSecurityGroup)."""
    return f"app-{name}" if name.startswith("sg-") else name


def shortened(name: str, most: int) -> str:
    """The name, or its beginning and a hash of all of it where it is too long for AWS."""
    if len(name) <= most:
        return name
    return f"{name[: most - 9]}-{_hash(name)}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
