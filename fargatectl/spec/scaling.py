"""How many tasks of a service run, decided by what they have to do and by the time: Application Auto Scaling.

Source: Application Auto Scaling user guide; API reference, PutScalingPolicy and PutScheduledAction.
"""

import re
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from fargatectl.spec import fields, shapes, when
from fargatectl.spec.deployment import SHIFTING
from fargatectl.spec.parts import Model, Name, Text

MOST_TASKS = 5000  # ECS service quotas, "Tasks per service"
_PREDEFINED = ("cpu", "memory")
_LOADS = ("cpu", "memory", "requests", "steps")
_STATISTICS = ("Average", "Minimum", "Maximum", "Sum", "SampleCount")


def number() -> fields.Reader:
    """A number, with or without a decimal point."""

    def read(value: object) -> float:
        written = fields.as_text(value).strip()
        if not re.fullmatch(r"-?(\d{1,15}\.?\d{0,9}|\.\d{1,9})", written, re.ASCII):
            raise fields.fault(f"must be a number, not {fields.describe(written)}")
        return float(written)

    return fields.Reader(read, {"type": "number"})


def change() -> fields.Reader:
    """How many tasks: ``2``, or of those that run: ``50%``."""

    def read(value: object) -> str:
        written = fields.as_text(value).strip().replace(" ", "")
        match = re.fullmatch(r"([1-9]\d{0,3})(%?)", written, re.ASCII)
        if match is None or int(match[1]) > MOST_TASKS:
            said = fields.describe(fields.as_text(value))
            raise fields.fault(f"must be a number of tasks, such as 2, or a share, such as 50%, not {said}")
        return written

    return fields.Reader(
        read,
        {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": "^ *[0-9]+ *%? *$"}]},
    )


class Metric(Model):
    """A metric of CloudWatch; the name alone, `cpu` or `memory`, for those of the service itself."""

    name: Annotated[str, fields.matching(r"[\x20-\x7e]{1,255}", "write a metric's name")] = Field(
        description="The metric's name; without `namespace` cpu or memory, in percent, of the whole service."
    )
    namespace: (
        Annotated[str, fields.matching(r"[^:\x00-\x1f]{1,255}", "write a namespace such as AWS/SQS")] | None
    ) = Field(None, validate_default=True, description="The metric's namespace, such as AWS/SQS.")
    dimensions: dict[Text, Text] = Field(
        default_factory=fields.fresh(dict),
        description="The metric's dimensions by name, such as `QueueName: jobs`.",
    )
    statistic: Annotated[
        Literal["Average", "Minimum", "Maximum", "Sum", "SampleCount"],
        fields.one_of({one: one for one in _STATISTICS} | {one.lower(): one for one in _STATISTICS}),
    ] = Field("Average", description="What of each minute's values counts.")

    @field_validator("namespace")
    @classmethod
    def _known(cls, namespace: str | None, info: ValidationInfo) -> str | None:
        name = info.data.get("name")
        if namespace is None and name is not None and name not in _PREDEFINED:
            said = fields.describe(name)
            raise fields.fault(f"must be cpu, memory, or a map with namespace and name, not {said}", up=1)
        return namespace


class Step(Model):
    """One step of step scaling: beyond a value of a metric, so many tasks more or fewer."""

    metric: Annotated[Metric, shapes.text_as("name")] = Field(
        description="What is measured: cpu or memory, in percent, or a map that names a metric of CloudWatch."
    )
    above: Annotated[float, number()] | None = Field(None, description="The step is taken above this value.")
    below: Annotated[float, number()] | None = Field(
        None, validate_default=True, description="The step is taken below this value. Either this or `above`."
    )
    minutes: Annotated[int, fields.whole(1, 60)] = Field(
        3, description="For how many minutes in a row the metric must be there."
    )
    add: Annotated[str, change()] | None = Field(
        None, description="How many tasks more: a number, or a share of those that run, such as 50%."
    )
    remove: Annotated[str, change()] | None = Field(
        None, description="How many tasks fewer, written as `add` is."
    )
    to: Annotated[int, fields.whole(0, MOST_TASKS)] | None = Field(
        None,
        validate_default=True,
        description="How many tasks in all. One of this, `add` and `remove`.",
    )

    @field_validator("below")
    @classmethod
    def _one_side(cls, below: float | None, info: ValidationInfo) -> float | None:
        if "above" in info.data and (below is None) == (info.data["above"] is None):
            raise fields.fault("needs one of above and below, and only one", up=1)
        return below

    @field_validator("to")
    @classmethod
    def _one_change(cls, to: int | None, info: ValidationInfo) -> int | None:
        if {"add", "remove"} <= info.data.keys():
            given = [one for one in (info.data["add"], info.data["remove"], to) if one is not None]
            if len(given) != 1:
                raise fields.fault("needs one of add, remove and to, and only one", up=1)
        return to

    @property
    def side(self) -> str:
        """``above`` or ``below``."""
        return "below" if self.above is None else "above"

    @property
    def threshold(self) -> float:
        """Beyond which the step is taken."""
        return self.above if self.above is not None else self.below or 0.0

    @property
    def adjustment(self) -> tuple[str, int]:
        """AWS's AdjustmentType and ScalingAdjustment."""
        if self.to is not None:
            return "ExactCapacity", self.to
        written = self.add or self.remove or ""
        size = int(written.rstrip("%"))
        kind = "PercentChangeInCapacity" if written.endswith("%") else "ChangeInCapacity"
        return kind, size if self.add else -size


class Cooldown(Model):
    """How long after a change of the count nothing more is changed in that direction."""

    scale_out: Annotated[int, fields.seconds(0, 86400)] = Field(
        60, description="Seconds after tasks were added. AWS's own default is 300."
    )
    scale_in: Annotated[int, fields.seconds(0, 86400)] = Field(
        300, description="Seconds after tasks were taken away."
    )


class Scheduled(Model):
    """A change of the least and the most tasks at some time; it stays until the next one."""

    cron: Annotated[str, when.cron()] | None = Field(
        None, description="When, as AWS's cron: minute hour day-of-month month day-of-week year."
    )
    rate: Annotated[str, when.rate()] | None = Field(None, description="How often, such as 12 hours.")
    at: Annotated[str, when.at()] | None = Field(
        None,
        validate_default=True,
        description="Once, such as 2027-11-26T08:00:00. One of this, `cron` and `rate`.",
    )
    timezone: Annotated[str, when.timezone()] = Field(
        "UTC", description="Whose time that is, such as Europe/Berlin; summer time is heeded."
    )
    min: Annotated[int, fields.whole(0, MOST_TASKS)] | None = Field(
        None, description="The least tasks from then on; as it was if not given."
    )
    max: Annotated[int, fields.whole(0, MOST_TASKS)] | None = Field(
        None,
        validate_default=True,
        description="The most tasks from then on; as it was if not given. 0 is how a service sleeps.",
    )

    @field_validator("at")
    @classmethod
    def _one_time(cls, at: str | None, info: ValidationInfo) -> str | None:
        if {"cron", "rate"} <= info.data.keys():
            given = [one for one in (info.data["cron"], info.data["rate"], at) if one is not None]
            if len(given) != 1:
                raise fields.fault("needs one of cron, rate and at, and only one", up=1)
        return at

    @field_validator("max")
    @classmethod
    def _in_order(cls, most: int | None, info: ValidationInfo) -> int | None:
        if "min" not in info.data:
            return most
        least = info.data["min"]
        if least is None and most is None:
            raise fields.fault("changes nothing: give min, max or both", up=1)
        if least is not None and most is not None and least > most:
            raise fields.fault(f"is less than min, which is {least}")
        return most

    @property
    def expression(self) -> str:
        """AWS's Schedule."""
        return self.cron or self.rate or self.at or ""


class Scaling(Model):
    """How many tasks run, by what they have to do and by the time."""

    min: Annotated[int, fields.whole(0, MOST_TASKS)] = Field(1, description="The least tasks.")
    max: Annotated[int, fields.whole(1, MOST_TASKS)] = Field(description="The most tasks.")
    cpu: Annotated[int, fields.whole(1, 100)] | None = Field(
        None, description="The CPU use that tasks are kept at, in percent: more are added above it."
    )
    memory: Annotated[int, fields.whole(1, 100)] | None = Field(
        None, description="The memory use that tasks are kept at, in percent."
    )
    requests: Annotated[int, fields.whole(1, 1_000_000_000)] | None = Field(
        None,
        description=(
            "The requests that each task is kept at, per minute: of a service behind the load balancer."
        ),
    )
    scale_in: Annotated[bool, fields.yes_or_no()] = Field(
        True,
        description="Whether `cpu`, `memory` and `requests` may take tasks away too, not only add them.",
    )
    cooldown: Cooldown = Field(
        default_factory=fields.fresh(Cooldown), description="How long nothing more is changed after a change."
    )
    steps: Annotated[list[Step], shapes.distinct(0, 40)] = Field(
        default_factory=fields.fresh(list),
        description=(
            "Step scaling: what to do beyond a value of a metric. Of steps on one side of one metric the "
            "one furthest out is taken."
        ),
    )
    schedule: dict[Name, Scheduled] = Field(
        default_factory=fields.fresh(dict),
        validate_default=True,
        description="Other limits from some time on, by a name of your choice.",
    )

    @field_validator("max")
    @classmethod
    def _in_order(cls, most: int, info: ValidationInfo) -> int:
        if most < info.data.get("min", 0):
            raise fields.fault(f"is less than min, which is {info.data['min']}")
        return most

    @field_validator("steps")
    @classmethod
    def _agree(cls, steps: list[Step]) -> list[Step]:
        first: dict[tuple[object, ...], Step] = {}
        for place, step in enumerate(steps):
            other = first.setdefault(group_of(step), step)
            if step.minutes != other.minutes:
                raise fields.fault(f"must be {other.minutes}, as in the step before it", place, "minutes")
            if step.adjustment[0] != other.adjustment[0]:
                raise fields.fault(
                    "changes the count in another way than the step before it: "
                    "all of one side of a metric are numbers, shares, or `to`",
                    place,
                )
            if step is not other and step.threshold == other.threshold:
                raise fields.fault(f"has the same value as the step before it: {step.threshold:g}", place)
        return steps

    @field_validator("schedule")
    @classmethod
    def _does_something(cls, schedule: dict[str, Scheduled], info: ValidationInfo) -> dict[str, Scheduled]:
        if not schedule and all(one in info.data and not info.data[one] for one in _LOADS):
            raise fields.fault("never changes anything: give cpu, memory, requests, steps or schedule", up=1)
        return schedule


def group_of(step: Step) -> tuple[object, ...]:
    """What the steps of one policy have in common: the metric, and the side of it."""
    metric = step.metric
    dimensions = tuple(sorted(metric.dimensions.items()))
    return step.side, metric.namespace, metric.name, dimensions, metric.statistic


def initial_count(count: int, scaling: Scaling | None, *, given: bool) -> int:
    """How many tasks a service begins with: within the limits where the spec says no count."""
    if scaling is None or given:
        return count
    return max(scaling.min, min(count, scaling.max))


def may_rest(scaling: Scaling) -> bool:
    """Whether it may ever leave a service without tasks."""
    limits = [scaling.min, *(one for each in scaling.schedule.values() for one in (each.min, each.max))]
    return 0 in limits


def outside(count: int, scaling: Scaling) -> str:
    """Why a service cannot begin with so many tasks; empty if it can."""
    if scaling.min <= count <= scaling.max:
        return ""
    return (
        f"{count} is outside of scaling, {scaling.min} to {scaling.max}: it is only what the service begins "
        "with; leave it out, or within"
    )


def uncounted(balanced: bool, strategy: str) -> str:
    """Why a service's requests cannot be counted; empty if they can.

    ALBRequestCountPerTarget counts those of one target group (Amazon ECS: target tracking and blue/green).
    """
    if not balanced:
        return "needs the service's load_balancer, which counts them"
    if strategy in SHIFTING:
        return (
            f"cannot be counted with strategy {strategy}, which moves them from one target group to another: "
            "scale by cpu, memory or a metric"
        )
    return ""


def fewest(count: int, scaling: Scaling | None) -> int:
    """The fewest tasks, above none, that a deployment may find running."""
    return count if scaling is None else max(1, scaling.min)


def most(count: int, scaling: Scaling | None) -> int:
    """The most tasks that a service is to have."""
    if scaling is None:
        return count
    return max(scaling.max, *(one.max or 0 for one in scaling.schedule.values()), 0)
