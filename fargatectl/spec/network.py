"""Where tasks run: somebody else's network, named, or one of the app's own."""

import ipaddress
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from fargatectl.spec import fields, shapes
from fargatectl.spec.parts import Model, SecurityGroupId, SubnetId, VpcId

if TYPE_CHECKING:
    from fargatectl.spec.models import Service

LARGEST, SMALLEST = 16, 24
"""Prefix lengths of a VPC: AWS takes up to /28, but an eighth of it must hold a load balancer's /27."""

_PRIVATE = [
    ipaddress.IPv4Network(one) for one in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
]
_ECR = re.compile(r"\d{12}\.dkr\.ecr\.", re.ASCII)


def _cidr() -> fields.Reader:
    """The IPv4 addresses of a VPC (RFC 1918 and 6598): EC2 API reference, CreateVpc."""
    what = f"write private IPv4 addresses of /{LARGEST} to /{SMALLEST}, such as 10.0.0.0/16"

    def read(value: object) -> str:
        written = fields.as_text(value).strip()
        try:
            network = ipaddress.IPv4Network(written)
        except ValueError:
            raise fields.fault(f"{fields.describe(written)} is not valid: {what}") from None
        inside = any(network.subnet_of(one) for one in _PRIVATE)
        if "/" not in written or not inside or not LARGEST <= network.prefixlen <= SMALLEST:
            raise fields.fault(f"{fields.describe(written)} is not valid: {what}")
        return str(network)

    return fields.Reader(
        read, {"type": "string", "pattern": r"^([0-9]{1,3}\.){3}[0-9]{1,3}/(1[6-9]|2[0-4])$"}
    )


def _create() -> fields.Reader:
    """A map, or whether there is to be one with nothing but defaults."""

    def read(value: object) -> object:
        if isinstance(value, Mapping | Model):
            return value
        return {} if fields.yes_or_no().read(value) else None

    return fields.Reader(read, {"type": "boolean"}, extends=True)


class OwnNetwork(Model):
    """A VPC of the app's own, made with it and removed with it. An environment has one of its own."""

    cidr: Annotated[str, _cidr()] = Field(
        "10.0.0.0/16",
        description="Its private IPv4 addresses, /16 to /24. With others, the app moves to a new network.",
    )
    zones: Annotated[int, fields.whole(2, 3)] = Field(
        2, description="How many availability zones it spans, 2 or 3."
    )
    private: (
        Annotated[
            Literal["nat", "nat-per-zone", "endpoints"],
            fields.one_of({one: one for one in ("nat", "nat-per-zone", "endpoints")}),
        ]
        | None
    ) = Field(
        None,
        description=(
            "How tasks get out without public addresses; if not given, all subnets are public, which costs "
            "nothing but the addresses. `nat`: private subnets and one NAT gateway (about 33 USD a month and "
            "0.045 USD a GB). `nat-per-zone`: one in each zone, so that a zone can fail (as much for each). "
            "`endpoints`: VPC endpoints for ECR, CloudWatch Logs and the secrets' stores, and no way to "
            "the internet (about 7 USD a month for each and zone: four or five, S3's is free). In private "
            "subnets `public_ip` is false."
        ),
    )
    ipv6: Annotated[bool, fields.yes_or_no()] = Field(
        False,
        description="Whether it has IPv6 addresses too. Asked for later, the app moves to a new network.",
    )


_MOST_BESIDE_TWO = 3


class Network(Model):
    """Where tasks run; the region's default VPC and its subnets if not given."""

    vpc: VpcId | None = Field(None, description="The VPC's id; the default VPC if not given.")
    subnets: Annotated[list[SubnetId], shapes.distinct(1, 16)] | None = Field(
        None,
        description=(
            "Ids of the subnets that tasks run in, at most 16; the public ones of the VPC if not given."
        ),
    )
    # A task has at most five security groups (ECS API reference, AwsVpcConfiguration), one is the app's own.
    security_groups: Annotated[list[SecurityGroupId], shapes.distinct(0, 4)] = Field(
        default_factory=fields.fresh(list),
        description=(
            "Ids of security groups that tasks are in besides the app's own, at most 4; at most 3 where "
            "services reach each other by name (`connect`, or `discovery` behind a load balancer)."
        ),
    )
    create: Annotated[OwnNetwork | None, _create()] = Field(
        None,
        description=(
            "A VPC of the app's own: `true` makes one with public subnets in two zones, which costs nothing "
            "by itself; a map says more. None of `vpc`, `subnets` and `security_groups` can stand beside it."
        ),
    )

    @field_validator("create")
    @classmethod
    def _alone(cls, create: OwnNetwork | None, info: ValidationInfo) -> OwnNetwork | None:
        beside = [name for name in ("vpc", "subnets", "security_groups") if info.data.get(name)]
        if create is not None and beside:
            raise fields.fault(
                f"cannot stand beside {' and '.join(beside)}: those are in another VPC. Keep one "
                "(in an overlay, null removes the other)"
            )
        return create

    @property
    def is_private(self) -> bool:
        """Whether the app's own network has private subnets, in which tasks then run."""
        return self.create is not None and self.create.private is not None


def check_balancer(network: Network, subnets: Sequence[str] | None) -> None:
    """A load balancer stands in the same VPC as the tasks; raises a fault where `subnets` cannot be in it."""
    if network.create is not None and subnets:
        raise fields.fault(
            "cannot stand beside network.create: those are in another VPC. Leave it out: the app's own has "
            "subnets for it",
            "subnets",
        )


def service_faults(network: Network, services: Mapping[str, "Service"]) -> Iterator[PydanticCustomError]:
    """What services cannot want in this network."""
    by_name = [name for name, one in services.items() if one.connect or (one.discovery and one.load_balancer)]
    if by_name and len(network.security_groups) > _MOST_BESIDE_TWO:
        yield fields.fault(
            "would put tasks into six security groups, and AWS takes five: their own, the one by which "
            "services reach each other, and the four of network.security_groups. Take one out there",
            by_name[0],
            "connect" if services[by_name[0]].connect else "discovery",
        )
    if network.create is None or network.create.private is None:
        return
    for name, service in services.items():
        if service.public_ip:
            yield fields.fault(
                "cannot be true in private subnets, where nobody could connect to it: leave it out, or "
                "network.create.private",
                name,
                "public_ip",
            )
        if network.create.private == "endpoints" and service.image and not _ECR.match(service.image):
            yield fields.fault(
                "cannot be pulled without a way to the internet, which network.create.private: endpoints "
                "leaves out: use an image of ECR's in this region, or private: nat",
                name,
                "image",
            )
