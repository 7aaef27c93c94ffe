"""What watches an app: its alarms, the topic that they tell, its dashboard."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from fargatectl.resources.alarm import Alarm
from fargatectl.resources.dashboard import Dashboard, marked_widget
from fargatectl.resources.topic import Topic
from fargatectl.topology.names import shortened

if TYPE_CHECKING:
    from fargatectl.engine.resource import Resource
    from fargatectl.resources.service import Service
    from fargatectl.spec.observing import Alarms
    from fargatectl.topology.basis import Basis

_ALARM_NAME = 255  # longest, CloudWatch API reference, PutMetricAlarm
_INSIGHTS = "ECS/ContainerInsights"
_BALANCERS = {"application": "AWS/ApplicationELB", "network": "AWS/NetworkELB"}


def observing(basis: Basis, services: Mapping[str, Service]) -> tuple[Resource, ...]:
    """What a spec's `alarms`, `notify` and `dashboard` ask for."""
    spec = basis.spec
    target: Topic | str | None = None
    if spec.notify and spec.notify[0].startswith("arn:"):
        target = spec.notify[0]
    elif spec.notify:
        target = Topic(
            id="alarms",
            name=f"{basis.scope.prefix}-alarms",
            account=basis.account,
            emails=tuple(spec.notify),
        )
    made: list[Resource] = []
    if spec.alarms is not None:
        made += [one for service in services.values() for one in _alarms(basis, spec.alarms, service, target)]
    if spec.dashboard:
        made.append(_dashboard(basis, services.values()))
    return tuple(made)


def _alarms(basis: Basis, wanted: Alarms, service: Service, target: Topic | str | None) -> Iterator[Alarm]:
    of_service = {"ClusterName": service.cluster.name, "ServiceName": service.name}

    def alarm(what: str, threshold: float, **more: Any) -> Alarm:
        # No service's or policy's name has two hyphens: these are told from what scales it.
        id_ = f"{service.id}--{what}"
        given = {"namespace": "AWS/ECS", "statistic": "Average", "side": "above", **more}
        return Alarm(
            id=id_,
            name=shortened(f"{basis.scope.prefix}-{id_}", _ALARM_NAME),
            target=target,
            service=service,
            threshold=threshold,
            minutes=wanted.minutes,
            recovery=target is not None,
            **given,
        )

    for what, metric, limit in (
        ("cpu", "CPUUtilization", wanted.cpu),
        ("memory", "MemoryUtilization", wanted.memory),
    ):
        if limit is not None:
            yield alarm(what, limit, metric=metric, dimensions=of_service)
    fewest = _fewest(basis, service)
    counted = basis.spec.container_insights in ("enhanced", "enabled")
    if fewest and counted and wanted.missing_tasks is not False:
        yield alarm(
            "missing-tasks", float(fewest), namespace=_INSIGHTS, metric="RunningTaskCount",
            dimensions=of_service, statistic="Minimum", side="below",
        )  # fmt: skip
    if service.entrance is None:
        return
    # Where requests are shifted there are two groups of targets, and either may serve.
    for group in filter(None, (*service.target_groups, service.alternate)):
        behind: dict[str, Any] = {
            "namespace": _BALANCERS[service.entrance.type],
            "dimensions": {},
            "about": (service.entrance, group),
        }
        end = "" if group is not service.alternate else "-alternate"
        if wanted.errors is not None and service.entrance.type == "application":
            # No errors, no value.
            yield alarm(
                f"errors{end}", wanted.errors, metric="HTTPCode_Target_5XX_Count", statistic="Sum",
                missing="notBreaching", **behind,
            )  # fmt: skip
        if wanted.unhealthy_hosts is not None:
            yield alarm(
                f"unhealthy-hosts{end}", wanted.unhealthy_hosts, metric="UnHealthyHostCount",
                statistic="Maximum", **behind,
            )  # fmt: skip


def _fewest(basis: Basis, service: Service) -> int:
    """How many tasks it must always have."""
    wanted = basis.spec.services[service.id]
    if wanted.scaling is None:
        return wanted.count
    # At night there may be fewer, and nothing is wrong.
    return min(
        [wanted.scaling.min, *(one.min for one in wanted.scaling.schedule.values() if one.min is not None)]
    )


def _dashboard(basis: Basis, services: Iterable[Service]) -> Dashboard:
    every = list(services)
    widgets = [marked_widget(basis.scope, basis.region)]
    for row, service in enumerate(every):
        graphs = list(_graphs(basis, service))
        width = 24 // len(graphs)
        widgets += [
            {
                "type": "metric",
                "x": width * place,
                "y": 2 + 6 * row,
                "width": width,
                "height": 6,
                "properties": {"region": basis.region, "title": f"{service.id}: {title}", "period": 60,
                               "stat": stat, "view": "timeSeries", "metrics": metrics},
            }
            for place, (title, stat, metrics) in enumerate(graphs)
        ]  # fmt: skip
    groups = [one for service in every for one in (*service.target_groups, service.alternate) if one]
    return Dashboard(
        id="app",
        name=f"{basis.scope.prefix}-{basis.region}",
        region=basis.region,
        balancers=tuple(dict.fromkeys(one.entrance for one in every if one.entrance)),
        target_groups=tuple(dict.fromkeys(groups)),
        body=json.dumps({"widgets": widgets}),
    )


def _graphs(basis: Basis, service: Service) -> Iterator[tuple[str, str, list[Any]]]:
    """Title, statistic and metrics."""
    of_service = ["ClusterName", service.cluster.name, "ServiceName", service.name]
    yield (
        "CPU and memory, %",
        "Average",
        [["AWS/ECS", metric, *of_service] for metric in ("CPUUtilization", "MemoryUtilization")],
    )
    if basis.spec.container_insights in ("enhanced", "enabled"):
        yield (
            "tasks",
            "Average",
            [[_INSIGHTS, metric, *of_service] for metric in ("DesiredTaskCount", "RunningTaskCount")],
        )
    if service.entrance is None:
        return
    space = _BALANCERS[service.entrance.type]
    balancer = ["LoadBalancer", f"<{service.entrance.kind}:{service.entrance.id}>"]
    groups = [
        ["TargetGroup", f"<{one.kind}:{one.id}>", *balancer]
        for one in (*service.target_groups, service.alternate)
        if one is not None
    ]
    if service.entrance.type == "application":
        requests = ("RequestCount", "HTTPCode_Target_4XX_Count", "HTTPCode_Target_5XX_Count")
        yield "requests", "Sum", [[space, metric, *one] for one in groups for metric in requests]
        yield "seconds to answer", "p95", [[space, "TargetResponseTime", *one] for one in groups]
    hosts = ("HealthyHostCount", "UnHealthyHostCount")
    yield "targets", "Maximum", [[space, metric, *one] for one in groups for metric in hosts]
