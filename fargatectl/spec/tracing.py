"""Traces of a service: the OpenTelemetry collector beside it.

Source: ECS Developer Guide, "Identify Amazon ECS optimization opportunities using application trace data".
"""

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import Field, model_validator

from fargatectl.spec import fields
from fargatectl.spec.containers import ContainerOptions
from fargatectl.spec.parts import Image, Model, Text

COLLECTOR = "otel-collector"
IMAGE = "public.ecr.aws/aws-observability/aws-otel-collector:v0.40.0"


def _xray() -> fields.Reader:
    """`xray` (or `true`), `false`, or a map."""

    def read(value: object) -> object:
        if isinstance(value, Mapping | Tracing) or value is None or value == "xray":
            return {} if value == "xray" else value
        try:
            return {} if fields.yes_or_no().read(value) else None
        except ValueError:
            raise fields.fault(f"must be xray, or a map with config, not {fields.describe(value)}") from None

    return fields.Reader(read, {"type": ["string", "boolean"], "enum": ["xray", True, False]}, extends=True)


class Tracing(Model):
    """The AWS Distro for OpenTelemetry collector, as a container of every task that may end alone."""

    config: Text | None = Field(
        None,
        description=(
            "The collector's own configuration, YAML. If not given it takes OTLP (ports 4317 and 4318) and "
            "X-Ray segments (UDP 2000) from the task and sends them to X-Ray."
        ),
    )
    image: Image = Field(IMAGE, description="The collector's image.")


class Traced(ContainerOptions):
    """What is said of a service's traces."""

    tracing: Annotated[Tracing | None, _xray()] = Field(
        None,
        description=(
            "Send traces to AWS X-Ray: `xray`, or a map with `config` and `image`. A collector runs beside "
            "the service, OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_SERVICE_NAME are set for it, and its task "
            "role may write to X-Ray; a role given by its ARN is yours to permit that."
        ),
    )

    @model_validator(mode="after")
    def _one_of_that_name(self) -> Self:
        if self.tracing is not None and COLLECTOR in getattr(self, "sidecars", {}):
            raise fields.fault("has the name of the collector of tracing", "sidecars", COLLECTOR)
        return self
