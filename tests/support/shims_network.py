"""Where moto keeps less of a network than AWS does; see `tests.support.shims`.

- What is not empty can be deleted: a VPC with an internet gateway or groups, a subnet with a NAT gateway or
  an endpoint in it, an address in use. AWS answers ``DependencyViolation`` or ``AuthFailure``.
- CreateRouteTable, CreateNatGateway, CreateVpcEndpoint and CreateEgressOnlyInternetGateway make another one
  for the same ``ClientToken``.
- DescribeNatGateways and DescribeEgressOnlyInternetGateways do not filter by tags.
- DeleteNatGateway fails by itself on one that is not there, and leaves its interface and address in use.
- AssociateRouteTable answers well where the subnet has a table; AWS refuses, were it the same one.
- ModifyVpcEndpoint ignores ``PrivateDnsEnabled``.
- DescribeSubnets does not show the state of IPv6 addresses.
- The Resource Groups Tagging API does not index any of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def install(monkeypatch: Any) -> None:
    """Bring moto's networks closer to AWS's for as long as the patches last."""
    _dependencies(monkeypatch)
    _tokens(monkeypatch)
    _filters(monkeypatch)
    _endpoints(monkeypatch)
    _associations(monkeypatch)


def _dependencies(monkeypatch: Any) -> None:
    from moto.ec2.exceptions import DependencyViolationError, EC2ClientError
    from moto.ec2.models.elastic_ip_addresses import ElasticAddressBackend
    from moto.ec2.models.internet_gateways import InternetGatewayBackend
    from moto.ec2.models.nat_gateways import NatGatewayBackend
    from moto.ec2.models.subnets import SubnetBackend
    from moto.ec2.models.vpcs import VPCBackend

    def nats(backend: Any) -> Iterator[Any]:
        return (one for one in backend.nat_gateways.values() if one.state != "deleted")

    def refuse(what: str) -> None:
        raise DependencyViolationError(f"{what} has dependencies and cannot be deleted.")

    delete_vpc = VPCBackend.delete_vpc
    delete_subnet = SubnetBackend.delete_subnet
    detach = InternetGatewayBackend.detach_internet_gateway
    release = ElasticAddressBackend.release_address
    delete_nat = NatGatewayBackend.delete_nat_gateway

    def vpc(self: Any, vpc_id: str) -> Any:
        if any(one.vpc and one.vpc.id == vpc_id for one in self.internet_gateways.values()):
            refuse(vpc_id)
        if any(one.vpc_id == vpc_id for one in self.egress_only_internet_gateways.values()):
            refuse(vpc_id)
        if any(one.name != "default" for one in self.describe_security_groups(filters={"vpc-id": [vpc_id]})):
            refuse(vpc_id)
        return delete_vpc(self, vpc_id)

    def subnet(self: Any, subnet_id: str) -> Any:
        ends = (one for one in self.vpc_end_points.values() if one.state != "deleted")
        if any(one.subnet_id == subnet_id for one in nats(self)):
            refuse(subnet_id)
        if any(subnet_id in (one.subnet_ids or ()) for one in ends):
            refuse(subnet_id)
        return delete_subnet(self, subnet_id)

    def gateway(self: Any, internet_gateway_id: str, vpc_id: str) -> Any:
        if any(one.vpc_id == vpc_id for one in nats(self)):
            refuse(vpc_id)
        return detach(self, internet_gateway_id, vpc_id)

    def address(self: Any, address: str | None = None, allocation_id: str | None = None) -> Any:
        used = {part.get("allocationId") for one in nats(self) for part in one.address_set}
        if allocation_id in used:
            raise EC2ClientError(
                "AuthFailure", "You do not have permission to access the specified resource."
            )
        return release(self, address=address, allocation_id=allocation_id)

    def nat(self: Any, nat_gateway_id: str) -> Any:
        known = self.nat_gateways.get(nat_gateway_id)
        if known is None:
            raise EC2ClientError("NatGatewayNotFound", f"The Nat Gateway {nat_gateway_id} was not found")
        self.enis.pop(known._eni.id, None)
        for part in known.address_set:
            if any(one.allocation_id == part.get("allocationId") for one in self.addresses):
                self.disassociate_address(address=part["publicIp"])
        return delete_nat(self, nat_gateway_id)

    monkeypatch.setattr(VPCBackend, "delete_vpc", vpc)
    monkeypatch.setattr(SubnetBackend, "delete_subnet", subnet)
    monkeypatch.setattr(InternetGatewayBackend, "detach_internet_gateway", gateway)
    monkeypatch.setattr(ElasticAddressBackend, "release_address", address)
    monkeypatch.setattr(NatGatewayBackend, "delete_nat_gateway", nat)


def _tokens(monkeypatch: Any) -> None:
    from moto.ec2.responses.egress_only_internet_gateways import EgressOnlyInternetGateway
    from moto.ec2.responses.nat_gateways import NatGateways
    from moto.ec2.responses.route_tables import RouteTables
    from moto.ec2.responses.vpcs import VPCs

    for cls, name in (
        (EgressOnlyInternetGateway, "create_egress_only_internet_gateway"),
        (NatGateways, "create_nat_gateway"),
        (RouteTables, "create_route_table"),
        (VPCs, "create_vpc_endpoint"),
    ):
        monkeypatch.setattr(cls, name, _once(getattr(cls, name)))


def _once(make: Any) -> Any:
    def create(self: Any) -> Any:
        answers = self.ec2_backend.__dict__.setdefault("answers_by_token", {})
        token = self._get_param("ClientToken")
        if not token:
            return make(self)
        if token not in answers:
            answers[token] = make(self)
        return answers[token]

    return create


def _filters(monkeypatch: Any) -> None:
    from moto.ec2.models.nat_gateways import NatGatewayBackend
    from moto.ec2.models.subnets import Subnet
    from moto.ec2.responses.egress_only_internet_gateways import EgressOnlyInternetGateway

    describe = NatGatewayBackend.describe_nat_gateways
    describe_egress = EgressOnlyInternetGateway.describe_egress_only_internet_gateways

    def describe_nats(self: Any, filters: Any, nat_gateway_ids: Any) -> Any:
        return [one for one in describe(self, filters, nat_gateway_ids) if _tagged(one, filters)]

    def describe_egress_only(self: Any) -> Any:
        answer, filters = describe_egress(self), self._filters_from_querystring()
        key = "EgressOnlyInternetGateways"
        answer.result[key] = [one for one in answer.result[key] if _tagged(one, filters)]
        return answer

    def ipv6(self: Any) -> list[dict[str, Any]]:
        return [
            {
                "associationId": one["associationId"],
                "ipv6CidrBlock": one["ipv6CidrBlock"],
                "ipv6CidrBlockState": {"state": one["ipv6CidrBlockState"]["State"]},
            }
            for one in self.ipv6_cidr_block_associations.values()
        ]

    monkeypatch.setattr(Subnet, "ipv6_cidr_block_association_set", property(ipv6))
    monkeypatch.setattr(NatGatewayBackend, "describe_nat_gateways", describe_nats)
    monkeypatch.setattr(
        EgressOnlyInternetGateway, "describe_egress_only_internet_gateways", describe_egress_only
    )


def _tagged(thing: Any, filters: Any) -> bool:
    tags = {one["key"]: one["value"] for one in thing.get_tags()}
    return all(
        tags.get(name.removeprefix("tag:")) in values
        for name, values in (filters or {}).items()
        if name.startswith("tag:")
    )


def _endpoints(monkeypatch: Any) -> None:
    from moto.ec2.responses.vpcs import VPCs

    modify = VPCs.modify_vpc_endpoint

    def modify_vpc_endpoint(self: Any) -> Any:
        answer = modify(self)
        private = self._get_bool_param("PrivateDnsEnabled")
        if private is not None:
            [endpoint] = self.ec2_backend.describe_vpc_endpoints([self._get_param("VpcEndpointId")])
            endpoint.private_dns_enabled = private
        return answer

    monkeypatch.setattr(VPCs, "modify_vpc_endpoint", modify_vpc_endpoint)


def _associations(monkeypatch: Any) -> None:
    from moto.ec2.exceptions import EC2ClientError
    from moto.ec2.models.route_tables import RouteBackend

    associate = RouteBackend.associate_route_table

    def associate_route_table(
        self: Any, route_table_id: str, gateway_id: str | None = None, subnet_id: str | None = None
    ) -> Any:
        if subnet_id and self.describe_route_tables(filters={"association.subnet-id": [subnet_id]}):
            raise EC2ClientError(
                "Resource.AlreadyAssociated",
                f"the specified association for route table {route_table_id} conflicts with an existing one",
            )
        return associate(self, route_table_id, gateway_id, subnet_id)

    monkeypatch.setattr(RouteBackend, "associate_route_table", associate_route_table)


def indexed(account: str, region: str) -> Iterator[tuple[str, str, dict[str, str]]]:
    """ARN, type and tags of everything tagged, as the tagging API shows it."""
    from moto.ec2.models import ec2_backends

    backend = ec2_backends[account][region]
    groups = {
        "egress-only-internet-gateway": backend.egress_only_internet_gateways.values(),
        "elastic-ip": backend.addresses,
        "internet-gateway": backend.internet_gateways.values(),
        "natgateway": backend.nat_gateways.values(),
        "route-table": backend.route_tables.values(),
        "subnet": [one for zone in backend.subnets.values() for one in zone.values()],
        "vpc": backend.vpcs.values(),
        "vpc-endpoint": backend.vpc_end_points.values(),
    }
    for kind, things in groups.items():
        for one in things:
            tags = {tag["key"]: tag["value"] for tag in one.get_tags()}
            name = one.allocation_id if kind == "elastic-ip" else one.id
            yield f"arn:aws:ec2:{region}:{account}:{kind}/{name}", f"ec2:{kind}", tags
