"""Autoscaling: what `up` asks for, and that it never fights over a count that is not its own."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from fargatectl.resources._scaled import API
from fargatectl.resources._scaling import is_over, scheduled
from tests.lifecycle.balancing import BEHIND
from tests.lifecycle.cases.scalable_target import HERE, SCALED, register
from tests.support.apps import ONE, Deployer, changed
from tests.support.dump import NOTHING, remains
from tests.support.watched import Killed, WatchedAws

TRACKED = f"{ONE}    scaling: {{min: 1, max: 10, cpu: 60, memory: 70}}\n"


def count(aws: WatchedAws) -> int:
    (service,) = aws.call("ecs", "DescribeServices", cluster="shop", services=["web"])["services"]
    return int(service["desiredCount"])


def scale_to(aws: WatchedAws, tasks: int) -> None:
    """As autoscaling does; all of them run at once."""
    from moto.ecs.models import ecs_backends

    from tests.support.watched import ACCOUNT, REGION

    aws.call("ecs", "UpdateService", cluster="shop", service="web", desiredCount=tasks)
    ecs_backends[ACCOUNT][REGION].services["shop:web"].running_count = tasks


def happen(aws: WatchedAws, least: int, most: int) -> None:
    """A scheduled action, as AWS carries it out."""
    register(MinCapacity=least, MaxCapacity=most)(aws)


def limits(aws: WatchedAws) -> tuple[int, int]:
    (target,) = aws.call(API, "DescribeScalableTargets", ServiceNamespace="ecs")["ScalableTargets"]
    return target["MinCapacity"], target["MaxCapacity"]


def test_target_tracking_is_asked_for_with_our_cooldowns(deployer: Deployer) -> None:
    aws = deployer.aws()
    deployer.up(TRACKED, aws)
    cpu, memory = aws.of("PutScalingPolicy")
    assert cpu == {
        "ServiceNamespace": "ecs", "ScalableDimension": "ecs:service:DesiredCount",
        "ResourceId": "service/shop/web", "PolicyName": "cpu", "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": {
            "TargetValue": 60.0, "ScaleOutCooldown": 60, "ScaleInCooldown": 300, "DisableScaleIn": False,
            "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"},
        },
    }  # fmt: skip
    assert memory["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] == 70
    (target,) = aws.of("RegisterScalableTarget")
    assert (target["MinCapacity"], target["MaxCapacity"]) == (1, 10)
    assert target["Tags"] == {
        "fargatectl:app": "shop", "fargatectl:env": "default", "fargatectl:id": "web",
        "fargatectl:limits": "1-10",
    }  # fmt: skip


def test_requests_are_those_of_the_services_own_target_group(deployer: Deployer) -> None:
    text, aws = f"{BEHIND}    scaling: {{max: 10, requests: 1000}}\n", deployer.aws()
    deployer.up(text, aws)
    (policy,) = aws.of("PutScalingPolicy")
    configuration = policy["TargetTrackingScalingPolicyConfiguration"]
    balancer = next(aws.items("elbv2", "DescribeLoadBalancers", "LoadBalancers"))["LoadBalancerArn"]
    group = next(aws.items("elbv2", "DescribeTargetGroups", "TargetGroups"))["TargetGroupArn"]
    assert configuration["TargetValue"] == 1000
    assert configuration["PredefinedMetricSpecification"] == {
        "PredefinedMetricType": "ALBRequestCountPerTarget",
        "ResourceLabel": f"{balancer.partition(':loadbalancer/')[2]}/{group.rpartition(':')[2]}",
    }
    assert deployer.plan(text).plan.documents() == []


def test_the_requests_of_another_target_group_are_not_ours(deployer: Deployer, moto_aws: WatchedAws) -> None:
    text, aws = f"{BEHIND}    scaling: {{max: 10, requests: 1000}}\n", deployer.aws()
    deployer.up(text, aws)
    (policy,) = aws.of("PutScalingPolicy")
    metric = policy["TargetTrackingScalingPolicyConfiguration"]["PredefinedMetricSpecification"]
    metric["ResourceLabel"] = "app/theirs/1/targetgroup/theirs/2"
    moto_aws.call(API, "PutScalingPolicy", **policy)
    document = deployer.up(text)
    assert changed(document["changes"]) == [
        ("update", "appscaling.scalable_target", ["policies.requests.label"])
    ]
    assert deployer.plan(text).plan.documents() == []


def test_steps_reach_to_where_the_next_begins(deployer: Deployer) -> None:
    aws = deployer.aws()
    deployer.up(SCALED, aws)
    asked = {one["PolicyName"]: one for one in aws.of("PutScalingPolicy")}
    assert asked["cpu-above"]["StepScalingPolicyConfiguration"] == {
        "AdjustmentType": "ChangeInCapacity", "Cooldown": 60, "MetricAggregationType": "Average",
        "StepAdjustments": [
            {"MetricIntervalLowerBound": 0.0, "MetricIntervalUpperBound": 15.0, "ScalingAdjustment": 2},
            {"MetricIntervalLowerBound": 15.0, "ScalingAdjustment": 4},
        ],
    }  # fmt: skip
    assert asked["memory-below"]["StepScalingPolicyConfiguration"] == {
        "AdjustmentType": "PercentChangeInCapacity", "Cooldown": 300, "MetricAggregationType": "Average",
        "MinAdjustmentMagnitude": 1,
        "StepAdjustments": [{"MetricIntervalUpperBound": 0.0, "ScalingAdjustment": -10}],
    }  # fmt: skip
    above, below = sorted(aws.of("PutMetricAlarm"), key=lambda one: str(one["AlarmName"]))
    assert (above["AlarmName"], above["Threshold"], above["ComparisonOperator"]) == (
        "shop-web-cpu-above", 80.0, "GreaterThanThreshold",
    )  # fmt: skip
    assert below["ComparisonOperator"] == "LessThanThreshold"
    assert above["AlarmActions"][0].endswith(":policyName/cpu-above")


def test_a_metric_of_another_service_wakes_a_worker(deployer: Deployer) -> None:
    metric = "{namespace: AWS/SQS, name: ApproximateNumberOfMessagesVisible, dimensions: {QueueName: jobs}}"
    text = f"""{ONE}    scaling:
      min: 0
      max: 5
      steps:
        - {{metric: {metric}, above: 0, minutes: 1, add: 1}}
        - {{metric: {metric}, above: 100, minutes: 1, add: 4}}
        - {{metric: {metric}, below: 1, minutes: 10, to: 0}}
