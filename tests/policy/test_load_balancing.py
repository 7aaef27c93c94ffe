"""The printed policies of an app behind a load balancer: nothing is missing, and each action is missed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fargatectl.policy import MOST_INLINE_CHARACTERS, characters
from tests.lifecycle.balancing import BEHIND, balancer, listener, target_group
from tests.support.apps import Deployer
from tests.support.dump import NOTHING, remains
from tests.support.watched import WatchedAws

from .enforcing import EnforcingAws, without
from .journeys import THEIRS, attach
from .test_enforced import _missed, actions, policy, remove, sampled

MORE = BEHIND + "  old: {build: ., port: 9000, load_balancer: {path: /old}}\n"
# What this life never asks for; `test_enforced` and `test_permitted` do.
NOT_ASKED = {
    "iam:CreateServiceLinkedRole", "iam:UpdateAssumeRolePolicy", "ecs:DescribeTasks",
    "logs:GetLogEvents", "logs:FilterLogEvents",
    "ecs:StopServiceDeployment", "ecs:ListServiceDeployments",
    "ecs:DescribeServiceDeployments", "ecs:PutClusterCapacityProviders", "ecr:ListTagsForResource",
    "logs:ListTagsForResource", "ec2:AuthorizeSecurityGroupEgress", "ec2:RevokeSecurityGroupEgress",
    "ecr:PutImageScanningConfiguration", "ecr:PutImageTagMutability", "ssm:GetParameter",
    # A role that the spec no longer has.
    "iam:DeleteRole", "iam:DeleteRolePolicy", "iam:DetachRolePolicy", "iam:ListAttachedRolePolicies",
    "iam:ListRolePolicies",
    # Of a service that was scaled.
    "application-autoscaling:DescribeScalableTargets", "application-autoscaling:ListTagsForResource",
    "cloudwatch:DescribeAlarms", "cloudwatch:ListTagsForResource",
    # A task that fails its checks: tests/rollout.
    "elasticloadbalancing:DescribeTargetHealth",
    # Docker Engine's.
    "ecr:BatchCheckLayerAvailability", "ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage",
    "ecr:UploadLayerPart",
}  # fmt: skip

# What ELB looks at in the caller's name, and nothing else of this life.
BY_ELB = {"ec2:DescribeAccountAttributes", "ec2:DescribeAddresses", "ec2:DescribeInternetGateways"}


def meddle(aws: WatchedAws) -> None:
    """Change what no spec changes, and put a listener of somebody else's beside ours."""
    arn, here = balancer(aws), listener(aws)
    group = target_group(aws)
    rules = aws.items("elbv2", "DescribeRules", "Rules", **here)
    ours = next(one["RuleArn"] for one in rules if "'/*'" in str(one["Conditions"]))
    shown = next(aws.items("elbv2", "DescribeLoadBalancers", "LoadBalancers"))
    subnets = [one["SubnetId"] for one in shown["AvailabilityZones"]]
    idle = {"Key": "idle_timeout.timeout_seconds", "Value": "60"}
    aws.call("elbv2", "ModifyLoadBalancerAttributes", Attributes=[idle], **arn)
    aws.call("elbv2", "SetSubnets", Subnets=subnets[:2], **arn)
    aws.call("elbv2", "SetSecurityGroups", SecurityGroups=[], **arn)
    forward = [{"Type": "forward", "TargetGroupArn": group}]
    aws.call("elbv2", "ModifyListener", DefaultActions=forward, **here)
    aws.call("elbv2", "SetRulePriorities", RulePriorities=[{"RuleArn": ours, "Priority": 1}])
    aws.call("elbv2", "ModifyRule", RuleArn=ours, Actions=forward)
    aws.call("elbv2", "CreateListener", Protocol="HTTP", Port=8443, DefaultActions=forward, **arn)
    for one in aws.items("elbv2", "DescribeTargetGroups", "TargetGroups"):
        if one["TargetGroupArn"] != group:
            aws.call("elbv2", "ModifyTargetGroup", TargetGroupArn=one["TargetGroupArn"], HealthCheckPath="/x")
            delay = {"Key": "deregistration_delay.timeout_seconds", "Value": "300"}
            aws.call("elbv2", "ModifyTargetGroupAttributes", TargetGroupArn=one["TargetGroupArn"],
                     Attributes=[delay])  # fmt: skip


def life(deployer: Deployer, moto_aws: WatchedAws, rules: Mapping[str, Any]) -> set[str]:
    """Made, meddled with, mended, and one service taken away."""
    asked: set[str] = set()

    def aws() -> EnforcingAws:
        return EnforcingAws(moto_aws, rules, asked)

    deployer.up(MORE, aws())
    meddle(moto_aws)
    deployer.up(BEHIND.replace("port: 8080", "port: 9090"), aws())
    deployer.up(BEHIND.replace("    load_balancer: true\n", ""), aws())
    return asked


def test_with_exactly_the_deploy_policy_everything_passes(deployer: Deployer, moto_aws: WatchedAws) -> None:
    rules = policy(deployer, "deploy", BEHIND)
    asked = life(deployer, moto_aws, rules)
    assert asked <= actions(rules)
    assert actions(rules) - asked == NOT_ASKED


def test_each_of_its_actions_is_missed(deployer: Deployer, moto_aws: WatchedAws) -> None:
    from moto.moto_api._internal import moto_api_backend

    rules = policy(deployer, "deploy", BEHIND)
    ours = {one for one in actions(rules) - NOT_ASKED if one.startswith("elasticloadbalancing:")} | BY_ELB
    assert len(ours) > 20
    for action in sampled(ours):
        moto_api_backend.reset()
        assert _missed(lambda action=action: life(deployer, moto_aws, without(rules, action))) == action


def test_with_exactly_the_destroy_policy_everything_is_removed(
    deployer: Deployer, moto_aws: WatchedAws
) -> None:
    rules = policy(deployer, "destroy", BEHIND)
    deployer.up(BEHIND)
    attach(moto_aws)
    asked = remove(deployer, moto_aws, rules)
    assert asked <= actions(rules)
    assert not [one for one in actions(rules) - asked if one.startswith("elasticloadbalancing:")]
    assert remains(moto_aws) == {**NOTHING, **THEIRS}


def test_each_action_of_the_destroy_policy_is_missed(deployer: Deployer, moto_aws: WatchedAws) -> None:
    from moto.moto_api._internal import moto_api_backend

    rules = policy(deployer, "destroy", BEHIND)
    for action in sampled({one for one in actions(rules) if one.startswith("elasticloadbalancing:")}):
        moto_api_backend.reset()
        deployer.deployed(BEHIND)
        assert _missed(lambda action=action: remove(deployer, moto_aws, without(rules, action))) == action


def test_it_fits_into_an_inline_policy(deployer: Deployer) -> None:
    assert characters(policy(deployer, "deploy", BEHIND)) < 0.8 * MOST_INLINE_CHARACTERS
