"""Words that the cases of Elastic Load Balancing use."""

from __future__ import annotations

from typing import Any

from fargatectl.engine.scope import Scope
from fargatectl.resources._balancing import marked
from fargatectl.resources._tags import read, upper
from tests.support.watched import WatchedAws

from .common import default_vpc, given

BEHIND = """\
app: shop
services:
  web:
    build: .
    port: 8080
    load_balancer: true
"""

OURS = Scope("shop")


def tags_of(aws: WatchedAws, arn: str) -> dict[str, str]:
    return read(aws.call("elbv2", "DescribeTags", ResourceArns=[arn])["TagDescriptions"][0]["Tags"])


def balancer(aws: WatchedAws) -> dict[str, str]:
    """The ARN of ours, as a parameter."""
    found = aws.items("elbv2", "DescribeLoadBalancers", "LoadBalancers")
    return {"LoadBalancerArn": next(found)["LoadBalancerArn"]}


def listener(aws: WatchedAws) -> dict[str, str]:
    """The ARN of its first listener, as a parameter."""
    found = aws.items("elbv2", "DescribeListeners", "Listeners", **balancer(aws))
    return {"ListenerArn": next(found)["ListenerArn"]}


def rule(aws: WatchedAws) -> dict[str, Any]:
    """Its first rule, as it is shown."""
    return dict(next(aws.items("elbv2", "DescribeRules", "Rules", **listener(aws))))


def target_group(aws: WatchedAws, name: str = "theirs", tags: dict[str, str] | None = None) -> str:
    """The ARN of a new one."""
    made = aws.call(
        "elbv2", "CreateTargetGroup", Name=name, Protocol="HTTP", Port=80, TargetType="ip",
        VpcId=default_vpc(aws), **given(Tags=upper(tags or {})),
    )  # fmt: skip
    return str(made["TargetGroups"][0]["TargetGroupArn"])


def make_balancer(aws: WatchedAws, tags: dict[str, str]) -> dict[str, str]:
    """One of our name, with these tags; its ARN, as a parameter."""
    vpc = default_vpc(aws)
    here = [{"Name": "vpc-id", "Values": [vpc]}]
    subnets = [one["SubnetId"] for one in aws.items("ec2", "DescribeSubnets", "Subnets", Filters=here)]
    made = aws.call(
        "elbv2", "CreateLoadBalancer", Name=marked("shop", "application", "internet-facing", vpc),
        Subnets=subnets[:2], Type="application", Scheme="internet-facing", **given(Tags=upper(tags)),
    )  # fmt: skip
    return {"LoadBalancerArn": made["LoadBalancers"][0]["LoadBalancerArn"]}


def make_listener(aws: WatchedAws, tags: dict[str, str]) -> dict[str, str]:
    """One with these tags, of a load balancer of ours; its ARN, as a parameter."""
    made = aws.call(
        "elbv2", "CreateListener", Protocol="HTTP", Port=80, **given(Tags=upper(tags)),
        DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503"}}],
        **make_balancer(aws, OURS.tags("load-balancer")),
    )  # fmt: skip
    return {"ListenerArn": made["Listeners"][0]["ListenerArn"]}
