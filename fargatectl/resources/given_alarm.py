"""A CloudWatch alarm of the user's own that calls deployments off: only looked at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import field
from functools import partial
from typing import ClassVar, Self

from fargatectl.dataclass import dataclass
from fargatectl.engine.observe import Look
from fargatectl.engine.resource import IDENTITY, Live, Lookup
from fargatectl.engine.rights import Operation, Right, Territory
from fargatectl.errors import Problem, SpecError

_BATCH = 100  # CloudWatch API reference, DescribeAlarms: names, and alarms in an answer


@dataclass(frozen=True, kw_only=True, eq=False)
class GivenAlarm(Lookup):
    """An alarm that a deployment heeds, by its name: it must be there, or be one that the app makes.

    Attributes:
        places: Where the spec names it: file, line, key.

    Outputs: ``name``.
    """

    kind: ClassVar[str] = "cloudwatch.given_alarm"

    places: tuple[tuple[str, int, str], ...] = field(metadata=IDENTITY)

    def rights(self, territory: Territory) -> Sequence[Right]:
        # AWS shows composite alarms to those only who may see every alarm (API reference, DescribeAlarms).
        return (Right((Operation.FIND,), ("cloudwatch:DescribeAlarms",)),)

    @classmethod
    def find(cls, look: Look, wanted: Sequence[Self]) -> Iterable[Live]:
        from fargatectl.resources.alarm import Alarm  # which needs the service's, which needs this

        own = {one.name for one in look.wanted(Alarm)}
        asked = sorted({one.name for one in wanted} - own)
        parts = [asked[start : start + _BATCH] for start in range(0, len(asked), _BATCH)]
        there = own.union(*look.gather(*[partial(_there, look, part) for part in parts]))
        problems = [
            Problem(file, line, key, f"there is no CloudWatch alarm {one.name} in {look.aws.region}")
            for one in wanted
            if one.name not in there
            for file, line, key in one.places
        ]
        if problems:
            raise SpecError(
                problems,
                hint="Correct the name or the region, or make the alarm first: "
                "aws cloudwatch put-metric-alarm.",
            )
        return [
            Live(cls.kind, one.id, one.name, one.address, True, outputs={"name": one.name}) for one in wanted
        ]


def _there(look: Look, names: list[str]) -> set[str]:
    """Which of the names are those of alarms."""
    answer = look.aws.call(
        "cloudwatch",
        "DescribeAlarms",
        AlarmNames=names,
        AlarmTypes=["CompositeAlarm", "MetricAlarm"],
        MaxRecords=_BATCH,
    )
    return {one["AlarmName"] for kind in ("CompositeAlarms", "MetricAlarms") for one in answer.get(kind, ())}
