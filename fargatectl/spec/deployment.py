"""How a service's tasks are replaced: `deployment` of a service. Sources: the ECS API reference, data types
DeploymentConfiguration, DeploymentCircuitBreaker, ThresholdConfiguration, DeploymentEarlySuccessCriteria,
LinearConfiguration, CanaryConfiguration and DeploymentLifecycleHook; ECS Developer Guide, "Deployment failure
detection" and "Pause hooks".
"""

import re
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from fargatectl.spec import fields, shapes
from fargatectl.spec.parts import Model

# Stages at which a deployment can be made to wait (DeploymentLifecycleHook), in the order in which they come.
STAGES = (
    "pre_scale_up",
    "post_scale_up",
    "post_test_traffic_shift",
    "pre_production_traffic_shift",
    "post_production_traffic_shift",
)
_TAKEN = (80, 443)  # the load balancer's own ports
DEFAULT_BAKE = 5  # minutes
SHIFTING = ("blue_green", "linear", "canary")
"""Strategies that shift traffic between two target groups."""

_AlarmName = Annotated[
    str, fields.matching(r"[^\s,](?:[^,]*[^\s,])?", "write the name of a CloudWatch alarm", longest=255)
]


_Stage = Annotated[
    str,
    fields.one_of(
        {
            **{name: name for name in STAGES},
            "before_shift": "pre_production_traffic_shift",
            "after_shift": "post_production_traffic_shift",
        }
    ),
]
_ONLY = {
    "early_success": ("rolling",),
    "step_percent": ("linear",),
    "step_bake": ("linear",),
    "canary_percent": ("canary",),
    "canary_bake": ("canary",),
    "pause": SHIFTING,
    "test_port": SHIFTING,
}
"""Keys -> the strategies that know them."""


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
    def _one_threshold(self) -> Self:
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
        True, description="With false a deployment is done when the last old task has stopped."
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
        description="With deferred old tasks stop in the background; with blocking they stop before.",
    )


def _switch() -> fields.Reader:
    """A map that may also be given as true or false, which is then its `enable`."""

    def read(value: object) -> object:
        return {"enable": value} if isinstance(value, str | bool) else value

    return fields.Reader(read, {"type": "boolean"}, extends=True)


class Deployment(Model):
    """How old tasks are replaced by new ones, and what calls it off."""

    strategy: Annotated[
        Literal["rolling", "blue_green", "linear", "canary"],
        fields.one_of({name: name for name in ("rolling", *SHIFTING)}),
    ] = Field(
        "rolling",
        description=(
            "How the new version takes the place of the old one. rolling: task by task. The others start all "
            "new tasks beside the old ones and then shift the requests, which takes a `load_balancer`: "
            "blue_green all at once, linear in equal steps, canary a small part first. A rollback then takes "
            "seconds until the end of `bake`."
        ),
    )
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
        default_factory=fields.fresh(Breaker),
        description="How many tasks may fail before ECS rolls back; AWS's own rule if not given.",
    )
    alarms: Annotated[list[_AlarmName], shapes.distinct(0, 100), _a_list()] = Field(
        default_factory=fields.fresh(list),
        description=(
            "CloudWatch alarms, by name: when one goes off during a deployment, ECS rolls it back. You make "
            "the alarms yourself, before `up`, or they are the app's own."
        ),
    )
    bake: Annotated[int, _minutes(0, 1440)] | None = Field(
        None,
        description=(
            "How long old tasks stay ready and alarms are watched once all requests go to the new ones, in "
            "whole minutes (5m), up to 24h. 5m for strategies that shift requests."
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

    step_percent: Annotated[Decimal, _percent("3", "100")] | None = Field(
        None,
        description="With linear: what each step shifts of the requests, 3 to 100 percent; 10 if not given.",
    )
    step_bake: Annotated[int, _minutes(0, 1440)] | None = Field(
        None, description="With linear: the time between two steps, in whole minutes; 6m if not given."
    )
    canary_percent: Annotated[Decimal, _percent("0.1", "100")] | None = Field(
        None,
        description="With canary: how much of the requests goes first, 0.1 to 100 percent; 5 if not given.",
    )
    canary_bake: Annotated[int, _minutes(0, 1440)] | None = Field(
        None, description="With canary: the time until the rest follows, in whole minutes; 10m if not given."
    )
    pause: Annotated[list[_Stage], shapes.distinct(0, 5), _a_list()] = Field(
        default_factory=fields.fresh(list),
        description=(
            "Where the deployment waits for `fargatectl promote` or `fargatectl abort`: one or a list of "
            f"{', '.join(STAGES)}. With linear and canary, pre_production_traffic_shift comes before every "
            "step."
        ),
    )
    pause_timeout: Annotated[int, _minutes(1, 20160)] | None = Field(
        None,
        description="How long it waits there before it is rolled back, up to 14 days; 24h if not given.",
    )
    test_port: Annotated[int, fields.whole(1, 65535)] | None = Field(
        None,
        description=(
            "A port of the load balancer where the new version answers before it gets any other request: for "
            "tests."
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

    @model_validator(mode="after")
    def _goes_with_the_strategy(self) -> Self:
        for name, strategies in _ONLY.items():
            if getattr(self, name) not in (None, []) and self.strategy not in strategies:
                early = self.early_success
                if name == "early_success" and early is not None and not early.enable:
                    continue
                *others, last = strategies
                goes = f"{', '.join(others)} or {last}" if others else last
                raise fields.fault(f"goes with strategy {goes} only, not with {self.strategy}", name)
        if "post_test_traffic_shift" in self.pause and self.test_port is None:
            raise fields.fault("there is no test traffic without test_port: give one", "pause")
        if self.test_port in _TAKEN:
            raise fields.fault(f"{self.test_port} is for the requests of users: choose another", "test_port")
        if self.pause_timeout is not None and not self.pause:
            raise fields.fault("has nothing to end: give pause, or remove it", "pause_timeout")
        return self

    @property
    def bakes(self) -> int | None:
        """Minutes; None where AWS is to choose."""
        return DEFAULT_BAKE if self.bake is None and self.strategy in SHIFTING else self.bake

    @property
    def early(self) -> EarlySuccess:
        """What counts as done, the default filled in."""
        if self.early_success is not None:
            return self.early_success
        return EarlySuccess(enable=self.strategy == "rolling" and not self.alarms)
