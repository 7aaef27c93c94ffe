"""What is watched, who is told, and the fields of AWS's own that a spec sets: keys of the app."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from fargatectl.spec import fields, shapes
from fargatectl.spec.parts import Model, Text

INSIGHTS = {
    "enhanced": "enhanced", "enabled": "enabled", "on": "enabled", "true": "enabled",
    "off": "disabled", "disabled": "disabled", "false": "disabled",
}  # fmt: skip
_TOPIC = r"arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}"
_EMAIL = r"[^@\s]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?"


def _limit(low: float, high: float) -> fields.Reader:
    """A number, or `off`."""

    def read(value: object) -> float | None:
        if value is None or isinstance(value, float):
            return value
        written = fields.as_text(value).strip()
        if written.lower() in ("off", "false", "no"):
            return None
        if not re.fullmatch(r"\d{1,9}(\.\d{1,3})?", written, re.ASCII) or not low <= float(written) <= high:
            raise fields.fault(
                f"must be off or a number from {low:g} to {high:g}, not {fields.describe(value)}"
            )
        return float(written)

    return fields.Reader(
        read, {"anyOf": [{"type": "number", "minimum": low, "maximum": high}, {"enum": ["off", False]}]}
    )


def _on() -> fields.Reader:
    """`true` (with all the defaults), `false`, or a map."""

    def read(value: object) -> object:
        if isinstance(value, Mapping | Alarms) or value is None:
            return value
        return {} if fields.yes_or_no().read(value) else None

    return fields.Reader(read, {"type": "boolean"}, extends=True)


class Alarms(Model):
    """CloudWatch alarms of every service; each rings after some minutes in a row, and can be `off`."""

    cpu: Annotated[float | None, _limit(1, 100)] = Field(
        80.0, description="The service's average CPU is above so many percent."
    )
    memory: Annotated[float | None, _limit(1, 100)] = Field(
        80.0, description="The service's average memory is above so many percent."
    )
    errors: Annotated[float | None, _limit(0, 10**9)] = Field(
        10.0,
        description="Behind a load balancer: tasks answer more than so many requests a minute with a 5xx.",
    )
    unhealthy_hosts: Annotated[float | None, _limit(0, 5000)] = Field(
        0.0, description="Behind a load balancer: more than so many tasks fail its health check."
    )
    missing_tasks: Annotated[bool, fields.yes_or_no()] | None = Field(
        None,
        description=(
            "Fewer tasks run than `count` (or `scaling.min`). It takes `container_insights`, and is on with "
            "them if not given."
        ),
    )
    minutes: Annotated[int, fields.whole(1, 60)] = Field(
        3, description="For how many minutes in a row before an alarm rings."
    )


class Observed(Model):
    """Keys of the app beside its services."""

    container_insights: (
        Annotated[Literal["enhanced", "enabled", "disabled"], fields.one_of(INSIGHTS)] | None
    ) = Field(
        None,
        description=(
            "CloudWatch Container Insights of the cluster: enhanced (metrics of each task and container), "
            "enabled, or off; it is paid for by the metric. As the account has it if not given."
        ),
    )
    alarms: Annotated[Alarms | None, _on()] = Field(
        None, description="CloudWatch alarms of every service: `true`, or a map with what differs."
    )
    notify: Annotated[
        list[
            Annotated[
                str,
                fields.matching(f"{_TOPIC}|{_EMAIL}", "write an e-mail address, or the ARN of an SNS topic"),
            ]
        ],
        shapes.one_or_more(),
    ] = Field(
        default_factory=fields.fresh(list),
        description=(
            "Whom the alarms tell when they ring, and when they ring no more: e-mail addresses, for which a "
            "topic is made and which each must confirm once; or the ARN of an SNS topic of yours."
        ),
    )
    dashboard: Annotated[bool, fields.yes_or_no()] = Field(
        False, description="Whether a CloudWatch dashboard of all services is made."
    )
    overrides: dict[Text, dict[Text, dict[str, Any]]] = Field(
        default_factory=fields.fresh(dict),
        description=(
            "Fields of AWS's own requests that no key has, by kind, then id as in the plan (or `*`), such as "
            "`ecs.service: {web: {enableExecuteCommand: true}}`. Maps are merged, lists replaced; a map in "
            "place of a list changes its items by name. Checked against AWS's model before anything is made. "
            "What of each kind: docs/overrides.md."
        ),
    )

    @field_validator("alarms")
    @classmethod
    def _can_count(cls, alarms: Alarms | None, info: ValidationInfo) -> Alarms | None:
        insights = info.data.get("container_insights", "enabled") in ("enhanced", "enabled")
        if alarms is not None and alarms.missing_tasks and not insights:
            raise fields.fault("needs container_insights: enabled or enhanced", "missing_tasks")
        return alarms

    @field_validator("notify")
    @classmethod
    def _of_one_kind(cls, notify: list[str], info: ValidationInfo) -> list[str]:
        topics = [one for one in notify if one.startswith("arn:")]
        if topics and len(notify) > 1:
            raise fields.fault("is one topic or e-mail addresses, not both: subscribe these to your topic")
        if notify and info.data.get("alarms", notify) is None:
            raise fields.fault("has nothing to tell of: add alarms: true")
        return notify
