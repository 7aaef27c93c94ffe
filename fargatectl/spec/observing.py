"""What is watched, who is told, and the fields of AWS's own that a spec sets: keys of the app."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from fargatectl.spec import fields
from fargatectl.spec.parts import Model, Text

INSIGHTS = {
    "enhanced": "enhanced", "enabled": "enabled", "on": "enabled", "true": "enabled",
    "off": "disabled", "disabled": "disabled", "false": "disabled",
}  # fmt: skip


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
    overrides: dict[Text, dict[Text, dict[str, Any]]] = Field(
        default_factory=dict,
        description=(
            "Fields of AWS's own requests that no key has, by kind, then id as in the plan (or `*`), such as "
            "`ecs.service: {web: {enableExecuteCommand: true}}`. Maps are merged, lists replaced; a map in "
            "place of a list changes its items by name. Checked against AWS's model before anything is made."
        ),
    )
