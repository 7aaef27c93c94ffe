"""`elbv2.target_group`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fargatectl.resources._balancing import marked
from tests.lifecycle.balancing import BEHIND, rule, tags_of, target_group
from tests.lifecycle.case import Case, Drift, Meddle, Tags, Thing
from tests.lifecycle.common import default_vpc
from tests.support.watched import WatchedAws


def things(aws: WatchedAws) -> Iterator[Thing]:
    for one in aws.items("elbv2", "DescribeTargetGroups", "TargetGroups"):
        arn = one["TargetGroupArn"]
        more = aws.call("elbv2", "DescribeTargetGroupAttributes", TargetGroupArn=arn)["Attributes"]
        # moto never forgets a load balancer that it once served.
        shown = {name: value for name, value in one.items() if name != "LoadBalancerArns"}
        yield Thing(one["TargetGroupName"], {**shown, "Attributes": more}, tags_of(aws, arn))


def ours(aws: WatchedAws) -> dict[str, str]:
    return {
        "TargetGroupArn": next(aws.items("elbv2", "DescribeTargetGroups", "TargetGroups"))["TargetGroupArn"]
    }


def check(**given: Any) -> Meddle:
    return lambda aws: aws.call("elbv2", "ModifyTargetGroup", **ours(aws), **given)


def attribute(name: str, value: str) -> Meddle:
    pair = {"Key": name, "Value": value}
    return lambda aws: aws.call("elbv2", "ModifyTargetGroupAttributes", Attributes=[pair], **ours(aws))


def foreign(aws: WatchedAws, tags: Tags) -> None:
    target_group(aws, marked("shop-web", "HTTP", "internet-facing", default_vpc(aws)), tags)


def remove(aws: WatchedAws) -> None:
    """AWS lets nobody remove one that a rule leads to."""
    aws.call("elbv2", "DeleteRule", RuleArn=rule(aws)["RuleArn"])
    aws.call("elbv2", "DeleteTargetGroup", **ours(aws))


NEVER = "elbv2:CreateTargetGroup settles it for ever: a spec with another replaces it."

CASE = Case(
    kind="elbv2.target_group",
    id="web",
    spec=BEHIND,
    things=things,
    made_by=("elbv2:CreateTargetGroup", "elbv2:ModifyTargetGroupAttributes"),
    removed_by=("elbv2:DeleteTargetGroup",),
    drifts={
        "health_check": (
            Drift("another path is asked", check(HealthCheckPath="/theirs"), fields=["health_check.path"]),
            Drift("it is asked less often", check(HealthCheckIntervalSeconds=30),
                  fields=["health_check.interval"]),
            Drift("another code is well", check(Matcher={"HttpCode": "200"}), fields=["health_check.codes"]),
        ),
        "attributes": (
            Drift("tasks go slowly", attribute("deregistration_delay.timeout_seconds", "300"),
                  fields=["attributes.deregistration_delay.timeout_seconds"]),
            Drift("clients stick to tasks", attribute("stickiness.enabled", "true"),
                  fields=["attributes.stickiness.enabled"]),
        ),
    },
    fixed={"network": NEVER, "protocol": NEVER, "scheme": NEVER},
    foreign=foreign,
    removal=Drift(
        "it is deleted",
        remove,
        also=[("create", "elbv2.rule", []), ("update", "ecs.service", ["target_groups"])],
    ),
)  # fmt: skip
