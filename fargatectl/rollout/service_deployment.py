"""The service deployment of a rollout: what ECS itself says of how far it is, and how it ended.

Source: ECS API reference, DescribeServiceDeployments. Where ECS tells of none, the service's own
rollout state must do.
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
            if error.gone:  # ECS does not know yet what it has just made
                return
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
    def alarms(self) -> tuple[str, ...]:
        """The names of those that went off, for which ECS rolls it back."""
        return tuple(map(str, self.shown.get("alarms", {}).get("triggeredAlarmNames", ())))

    @property
    def reason(self) -> str:
        """Why it was given up, in a sentence without its period; empty where ECS does not say."""
        if self.alarms:
            return f"the alarm {', '.join(self.alarms)} went off"
        said = self.shown.get("rollback", {}).get("reason") or self.shown.get("statusReason") or ""
        return str(said).rstrip(".")

    @property
    def waits(self) -> str:
        """Id of the pause hook that it waits at; empty where it goes on by itself."""
        return next((str(hook["hookId"]) for hook in hooks(self.shown)), "")

    @property
    def stage(self) -> str:
        """How far it is, in a few words; empty for a rolling one, which its tasks tell."""
        return stage_of(self.shown)

    def _find(self, raw: Mapping[str, Any]) -> str:
        current = str(raw.get("currentServiceDeployment") or "")
        if current and current != self._before:
            return current
        if self._tries >= _TRIES or not isinstance(self._ours.get("createdAt"), datetime):
            return ""
        answer = self._aws.call(
            "ecs", "ListServiceDeployments", cluster=self._cluster, service=self._service,
            createdAt={"after": self._ours["createdAt"] - _EARLIER},
        )  # fmt: skip
        self._tries += 1
        found = [
            one for one in answer.get("serviceDeployments", ()) if one["serviceDeploymentArn"] != self._before
        ]
        found.sort(key=lambda one: one["createdAt"])
        return str(found[0]["serviceDeploymentArn"]) if found else ""


def hooks(shown: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The pause hooks that a service deployment waits at."""
    return [
        one
        for one in shown.get("lifecycleHookDetails", ())
        if one.get("targetType") == "PAUSE" and one.get("status") == "AWAITING_ACTION"
    ]


def stage_of(shown: Mapping[str, Any]) -> str:
    """How far a service deployment is that shifts requests."""
    if shown.get("deploymentConfiguration", {}).get("strategy", "ROLLING") == "ROLLING":
        return ""
    stage = _STAGES.get(str(shown.get("lifecycleStage")), "")
    weight = shown.get("targetServiceRevision", {}).get("requestedProductionTrafficWeight")
    shifted = f"{weight:g} % of the requests go to the new version" if weight is not None else ""
    if hooks(shown):
        stage = f"paused ({stage})" if stage else "paused"
    return ", ".join(filter(None, [stage, shifted]))


_STAGES = {
    "RECONCILE_SERVICE": "getting ready",
    "PRE_SCALE_UP": "before the new tasks start",
    "SCALE_UP": "starting the new tasks",
    "POST_SCALE_UP": "the new tasks run",
    "TEST_TRAFFIC_SHIFT": "shifting the test requests",
    "POST_TEST_TRAFFIC_SHIFT": "the new version answers tests",
    "PRODUCTION_TRAFFIC_SHIFT": "shifting the requests",
    "POST_PRODUCTION_TRAFFIC_SHIFT": "the requests are shifted",
    "BAKE_TIME": "baking: the old tasks stay ready",
    "CLEAN_UP": "stopping the old tasks",
}
