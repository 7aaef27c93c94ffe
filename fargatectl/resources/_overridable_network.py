"""What of the requests for a network of the app's own the spec may set itself; see `_overridable`.

Source: Amazon EC2 API reference; ModifySubnetAttribute and ModifyVpcAttribute take one attribute a call.
"""

from __future__ import annotations

from collections.abc import Mapping

from fargatectl.engine.overrides import Overridable

_EC2: Mapping[str, str] = {
    "DryRun": "it would make nothing",
    "TagSpecifications": "fargatectl knows its own by them",
}
_TOKEN = {"ClientToken": "fargatectl sends one of its own"}
_ADDRESSES = "set network.create.cidr and network.create.ipv6"
_PARTS = "it is between parts of the app's own network"


def _each(text: str, *members: str) -> dict[str, str]:
    return dict.fromkeys(members, text)


VPC = Overridable(
    service="ec2",
    create="CreateVpc",
    further={"ModifyVpcAttribute": {"VpcId": "{arn}"}},
    told=("EnableNetworkAddressUsageMetrics",),
    reserved={
        **_EC2,
        "VpcId": _PARTS,
        **_each(
            _ADDRESSES,
            "CidrBlock",
            "AmazonProvidedIpv6CidrBlock",
            "Ipv6CidrBlock",
            "Ipv6Pool",
            "Ipv4IpamPoolId",
            "Ipv4NetmaskLength",
            "Ipv6IpamPoolId",
            "Ipv6NetmaskLength",
            "Ipv6CidrBlockNetworkBorderGroup",
        ),
        "InstanceTenancy": "Fargate runs in none of dedicated tenancy",
        **_each("tasks and endpoints need names in DNS", "EnableDnsHostnames", "EnableDnsSupport"),
    },
)

SUBNET = Overridable(
    service="ec2",
    create="CreateSubnet",
    further={"ModifySubnetAttribute": {"SubnetId": "{arn}"}},
    shown=(("DescribeSubnets", "Subnets"),),
    told=(
        "PrivateDnsHostnameTypeOnLaunch",
        "EnableResourceNameDnsARecordOnLaunch",
        "EnableResourceNameDnsAAAARecordOnLaunch",
    ),
    reserved={
        **_EC2,
        **_each(_PARTS, "VpcId", "SubnetId"),
        **_each("set network.create.zones", "AvailabilityZone", "AvailabilityZoneId"),
        **_each(
            _ADDRESSES,
            "CidrBlock",
            "Ipv6CidrBlock",
            "Ipv6Native",
            "Ipv4IpamPoolId",
            "Ipv4NetmaskLength",
            "Ipv6IpamPoolId",
            "Ipv6NetmaskLength",
        ),
        **_each(
            "Fargate runs in no subnet of an Outpost",
            "OutpostArn",
            "MapCustomerOwnedIpOnLaunch",
            "CustomerOwnedIpv4Pool",
            "EnableLniAtDeviceIndex",
            "DisableLniAtDeviceIndex",
        ),
    },
)

NAT_GATEWAY = Overridable(
    service="ec2",
    create="CreateNatGateway",
    told=("PrivateIpAddress",),
    keeps="Two cannot have its address.",
    reserved={
        **_EC2,
        **_TOKEN,
        **_each(_PARTS, "SubnetId", "VpcId", "AllocationId", "AvailabilityMode", "AvailabilityZoneAddresses"),
        **_each(
            "it is known by one public address",
            "SecondaryAllocationIds",
            "SecondaryPrivateIpAddresses",
            "SecondaryPrivateIpAddressCount",
        ),
        "ConnectivityType": "it is the way to the internet",
    },
)

ELASTIC_IP = Overridable(
    service="ec2",
    create="AllocateAddress",
    shown=(("DescribeAddresses", "Addresses"),),
    reserved={
        **_EC2,
        "Domain": "it is for a VPC",
        "Address": "AWS takes one only while it is free, and so once: set PublicIpv4Pool",
        "CustomerOwnedIpv4Pool": "Fargate runs in no subnet of an Outpost",
    },
)

VPC_ENDPOINT = Overridable(
    service="ec2",
    create="CreateVpcEndpoint",
    updates=("ModifyVpcEndpoint",),
    shown=(("DescribeVpcEndpoints", "VpcEndpoints"),),
    by={"PolicyDocument": (), "IpAddressType": (), "DnsOptions": ()},
    reserved={
        **_EC2,
        **_TOKEN,
        **_each(
            _PARTS,
            "VpcId",
            "VpcEndpointId",
            "RouteTableIds",
            "AddRouteTableIds",
            "RemoveRouteTableIds",
            "SubnetIds",
            "AddSubnetIds",
            "RemoveSubnetIds",
            "SubnetConfigurations",
            "SecurityGroupIds",
            "AddSecurityGroupIds",
            "RemoveSecurityGroupIds",
        ),
        **_each(
            "it leads to what tasks need",
            "ServiceName",
            "ServiceRegion",
            "ServiceNetworkArn",
            "ResourceConfigurationArn",
            "VpcEndpointType",
            "PrivateDnsEnabled",
        ),
        "ResetPolicy": "set PolicyDocument",
    },
)
