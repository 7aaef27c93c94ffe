"""How a service's tasks are replaced: `deployment` of a service. Sources: the ECS API reference, data types
DeploymentConfiguration, DeploymentCircuitBreaker, ThresholdConfiguration, DeploymentEarlySuccessCriteria,
LinearConfiguration, CanaryConfiguration and DeploymentLifecycleHook; ECS Developer Guide, "Deployment failure
detection" and "Pause hooks".
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from fargatectl.spec import fields, shapes
from fargatectl.spec.parts import Model

# Stages at which a deployment can be made to wait; AWS_LAMBDA hooks know two more.
STAGES = {
    name: name
    for name in (
        "pre_scale_up",
        "post_scale_up",
        "post_test_traffic_shift",
        "pre_production_traffic_shift",
        "post_production_traffic_shift",
    )
}
DEFAULT_BAKE = 5  # minutes

_AlarmName = Annotated[
    str, fields.matching(r"[^\s,](?:[^,]*[^\s,])?", "write the name of a CloudWatch alarm", longest=255)
]


def _minutes(low: int, high: int) -> fields.Reader:
    """A duration that AWS counts in whole minutes."""
    inner = fields.seconds(0, 10**8)

    def read(value: object) -> int:
        if isinstance(value, int):
            return value  # a default
        total = inner.read(value)
        assert isinstance(total, int)
        if total % 60 or not low * 60 <= total <= high * 60:
            raise fields.fault(
                f"must be {low} to {high} whole minutes, such as 5m, not {fields.describe(value)}"
            )
        return total // 60

    return fields.Reader(read, {"type": "string", "pattern": r"^([0-9]+ ?h)? ?([0-9]+ ?m)?$|^0$"})


def _percent(low: str, high: str) -> fields.Reader:
    """A percentage, in steps of a tenth."""

    def read(value: object) -> Decimal:
        written = fields.as_text(value).strip().removesuffix("%").strip()
        if re.fullmatch(r"[0-9]{1,3}(\.[0-9])?", written, re.ASCII) and (
            Decimal(low) <= Decimal(written) <= Decimal(high)
        ):
            return Decimal(written)
        raise fields.fault(f"must be {low} to {high} percent, with one decimal at most, not {written!r}")

    return fields.Reader(
        read, {"type": "number", "minimum": float(low), "maximum": float(high), "multipleOf": 0.1}
    )


def _a_list() -> fields.Reader:
    """A list that may also be given as its only item."""

    def read(value: object) -> object:
        return [value] if isinstance(value, str) else value

    return fields.Reader(read, {"type": "string"}, extends=True)


class Breaker(Model):
    """When ECS gives a deployment up: after so many tasks that failed. One of the three."""

    count: Annotated[int, fields.whole(1, 5000)] | None = Field(None, description="So many failed tasks.")
    bounded_percent: Annotated[int, fields.whole(1, 100)] | None = Field(
        None,
        description=(
            "So many percent of the service's tasks, but 3 at the least and 200 at the most. AWS's own "
            "default is 50."
        ),
    )
    unbounded_percent: Annotated[int, fields.whole(1, 100)] | None = Field(
        None, description="So many percent of the service's tasks, however few or many that are."
    )
    reset_on_healthy_task: Annotated[bool, fields.yes_or_no()] = Field(
        True, description="Whether a task that becomes healthy sets the count of failures back to 0."
    )

    @model_validator(mode="after")
    def _one_threshold(self) -> Breaker:
        given = [name for name in _THRESHOLDS if getattr(self, name) is not None]
        if len(given) > 1:
            raise fields.fault(f"excludes {given[0]}: keep one of {', '.join(_THRESHOLDS)}", given[1])
        return self

    @property
    def threshold(self) -> tuple[str, int] | None:
        """Type and value of ECS's ThresholdConfiguration; None for AWS's own."""
        found = [(name.upper(), int(getattr(self, name))) for name in _THRESHOLDS if getattr(self, name)]
        return found[0] if found else None


_THRESHOLDS = ("count", "bounded_percent", "unbounded_percent")


class EarlySuccess(Model):
    """When a rolling deployment counts as done, before every old task has stopped."""

    enable: Annotated[bool, fields.yes_or_no()] = Field(
        True, description="false: a deployment is done when the last old task has stopped."
    )
    healthy_percent: Annotated[int, fields.whole(0, 100)] = Field(
        100,
        description=(
            "So many percent of `count` must be new and healthy, at least `minimum_healthy_percent`; ECS "
            "starts the rest in the background."
        ),
    )
    cleanup: Annotated[
        Literal["deferred", "blocking"], fields.one_of({"deferred": "deferred", "blocking": "blocking"})
    ] = Field(
        "deferred",
        description="deferred: old tasks stop in the background. blocking: they must have stopped first.",
    )


def _switch() -> fields.Reader:
    """A map that may also be given as true or false, which is then its `enable`."""

    def read(value: object) -> object:
        return {"enable": value} if isinstance(value, str | bool) else value

    return fields.Reader(read, {"type": "boolean"}, extends=True)


class Deployment(Model):
    """How old tasks are replaced by new ones, and what calls it off."""

    strategy: Annotated[
        Literal["rolling"],
        fields.one_of({"rolling": "rolling"}),
    ] = Field("rolling", description="How the new version takes the place of the old one.")
    minimum_healthy_percent: Annotated[int, fields.whole(0, 100)] = Field(
        100,
        description="Tasks that must keep running during a deployment, in percent of `count`, rounded up.",
    )
    # Beyond 200 nothing changes: at 200 every new task may already start before an old one stops.
    maximum_percent: Annotated[int, fields.whole(100, 200)] = Field(
        200,
        description="Tasks that may run at once during a deployment, in percent of `count`, rounded down.",
    )
    breaker: Breaker = Field(
        default_factory=Breaker,
        description="How many tasks may fail before ECS rolls back; AWS's own rule if not given.",
    )
    alarms: Annotated[list[_AlarmName], shapes.distinct(0, 100), _a_list()] = Field(
        default_factory=list,
        description=(
            "CloudWatch alarms, by name: when one goes off during a deployment, ECS rolls it back. You make "
            "the alarms yourself."
        ),
    )
    bake: Annotated[int, _minutes(0, 1440)] | None = Field(
        None,
        description=(
            "How long the alarms are still watched once the new tasks are healthy, in whole minutes (5m), up "
            "to 24h."
        ),
    )
    early_success: Annotated[EarlySuccess, _switch()] | None = Field(
        None,
        description=(
            "When a rolling deployment is done: true, false or a map. By default as soon as all new tasks "
            "are healthy; old ones then stop in the background. With `alarms`, which are watched no longer "
            "than that, only when the old ones have stopped."
        ),
    )

    @field_validator("early_success")
    @classmethod
    def _enough(cls, early: EarlySuccess | None, info: ValidationInfo) -> EarlySuccess | None:
        minimum = info.data.get("minimum_healthy_percent", 0)
        if early is not None and early.enable and early.healthy_percent < minimum:
            raise fields.fault(
                f"must be at least minimum_healthy_percent ({minimum}), not {early.healthy_percent}",
                "healthy_percent",
            )
        return early

    @property
    def early(self) -> EarlySuccess:
        """What counts as done, the default filled in."""
        if self.early_success is not None:
            return self.early_success
        return EarlySuccess(enable=self.strategy == "rolling" and not self.alarms)
