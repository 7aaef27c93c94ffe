"""`appscaling.scalable_target`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fargatectl.resources._scaled import API, ECS
from tests.lifecycle.case import Case, Drift, Meddle, Tags, Thing
from tests.lifecycle.cases import service
from tests.lifecycle.common import call, given
from tests.support.apps import ONE
from tests.support.watched import WatchedAws

SCALED = f"""\
{ONE}    scaling:
      max: 10
      cpu: 60
      memory: 70
      steps:
        - {{metric: cpu, above: 80, add: 2}}
        - {{metric: cpu, above: 95, add: 4}}
        - {{metric: memory, below: 20, remove: 10%}}
      schedule:
        night: {{cron: 0 20 * * ? *, timezone: Europe/Berlin, min: 0, max: 0}}
        day: {{cron: 0 7 * * ? *, timezone: Europe/Berlin, min: 1, max: 10}}
"""
HERE = {**ECS, "ResourceId": "service/shop/web"}


def things(aws: WatchedAws) -> Iterator[Thing]:
    for target in aws.items(API, "DescribeScalableTargets", "ScalableTargets", ServiceNamespace="ecs"):
        here = {**ECS, "ResourceId": target["ResourceId"]}
        parts = {
            name: list(aws.items(API, f"Describe{name}", name, **here))
            for name in ("ScalingPolicies", "ScheduledActions")
        }
        tags = aws.call(API, "ListTagsForResource", ResourceARN=target["ScalableTargetARN"])["Tags"]
        shown = {name: value for name, value in target.items() if name != "ScalableTargetARN"}
        yield Thing(target["ResourceId"], {**shown, **parts}, tags)


def register(**parameters: Any) -> Meddle:
    return call(API, "RegisterScalableTarget", **HERE, **parameters)


def put_policy(name: str, target: float = 60, **more: Any) -> Meddle:
    metric = {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}
    configuration = {
        "TargetValue": target, "PredefinedMetricSpecification": metric,
        "ScaleOutCooldown": 60, "ScaleInCooldown": 300, "DisableScaleIn": False, **more,
    }  # fmt: skip
    return call(
        API, "PutScalingPolicy", **HERE, PolicyName=name, PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration=configuration,
    )  # fmt: skip


def put_step(**more: Any) -> Meddle:
    configuration = {
        "AdjustmentType": "ChangeInCapacity", "Cooldown": 60, "MetricAggregationType": "Average",
        "StepAdjustments": [{"MetricIntervalLowerBound": 0.0, "ScalingAdjustment": 1}], **more,
    }  # fmt: skip
    return call(
        API, "PutScalingPolicy", **HERE, PolicyName="cpu-above", PolicyType="StepScaling",
        StepScalingPolicyConfiguration=configuration,
    )  # fmt: skip


def put_action(name: str, **more: Any) -> Meddle:
    usual = {
        "Schedule": "cron(0 20 * * ? *)", "Timezone": "Europe/Berlin",
        "ScalableTargetAction": {"MinCapacity": 0, "MaxCapacity": 0},
    }  # fmt: skip
    return call(API, "PutScheduledAction", **HERE, ScheduledActionName=name, **{**usual, **more})


def delete(what: str, name: str, value: str) -> Meddle:
    return call(API, f"Delete{what}", **HERE, **{name: value})


def foreign(aws: WatchedAws, tags: Tags) -> None:
    """Left behind by a service that is gone: AWS removes no target with it."""
    service.foreign(aws, {})
    aws.call(API, "RegisterScalableTarget", **HERE, MinCapacity=1, MaxCapacity=2, **given(Tags=tags))
    aws.call("ecs", "DeleteService", cluster="shop", service="web", force=True)
    aws.call("ecs", "DeleteCluster", cluster="shop")


CASE = Case(
    kind="appscaling.scalable_target",
    id="web",
    spec=SCALED,
    things=things,
    made_by=tuple(
        f"{API}:{one}" for one in ("RegisterScalableTarget", "PutScalingPolicy", "PutScheduledAction")
    ),
    removed_by=(f"{API}:DeregisterScalableTarget",),
    drifts={
        "min": (Drift("it is raised", register(MinCapacity=3)),),
        "max": (Drift("it is raised", register(MaxCapacity=20)),),
        "policies": (
            Drift("another value", put_policy("cpu", 90), ["policies.cpu.target"]),
            Drift("never fewer tasks", put_policy("cpu", DisableScaleIn=True),
                  ["policies.cpu.scale_in"]),
            Drift("slower", put_policy("cpu", ScaleOutCooldown=300, ScaleInCooldown=900),
                  ["policies.cpu.scale_out_cooldown", "policies.cpu.scale_in_cooldown"]),
            Drift("one is added", put_policy("theirs"), ["policies.theirs"]),
            Drift("one is gone", delete("ScalingPolicy", "PolicyName", "memory"),
                  ["policies.memory"]),
            Drift("other steps", put_step(), ["policies.cpu-above.steps"]),
            Drift("steps of another kind", put_step(AdjustmentType="ExactCapacity", Cooldown=5),
                  [f"policies.cpu-above.{one}" for one in ("adjustment", "steps", "cooldown")]),
        ),
        "schedule": (
            Drift("another hour", put_action("night", Schedule="cron(0 22 * * ? *)"),
                  ["schedule.night.schedule"]),
            Drift("another zone", put_action("night", Timezone="UTC"),
                  ["schedule.night.timezone"]),
            Drift("one is added", put_action("theirs"), ["schedule.theirs"]),
            Drift("one is gone", delete("ScheduledAction", "ScheduledActionName", "day"),
                  ["schedule.day"]),
        ),
        "suspended": (
            Drift("scaling in is stopped", register(SuspendedState={"DynamicScalingInSuspended": True})),
            Drift("all of it is", register(SuspendedState={
                "DynamicScalingInSuspended": True, "DynamicScalingOutSuspended": True,
                "ScheduledScalingSuspended": True})),
        ),
    },
    fixed={"service": f"{API}:RegisterScalableTarget names the service: another's is another target."},
    foreign=foreign,
    removal=Drift(
        "it is deregistered", call(API, "DeregisterScalableTarget", **HERE),
        also=[("update", "cloudwatch.alarm", ["target"])] * 2,
    ),
    without=ONE,
)  # fmt: skip
