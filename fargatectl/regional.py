"""What a spec says by ARN and can only be used in its own region."""

from __future__ import annotations

from fargatectl.errors import Problem, SpecError
from fargatectl.spec.models import LoadedSpec


def check_regions(loaded: LoadedSpec, region: str) -> None:
    """See that a given certificate is one of the region of the load balancer.

    Raises:
        SpecError: It is not.
    """
    arn = loaded.spec.load_balancer.certificate or ""
    other = arn.split(":")[3] if arn else ""  # IAM's have none
    if other and other != region:
        key = "load_balancer.certificate"
        text = f"is a certificate of {other}, the load balancer is in {region}: name one of that region"
        raise SpecError([Problem(str(loaded.path), loaded.line_of(key), key, text)])


def home(loaded: LoadedSpec) -> str:
    """The region of a spec; where it names none, one in which it can be used."""
    certificate = (loaded.spec.load_balancer.certificate or ":::").split(":")[3]
    return loaded.spec.region or certificate or "us-east-1"
