"""The end of the old tasks: a deployment may have succeeded before it.

Source: ECS API reference, DeploymentEarlySuccessCriteria: with ``DEFERRED`` a deployment is successful, and
the previous tasks are removed in the background. Until then they serve, by rules and roles of before.
"""

from __future__ import annotations

from fargatectl.engine.resource import NotYet, Settled
from fargatectl.engine.tools import Tools
from fargatectl.rollout.deployments import primary

_BETWEEN = 2.5  # seconds


class Leaving:
    """Waits until ECS shows one deployment of a service alone."""

    def __init__(self, tools: Tools, cluster: str, name: str) -> None:
        self._tools, self._cluster, self._name = tools, cluster, name

    def poll(self) -> NotYet | Settled:
        """Look once."""
        answer = self._tools.aws.call("ecs", "DescribeServices", cluster=self._cluster, services=[self._name])
        for service in answer["services"]:
            deployments, now = service.get("deployments", ()), primary(service)
            if len(deployments) > 1:
                old = [one for one in deployments if one is not now]
                left = sum(one.get("runningCount", 0) + one.get("pendingCount", 0) for one in old)
                return NotYet(f"steady; {left} old tasks end, before what they use goes", _BETWEEN)
        return Settled()

    def abandon(self) -> str:
        """What goes on without us."""
        return f"ECS goes on stopping the old tasks of the service {self._name}"
