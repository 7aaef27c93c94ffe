"""The VPC and subnets that tasks run in: somebody else's, looked up, or the app's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any, ClassVar, Self

from fargatectl.dataclass import dataclass
from fargatectl.engine.observe import Look
from fargatectl.engine.outputs import Outputs, Pending
from fargatectl.engine.resource import IDENTITY, Live, Lookup, Resource
from fargatectl.engine.rights import Operation, Right, Territory
from fargatectl.errors import UsageError
from fargatectl.resources._around import tables_of
from fargatectl.resources._routes import default_route, table_of
from fargatectl.resources.route_table import RouteTable
from fargatectl.resources.subnet import Subnet
from fargatectl.resources.vpc import Vpc, own_vpcs

MOST_SUBNETS = 16  # ECS API reference, AwsVpcConfiguration


@dataclass(frozen=True)
class Place:
    """A VPC, the subnets for tasks in it (sorted by zone), and the account that owns them.

    Attributes:
        shown: The subnets as DescribeSubnets shows them.
    """

    vpc: str
    subnets: tuple[str, ...]
    owner: str
    shown: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Network(Lookup):
    """The default VPC's public subnets, a named VPC's public subnets, named subnets, or the app's own.

    Whoever holds it is made after `own_vpc` and what else of the app's own it names, and removed before.

    Attributes:
        vpc, subnets: The names of somebody else's.
        own_vpc: The app's own VPC.
        own_subnets: Those of it that tasks run in.
        own_public: Those of it that face the internet.
        own_routes: What makes these public.

    Outputs: ``vpc``, ``subnets`` (of tasks), ``public_subnets`` (where an internet-facing load balancer
    can be; of somebody else's, the same as ``subnets``) and ``zonal_subnets`` (of tasks, one in each zone),
    comma separated.
    """

    kind: ClassVar[str] = "ec2.network"

    vpc: str | None = field(default=None, metadata=IDENTITY)
    subnets: tuple[str, ...] = field(default=(), metadata=IDENTITY)
    own_vpc: Vpc | None = field(default=None, metadata=IDENTITY)
    own_subnets: tuple[Subnet, ...] = field(default=(), metadata=IDENTITY)
    own_public: tuple[Subnet, ...] = field(default=(), metadata=IDENTITY)
    own_routes: tuple[RouteTable, ...] = field(default=(), metadata=IDENTITY)

    @property
    def is_default(self) -> bool:
        """Whether neither a VPC nor subnets were named, and none is the app's own."""
        return self.vpc is None and not self.subnets and self.own_vpc is None

    def rights(self, territory: Territory) -> Sequence[Right]:
        if self.own_vpc is not None:
            return ()
        actions = ["ec2:DescribeSubnets"]
        if not self.subnets:
            actions.append("ec2:DescribeRouteTables")
        if self.is_default:
            actions.append("ec2:DescribeVpcs")
        return (Right((Operation.FIND,), tuple(actions)),)

    def predict(self, outputs: Outputs) -> Mapping[str, str]:
        """Of the app's own, what its parts are by now."""
        if self.own_vpc is None:
            return {}
        named = {
            "vpc": _ids(outputs, [self.own_vpc]),
            "subnets": _ids(outputs, self.own_subnets),
            "public_subnets": _ids(outputs, self.own_public),
            "zonal_subnets": _ids(outputs, self.own_subnets),  # each is in a zone of its own
        }
        return {name: ids for name, ids in named.items() if ids}

    @classmethod
    def find(cls, look: Look, wanted: Sequence[Self]) -> Iterable[Live]:
        return [_live(look, one) for one in wanted]


def _ids(outputs: Outputs, parts: Sequence[Resource]) -> str:
    """Their ids; empty while one of them is not there yet."""
    ids = [outputs.get(one) for one in parts]
    return "" if any(isinstance(one, Pending) for one in ids) else ",".join(ids)


def _live(look: Look, network: Network) -> Live:
    if network.own_vpc is not None:
        return Live(Network.kind, network.id, network.name, network.address, True)
    place = locate(look, network)
    subnets = ",".join(place.subnets)
    zones = ",".join(sorted(zonal(place).values()))
    outputs = {"vpc": place.vpc, "subnets": subnets, "public_subnets": subnets, "zonal_subnets": zones}
    return Live(Network.kind, network.id, place.vpc, network.address, True, outputs=outputs)


def locate(look: Look, network: Network) -> Place:
    """Where a network is, asked once for all; of the app's own, an empty `vpc` until it is made."""
    if network.own_vpc is not None:
        lives = {live.id: live for live in own_vpcs(look)}
        made = lives.get(network.own_vpc.id)
        return Place(made.outputs["arn"] if made else "", (), "")
    return look.once(f"network {network.id}", lambda: _locate(look, network))


def zonal(place: Place) -> dict[str, str]:
    """Zone -> the first subnet for tasks in it."""
    return {str(one["AvailabilityZone"]): str(one["SubnetId"]) for one in reversed(place.shown)}


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
            hint="Let fargatectl make a network (network: {create: true}), name one in the spec "
            "(network.vpc or network.subnets), or make a default one: aws ec2 create-default-vpc",
            code="network.no_default_vpc",
        )
    return _public_of(look, str(vpcs[0]["VpcId"]))


def _public_of(look: Look, vpc: str) -> Place:
    """The subnets of a VPC whose route table leads to an internet gateway."""
    here = [{"Name": "vpc-id", "Values": [vpc]}]
    subnets, tables = look.gather(
        lambda: _subnets(look, Filters=here),
        lambda: tables_of(look, vpc),
    )
    public = [
        subnet
        for subnet in subnets
        if default_route(table_of(subnet["SubnetId"], tables), "ipv4").startswith("igw-")
    ]
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
        tuple(ordered[:MOST_SUBNETS]),
    )
