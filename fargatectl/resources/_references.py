"""Image references: which of them are in ECR, and what of a repository they name."""

from __future__ import annotations

import re

from fargatectl.dataclass import dataclass

# Amazon ECR User Guide, "Amazon ECR private registry": the registry's address.
_ECR = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/"
    r"(?P<repository>[^:@]+)(?::(?P<tag>[^@]+))?(?:@(?P<digest>.+))?",
    re.ASCII,
)


@dataclass(frozen=True)
class EcrImage:
    """An image in a private repository of ECR.

    Attributes:
        account: 12 digits.
        tag: Empty where a digest says which; ``latest`` where nothing does.
        digest: Such as ``sha256:...``; empty where a tag says which.
    """

    account: str
    region: str
    repository: str
    tag: str
    digest: str

    @property
    def image_id(self) -> tuple[str, str]:
        """Member and value of its ImageIdentifier (ECR API reference)."""
        return ("imageDigest", self.digest) if self.digest else ("imageTag", self.tag)


def in_ecr(reference: str) -> EcrImage | None:
    """What an image reference names; None where it is in no private repository of ECR."""
    found = _ECR.fullmatch(reference)
    if not found:
        return None
    digest = found["digest"] or ""
    tag = "" if digest else found["tag"] or "latest"
    return EcrImage(found["account"], found["region"], found["repository"], tag, digest)
