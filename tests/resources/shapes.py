"""Networks of all shapes on moto, for the pre-flight check: good ones and bad ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.support.apps import ONE
from tests.support.watched import WatchedAws

ALL = ("ecr.api", "ecr.dkr", "logs")


class Builder:
    """Makes a VPC piece by piece.

    Attributes:
        subnet: Where the tasks are to run.
        table: Its route table.
    """

    def __init__(self, aws: WatchedAws) -> None:
        self.aws = aws
        self.vpc = self._make("CreateVpc", "Vpc", CidrBlock="10.0.0.0/16", AmazonProvidedIpv6CidrBlock=True)
        self.subnet = self._make("CreateSubnet", "Subnet", VpcId=self.vpc, CidrBlock="10.0.1.0/24")
        self.table = self.new_table(self.subnet)

    def new_table(self, subnet: str) -> str:
        table = self._make("CreateRouteTable", "RouteTable", VpcId=self.vpc)
        self.aws.call("ec2", "AssociateRouteTable", RouteTableId=table, SubnetId=subnet)
        return table

    def gateway(self, table: str) -> str:
        """A way out through an internet gateway."""
        gateway = self._make("CreateInternetGateway", "InternetGateway")
        self.aws.call("ec2", "AttachInternetGateway", InternetGatewayId=gateway, VpcId=self.vpc)
        self.route(table, GatewayId=gateway)
        return gateway

    def route(self, table: str, **to: str) -> None:
        self.aws.call("ec2", "CreateRoute", RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", **to)

    def nat(self, *, public: bool = True, **given: Any) -> str:
        """A way out through a NAT gateway in a subnet of its own."""
        there = self._make("CreateSubnet", "Subnet", VpcId=self.vpc, CidrBlock="10.0.2.0/24")
        table = self.new_table(there)
        if public:
            self.gateway(table)
        address = self.aws.call("ec2", "AllocateAddress", Domain="vpc")["AllocationId"]
        nat = self._make("CreateNatGateway", "NatGateway", SubnetId=there, AllocationId=address, **given)
        self.route(self.table, NatGatewayId=nat)
        return nat

    def group(self, source: str = "10.0.0.0/16", port: int = 443) -> str:
        group = str(
            self.aws.call("ec2", "CreateSecurityGroup", GroupName=f"{source} {port}", Description="x",
                          VpcId=self.vpc)["GroupId"]
        )  # fmt: skip
        rule = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": source}]}
        self.aws.call("ec2", "AuthorizeSecurityGroupIngress", GroupId=group, IpPermissions=[rule])
        return group

    def endpoints(self, *services: str, group: str = "", dns: bool = True) -> None:
        for service in services:
            self.aws.call(
                "ec2", "CreateVpcEndpoint", VpcId=self.vpc, ServiceName=f"com.amazonaws.us-east-1.{service}",
                VpcEndpointType="Interface", SubnetIds=[self.subnet], PrivateDnsEnabled=dns,
                SecurityGroupIds=[group or self.group()],
            )  # fmt: skip

    def s3(self, table: str = "") -> None:
        self.aws.call(
            "ec2", "CreateVpcEndpoint", VpcId=self.vpc, ServiceName="com.amazonaws.us-east-1.s3",
            VpcEndpointType="Gateway", RouteTableIds=[table or self.table],
        )  # fmt: skip

    def _make(self, operation: str, what: str, **given: Any) -> str:
        made = self.aws.call("ec2", operation, **given)[what]
        return str(made[f"{what}Id"])


@dataclass(frozen=True)
class Shape:
    """A network, a service in it, and what the check must say.

    Attributes:
        name: In a few words.
        make: Makes it.
        says: Parts of the refusal; empty where there is none to be.
        service: What the service of the spec has besides `ONE`'s.
        image: In place of the build.
    """

    name: str
    make: Callable[[Builder], object]
    says: tuple[str, ...] = ()
    service: str = ""
    image: str = ""

    def spec(self, builder: Builder) -> str:
        text = ONE.replace("services:", f"network: {{subnets: [{builder.subnet}]}}\nservices:")
        text = text.replace("build: .", f"image: {self.image}") if self.image else text
        return text + "".join(f"    {line}\n" for line in self.service.split("; ") if line)


PRIVATE = "public_ip: false"


def _all(builder: Builder) -> None:
    builder.endpoints(*ALL, group=builder.group())
    builder.s3()


def _all_and_parameters(builder: Builder) -> None:
    builder.endpoints(*ALL, "ssm", group=builder.group())
    builder.s3()


def _without_s3(builder: Builder) -> None:
    builder.endpoints(*ALL, group=builder.group())


def _s3_elsewhere(builder: Builder) -> None:
    other = builder._make("CreateSubnet", "Subnet", VpcId=builder.vpc, CidrBlock="10.0.3.0/24")
    builder.endpoints(*ALL, group=builder.group())
    builder.s3(builder.new_table(other))


def _no_dns(builder: Builder) -> None:
    builder.endpoints(*ALL, group=builder.group(), dns=False)
    builder.s3()


def _closed(builder: Builder, source: str = "10.9.0.0/16", port: int = 443) -> None:
    builder.endpoints(*ALL, group=builder.group(source, port))
    builder.s3()


def _peered(builder: Builder) -> None:
    other = builder._make("CreateVpc", "Vpc", CidrBlock="10.1.0.0/16")
    peering = builder.aws.call("ec2", "CreateVpcPeeringConnection", VpcId=builder.vpc, PeerVpcId=other)
    known_as = peering["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    builder.aws.call(
        "ec2", "CreateRoute", RouteTableId=builder.table, DestinationCidrBlock="10.1.0.0/16",
        VpcPeeringConnectionId=known_as,
    )  # fmt: skip


def _main_table(builder: Builder) -> None:
    """The subnet has no table of its own, and the main one leads nowhere."""
    here = [{"Name": "association.subnet-id", "Values": [builder.subnet]}]
    [table] = builder.aws.items("ec2", "DescribeRouteTables", "RouteTables", Filters=here)
    builder.gateway(builder.table)
    for one in table["Associations"]:
        builder.aws.call("ec2", "DisassociateRouteTable", AssociationId=one["RouteTableAssociationId"])


def _ipv6_only_out(builder: Builder) -> None:
    made = builder.aws.call("ec2", "CreateEgressOnlyInternetGateway", VpcId=builder.vpc)
    gateway = made["EgressOnlyInternetGateway"]["EgressOnlyInternetGatewayId"]
    builder.aws.call(
        "ec2", "CreateRoute", RouteTableId=builder.table, DestinationIpv6CidrBlock="::/0",
        EgressOnlyInternetGatewayId=gateway,
    )  # fmt: skip


def _gone_nat(builder: Builder) -> None:
    builder.aws.call("ec2", "DeleteNatGateway", NatGatewayId=builder.nat())


_ECR = "123456789012.dkr.ecr.us-east-1.amazonaws.com/proxy:1"
EVERYTHING = "cannot reach ECR and CloudWatch Logs"

SHAPES = [
    Shape("public subnet, public address", lambda b: b.gateway(b.table)),
    Shape("private subnet, NAT gateway", Builder.nat, service=PRIVATE),
    Shape("no way out, all endpoints", _all, service=PRIVATE),
    Shape("no way out, all endpoints, a parameter", _all_and_parameters,
          service=f"{PRIVATE}; secrets: {{KEY: ssm:/key}}"),
    Shape("endpoints without private DNS, for which a hosted zone may do that", _no_dns, service=PRIVATE),
    Shape("a route to a peered VPC, which may lead anywhere", _peered, service=PRIVATE),
    Shape("public subnet, an image from elsewhere", lambda b: b.gateway(b.table), image="nginx:1.27"),
    Shape("no route at all", lambda b: None,
          (EVERYTHING, "has no route to the internet", "no endpoint for ecr.api, ecr.dkr, s3, logs",
           "add a route 0.0.0.0/0 to a NAT gateway")),
    Shape("public subnet, no public address", lambda b: b.gateway(b.table),
          (EVERYTHING, "leads to the internet gateway igw-", "the task has no public IP address",
           "services.web.public_ip: true"), PRIVATE),
    Shape("only the main table, which leads nowhere", _main_table,
          (EVERYTHING, "has no route to the internet")),
    Shape("a NAT gateway in a private subnet", lambda b: b.nat(public=False),
          (EVERYTHING, "stands in subnet-", "has no route to an internet gateway"), PRIVATE),
    Shape("a NAT gateway that is gone", _gone_nat,
          (EVERYTHING, "its NAT gateway nat-", "is deleted"), PRIVATE),
    Shape("out over IPv6 only", _ipv6_only_out,
          (EVERYTHING, "its route for IPv6 does not help"), PRIVATE),
    Shape("endpoints, but S3's", _without_s3,
          ("cannot reach ECR:", "the VPC has no endpoint for s3", "endpoints for s3 that this subnet"),
          PRIVATE),
    Shape("endpoints, S3's in another table", _s3_elsewhere,
          ("cannot reach ECR:", "the gateway endpoint vpce-", "is not in route table rtb-"), PRIVATE),
    Shape("endpoints closed to the subnet", _closed,
          (EVERYTHING, "of the endpoint vpce-", "does not let TCP 443 in"), PRIVATE),
    Shape("endpoints open at another port", lambda b: _closed(b, "10.0.0.0/16", 80),
          (EVERYTHING, "does not let TCP 443 in"), PRIVATE),
    Shape("endpoints, a secret without its own", _all,
          ("cannot reach Secrets Manager:", "the VPC has no endpoint for secretsmanager"),
          f"{PRIVATE}; secrets: {{KEY: secretsmanager:key}}"),
    Shape("endpoints, an image from elsewhere", _all, ("cannot reach the internet",), PRIVATE, "nginx:1.27"),
    Shape("endpoints, a sidecar's image from elsewhere", _all, ("cannot reach the internet",),
          f"{PRIVATE}; sidecars: {{proxy: {{image: envoy}}}}"),
    Shape("endpoints, a sidecar's secret without its own", _all,
          ("cannot reach SSM Parameter Store:", "the VPC has no endpoint for ssm"),
          f"{PRIVATE}; sidecars: {{proxy: {{image: '{_ECR}', secrets: {{KEY: ssm:/key}}}}}}"),
    Shape("endpoints, credentials of a registry without their own", _all,
          ("cannot reach the internet and Secrets Manager:",),
          f"{PRIVATE}; registry_credentials: secretsmanager:hub", "registry.example/shop:1"),
    Shape("endpoints, an image of another region's", _all, ("cannot reach the internet",), PRIVATE,
          "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop:1"),
]  # fmt: skip
