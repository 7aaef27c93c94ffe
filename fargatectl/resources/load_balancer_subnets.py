"""The subnets that a load balancer stands in: one in each zone, looked up, never changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any, ClassVar, Self

from fargatectl.dataclass import dataclass
from fargatectl.engine.observe import Look
from fargatectl.engine.outputs import Outputs, Pending
from fargatectl.engine.resource import IDENTITY, Live, Lookup
from fargatectl.engine.rights import Operation, Right, Territory
from fargatectl.errors import UsageError
from fargatectl.resources.network import Network, Place, locate

Subnet = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, eq=False)
class LoadBalancerSubnets(Lookup):
    """One subnet in each zone: public ones of the VPC for a public load balancer, else those of the tasks.

    What AWS would take and never bring up, or refuse halfway through, is refused before anything is made: a
    public load balancer in subnets that do not route to an internet gateway stays ``provisioning`` for ever.
    Source: Elastic Load Balancing, user guide for Application Load Balancers, "Subnets for your load
    balancer".

    Attributes:
        given: Ids, where the spec names them.
        zones: In how many it must be at the least.

    Outputs: ``subnets`` (comma separated), ``vpc``.
    """

    kind: ClassVar[str] = "ec2.load_balancer_subnets"

    network: Network = field(metadata=IDENTITY)
    public: bool = field(default=True, metadata=IDENTITY)
    given: tuple[str, ...] = field(default=(), metadata=IDENTITY)
    zones: int = field(default=2, metadata=IDENTITY)

    def rights(self, territory: Territory) -> Sequence[Right]:
        if self.network.own_vpc is not None:
            return ()
        return (Right((Operation.FIND,), ("ec2:DescribeSubnets", "ec2:DescribeRouteTables")),)

    @classmethod
    def find(cls, look: Look, wanted: Sequence[Self]) -> Iterable[Live]:
        return look.gather(*[lambda one=one: _live(look, one) for one in wanted])

    def predict(self, outputs: Outputs) -> Mapping[str, str]:
        """In a network of the app's own, which has a subnet in each zone: what its parts are by now."""
        use = {"vpc": "vpc", "subnets": "public_subnets" if self.public else "subnets"}
        known = {name: outputs.get(self.network, output) for name, output in use.items()}
        return {
            name: ",".join(sorted(str(ids).split(",")))
            for name, ids in known.items()
            if not isinstance(ids, Pending)
        }


def _live(look: Look, one: LoadBalancerSubnets) -> Live:
    outputs = {}
    if one.network.own_vpc is None:
        vpc, ids = _chosen(look, one)
        outputs = {"subnets": ",".join(ids), "vpc": vpc}
    return Live(LoadBalancerSubnets.kind, one.id, one.name, one.address, True, outputs=outputs)


def _chosen(look: Look, wanted: LoadBalancerSubnets) -> tuple[str, list[str]]:
    place = locate(look, wanted.network)
    here = [{"Name": "vpc-id", "Values": [place.vpc]}]
    subnets, tables = look.once(
        f"subnets and routes {place.vpc}",
        lambda: look.gather(
            lambda: list(look.aws.items("ec2", "DescribeSubnets", "Subnets", Filters=here)),
            lambda: list(look.aws.items("ec2", "DescribeRouteTables", "RouteTables", Filters=here)),
        ),
    )
    public = {str(one["SubnetId"]) for one in subnets if routes_out(str(one["SubnetId"]), tables)}
    if wanted.given:
        ids = _given(wanted, place, subnets, public)
    else:
        ids = _one_a_zone([one for one in subnets if not wanted.public or one["SubnetId"] in public], place)
        if len(ids) < wanted.zones:
            raise _too_few(wanted, place.vpc, len(ids))
    _serves(place, ids, subnets)
    return place.vpc, ids


def _given(wanted: LoadBalancerSubnets, place: Place, subnets: list[Subnet], public: set[str]) -> list[str]:
    """Those that the spec names, if AWS would take them.

    Raises:
        UsageError: It would not.
    """
    zones = {str(one["SubnetId"]): str(one["AvailabilityZone"]) for one in subnets}
    strange = [one for one in wanted.given if one not in zones]
    if strange:
        raise _refused(
            f"the load balancer's subnets must be in {place.vpc}, where the tasks are: "
            f"{', '.join(strange)} is not",
            "Correct load_balancer.subnets in the spec, or leave it out.",
        )
    used = [zones[one] for one in wanted.given]
    if len(set(used)) < len(used):
        raise _refused(
            f"the load balancer takes one subnet of each zone: {', '.join(wanted.given)} are in "
            f"{', '.join(used)}",
            "Name one of each zone in load_balancer.subnets, or leave it out.",
        )
    if len(used) < wanted.zones:
        raise _too_few(wanted, place.vpc, len(used))
    shut = [one for one in wanted.given if wanted.public and one not in public]
    if shut:
        raise _refused(
            "a public load balancer needs subnets with a route to an internet gateway: "
            f"{', '.join(shut)} has none",
            "Add the route 0.0.0.0/0 to its route table, name others in load_balancer.subnets, or make it "
            "internal: load_balancer.public: false.",
        )
    return sorted(wanted.given)


def _serves(place: Place, ids: list[str], subnets: list[Subnet]) -> None:
    """Raise where tasks would run in a zone that the load balancer does not serve: their targets stay unused.

    Source: Elastic Load Balancing, "Target groups for your Application Load Balancers", Target.NotInUse.
    """
    zones = {str(one["SubnetId"]): str(one["AvailabilityZone"]) for one in subnets}
    left = sorted({zones[one] for one in place.subnets if one in zones} - {zones[one] for one in ids})
    if left:
        raise _refused(
            f"tasks run in {', '.join(left)}, where the load balancer has no subnet",
            "Name subnets of both in the same zones: network.subnets, load_balancer.subnets.",
        )


def _one_a_zone(subnets: list[Subnet], place: Place) -> list[str]:
    """Where there are several in a zone, one that tasks run in too."""
    by_zone: dict[str, str] = {}
    for one in sorted(subnets, key=lambda one: (one["SubnetId"] not in place.subnets, one["SubnetId"])):
        by_zone.setdefault(str(one["AvailabilityZone"]), str(one["SubnetId"]))
    return sorted(by_zone.values())


def _too_few(wanted: LoadBalancerSubnets, vpc: str, zones: int) -> UsageError:
    what = "a public load balancer needs public subnets" if wanted.public else "a load balancer needs subnets"
    internal = ", or make it internal: load_balancer.public: false" if wanted.public else ""
    route = " Public ones route 0.0.0.0/0 to an internet gateway." if wanted.public else ""
    return _refused(
        f"{what} in {wanted.zones} zones, and {vpc} has them in {zones}",
        f"Add a subnet in another zone{internal}.{route}",
    )


def _refused(message: str, hint: str) -> UsageError:
    return UsageError(message, hint=f"{hint} Nothing was changed.", code="load_balancer.subnets")


def routes_out(subnet: str, tables: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the route table of a subnet, its own or the VPC's main one, leads to an internet gateway."""
    own = [one for one in tables if any(by.get("SubnetId") == subnet for by in one.get("Associations", ()))]
    main = [one for one in tables if any(by.get("Main") for by in one.get("Associations", ()))]
    return any(
        str(route.get("GatewayId", "")).startswith("igw-") and route.get("State", "active") == "active"
        for table in own or main
        for route in table.get("Routes", ())
    )
