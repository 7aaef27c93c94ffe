"""A network of the app's own from one shape to the next, and what stands in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.apps import ONE, Deployer
from tests.support.dump import NOTHING, remains
from tests.support.watched import WatchedAws

BEHIND = f"{ONE}    load_balancer: true\n"


def spec(create: str, text: str = ONE) -> str:
    return text.replace("services:", f"network: {{create: {create}}}\nservices:")


def test_from_the_default_vpc_through_all_shapes_and_to_nothing(
    deployer: Deployer, moto_aws: WatchedAws
) -> None:
    """Each step ends in what its spec wants, and nothing of the step before is left over."""
    deployer.up(ONE)
    for create in (
        "true",
        "{private: nat}",
        "{private: nat-per-zone, zones: 3}",
        "{private: endpoints}",
        "{private: nat, ipv6: true}",
        "{cidr: 10.7.0.0/20}",
    ):
        deployer.up(spec(create))
        assert deployer.plan(spec(create)).plan.documents() == []
        assert len(remains(moto_aws)["vpcs"]) == 1
    deployer.up(ONE)
    assert deployer.plan(ONE).plan.documents() == []
    left = remains(moto_aws)
    for kind in ("vpcs", "subnets", "route tables", "elastic ips", "nat gateways", "vpc endpoints"):
        assert left[kind] == [], kind
    deployer.down()
    assert remains(moto_aws) == NOTHING


def test_what_still_runs_in_the_old_network_keeps_it_until_it_has_moved(deployer: Deployer) -> None:
    deployer.up(spec("{private: nat}"))
    aws = deployer.aws()
    deployer.up(spec("{private: nat, cidr: 10.7.0.0/16}"), aws)
    moved = aws.writes.index("UpdateService")
    removed = [number for number, one in enumerate(aws.writes) if one.startswith(("Delete", "Release"))]
    assert min(removed) > moved
    assert max(number for number, one in enumerate(aws.writes) if one == "CreateNatGateway") < moved


def test_endpoints_stay_until_the_nat_gateway_leads_out(deployer: Deployer, moto_aws: WatchedAws) -> None:
    """Tasks that run use them until then: without both they reach neither ECR, nor logs, nor S3."""
    from fargatectl.aws.errors import AwsError
    from fargatectl.errors import FargatectlError

    deployer.up(spec("{private: endpoints}"))
    aws = deployer.aws()

    def full(*_: object) -> None:
        raise AwsError("AddressLimitExceeded", "The maximum number of addresses", "ec2", "AllocateAddress")

    aws.rig("ec2", "AllocateAddress", full)
    with pytest.raises(FargatectlError, match="AddressLimitExceeded"):
        deployer.up(spec("{private: nat}"), aws)
    assert "DeleteVpcEndpoints" not in aws.writes
    assert len(remains(moto_aws)["vpc endpoints"]) == 4

    aws = deployer.aws()
    deployer.up(spec("{private: nat}"), aws)
    routed = max(number for number, one in enumerate(aws.writes) if one == "CreateRoute")
    assert aws.writes.index("DeleteVpcEndpoints") > routed
    assert remains(moto_aws)["vpc endpoints"] == []


def test_the_way_through_the_nat_gateway_stays_until_the_endpoints_are_there(
    deployer: Deployer, moto_aws: WatchedAws
) -> None:
    from fargatectl.aws.errors import AwsError
    from fargatectl.errors import FargatectlError

    deployer.up(spec("{private: nat}"))
    aws = deployer.aws()

    def full(*_: object) -> None:
        raise AwsError("VpcEndpointLimitExceeded", "The maximum number", "ec2", "CreateVpcEndpoint")

    aws.rig("ec2", "CreateVpcEndpoint", full)
    with pytest.raises(FargatectlError, match="VpcEndpointLimitExceeded"):
        deployer.up(spec("{private: endpoints}"), aws)
    assert not {"DeleteRoute", "DeleteNatGateway"} & set(aws.writes)

    aws, begun = deployer.aws(), 0

    def pending(_: object, real: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """As AWS's interface endpoints, which take minutes."""
        nonlocal begun
        begun += 1
        answer = real()
        return {**answer, "VpcEndpoint": {**answer["VpcEndpoint"], "State": "pending"}}

    aws.rig("ec2", "CreateVpcEndpoint", pending)
    deployer.up(spec("{private: endpoints}"), aws)
    order = [one.operation for one in aws.calls]
    last_look = max(number for number, one in enumerate(order) if one == "DescribeVpcEndpoints")
    assert begun == 4
    assert last_look < order.index("DeleteRoute") < order.index("DeleteNatGateway")
    assert deployer.plan(spec("{private: endpoints}")).plan.documents() == []
    assert remains(moto_aws)["nat gateways"] == []


def test_the_way_out_stays_for_the_version_that_serves_until_the_next_one_does(deployer: Deployer) -> None:
    deployer.up(spec("{private: nat}"))
    aws = deployer.aws()
    deployer.up(spec("{private: endpoints}", ONE.replace("hello", "good evening")), aws)
    assert aws.writes.index("UpdateService") < aws.writes.index("DeleteRoute")


