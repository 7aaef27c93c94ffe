"""The way from a service's tasks to what starts them: the registry, logs, secrets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any, ClassVar, Self

from fargatectl.dataclass import dataclass
from fargatectl.engine.observe import Look
from fargatectl.engine.resource import IDENTITY, Live, Lookup
from fargatectl.engine.rights import Operation, Right, Territory
from fargatectl.errors import UsageError
from fargatectl.resources._around import ahead, endpoints_of, nats_of, tables_of
from fargatectl.resources._reach import INTERNET, Stuck, Surroundings, Task, endpoint_groups, stuck
from fargatectl.resources._revisions import of_spec
from fargatectl.resources._services import TAG_REVISION, Found, services
from fargatectl.resources.network import Network, Place, locate
from fargatectl.resources.route_table import RouteTable
from fargatectl.resources.security_group import own_groups
from fargatectl.resources.vpc_endpoint import VpcEndpoint
from fargatectl.rollout.deployments import settled


@dataclass(frozen=True, kw_only=True, eq=False)
class WayOut(Lookup):
    """The routes or endpoints that a service's tasks need: of the app's own network made before the service,
    in any other one looked for before anything is made. Without them a task ends after five minutes or more.

    Attributes:
        own: Of the app's own network, what has to be there first.
        service: Address of the service, ``<cluster>/<name>``. Where it runs in these subnets as the spec
            wants it, it has found its way.
        definition: Fingerprint of its task definition.
        needs: See `Task.needs`.
        public_ip: Whether its tasks have public addresses.
        groups: Ids of security groups of the user's that its tasks are in.
        where: ``file:line: key`` of the service, for errors.
        idle: Whether it is to run no task.
    """

    kind: ClassVar[str] = "ec2.way_out"

    network: Network = field(metadata=IDENTITY)
    own: tuple[RouteTable | VpcEndpoint, ...] = field(default=(), metadata=IDENTITY)
    service: str = field(metadata=IDENTITY)
    definition: str = field(metadata=IDENTITY)
    needs: tuple[str, ...] = field(metadata=IDENTITY)
    public_ip: bool = field(metadata=IDENTITY)
    groups: tuple[str, ...] = field(default=(), metadata=IDENTITY)
    where: str = field(metadata=IDENTITY)
    idle: bool = field(default=False, metadata=IDENTITY)

    def rights(self, territory: Territory) -> Sequence[Right]:
        if self.network.own_vpc is not None:
            return ()
        actions = ("ec2:DescribeNatGateways", "ec2:DescribeRouteTables", "ec2:DescribeVpcEndpoints")
        return (Right((Operation.FIND,), actions),)

    @classmethod
    def find(cls, look: Look, wanted: Sequence[Self]) -> Iterable[Live]:
        for one in wanted:
            if INTERNET in one.needs and any(isinstance(way, VpcEndpoint) for way in one.own):
                raise _no_internet(one)
        others = [one for one in wanted if one.network.own_vpc is None]
        if others:
            _check(look, others)
        return [Live(cls.kind, one.id, one.name, one.address, True) for one in wanted]


def _check(look: Look, wanted: Sequence[WayOut]) -> None:
    """Raise where tasks of a service that does not run yet could not reach what they need."""
    found, *answers = look.gather(
        lambda: {one.address: one for one in services(look, [one.service for one in wanted])},
        *[lambda one=one: locate(look, one.network) for one in wanted],
        *ahead(look),
    )
    places = answers[: len(wanted)]
    unproved = [
        (one, place)
        for one, place in zip(wanted, places, strict=True)
        if not _runs(one, place, found.get(one.service))
    ]
    if not unproved:
        return
    around = {vpc: _surroundings(look, vpc) for vpc in sorted({place.vpc for _, place in unproved})}
    own = {live.id: live.outputs["arn"] for live in own_groups(look)}
    problems = []
    for one, place in unproved:
        task = Task(one.needs, one.public_ip, frozenset({*one.groups, own.get(one.id, "")}))
        found_stuck = [
            found for subnet in place.shown if (found := stuck(subnet, task, around[place.vpc])) is not None
        ]
        problems += [(one, place, found) for found in found_stuck]
    if problems:
        raise _no_way(problems)


def _no_internet(one: WayOut) -> UsageError:
    return UsageError(
        f"{one.where}: an image of its tasks is not in ECR in this region, and the network has no way to "
        "the internet",
        hint="Push the image to ECR in this region, or let the network have one: "
        "network.create.private: nat. Nothing was changed.",
        code="network.no_route",
    )


def _runs(one: WayOut, place: Place, found: Found | None) -> bool:
    """Whether it runs steadily here, with all that the spec wants of it: then there is a way. Where it is to
    run no task, there is time for that until it is woken."""
    if found is None or not found.owned or not settled(found.raw):
        return False
    if not found.raw.get("runningCount") and not one.idle:
        return False
    here = found.raw.get("networkConfiguration", {}).get("awsvpcConfiguration", {})
    return (
        [of_spec(made) for made in found.tags.get(TAG_REVISION, "").split(":")[1:2]] == [one.definition]
        and sorted(here.get("subnets", ())) == sorted(place.subnets)
        and (here.get("assignPublicIp") == "ENABLED") == one.public_ip
    )


def _surroundings(look: Look, vpc: str) -> Surroundings:
    tables, nats, endpoints = look.gather(
        lambda: tables_of(look, vpc), lambda: nats_of(look, vpc), lambda: endpoints_of(look, vpc)
    )
    ids = endpoint_groups(endpoints)
    filters = [{"Name": "group-id", "Values": ids}]
    groups: list[Mapping[str, Any]] = (
        list(look.aws.items("ec2", "DescribeSecurityGroups", "SecurityGroups", Filters=filters))
        if ids
        else []
    )
    return Surroundings(tables, nats, endpoints, groups)


def _no_way(problems: Sequence[tuple[WayOut, Place, Stuck]]) -> UsageError:
    """The refusal: a line for each service and cause, with all subnets that it holds for."""
    lines: dict[tuple[str, str], list[str]] = {}
    hints, details = [], []
    for one, place, found in problems:
        zone = next(str(subnet.get("AvailabilityZone", "")) for subnet in place.shown
                    if subnet["SubnetId"] == found.subnet)  # fmt: skip
        why = "; ".join(filter(None, [found.why, found.endpoints]))
        cause = f"cannot reach {found.what}: {why}"
        lines.setdefault((one.where, cause), []).append(f"{found.subnet} ({zone})")
        hints.append(_hint(one, place, found))
        details.append(
            {
                "service": one.id,
                "where": one.where,
                "vpc": place.vpc,
                "subnet": found.subnet,
                "route_table": found.table,
                "missing": list(found.missing),
            }
        )
    return UsageError(
        "\n".join(f"{where}: a task in {' or '.join(ids)} {cause}" for (where, cause), ids in lines.items()),
        hint="\n".join(dict.fromkeys(hints)),
        code="network.no_route",
        details=details,
    )


def _hint(one: WayOut, place: Place, found: Stuck) -> str:
    ways = []
    if found.remedy == "public_ip":
        ways.append(f"give its tasks public addresses (services.{one.id}.public_ip: true)")
    else:
        ways.append(f"add {found.remedy}")
    lacking = [need for need in found.missing if need != INTERNET]
    if INTERNET not in found.missing:
        ways.append(f"give {place.vpc} endpoints for {', '.join(lacking)} that this subnet can use")
    ways.append("name other subnets (network.subnets)")
    ways.append("let fargatectl make a network (network: {create: true})")
    return f"Nothing was changed. Either {'; or '.join(ways)}."