"""
    aws = deployer.aws()
    deployer.up(text, aws)
    assert {one["AlarmName"] for one in aws.of("PutMetricAlarm")} == {
        "shop-web-ApproximateNumberOfMessagesVisible-jobs-above",
        "shop-web-ApproximateNumberOfMessagesVisible-jobs-below",
    }
    down = next(one for one in aws.of("PutMetricAlarm") if one["EvaluationPeriods"] == 10)
    assert (down["Namespace"], down["Dimensions"]) == ("AWS/SQS", [{"Name": "QueueName", "Value": "jobs"}])
    assert deployer.plan(text).plan.documents() == []


@pytest.mark.parametrize(
    ("scaling", "begins"),
    [("{min: 1, max: 3, cpu: 50}", 1), ("{min: 0, max: 3, cpu: 50}", 1)],
)
def test_a_service_begins_within_its_limits(deployer: Deployer, scaling: str, begins: int) -> None:
    aws = deployer.aws()
    deployer.up(f"{ONE}    scaling: {scaling}\n", aws)
    assert aws.of("CreateService")[0]["desiredCount"] == begins


def test_a_count_that_autoscaling_has_set_is_left_alone(deployer: Deployer, moto_aws: WatchedAws) -> None:
    deployer.up(TRACKED)
    scale_to(moto_aws, 7)
    assert deployer.plan(TRACKED).plan.documents() == []
    aws = deployer.aws()
    document = deployer.up(TRACKED.replace("hello", "good evening"), aws)
    assert changed(document["changes"]) == [
        ("update", "ecs.task_definition", ["env.GREETING"]), ("update", "ecs.service", ["task_definition"]),
    ]  # fmt: skip
    (request,) = aws.of("UpdateService")
    assert "desiredCount" not in request
    assert count(moto_aws) == 7


@pytest.mark.parametrize("text", [TRACKED, TRACKED.replace("hello", "good evening")], ids=["again", "mended"])
def test_one_whose_first_deployment_failed_is_begun_with_tasks(
    deployer: Deployer, moto_aws: WatchedAws, text: str
) -> None:
    """Its count was set to 0 then: ECS would call a deployment of no tasks a success."""
    deployer.up(TRACKED)
    scale_to(moto_aws, 0)
    assert ("update", "ecs.service") in [one[:2] for one in changed(deployer.plan(text).plan.documents())]
    aws = deployer.aws()
    deployer.up(text, aws)
    (request,) = aws.of("UpdateService")
    assert (request["desiredCount"], request["forceNewDeployment"]) == (1, True)
    assert deployer.plan(text).plan.documents() == []


NIGHT = f"""\
{ONE}    scaling:
      min: 1
      max: 10
      cpu: 60
      schedule:
        night: {{cron: 0 20 * * ? *, timezone: Europe/Berlin, min: 0, max: 0}}
        day: {{cron: 0 7 * * ? *, timezone: Europe/Berlin, min: 1, max: 10}}
