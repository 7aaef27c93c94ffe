"""The service deployment of a rollout: what ECS itself says of how far it is, and how it ended.

Source: ECS API reference, DescribeServiceDeployments. Where ECS tells of none, as the local AWS does, the
service's own rollout state must do.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from fargatectl.aws.errors import AwsError
from fargatectl.rollout.deployments import Deployment

_TRIES = 4  # looks for it before it counts as unknown
_EARLIER = timedelta(seconds=5)  # by which it may be older than the deployment that DescribeServices shows
_UNKNOWN = frozenset(
    {
        "InvalidAction",
        "UnknownOperationException",
        "UnsupportedFeatureException",
        "UnrecognizedClientException",
    }
)
_FAILED = frozenset(
    {"STOPPED", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS", "ROLLBACK_SUCCESSFUL",
     "ROLLBACK_FAILED"}
)  # fmt: skip


class ServiceDeployment:
    """One service deployment, looked up again and again.

    Args:
        ours: The deployment as DescribeServices shows it.
        before: ARN of the service deployment that was current before ours; empty where none was.
    """

    def __init__(self, aws: Any, cluster: str, service: str, ours: Deployment, before: str) -> None:
        self._aws, self._cluster, self._service = aws, cluster, service
        self._ours, self._before = ours, before
        self.arn = ""
        self._tries = 0
        self.shown: Mapping[str, Any] = {}

    def look(self, raw: Mapping[str, Any]) -> None:
        """Ask ECS for it, where it may know.

        Args:
            raw: The service, as DescribeServices showed it last.
        """
        try:
            self.arn = self.arn or self._find(raw)
            if self.arn:
                answer = self._aws.call("ecs", "DescribeServiceDeployments", serviceDeploymentArns=[self.arn])
                self.shown = next(iter(answer.get("serviceDeployments", ())), {})
        except AwsError as error:
            if error.error not in _UNKNOWN:
                raise
            self._tries = _TRIES

    @property
    def is_known(self) -> bool:
        """Whether ECS tells of it."""
        return bool(self.shown)

    @property
    def is_done(self) -> bool:
        """Whether it has ended well."""
        return self.shown.get("status") == "SUCCESSFUL"

    @property
    def is_over(self) -> bool:
        """Whether it was given up."""
        return self.shown.get("status") in _FAILED

    @property
    def reason(self) -> str:
        """Why it was given up, in a sentence without its period; empty where ECS does not say."""
        rung = self.shown.get("alarms", {}).get("triggeredAlarmNames", ())
        if rung:
            return f"the alarm {', '.join(map(str, rung))} went off"
        said = self.shown.get("rollback", {}).get("reason") or self.shown.get("statusReason") or ""
        return str(said).rstrip(".")

    def _find(self, raw: Mapping[str, Any]) -> str:
        current = str(raw.get("currentServiceDeployment") or "")
        if current and current != self._before:
            return current
        if self._tries >= _TRIES or not isinstance(self._ours.get("createdAt"), datetime):
            return ""
        self._tries += 1
        answer = self._aws.call(
            "ecs", "ListServiceDeployments", cluster=self._cluster, service=self._service,
            createdAt={"after": self._ours["createdAt"] - _EARLIER},
        )  # fmt: skip
        found = [
            one for one in answer.get("serviceDeployments", ()) if one["serviceDeploymentArn"] != self._before
        ]
        found.sort(key=lambda one: one["createdAt"])
        return str(found[0]["serviceDeploymentArn"]) if found else ""
