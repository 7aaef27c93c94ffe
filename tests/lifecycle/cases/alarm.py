"""`cloudwatch.alarm`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from fargatectl.resources._tags import read, upper
from tests.lifecycle.case import Case, Drift, Meddle, Tags, Thing
from tests.lifecycle.cases.scalable_target import SCALED
from tests.lifecycle.common import call, given
from tests.support.watched import WatchedAws

NAME = "shop-web-cpu-above"
# What of an alarm's description PutMetricAlarm takes.
TAKEN = (
    "AlarmName", "AlarmDescription", "ActionsEnabled", "AlarmActions", "MetricName", "Namespace", "Statistic",
    "Dimensions", "Period", "EvaluationPeriods", "Threshold", "ComparisonOperator", "OKActions",
    "TreatMissingData",
)  # fmt: skip


def things(aws: WatchedAws) -> Iterator[Thing]:
    for alarm in aws.items("cloudwatch", "DescribeAlarms", "MetricAlarms"):
        tags = aws.call("cloudwatch", "ListTagsForResource", ResourceARN=alarm["AlarmArn"])["Tags"]
        made_by_aws = alarm["AlarmName"].startswith("TargetTracking-")  # for a policy, and removed with it
        kept = {name: value for name, value in alarm.items() if name in TAKEN}
        yield Thing(alarm["AlarmName"], alarm if made_by_aws else kept, read(tags), given=made_by_aws)


def edited(**changes: Any) -> Meddle:
    """As the console's "Edit" does."""

    def meddle(aws: WatchedAws) -> None:
        (alarm,) = aws.call("cloudwatch", "DescribeAlarms", AlarmNames=[NAME])["MetricAlarms"]
        request = {name: alarm[name] for name in TAKEN if name in alarm}
        changed = {
            name: change(request[name]) if isinstance(change, Callable) else change  # type: ignore[arg-type]
            for name, change in changes.items()
        }
        aws.call("cloudwatch", "PutMetricAlarm", **request | changed)

    return meddle


def foreign(aws: WatchedAws, tags: Tags) -> None:
    aws.call(
        "cloudwatch", "PutMetricAlarm", AlarmName=NAME, Namespace="AWS/ECS", MetricName="CPUUtilization",
        Statistic="Average", Period=60, EvaluationPeriods=1, Threshold=1.0,
        ComparisonOperator="GreaterThanThreshold", **given(Tags=upper(tags)),
    )  # fmt: skip


CASE = Case(
    kind="cloudwatch.alarm",
    id="web-cpu-above",
    spec=SCALED,
    things=things,
    made_by=("cloudwatch:PutMetricAlarm",),
    removed_by=("cloudwatch:DeleteAlarms",),
    drifts={
        "target": (Drift("it tells somebody else", edited(AlarmActions=["arn:aws:sns:us-east-1:1:x"])),),
        "namespace": (Drift("another", edited(Namespace="Theirs")),),
        "metric": (Drift("another", edited(MetricName="MemoryUtilization")),),
        "dimensions": (
            Drift("another service's", edited(Dimensions=[{"Name": "ClusterName", "Value": "shop"},
                                                          {"Name": "ServiceName", "Value": "api"}]),
                  ["dimensions.ServiceName"]),
        ),
        "statistic": (Drift("the most", edited(Statistic="Maximum")),),
        "side": (Drift("the other", edited(ComparisonOperator="LessThanThreshold")),),
        "threshold": (Drift("another", edited(Threshold=81.5)),),
        "minutes": (
            Drift("fewer", edited(EvaluationPeriods=1)),
            Drift("longer ones", edited(Period=300)),
        ),
        "enabled": (Drift("it is switched off", edited(ActionsEnabled=False)),),
        "missing": (Drift("no value is an alarm", edited(TreatMissingData="breaching")),),
        "recovery": (Drift("it tells of its end", edited(OKActions=["arn:aws:sns:us-east-1:1:x"])),),
    },
    foreign=foreign,
    removal=Drift("it is deleted", call("cloudwatch", "DeleteAlarms", AlarmNames=[NAME])),
    without="".join(line for line in SCALED.splitlines(keepends=True) if "metric: cpu" not in line),
)  # fmt: skip
