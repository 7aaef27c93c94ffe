"""Names of resources that follow from the app, the environment and the service."""

from __future__ import annotations

import hashlib
import re

from fargatectl.resources._balancing import LONGEST_NAME

_HEAD = LONGEST_NAME - 9  # leaves room for a hyphen and a hash
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


def balancer_name(prefix: str, service: str = "") -> str:
    """The logical name of a load balancer, or of the target group of a service.

    Single hyphens inside only, and nothing that AWS keeps for itself. All of an app begin alike, so that a
    policy can name them. Source: Elastic Load Balancing API reference, CreateLoadBalancer, CreateTargetGroup.
    """
    head = re.sub("-+", "-", prefix).strip("-")
    if head != prefix or head.startswith("internal") or len(head) > _HEAD:
        head = f"lb-{head[: _HEAD - 12]}".rstrip("-") + f"-{_hash(prefix)}"
    if not service:
        return head
    name = f"{head}-{service}"
    plain = "--" not in name and not name.endswith("-") and len(name) <= LONGEST_NAME
    return name if plain else f"{head}-{_hash(service)}"


def shortened(name: str, most: int) -> str:
    """The name, or its beginning and a hash of all of it where it is too long for AWS."""
    if len(name) <= most:
        return name
    return f"{name[: most - 9]}-{_hash(name)}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
