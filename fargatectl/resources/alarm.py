"""The CloudWatch alarm that makes a step scaling policy take its steps, or tells somebody."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any, ClassVar, Self

from fargatectl.aws.errors import AwsError
from fargatectl.dataclass import dataclass
from fargatectl.engine.observe import Look
from fargatectl.engine.outputs import Outputs, Pending
from fargatectl.engine.overrides import Overridable
from fargatectl.engine.resource import IDENTITY, FieldChange, Live, Resource
from fargatectl.engine.rights import Operation, Right, Territory
from fargatectl.engine.scope import TAG_ID
from fargatectl.engine.tools import Tools
from fargatectl.resources._scaled import scaled
from fargatectl.resources._tags import indexed, read, upper
from fargatectl.resources.dashboard import dimension
from fargatectl.resources.load_balancer import LoadBalancer
from fargatectl.resources.scalable_target import ScalableTarget, output_of
from fargatectl.resources.service import Service
from fargatectl.resources.target_group import TargetGroup
from fargatectl.resources.topic import Topic

_PERIOD = 60  # seconds; the metrics of ECS and of most services come once a minute
_COMPARISONS = {"above": "GreaterThanThreshold", "below": "LessThanThreshold"}


@dataclass(frozen=True, kw_only=True, eq=False)
class Alarm(Resource):
    """Rings while a metric is beyond a value: has a scaling policy take its steps, or tells a topic.

    Attributes:
        target: The scalable target that has the policy, or the topic, which may be given by its ARN; None:
            nobody is told.
        policy: The policy's name there; empty where it has none.
        service: The service that it is about, where that is not the target's.
        about: The load balancer and target group whose names are dimensions too.
        missing: What minutes without a value count as: TreatMissingData.
        recovery: Whether it also tells when it rings no more.
        side: ``above`` or ``below`` the threshold.
        minutes: For how many in a row.
        enabled: False where somebody has switched its actions off.
    """

    kind: ClassVar[str] = "cloudwatch.alarm"
    overridable = Overridable(
        service="cloudwatch",
        create="PutMetricAlarm",
        updates=("PutMetricAlarm",),
        shown=(("DescribeAlarms", "MetricAlarms"),),
        reserved={
            "AlarmName": "fargatectl finds it by its name",
            "Tags": "fargatectl knows its own by them",
            **dict.fromkeys(
                (
                    "AlarmActions",
                    "Namespace",
                    "MetricName",
                    "Dimensions",
                    "Statistic",
                    "Threshold",
                    "EvaluationPeriods",
                    "TreatMissingData",
                    "OKActions",
                    "Period",
                    "ComparisonOperator",
                    "ActionsEnabled",
                ),
                "the spec says it where the alarm comes from: scaling.steps or alarms",
            ),
        },
    )

    target: ScalableTarget | Topic | str | None
    policy: str = field(default="", metadata=IDENTITY)
    service: Service | None = field(default=None, metadata=IDENTITY)
    about: tuple[LoadBalancer | TargetGroup, ...] = field(default=(), metadata=IDENTITY)
    namespace: str
    metric: str
    dimensions: Mapping[str, str]
    statistic: str
    side: str
    threshold: float
    minutes: int
    enabled: bool = True
    missing: str = "missing"
    recovery: bool = False

    def _action(self, outputs: Outputs) -> Any:
        if isinstance(self.target, Resource):
            return outputs.get(self.target, output_of(self.policy) if self.policy else "arn")
        return self.target or ()

    def _dimensions(self, outputs: Outputs) -> Any:
        found = dict(self.dimensions)
        for one in self.about:
            arn = outputs.get(one)
            if isinstance(arn, Pending):
                return arn
            found["LoadBalancer" if isinstance(one, LoadBalancer) else "TargetGroup"] = dimension(arn)
        return found

    def values(self, outputs: Outputs) -> dict[str, object]:
        return {
            "target": self._action(outputs),
            "namespace": self.namespace,
            "metric": self.metric,
            "dimensions": self._dimensions(outputs),
            "statistic": self.statistic,
            "side": self.side,
            "threshold": self.threshold,
            "minutes": self.minutes,
            "enabled": self.enabled,
            "missing": self.missing,
            "recovery": self.recovery,
        }

    def rights(self, territory: Territory) -> Sequence[Right]:
        every, ours = (
            territory.arn("cloudwatch", f"alarm:{one}") for one in ("*", f"{territory.scope.prefix}-*")
        )
        writes = (Operation.CREATE, Operation.UPDATE)
        return (
            Right((Operation.FIND,), ("cloudwatch:DescribeAlarms",), (every,)),
            Right((Operation.FIND,), ("cloudwatch:ListTagsForResource",), (ours,)),
            Right(writes, ("cloudwatch:PutMetricAlarm",), (ours,)),
            Right((Operation.CREATE,), ("cloudwatch:TagResource",), (ours,)),
            Right((Operation.DELETE, Operation.PRUNE), ("cloudwatch:DeleteAlarms",), (ours,)),
        )

    @classmethod
    def find(cls, look: Look, wanted: Sequence[Self]) -> Iterable[Live]:
        if not (wanted or look.thorough or scaled(look) or indexed(look, "cloudwatch", ":alarm:")):
            return []
        prefix, names = f"{look.scope.prefix}-", {one.name for one in wanted}
        alarms = list(look.aws.items("cloudwatch", "DescribeAlarms", "MetricAlarms", AlarmNamePrefix=prefix))
        # DescribeAlarms shows no tags, and another app's names may begin with ours.
        tags = look.gather(*[lambda arn=one["AlarmArn"]: _tags(look, arn) for one in alarms])
        lives = [_live(look, alarm, own) for alarm, own in zip(alarms, tags, strict=True)]
        return [live for live in lives if live.owned or live.name in names]

    def create(self, tools: Tools, outputs: Outputs) -> Live:
        tags = upper(tools.scope.tags(self.id))
        tools.aws.call("cloudwatch", "PutMetricAlarm", **self._request(outputs), Tags=tags)
        return Live(self.kind, self.id, self.name, self.address, True, self.values(outputs))

    def update(self, tools: Tools, live: Live, fields: Mapping[str, FieldChange], outputs: Outputs) -> Live:
        # The same call sets everything anew; tags are only taken when it creates.
        tools.aws.call("cloudwatch", "PutMetricAlarm", **self._request(outputs))
        return dataclasses.replace(live, fields=self.values(outputs))

    @classmethod
    def delete(cls, tools: Tools, live: Live) -> None:
        tools.aws.call("cloudwatch", "DeleteAlarms", AlarmNames=[live.name])

    def _purpose(self) -> str:
        if isinstance(self.target, ScalableTarget):
            return f"Scales {self.target.address}: {self.policy}."
        return f"Watches {self.service.address if self.service else self.name}."

    def _request(self, outputs: Outputs) -> dict[str, Any]:
        action, dimensions = self._action(outputs), self._dimensions(outputs)
        for one in (action, dimensions):
            if isinstance(one, Pending):
                raise LookupError(f"needed too early: {one}")
        actions = [action] if action else []
        return {
            "AlarmName": self.name,
            "AlarmDescription": f"{self._purpose()} Made by fargatectl.",
            "ActionsEnabled": True,
            "AlarmActions": actions,
            "OKActions": actions if self.recovery else [],
            "TreatMissingData": self.missing,
            "Namespace": self.namespace,
            "MetricName": self.metric,
            "Dimensions": [{"Name": name, "Value": dimensions[name]} for name in sorted(dimensions)],
            "Statistic": self.statistic,
            "Period": _PERIOD,
            "EvaluationPeriods": self.minutes,
            "ComparisonOperator": _COMPARISONS[self.side],
            "Threshold": self.threshold,
        }


def _tags(look: Look, arn: str) -> dict[str, str]:
    try:
        return read(look.aws.call("cloudwatch", "ListTagsForResource", ResourceARN=arn)["Tags"])
    except AwsError as error:
        if error.gone:  # between the two calls
            return {}
        raise


def _live(look: Look, alarm: Mapping[str, Any], tags: Mapping[str, str]) -> Live:
    actions = alarm.get("AlarmActions", ())
    sides = {comparison: side for side, comparison in _COMPARISONS.items()}
    minutes = alarm.get("EvaluationPeriods", 0) * alarm.get("Period", _PERIOD) / _PERIOD
    return Live(
        Alarm.kind,
        tags.get(TAG_ID, ""),
        alarm["AlarmName"],
        alarm["AlarmName"],
        look.scope.owns(tags),
        {
            "target": actions[0] if len(actions) == 1 else tuple(actions),
            "namespace": alarm.get("Namespace"),
            "metric": alarm.get("MetricName"),
            "dimensions": {one["Name"]: one["Value"] for one in alarm.get("Dimensions", ())},
            "statistic": alarm.get("Statistic"),
            "side": sides.get(alarm.get("ComparisonOperator", ""), alarm.get("ComparisonOperator")),
            "threshold": alarm.get("Threshold"),
            "minutes": int(minutes) if minutes == int(minutes) else minutes,
            "enabled": alarm.get("ActionsEnabled", True),
            "missing": alarm.get("TreatMissingData") or "missing",
            "recovery": bool(alarm.get("OKActions")),
        },
        raw=alarm,
    )
