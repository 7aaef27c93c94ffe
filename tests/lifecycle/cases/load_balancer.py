"""`elbv2.load_balancer`."""

from __future__ import annotations

from collections.abc import Iterator

from tests.lifecycle.balancing import BEHIND, balancer, make_balancer, tags_of
from tests.lifecycle.case import Case, Drift, Meddle, Thing
from tests.lifecycle.common import default_vpc
from tests.support.watched import WatchedAws


def things(aws: WatchedAws) -> Iterator[Thing]:
    for one in aws.items("elbv2", "DescribeLoadBalancers", "LoadBalancers"):
        arn = one["LoadBalancerArn"]
        more = aws.call("elbv2", "DescribeLoadBalancerAttributes", LoadBalancerArn=arn)["Attributes"]
        yield Thing(one["LoadBalancerName"], {**one, "Attributes": more}, tags_of(aws, arn))


def fewer_subnets(aws: WatchedAws) -> None:
    shown = next(aws.items("elbv2", "DescribeLoadBalancers", "LoadBalancers"))
    ids = [one["SubnetId"] for one in shown["AvailabilityZones"]]
    aws.call("elbv2", "SetSubnets", Subnets=ids[:2], **balancer(aws))


def another_group(aws: WatchedAws) -> None:
    made = aws.call(
        "ec2", "CreateSecurityGroup", GroupName="theirs", Description="theirs", VpcId=default_vpc(aws)
    )["GroupId"]
    aws.call("elbv2", "SetSecurityGroups", SecurityGroups=[made], **balancer(aws))


def attribute(name: str, value: str) -> Meddle:
    pair = {"Key": name, "Value": value}
    return lambda aws: aws.call("elbv2", "ModifyLoadBalancerAttributes", Attributes=[pair], **balancer(aws))


NEVER = "elbv2:CreateLoadBalancer settles it for ever: a spec with another replaces it."

CASE = Case(
    kind="elbv2.load_balancer",
    id="load-balancer",
    spec=BEHIND,
    things=things,
    made_by=("elbv2:CreateLoadBalancer", "elbv2:ModifyLoadBalancerAttributes"),
    removed_by=("elbv2:DeleteLoadBalancer",),
    drifts={
        "subnets": (Drift("some are taken away", fewer_subnets),),
        "security_groups": (Drift("another takes its place", another_group),),
        "attributes": (
            Drift("it cuts WebSockets", attribute("idle_timeout.timeout_seconds", "60"),
                  fields=["attributes.idle_timeout.timeout_seconds"]),
        ),
    },
    fixed={"network": NEVER, "scheme": NEVER, "type": NEVER},
    foreign=make_balancer,
    removal=Drift(
        "it is deleted",
        lambda aws: aws.call("elbv2", "DeleteLoadBalancer", **balancer(aws)),
        also=[
            ("create", "elbv2.listener", []),
            ("create", "elbv2.rule", []),
            ("update", "ecs.service", ["url"]),
        ],
    ),
)  # fmt: skip
