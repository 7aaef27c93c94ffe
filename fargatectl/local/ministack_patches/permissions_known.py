"""What AWS knows by itself when it asks for a permission; see `permissions`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Known(Protocol):
    """Where a call is made, and what AWS knows by itself of the things that it names."""

    @property
    def account(self) -> str:
        """12 digits."""

    @property
    def region(self) -> str:
        """Its name."""

    def role_path(self, name: str) -> str:
        """Of an IAM role; ``/`` where there is none of that name."""

    def role_boundary(self, name: str) -> str:
        """Of an IAM role, its ARN; empty for none."""

    def ec2_tags(self, thing: str) -> Mapping[str, str]:
        """Of a thing of EC2's, by its id; of an association, those of its route table."""

    def key(self, name: str, /) -> tuple[str, str]:
        """The ARN of a key of KMS, named in any way, and an alias of it; empty for none."""

    def repository_key(self, name: str, /) -> str:
        """The key of KMS that a repository of ECR was made with; empty for none of the customer's."""

    def efs_tags(self, thing: str, /) -> Mapping[str, str]:
        """Of a file system or an access point, by its id."""

    def file_system(self, target: str, /) -> str:
        """The id of the one that a mount target belongs to."""

    def certificate_tags(self, arn: str, /) -> Mapping[str, str]:
        """Of a certificate."""


def arn_of(known: Known, service: str, resource: str) -> str:
    """The ARN of something in the account and region of a call."""
    return f"arn:aws:{service}:{known.region}:{known.account}:{resource}"