def test_a_subnet_keeps_its_way_out_until_the_load_balancer_has_left_it(
    deployer: Deployer, moto_aws: WatchedAws
) -> None:
    deployer.up(spec("{zones: 3}", BEHIND))
    aws = deployer.aws()
    deployer.up(spec("{zones: 2}", BEHIND), aws)
    assert aws.writes.index("SetSubnets") < aws.writes.index("DisassociateRouteTable")
    assert deployer.plan(spec("{zones: 2}", BEHIND)).plan.documents() == []


def addresses(aws: WatchedAws) -> list[str]:
    return [str(one["PublicIp"]) for one in aws.call("ec2", "DescribeAddresses")["Addresses"]]


def test_the_address_stays_as_long_as_the_vpc_does(deployer: Deployer, moto_aws: WatchedAws) -> None:
    """Partners may let only this address in, and a released one never comes back."""
    with_ipv6, without = spec("{private: nat, ipv6: true}"), spec("{private: nat}")
    deployer.up(with_ipv6)
    kept = addresses(moto_aws)
    for text in (without, with_ipv6, without):
        aws = deployer.aws()
        deployer.up(text, aws)
        assert not {"CreateVpc", "CreateNatGateway", "AllocateAddress", "ReleaseAddress"} & set(aws.writes)
        assert addresses(moto_aws) == kept
        assert deployer.plan(text).plan.documents() == []


def test_an_address_allocated_without_ipv6_stays_in_a_vpc_that_has_it(
    deployer: Deployer, moto_aws: WatchedAws
) -> None:
    """Allocated while the spec said no IPv6, in a VPC that has it."""
    text = spec("{private: nat, ipv6: true}")
    deployer.up(text)
    [address] = moto_aws.call("ec2", "DescribeAddresses")["Addresses"]
    tag = {"Key": "fargatectl:id", "Value": "nat-1/10.0.0.0/16"}
    moto_aws.call("ec2", "CreateTags", Resources=[address["AllocationId"]], Tags=[tag])
    assert deployer.plan(text).plan.documents() == []


def test_a_vpc_that_must_be_another_one_for_ipv6_has_an_address_of_its_own(
    deployer: Deployer, moto_aws: WatchedAws
) -> None:
    deployer.up(spec("{private: nat}"))
    [old] = addresses(moto_aws)
    aws = deployer.aws()
    deployer.up(spec("{private: nat, ipv6: true}"), aws)
    assert aws.writes.index("CreateNatGateway") < aws.writes.index("ReleaseAddress")
    assert len(addresses(moto_aws)) == 1
    assert old not in addresses(moto_aws)


@pytest.mark.parametrize(
    ("create", "public"), [("true", True), ("{private: nat}", False), ("{private: endpoints}", False)]
)
def test_tasks_of_private_subnets_have_no_public_addresses(
    deployer: Deployer, create: str, public: bool
) -> None:
    aws = deployer.aws()
    deployer.up(spec(create), aws)
    [service] = aws.of("CreateService")
    where = service["networkConfiguration"]["awsvpcConfiguration"]
    assert where["assignPublicIp"] == ("ENABLED" if public else "DISABLED")


def test_a_load_balancer_stands_in_the_public_subnets_and_tasks_in_the_private_ones(
    deployer: Deployer, moto_aws: WatchedAws
) -> None:
    text = spec("{private: nat}", BEHIND)
    aws = deployer.aws()
    deployer.up(text, aws)
    assert deployer.plan(text).plan.documents() == []
    subnets = {
        one["SubnetId"]: next(tag["Value"] for tag in one["Tags"] if tag["Key"] == "Name")
        for one in moto_aws.items("ec2", "DescribeSubnets", "Subnets")
        if not one["DefaultForAz"]
    }
    [balancer], [service] = aws.of("CreateLoadBalancer"), aws.of("CreateService")
    assert {subnets[one] for one in balancer["Subnets"]} == {"shop-public-1", "shop-public-2"}
    where = service["networkConfiguration"]["awsvpcConfiguration"]["subnets"]
    assert {subnets[one] for one in where} == {"shop-private-1", "shop-private-2"}
    assert aws.writes.index("AttachInternetGateway") < aws.writes.index("CreateLoadBalancer")
    deployer.down(text)
    assert remains(moto_aws) == NOTHING


@pytest.mark.parametrize(("found", "wanted"), [(0, 2), (1, 2)])
def test_a_region_with_too_few_zones_is_refused(deployer: Deployer, found: int, wanted: int) -> None:
    from fargatectl.errors import UsageError

    aws = deployer.aws()
    zones = [{"ZoneName": f"us-east-1{letter}", "ZoneId": f"use1-{letter}"} for letter in "ab"[:found]]
    aws.rig("ec2", "DescribeAvailabilityZones", lambda *_: {"AvailabilityZones": zones})
    with pytest.raises(UsageError, match=f"has {found} availability zones .* wants {wanted}"):
        deployer.up(spec("true"), aws)
    assert aws.writes == []


def test_an_image_from_elsewhere_cannot_be_given_where_nothing_leads_there(deployer: Deployer) -> None:
    from fargatectl.errors import UsageError

    with pytest.raises(UsageError, match="way to the internet"):
        deployer.up(spec("{private: endpoints}"), images={"web": "nginx:1.27"})
