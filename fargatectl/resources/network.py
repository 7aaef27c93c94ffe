"""The VPC and subnets that tasks run in: looked up, never changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from fargatectl.engine.observe import Look
from fargatectl.engine.resource import IDENTITY, Live, Lookup
from fargatectl.engine.rights import Operation, Right, Territory
from fargatectl.errors import UsageError

MOST_SUBNETS = 16  # ECS API reference, AwsVpcConfiguration


@dataclass(frozen=True)
class Place:
    """A VPC, the subnets for tasks in it (sorted by zone), and the account that owns them."""

    vpc: str
    subnets: tuple[str, ...]
    owner: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Network(Lookup):
    """The default VPC's public subnets, a named VPC's public subnets, or named subnets.

    Outputs: ``vpc``, ``subnets`` (comma separated).
    """

    kind: ClassVar[str] = "ec2.network"

    vpc: str | None = field(default=None, metadata=IDENTITY)
    subnets: tuple[str, ...] = field(default=(), metadata=IDENTITY)

    @property
    def is_default(self) -> bool:
        """Whether neither a VPC nor subnets were named."""
        return self.vpc is None and not self.subnets

    def rights(self, territory: Territory) -> Sequence[Right]:
        actions = ["ec2:DescribeSubnets"]
        if not self.subnets:
            actions.append("ec2:DescribeRouteTables")
        if self.is_default:
            actions.append("ec2:DescribeVpcs")
        return (Right((Operation.FIND,), tuple(actions)),)

    @classmethod
    def find(cls, look: Look, wanted: Sequence[Self]) -> Iterable[Live]:
        places = [locate(look, one) for one in wanted]
        return [
            Live(
                cls.kind,
                one.id,
                place.vpc,
                one.address,
                True,
                outputs={"vpc": place.vpc, "subnets": ",".join(place.subnets)},
            )
            for one, place in zip(wanted, places, strict=True)
        ]


def locate(look: Look, network: Network) -> Place:
    """Where a network is, asked once for all who need it."""
    return look.once(f"network {network.id}", lambda: _locate(look, network))


def _locate(look: Look, network: Network) -> Place:
    if network.subnets:
        return _named(look, network)
    if network.vpc:
        return _public_of(look, network.vpc)
    return _default(look)


def _default(look: Look) -> Place:
    # default-for-az holds for the default VPC's own subnets only: one call finds VPC, subnets and account.
    found = _subnets(look, Filters=[{"Name": "default-for-az", "Values": ["true"]}])
    if found:
        return _place(found)
    vpcs = list(
        look.aws.items("ec2", "DescribeVpcs", "Vpcs", Filters=[{"Name": "is-default", "Values": ["true"]}])
    )
    if not vpcs:
        raise UsageError(
            f"there is no default VPC in {look.aws.region}",
            hint="Name one in the spec (network.vpc or network.subnets), or make one: "
            "aws ec2 create-default-vpc",
            code="network.no_default_vpc",
        )
    return _public_of(look, str(vpcs[0]["VpcId"]))


def _public_of(look: Look, vpc: str) -> Place:
    """The subnets of a VPC whose route table leads to an internet gateway."""
    here = [{"Name": "vpc-id", "Values": [vpc]}]
    subnets, tables = look.gather(
        lambda: _subnets(look, Filters=here),
        lambda: list(look.aws.items("ec2", "DescribeRouteTables", "RouteTables", Filters=here)),
    )
    public = [subnet for subnet in subnets if _routes_out(subnet["SubnetId"], tables)]
    if not public:
        what = "no public subnet" if subnets else "no subnet"
        raise UsageError(
            f"the VPC {vpc} in {look.aws.region} has {what}",
            hint="Name subnets in the spec: network.subnets. Public ones route to an internet gateway.",
            code="network.no_subnet",
        )
    return _place(public)


def _named(look: Look, network: Network) -> Place:
    found = _subnets(look, Filters=[{"Name": "subnet-id", "Values": list(network.subnets)}])
    missing = set(network.subnets) - {str(subnet["SubnetId"]) for subnet in found}
    if missing:
        raise UsageError(
            f"no such subnet in {look.aws.region}: {', '.join(sorted(missing))}",
            hint="See network.subnets in the spec, and the region.",
            code="network.no_subnet",
        )
    vpcs = {str(subnet["VpcId"]) for subnet in found}
    if len(vpcs) > 1 or (network.vpc and network.vpc not in vpcs):
        wanted = f", not {network.vpc}" if network.vpc else ""
        raise UsageError(
            f"the subnets are in {' and '.join(sorted(vpcs))}{wanted}",
            hint="All of network.subnets must be in one VPC.",
            code="network.many_vpcs",
        )
    return _place(found)


def _subnets(look: Look, **parameters: Any) -> list[dict[str, Any]]:
    return list(look.aws.items("ec2", "DescribeSubnets", "Subnets", **parameters))


def _place(subnets: list[dict[str, Any]]) -> Place:
    ordered = sorted(subnets, key=lambda one: (one.get("AvailabilityZone", ""), one["SubnetId"]))
    return Place(
        str(ordered[0]["VpcId"]),
        tuple(str(one["SubnetId"]) for one in ordered)[:MOST_SUBNETS],
        str(ordered[0].get("OwnerId", "")),
    )


def _routes_out(subnet: str, tables: list[dict[str, Any]]) -> bool:
    def uses(table: dict[str, Any], **wanted: object) -> bool:
        return any(
            all(one.get(key) == value for key, value in wanted.items()) for one in table["Associations"]
        )

    own = [table for table in tables if uses(table, SubnetId=subnet)]
    main = [table for table in tables if uses(table, Main=True)]
    return any(
        str(route.get("GatewayId", "")).startswith("igw-")
        for table in own or main
        for route in table.get("Routes", ())
    )
