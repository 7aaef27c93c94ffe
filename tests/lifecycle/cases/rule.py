"""`elbv2.rule`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fargatectl.resources._tags import upper
from tests.lifecycle.balancing import BEHIND, OURS, make_listener, rule, tags_of, target_group
from tests.lifecycle.case import Case, Drift, Meddle, Tags, Thing
from tests.lifecycle.common import given
from tests.support.watched import WatchedAws

PATHS = {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/*"]}}


def things(aws: WatchedAws) -> Iterator[Thing]:
    for balancer in aws.items("elbv2", "DescribeLoadBalancers", "LoadBalancers"):
        arn = balancer["LoadBalancerArn"]
        for listener in aws.items("elbv2", "DescribeListeners", "Listeners", LoadBalancerArn=arn):
            here = {"ListenerArn": listener["ListenerArn"]}
            for one in aws.items("elbv2", "DescribeRules", "Rules", **here):
                if one["Priority"] != "default":
                    # moto: a number in one answer, a text in another
                    shown = {**one, "Priority": int(one["Priority"])}
                    yield Thing(f"{listener['Port']}/{one['Priority']}", shown, tags_of(aws, one["RuleArn"]))


def ours(aws: WatchedAws) -> dict[str, str]:
    return {"RuleArn": rule(aws)["RuleArn"]}


def conditions(*wanted: dict[str, Any]) -> Meddle:
    return lambda aws: aws.call("elbv2", "ModifyRule", Conditions=list(wanted), **ours(aws))


def forwards(aws: WatchedAws) -> None:
    action = {"Type": "forward", "TargetGroupArn": target_group(aws)}
    aws.call("elbv2", "ModifyRule", Actions=[action], **ours(aws))


def priority(aws: WatchedAws) -> int:
    from fargatectl.spec.load_balancer import ServiceLoadBalancer
    from fargatectl.topology.load_balancing import _priorities

    return _priorities({"web": ServiceLoadBalancer()})["web"]


def foreign(aws: WatchedAws, tags: Tags) -> None:
    """At our place in a listener of ours."""
    aws.call(
        "elbv2", "CreateRule", Priority=priority(aws), Conditions=[PATHS],
        Actions=[{"Type": "forward", "TargetGroupArn": target_group(aws)}], **given(Tags=upper(tags)),
        **make_listener(aws, OURS.tags("http")),
    )  # fmt: skip


CASE = Case(
    kind="elbv2.rule",
    id="web",
    spec=BEHIND,
    things=things,
    made_by=("elbv2:CreateRule",),
    removed_by=("elbv2:DeleteRule",),
    drifts={
        "priority": (
            Drift("it goes first", lambda aws: aws.call(
                "elbv2", "SetRulePriorities", RulePriorities=[{"Priority": 1, **ours(aws)}])),
        ),
        "hosts": (
            Drift("it is for one host", conditions(
                PATHS, {"Field": "host-header", "HostHeaderConfig": {"Values": ["theirs.example.com"]}})),
        ),
        "paths": (
            Drift("it takes less", conditions(
                {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/theirs"]}})),
            Drift("it is for some clients", conditions(
                PATHS, {"Field": "source-ip", "SourceIpConfig": {"Values": ["10.0.0.0/8"]}})),
        ),
        "target_group": (Drift("it leads elsewhere", forwards),),
    },
    fixed={"listener": "elbv2:CreateRule makes it a part of its listener for ever."},
    foreign=foreign,
    lodger=True,
    removal=Drift("it is deleted", lambda aws: aws.call("elbv2", "DeleteRule", **ours(aws))),
)  # fmt: skip