"""


def test_at_night_nothing_is_woken(deployer: Deployer, moto_aws: WatchedAws) -> None:
    """A scheduled action overwrites the limits in AWS: they are not the spec's, and still nobody's fault."""
    deployer.up(NIGHT)
    happen(moto_aws, 0, 0)
    assert count(moto_aws) == 0
    assert deployer.plan(NIGHT).plan.documents() == []
    assert deployer.up(NIGHT)["changes"] == []
    deployer.up(NIGHT.replace("hello", "good night"))
    assert (limits(moto_aws), count(moto_aws)) == ((0, 0), 0)


def test_limits_changed_at_night_hold_from_the_morning_on(deployer: Deployer, moto_aws: WatchedAws) -> None:
    deployer.up(NIGHT)
    happen(moto_aws, 0, 0)
    text = NIGHT.replace("min: 1\n      max: 10", "min: 2\n      max: 20")
    document = deployer.up(text)
    assert changed(document["changes"]) == [("update", "appscaling.scalable_target", ["min", "max"])]
    assert limits(moto_aws) == (0, 0)
    assert deployer.plan(text).plan.documents() == []
    happen(moto_aws, 1, 10)  # as the action of the morning says, which was not changed
    assert deployer.plan(text).plan.documents() == []


def test_limits_changed_by_hand_are_set_again(deployer: Deployer, moto_aws: WatchedAws) -> None:
    deployer.up(NIGHT)
    happen(moto_aws, 3, 30)
    document = deployer.up(NIGHT)
    assert changed(document["changes"]) == [("update", "appscaling.scalable_target", ["min", "max"])]
    assert limits(moto_aws) == (1, 10)


def test_a_schedule_that_no_longer_sets_them_gives_them_back(
    deployer: Deployer, moto_aws: WatchedAws
) -> None:
    deployer.up(NIGHT)
    happen(moto_aws, 0, 0)
    without = NIGHT.partition("      schedule:")[0]
    deployer.up(without)
    assert limits(moto_aws) == (1, 10)
    assert deployer.plan(without).plan.documents() == []


def test_killed_between_the_limits_and_their_tag(deployer: Deployer, moto_aws: WatchedAws) -> None:
    deployer.up(NIGHT)
    text, aws = NIGHT.replace("max: 10\n      cpu", "max: 15\n      cpu"), deployer.aws()
    aws.die_after(API, "RegisterScalableTarget")
    with pytest.raises(Killed):
        deployer.up(text, aws)
    assert limits(moto_aws) == (1, 15)
    again = deployer.up(text)["changes"]  # the tag, which tells what the limits are without a schedule
    assert changed(again) == [("update", "appscaling.scalable_target", ["max"])]
    assert deployer.up(text)["changes"] == []
    happen(moto_aws, 0, 0)
    deployer.up(text)
    assert limits(moto_aws) == (0, 0)
    assert deployer.plan(text).plan.documents() == []


def test_what_happened_once_is_not_asked_for_again(deployer: Deployer, moto_aws: WatchedAws) -> None:
    """AWS takes no action of the past, and drops one that has happened."""
    past, future = "{at: 2020-01-01T00:00:00, min: 5}", "{at: 2999-01-01T00:00:00, min: 5}"
    text = f"{ONE}    scaling: {{max: 10, cpu: 50, schedule: {{once: {past}, later: {future}}}}}\n"
    aws = deployer.aws()
    deployer.up(text, aws)
    assert [one["ScheduledActionName"] for one in aws.of("PutScheduledAction")] == ["later"]
    assert deployer.plan(text).plan.documents() == []
    happen(moto_aws, 5, 10)  # what it set stays
    assert deployer.plan(text).plan.documents() == []


def test_scaling_that_is_new_tells_so_on_the_service(deployer: Deployer, moto_aws: WatchedAws) -> None:
    deployer.up()
    document = deployer.up(TRACKED)
    assert changed(document["changes"]) == [
        ("update", "ecs.service", ["scaled"]), ("create", "appscaling.scalable_target", []),
    ]  # fmt: skip
    assert deployer.plan(TRACKED).plan.documents() == []


def test_the_tag_of_the_service_taken_away_is_set_again(deployer: Deployer, moto_aws: WatchedAws) -> None:
    deployer.up(TRACKED)
    (service,) = moto_aws.call("ecs", "DescribeServices", cluster="shop", services=["web"])["services"]
    moto_aws.call("ecs", "UntagResource", resourceArn=service["serviceArn"], tagKeys=["fargatectl:scaled"])
    assert changed(deployer.up(TRACKED)["changes"]) == [("update", "ecs.service", ["scaled"])]
    assert deployer.plan(TRACKED).plan.documents() == []


def test_scaling_that_is_gone_from_the_spec_goes(deployer: Deployer, moto_aws: WatchedAws) -> None:
    deployer.up(SCALED)
    document = deployer.up(ONE)
    assert sorted(changed(document["changes"])) == [
        ("delete", "appscaling.scalable_target", []),
        ("delete", "cloudwatch.alarm", []), ("delete", "cloudwatch.alarm", []),
    ]  # fmt: skip
    assert deployer.plan(ONE).plan.documents() == []
    assert remains(moto_aws)["scalable targets"] == []
    assert remains(moto_aws)["alarms"] == []


def test_down_takes_it_out_of_autoscalings_hands_first(deployer: Deployer, moto_aws: WatchedAws) -> None:
    """Else a policy could raise the count of a service that is being stopped."""
    deployer.up(SCALED)
    aws = deployer.aws()
    deployer.down(ONE, aws)
    assert aws.writes.index("DeregisterScalableTarget") < aws.writes.index("DeleteService")
    assert remains(moto_aws) == NOTHING


def test_a_target_whose_service_is_gone_is_removed_too(deployer: Deployer, moto_aws: WatchedAws) -> None:
    deployer.up(SCALED)
    moto_aws.call("ecs", "DeleteService", cluster="shop", service="web", force=True)
    deployer.down(ONE)
    assert remains(moto_aws) == NOTHING


def asked(deployer: Deployer, text: str) -> Counter[str]:
    aws = deployer.aws()
    deployer.up(text, aws)
    return Counter(one.operation for one in aws.calls if one.service in (API, "cloudwatch"))


def test_what_it_costs_in_calls(deployer: Deployer) -> None:
    """Nothing where there is no scaling; else one of each, and one for the target's tags."""
    deployer.up()
    assert asked(deployer, ONE) == Counter()
    deployer.up(TRACKED)
    assert asked(deployer, TRACKED) == Counter(
        ["DescribeScalableTargets", "DescribeScalingPolicies", "DescribeScheduledActions",
         "ListTagsForResource", "DescribeAlarms"]
    )  # fmt: skip


def test_its_parts_are_removed_with_its_target(moto_aws: WatchedAws, deployer: Deployer) -> None:
    deployer.up(SCALED)
    moto_aws.call(API, "DeregisterScalableTarget", **HERE)
    for what in ("ScalingPolicies", "ScheduledActions"):
        shown: list[Any] = moto_aws.call(API, f"Describe{what}", ServiceNamespace="ecs")[what]
        assert shown == []


@pytest.mark.parametrize(
    ("schedule", "zone", "over"),
    [
        ("at(2027-11-26T08:00:00)", "UTC", True),
        ("at(2027-11-26T08:00:01)", "UTC", False),
        ("at(2027-11-26T09:00:00)", "Europe/Berlin", True),
        ("at(2027-11-26T08:00:00)", "America/New_York", False),
        ("cron(0 20 * * ? *)", "UTC", False),
        ("rate(1 hour)", "UTC", False),
        ("at(when it suits)", "UTC", False),
        ("at(2020-01-01T00:00:00)", "Not/Known", False),
    ],
)
def test_what_happens_no_more(schedule: str, zone: str, over: bool) -> None:
    action = scheduled(schedule, zone, 1, None)
    assert is_over(action, datetime(2027, 11, 26, 8, tzinfo=UTC)) is over
