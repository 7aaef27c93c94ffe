"""Strategies that shift requests: what is made for them, what is sent, and what is left to ECS."""

from __future__ import annotations

from typing import Any

import pytest

from fargatectl.errors import DeployError
from tests.support.apps import Deployer, changed
from tests.support.watched import WatchedAws

ROLLING = """\
app: shop
services:
  web:
    image: public.example/web:1
    port: 8080
    load_balancer: true
    env: {GREETING: hello}
"""
BLUE_GREEN = (
    f"{ROLLING}    deployment: {{strategy: blue_green, test_port: 8081, pause: before_shift, bake: 10m}}\n"
)


@pytest.fixture(autouse=True)
def one_after_another(monkeypatch: pytest.MonkeyPatch) -> None:
    from fargatectl.engine import observe

    monkeypatch.setattr(observe, "gather", lambda asks: [ask() for ask in list(asks)])


def up(deployer: Deployer, text: str) -> WatchedAws:
    aws = deployer.aws()
    deployer.up(text, aws)
    return aws


def rules(aws: WatchedAws) -> dict[int, dict[str, Any]]:
    """Port -> the one rule there."""
    (balancer,) = aws.items("elbv2", "DescribeLoadBalancers", "LoadBalancers")
    found = {}
    for listener in aws.items(
        "elbv2", "DescribeListeners", "Listeners", LoadBalancerArn=balancer["LoadBalancerArn"]
    ):
        shown = aws.items("elbv2", "DescribeRules", "Rules", ListenerArn=listener["ListenerArn"])
        (found[listener["Port"]],) = [one for one in shown if one["Priority"] != "default"]
    return found


def weights(rule: dict[str, Any]) -> dict[str, int]:
    groups = rule["Actions"][0]["ForwardConfig"]["TargetGroups"]
    return {one["TargetGroupArn"]: one["Weight"] for one in groups}


