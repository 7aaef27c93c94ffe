"""The collector that sends a service's traces to X-Ray, and what the task may do for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fargatectl.spec.tracing import COLLECTOR

if TYPE_CHECKING:
    from fargatectl.spec import models

# OpenTelemetry Collector configuration; the collector of AWS reads it from this variable.
_VARIABLE = "AOT_CONFIG_CONTENT"
_CONFIG = """\
receivers:
  otlp:
    protocols:
      grpc: {endpoint: 127.0.0.1:4317}
      http: {endpoint: 127.0.0.1:4318}
  awsxray: {endpoint: 127.0.0.1:2000, transport: udp}
processors:
  batch: {timeout: 1s}
exporters:
  awsxray: {}
service:
  pipelines:
    traces: {receivers: [otlp, awsxray], processors: [batch], exporters: [awsxray]}
"""
# What the exporter and the sampling of AWS's SDKs call: X-Ray scopes none of it to a resource.
_ACTIONS = (
    "xray:GetSamplingRules", "xray:GetSamplingStatisticSummaries", "xray:GetSamplingTargets",
    "xray:PutTelemetryRecords", "xray:PutTraceSegments",
)  # fmt: skip


def collector(wanted: models.Service) -> dict[str, dict[str, Any]]:
    """The collector by its name, as ECS takes it; empty without `tracing`."""
    tracing = wanted.tracing
    if tracing is None:
        return {}
    config = {"name": _VARIABLE, "value": tracing.config or _CONFIG}
    return {COLLECTOR: {"essential": False, "image": tracing.image, "environment": [config]}}


def images(wanted: models.Service) -> list[str]:
    """Its image."""
    return [wanted.tracing.image] if wanted.tracing else []


def environment(name: str, wanted: models.Service) -> dict[str, str]:
    """What tells an OpenTelemetry SDK where the collector is; what the spec sets itself comes first."""
    if wanted.tracing is None:
        return {}
    return {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318", "OTEL_SERVICE_NAME": name}


def statements(wanted: models.Service) -> tuple[dict[str, Any], ...]:
    """What the task role needs for it."""
    if wanted.tracing is None:
        return ()
    return ({"Effect": "Allow", "Action": list(_ACTIONS), "Resource": "*"},)
