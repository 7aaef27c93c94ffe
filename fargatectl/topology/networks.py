"""Where an app's tasks run: the network that the spec names, or one of the app's own; and their way out."""

from __future__ import annotations

import ipaddress
import itertools
import re
from typing import TYPE_CHECKING

from fargatectl.resources._reach import INTERNET, S3
from fargatectl.resources.availability_zones import AvailabilityZones
from fargatectl.resources.egress_only_internet_gateway import EgressOnlyInternetGateway
from fargatectl.resources.elastic_ip import ElasticIp
from fargatectl.resources.internet_gateway import InternetGateway
from fargatectl.resources.nat_gateway import NatGateway
from fargatectl.resources.network import Network
from fargatectl.resources.route_table import RouteTable
from fargatectl.resources.security_group import SecurityGroup, tcp
from fargatectl.resources.subnet import Subnet
from fargatectl.resources.vpc import Vpc
from fargatectl.resources.vpc_endpoint import VpcEndpoint
from fargatectl.resources.way_out import WayOut
from fargatectl.spec.secrets import secret_source
from fargatectl.topology import containers

if TYPE_CHECKING:
    from fargatectl.resources.image import Image
    from fargatectl.resources.task_definition import TaskDefinition
    from fargatectl.spec.models import OwnNetwork, Service, Spec
    from fargatectl.topology.basis import Basis

Ways = tuple[RouteTable | VpcEndpoint, ...]

_ECR = ("ecr.api", "ecr.dkr", S3)
_FIRST_PRIVATE = 4  # of the eight parts of a VPC: the first ones are public
_NAME = "network"


def network(spec: Spec, prefix: str) -> tuple[Network, Ways]:
    """The network, and what of the app's own its tasks need beside it before they can start.

    Args:
        prefix: Of names.
    """
    wanted = spec.network
    if wanted.create is None:
        named = Network(id=_NAME, name=_NAME, vpc=wanted.vpc, subnets=tuple(wanted.subnets or ()))
        return named, ()
    return _Own(spec, wanted.create, prefix).made()


def way_out(basis: Basis, name: str, definition: TaskDefinition) -> WayOut:
    """The way from the tasks of a service to what starts them."""
    loaded, wanted = basis.loaded, basis.spec.services[name]
    key = f"services.{name}"
    return WayOut(
        id=name,
        name=name,
        network=basis.network,
        own=basis.ways_out,
        service=f"{basis.cluster.name}/{name}",
        definition=definition.fingerprint,
        needs=_needs(definition, wanted, basis.region),
        public_ip=has_public_ip(basis.spec, wanted),
        groups=tuple(basis.spec.network.security_groups or ()),
        where=f"{loaded.path}:{loaded.line_of(key)}: {key}",
        idle=wanted.count == 0 and wanted.scaling is None,
    )


def has_public_ip(spec: Spec, service: Service) -> bool:
    """Whether the tasks of a service have public addresses."""
    return not spec.network.is_private if service.public_ip is None else service.public_ip


def _needs(definition: TaskDefinition, wanted: Service, region: str) -> tuple[str, ...]:
    """What starts a task: all its images, its logs, its secrets and its files of variables."""
    images = [_image_needs(one, region) for one in (definition.image, *containers.images_of(wanted))]
    files = (S3,) if containers.env_files_of(wanted) else ()
    return tuple(dict.fromkeys([*itertools.chain(*images), "logs", *_stores([wanted]), *files]))


def _image_needs(image: Image | str, region: str) -> tuple[str, ...]:
    """What an image is pulled from: an endpoint of ECR's leads to the repositories of its region."""
    if isinstance(image, str) and not re.match(
        rf"\d{{12}}\.dkr\.ecr\.{re.escape(region)}\.", image, re.ASCII
    ):
        return (INTERNET,)
    return _ECR


def _stores(services: list[Service]) -> tuple[str, ...]:
    """Where the secrets of services are kept."""
    used = {secret_source(one).service for service in services for one in containers.secrets_of(service)}
    kept = {"ssm" if one == "app" else one for one in used}  # the app's own are parameters too
    return tuple(store for store in ("secretsmanager", "ssm") if store in kept)


