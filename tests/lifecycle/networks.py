"""Specs with a network of the app's own, and what tests do to such a network behind its back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fargatectl.resources._tags import read
from tests.lifecycle.case import Meddle
from tests.support.apps import ONE
from tests.support.watched import WatchedAws

PUBLIC = ONE.replace("services:", "network: {create: true}\nservices:")
NAT = ONE.replace("services:", "network: {create: {private: nat, ipv6: true}}\nservices:")
ENDPOINTS = ONE.replace("services:", "network: {create: {private: endpoints}}\nservices:")

NAMELESS = "EC2 gives ids and knows no names: ec2:{} makes another one beside whatever is there."
TWICE = "ec2:{} has no token, so botocore sends it once; the engine looks before it asks again."

KEYS = {
    "Vpcs": "VpcId",
    "Subnets": "SubnetId",
    "RouteTables": "RouteTableId",
    "InternetGateways": "InternetGatewayId",
    "NatGateways": "NatGatewayId",
    "VpcEndpoints": "VpcEndpointId",
}


def everything(aws: WatchedAws, key: str) -> Iterator[dict[str, Any]]:
    """All of a kind that are there."""
    operation = f"Describe{key}"
    for one in aws.items("ec2", operation, key):
        if one.get("State") not in ("deleted", "deleting"):
            yield one


def own(aws: WatchedAws, key: str, id: str) -> dict[str, Any]:
    """The one of a kind with this ``fargatectl:id``."""
    return next(one for one in everything(aws, key) if read(one.get("Tags")).get("fargatectl:id") == id)


def id_of(aws: WatchedAws, key: str, id: str) -> str:
    """Its id in EC2."""
    return str(own(aws, key, id)[KEYS[key]])


def detach(aws: WatchedAws) -> None:
    """Take the internet gateway off the VPC."""
    gateway, vpc = id_of(aws, "InternetGateways", "network"), id_of(aws, "Vpcs", "network")
    aws.call("ec2", "DetachInternetGateway", InternetGatewayId=gateway, VpcId=vpc)


def drop_table(id: str) -> Meddle:
    """Delete a route table, its associations first."""

    def meddle(aws: WatchedAws) -> None:
        table = own(aws, "RouteTables", id)
        for one in table["Associations"]:
            aws.call("ec2", "DisassociateRouteTable", AssociationId=one["RouteTableAssociationId"])
        aws.call("ec2", "DeleteRouteTable", RouteTableId=table["RouteTableId"])

    return meddle


def drop_nat(aws: WatchedAws) -> None:
    """Delete the NAT gateway."""
    aws.call("ec2", "DeleteNatGateway", NatGatewayId=id_of(aws, "NatGateways", "nat-1"))


def raze(aws: WatchedAws) -> None:
    """Delete the VPC of `PUBLIC` with all that is in it; the internet gateway is left alone."""
    vpc = id_of(aws, "Vpcs", "network")
    here = [{"Name": "vpc-id", "Values": [vpc]}]
    detach(aws)
    drop_table("public")(aws)
    for subnet in list(aws.items("ec2", "DescribeSubnets", "Subnets", Filters=here)):
        aws.call("ec2", "DeleteSubnet", SubnetId=subnet["SubnetId"])
    for group in list(aws.items("ec2", "DescribeSecurityGroups", "SecurityGroups", Filters=here)):
        if group["GroupName"] != "default":
            aws.call("ec2", "DeleteSecurityGroup", GroupId=group["GroupId"])
    aws.call("ec2", "DeleteVpc", VpcId=vpc)
