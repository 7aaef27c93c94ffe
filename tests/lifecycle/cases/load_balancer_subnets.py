"""`ec2.load_balancer_subnets`; what is refused: `tests/app/test_load_balancing.py`."""

from __future__ import annotations

from collections.abc import Mapping

from tests.lifecycle.balancing import BEHIND
from tests.lifecycle.case import LookedUp
from tests.lifecycle.cases.network import default as default_network
from tests.lifecycle.cases.network import made_vpc, things
from tests.support.watched import WatchedAws


def spec(text: str) -> str:
    return BEHIND.replace("services:", f"{text}\nservices:")


def default(aws: WatchedAws) -> tuple[str, Mapping[str, str]]:
    _, network = default_network(aws)
    subnets = ",".join(sorted(network["subnets"].split(",")))
    return BEHIND, {"vpc": network["vpc"], "subnets": subnets}


def used(aws: WatchedAws) -> Mapping[str, str]:
    (balancer,), (group,) = aws.of("CreateLoadBalancer"), aws.of("CreateTargetGroup")
    return {"vpc": group["VpcId"], "subnets": ",".join(balancer["Subnets"])}


def one_zone(aws: WatchedAws) -> tuple[str, str]:
    vpc, _ = made_vpc(aws, subnets=1, public=1)
    return spec(f"network: {{vpc: {vpc}}}"), f"{vpc} has them in 1"


def elsewhere(aws: WatchedAws) -> tuple[str, str]:
    _, ids = made_vpc(aws)
    return spec(f"load_balancer: {{subnets: [{', '.join(ids)}]}}"), f"{ids[0]}, {ids[1]} is not"


CASE = LookedUp(
    kind="ec2.load_balancer_subnets",
    id="load-balancer-2",
    found={"the default VPC": default},
    used=used,
    things=things,
    missing={"one zone": one_zone, "in another VPC": elsewhere},
)