def test_all_that_it_takes_is_made_and_named_in_the_service(deployer: Deployer) -> None:
    aws = up(deployer, BLUE_GREEN)
    (request,) = aws.of("CreateService")
    (balancer,) = request["loadBalancers"]
    advanced = balancer["advancedConfiguration"]
    by_port = rules(aws)
    groups = {one["TargetGroupArn"] for one in aws.items("elbv2", "DescribeTargetGroups", "TargetGroups")}
    assert {balancer["targetGroupArn"], advanced["alternateTargetGroupArn"]} == groups
    assert len(groups) == 2
    assert advanced["productionListenerRule"] == by_port[80]["RuleArn"]
    assert advanced["testListenerRule"] == by_port[8081]["RuleArn"]
    for rule in by_port.values():
        assert weights(rule) == {balancer["targetGroupArn"]: 100, advanced["alternateTargetGroupArn"]: 0}
    assert request["deploymentConfiguration"] == {
        "strategy": "BLUE_GREEN",
        "minimumHealthyPercent": 100,
        "maximumPercent": 200,
        "deploymentCircuitBreaker": {"enable": True, "rollback": True},
        "bakeTimeInMinutes": 10,
        "lifecycleHooks": [
            {
                "targetType": "PAUSE",
                "lifecycleStages": ["PRE_PRODUCTION_TRAFFIC_SHIFT"],
                "timeoutConfiguration": {"timeoutInMinutes": 1440, "action": "ROLLBACK"},
            }
        ],
    }
    role = advanced["roleArn"].rpartition("/")[2]
    trust = aws.call("iam", "GetRole", RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    assert trust["Statement"][0]["Principal"] == {"Service": "ecs.amazonaws.com"}
    (policy,) = aws.call("iam", "ListAttachedRolePolicies", RoleName=role)["AttachedPolicies"]
    assert policy["PolicyName"] == "AmazonECSInfrastructureRolePolicyForLoadBalancers"
    opened = [one["IpPermissions"][0]["FromPort"] for one in aws.of("AuthorizeSecurityGroupIngress")]
    assert {80, 8081} <= set(opened) | {
        rule["FromPort"] for one in aws.of("AuthorizeSecurityGroupIngress") for rule in one["IpPermissions"]
    }


def test_nothing_is_left_to_do_and_nothing_is_left_over(deployer: Deployer) -> None:
    up(deployer, BLUE_GREEN)
    assert deployer.plan(BLUE_GREEN).plan.documents() == []
    deployer.down(BLUE_GREEN)
    aws = deployer.aws()
    assert list(aws.items("elbv2", "DescribeTargetGroups", "TargetGroups")) == []
    assert list(aws.items("elbv2", "DescribeLoadBalancers", "LoadBalancers")) == []


def test_the_weights_that_ecs_has_set_are_never_mended(deployer: Deployer) -> None:
    aws = up(deployer, BLUE_GREEN)
    for port, rule in rules(aws).items():
        shifted = {arn: 100 - weight for arn, weight in weights(rule).items()}
        _set(aws, rule, shifted)
        assert deployer.plan(BLUE_GREEN).plan.documents() == [], port
    # Nor when something else of the rule changes.
    other = BLUE_GREEN.replace("load_balancer: true", "load_balancer: {path: /shop}")
    before = weights(rules(aws)[80])
    deployer.up(other)
    assert weights(rules(aws)[80]) == before
    assert deployer.plan(other).plan.documents() == []


def _set(aws: WatchedAws, rule: dict[str, Any], shares: dict[str, int]) -> None:
    groups = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in shares.items()]
    forward = {"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}
    aws.call("elbv2", "ModifyRule", RuleArn=rule["RuleArn"], Actions=[forward])


def test_from_rolling_the_requests_stay_where_they_are(deployer: Deployer) -> None:
    aws = up(deployer, ROLLING)
    (group,) = aws.items("elbv2", "DescribeTargetGroups", "TargetGroups")
    document = deployer.up(BLUE_GREEN)
    assert ("update", "ecs.service") in {(one["action"], one["kind"]) for one in document["changes"]}
    assert weights(rules(aws)[80])[group["TargetGroupArn"]] == 100
    assert sorted(weights(rules(aws)[80]).values()) == [0, 100]
    assert deployer.plan(BLUE_GREEN).plan.documents() == []


def test_back_to_rolling_only_where_no_request_is_lost(deployer: Deployer) -> None:
    aws = up(deployer, BLUE_GREEN)
    rule = rules(aws)[80]
    _set(aws, rule, {arn: 100 - weight for arn, weight in weights(rule).items()})
    with pytest.raises(DeployError, match="second target group"):
        deployer.up(ROLLING)
    _set(aws, rule, weights(rule))
    deployer.up(ROLLING)
    assert deployer.plan(ROLLING).plan.documents() == []
    assert len(list(aws.items("elbv2", "DescribeTargetGroups", "TargetGroups"))) == 1


@pytest.mark.parametrize(
    ("how", "member", "sent"),
    [
        ("{strategy: linear}", "linearConfiguration", {"stepPercent": 10.0, "stepBakeTimeInMinutes": 6}),
        (
            "{strategy: linear, step_percent: 12.5, step_bake: 1h}",
            "linearConfiguration",
            {"stepPercent": 12.5, "stepBakeTimeInMinutes": 60},
        ),
        ("{strategy: canary}", "canaryConfiguration", {"canaryPercent": 5.0, "canaryBakeTimeInMinutes": 10}),
        (
            "{strategy: canary, canary_percent: 0.1, canary_bake: 0}",
            "canaryConfiguration",
            {"canaryPercent": 0.1, "canaryBakeTimeInMinutes": 0},
        ),
    ],
)
def test_linear_and_canary(deployer: Deployer, how: str, member: str, sent: dict[str, Any]) -> None:
    text = f"{ROLLING}    deployment: {how}\n"
    aws = up(deployer, text)
    (request,) = aws.of("CreateService")
    assert request["deploymentConfiguration"][member] == sent
    assert request["deploymentConfiguration"]["bakeTimeInMinutes"] == 5
    assert deployer.plan(text).plan.documents() == []


def test_another_step_or_pause_is_an_update_that_says_so(deployer: Deployer) -> None:
    text = f"{ROLLING}    deployment: {{strategy: canary, pause: [before_shift]}}\n"
    up(deployer, text)
    other = text.replace("pause: [before_shift]", "canary_percent: 20")
    planned = changed(deployer.plan(other).plan.documents())
    assert planned == [
        ("update", "ecs.service", ["deployment.canary", "deployment.pause", "deployment.pause_timeout"])
    ]
    aws = up(deployer, other)
    (request,) = aws.of("UpdateService")
    assert request["deploymentConfiguration"]["lifecycleHooks"] == []
    assert deployer.plan(other).plan.documents() == []
