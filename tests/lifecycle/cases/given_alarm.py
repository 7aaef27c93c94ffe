"""`cloudwatch.given_alarm`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tests.lifecycle.case import LookedUp, Thing
from tests.support.apps import ONE
from tests.support.watched import ACCOUNT, REGION, WatchedAws


def spec(name: str) -> str:
    return f"{ONE}    deployment: {{alarms: [{name}]}}\n"


def make(aws: WatchedAws, name: str = "errors") -> None:
    """An alarm of somebody's."""
    aws.call(
        "cloudwatch", "PutMetricAlarm", AlarmName=name, Namespace="Shop", MetricName="Errors",
        Statistic="Sum", Period=60, EvaluationPeriods=1, Threshold=1.0,
        ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip


def metric(aws: WatchedAws) -> tuple[str, Mapping[str, str]]:
    make(aws)
    return spec("errors"), {"name": "errors"}


def composite(aws: WatchedAws) -> tuple[str, Mapping[str, str]]:
    from moto.cloudwatch.models import cloudwatch_backends  # it shows composite alarms, but makes none

    make(aws)
    cloudwatch_backends[ACCOUNT][REGION].alarms["errors"].rule = "ALARM(slow) OR ALARM(broken)"
    return spec("errors"), {"name": "errors"}


def used(aws: WatchedAws) -> Mapping[str, str]:
    [request] = aws.of("CreateService")
    [name] = request["deploymentConfiguration"]["alarms"]["alarmNames"]
    return {"name": name}


def things(aws: WatchedAws) -> Iterator[Thing]:
    answer = aws.call("cloudwatch", "DescribeAlarms", AlarmTypes=["CompositeAlarm", "MetricAlarm"])
    for one in [*answer["MetricAlarms"], *answer["CompositeAlarms"]]:
        yield Thing(one["AlarmName"], one)


def another(aws: WatchedAws) -> tuple[str, str]:
    make(aws, "errors-2")  # begins like it
    return spec(
        "errors"
    ), "fargate.yml:7: services.web.deployment.alarms: there is no CloudWatch alarm errors"


CASE = LookedUp(
    kind="cloudwatch.given_alarm",
    id="errors",
    found={"a metric alarm": metric, "a composite alarm": composite},
    used=used,
    things=things,
    missing={"the alarm": another},
)
