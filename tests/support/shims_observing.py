"""Where moto's CloudWatch, SNS and index of tags keep less than AWS does; see `tests.support.shims`.

- Resource Groups Tagging API: moto indexes neither alarms nor dashboards; AWS indexes alarms, and dashboards
  since they take tags (CloudWatch API reference, PutDashboard), which moto drops.
- CloudWatch Logs: moto knows no classes of log groups.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def install(monkeypatch: Any) -> None:
    """Bring moto closer to AWS for as long as the patches last."""
    from moto.cloudwatch.models import CloudWatchBackend
    from moto.cloudwatch.responses import CloudWatchResponse

    put, remove = CloudWatchResponse.put_dashboard, CloudWatchBackend.delete_dashboards

    def put_dashboard(self: Any) -> Any:
        backend, name = self.cloudwatch_backend, self._get_param("DashboardName")
        tags = {one["Key"]: one["Value"] for one in self._get_param("Tags", [])}
        known = backend.__dict__.setdefault("_dashboard_tags", {})
        answer = put(self)
        known.setdefault(name, tags)  # those of one that is there stay as they are
        return answer

    def delete_dashboards(self: Any, names: list[str]) -> Any:
        for name in names:
            self.__dict__.get("_dashboard_tags", {}).pop(name, None)
        return remove(self, names)

    from moto.logs.models import LogGroup
    from moto.logs.responses import LogsResponse

    make, describe = LogsResponse.create_log_group, LogGroup.to_describe_dict

    def create_log_group(self: Any) -> Any:
        answer = make(self)
        group = self.logs_backend.groups[self._get_param("logGroupName")]
        group.log_group_class = self._get_param("logGroupClass") or "STANDARD"
        return answer

    def to_describe_dict(self: Any) -> dict[str, Any]:
        return {**describe(self), "logGroupClass": getattr(self, "log_group_class", "STANDARD")}

    monkeypatch.setattr(LogsResponse, "create_log_group", create_log_group)
    monkeypatch.setattr(LogGroup, "to_describe_dict", to_describe_dict)
    monkeypatch.setattr(CloudWatchResponse, "put_dashboard", put_dashboard)
    monkeypatch.setattr(CloudWatchBackend, "delete_dashboards", delete_dashboards)


def indexed(account: str, region: str) -> Iterator[tuple[str, str, dict[str, str]]]:
    """ARN, type and tags of what moto does not index."""
    from moto.cloudwatch.models import cloudwatch_backends

    backend = cloudwatch_backends[account][region]
    for alarm in backend.alarms.values():
        yield alarm.alarm_arn, "cloudwatch", backend.tagger.get_tag_dict_for_resource(alarm.alarm_arn)
    for name, tags in backend.__dict__.get("_dashboard_tags", {}).items():
        yield f"arn:aws:cloudwatch::{account}:dashboard/{name}", "cloudwatch", tags