class _Own:
    """A network of the app's own."""

    def __init__(self, spec: Spec, wanted: OwnNetwork, prefix: str) -> None:
        self._spec, self._wanted, self._prefix = spec, wanted, prefix
        self._parts = list(ipaddress.IPv4Network(wanted.cidr).subnets(prefixlen_diff=3))
        zones = AvailabilityZones(id=_NAME, name=_NAME, count=wanted.zones)
        self._vpc = Vpc(id=_NAME, name=prefix, cidr=wanted.cidr, ipv6=wanted.ipv6)
        self._gateway = InternetGateway(id=_NAME, name=prefix, vpc=self._vpc)
        self._public = self._subnets("public", 0, zones)
        self._private = self._subnets("private", _FIRST_PRIVATE, zones) if wanted.private else ()

    def made(self) -> tuple[Network, Ways]:
        routes = self._table(
            "public", self._public, self._gateway, self._gateway if self._wanted.ipv6 else None
        )
        network = Network(
            id=_NAME,
            name=_NAME,
            own_vpc=self._vpc,
            own_subnets=self._private or self._public,
            own_public=self._public,
            own_routes=(routes,),
        )
        if not self._private:
            return network, ()
        if self._wanted.private == "endpoints":
            tables = [self._table(f"private-{n}", (one,)) for n, one in enumerate(self._private, 1)]
            return network, (*tables, *self._endpoints(network, tuple(tables)))
        return network, self._nat_tables()

    def _subnets(self, use: str, first: int, zones: AvailabilityZones) -> tuple[Subnet, ...]:
        return tuple(
            Subnet(
                id=f"{use}-{number + 1}",
                name=f"{self._prefix}-{use}-{number + 1}",
                vpc=self._vpc,
                zones=zones,
                zone=number,
                cidr=str(self._parts[first + number]),
                ipv6=first + number if self._wanted.ipv6 else None,
            )
            for number in range(self._wanted.zones)
        )

    def _table(
        self,
        id: str,
        subnets: tuple[Subnet, ...],
        ipv4: InternetGateway | NatGateway | None = None,
        ipv6: InternetGateway | EgressOnlyInternetGateway | None = None,
    ) -> RouteTable:
        name = f"{self._prefix}-{id}"
        return RouteTable(id=id, name=name, vpc=self._vpc, subnets=subnets, ipv4=ipv4, ipv6=ipv6)

    def _nat_tables(self) -> Ways:
        """A table for each private subnet, so that another NAT gateway is another route and no more."""
        count = self._wanted.zones if self._wanted.private == "nat-per-zone" else 1
        nats = [self._nat(number) for number in range(count)]
        egress = (
            EgressOnlyInternetGateway(id=_NAME, name=self._prefix, vpc=self._vpc)
            if self._wanted.ipv6
            else None
        )
        return tuple(
            self._table(f"private-{number + 1}", (subnet,), nats[number % count], egress)
            for number, subnet in enumerate(self._private)
        )

    def _nat(self, number: int) -> NatGateway:
        known_as = f"nat-{number + 1}"
        name = f"{self._prefix}-{known_as}"
        # A new VPC's gateway needs an address while the old one still has its own.
        without = f"{known_as}/{self._vpc.cidr}"
        ids = (f"{without}/ipv6", without) if self._vpc.ipv6 else (without, f"{without}/ipv6")
        address = ElasticIp(id=ids[0], name=name, other_id=ids[1], ipv6=self._vpc.ipv6)
        return NatGateway(
            id=known_as,
            name=name,
            subnet=self._public[number],
            elastic_ip=address,
            internet_gateway=self._gateway,
        )

    def _endpoints(self, network: Network, tables: tuple[RouteTable, ...]) -> Ways:
        group = SecurityGroup(
            id="network.endpoints",
            name=f"{self._prefix}.endpoints",  # a dot, which no service's name has
            network=network,
            ingress=(tcp(443, self._wanted.cidr),),
        )
        services = ("ecr.api", "ecr.dkr", "logs", *_stores(list(self._spec.services.values())))
        interfaces = [
            VpcEndpoint(
                id=one,
                name=f"{self._prefix}-{one}",
                vpc=self._vpc,
                service=one,
                subnets=self._private,
                security_groups=(group,),
            )
            for one in services
        ]
        # ECR keeps the layers of images in S3, to which a gateway endpoint leads free of charge.
        storage = VpcEndpoint(
            id=S3, name=f"{self._prefix}-{S3}", vpc=self._vpc, service=S3, route_tables=tables
        )
        return (*interfaces, storage)
