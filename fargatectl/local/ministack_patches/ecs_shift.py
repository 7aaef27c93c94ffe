"""ECS's own blue/green, linear and canary deployments: green tasks beside the blue, then the traffic moves.

"Amazon ECS blue/green deployments": the stages of ``lifecycleStage``, hooks of the kind PAUSE, weights on the
production and test listener rules, bake time, and the way back, which is a shift of the weights. A service
without ``advancedConfiguration`` only waits and bakes.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Mapping
from typing import Any

from ministack.core.concurrency import spawn_background
from ministack.services import alb, ecs

from . import ecs_deployments, ecs_targets
from .ecs_deployments import Record, Service
from .ecs_plan import steps
from .patching import Function, replace

MINUTE = float(os.environ.get("FARGATECTL_LOCAL_MINUTE") or 60)
"""Seconds that a minute of bake time or of a hook's patience takes."""
_LOOK = 0.2  # seconds
_HOOK_MINUTES = 24 * 60  # AWS's own patience with a hook


class BackError(Exception):
    """The deployment is given up; the text is why."""


def strategy(service: Service) -> str:
    """ROLLING, BLUE_GREEN, LINEAR or CANARY."""
    return str((service.get("deploymentConfiguration") or {}).get("strategy") or "ROLLING")


def _places(service: Service) -> list[tuple[str, str, str, str]]:
    """(Target group, alternate one, production rule, test rule) of a service's load balancers."""
    found = []
    for one in service.get("loadBalancers") or []:
        more = one.get("advancedConfiguration") or {}
        if more.get("alternateTargetGroupArn") and more.get("productionListenerRule"):
            production, test = more["productionListenerRule"], more.get("testListenerRule", "")
            found.append((one["targetGroupArn"], more["alternateTargetGroupArn"], production, test))
    return found


def _weigh(rule_arn: str, weights: Mapping[str, float]) -> None:
    """Put weights on a rule; the listener's own default actions too, where it is the default rule."""
    rule = alb._rules.get(rule_arn)
    if rule is None:
        return
    groups = [{"TargetGroupArn": arn, "Weight": round(weight)} for arn, weight in weights.items()]
    actions = [{"Type": "forward", "Order": 1, "ForwardConfig": {"TargetGroups": groups}}]
    rule["Actions"] = actions
    if rule.get("IsDefault"):
        alb._listeners[rule["ListenerArn"]]["DefaultActions"] = actions


class Shift:
    """One deployment, from the first green task to the end of the blue ones."""

    def __init__(self, key: str, service: Service, record: Record, blue: Record) -> None:
        self._key, self._cluster = key, key.split("/", 1)[0]
        self._service, self._record = service, record
        self._green: dict[str, Any] = record["deployment"]
        blue_groups = blue["deployment"].get("_target_groups") or {}
        self._pairs = []
        for group, alternate, production, test in _places(service):
            serving = blue_groups.get(group, group)
            self._pairs.append((serving, alternate if serving == group else group, production, test))
            self._green.setdefault("_target_groups", {})[group] = self._pairs[-1][1]
        self._green["_shifting"] = True
        record.update(stage="RECONCILE_SERVICE", weight=0.0)
        self._shift_production(0.0)

    def run(self) -> None:
        try:
            self._go()
        except BackError as why:
            self._back(str(why))

    def _go(self) -> None:
        self._at("RECONCILE_SERVICE")
        self._at("PRE_SCALE_UP")
        self._record["stage"] = "SCALE_UP"
        while not self._green_is_healthy():
            self._look()
        self._at("POST_SCALE_UP")
        self._at("TEST_TRAFFIC_SHIFT", lambda: self._shift_test(100.0))
        self._at("POST_TEST_TRAFFIC_SHIFT")
        self._at("PRE_PRODUCTION_TRAFFIC_SHIFT")
        self._at("PRODUCTION_TRAFFIC_SHIFT")
        for percent, minutes in steps(self._record["configuration"]):
            self._shift_production(percent)
            self._wait(minutes)
        self._at("POST_PRODUCTION_TRAFFIC_SHIFT")
        self._record["stage"] = "BAKE_TIME"
        self._wait(float(self._record["configuration"].get("bakeTimeInMinutes") or 0))
        self._record["stage"] = "CLEAN_UP"
        self._green.pop("_shifting", None)
        while True:
            ecs._complete_service_deployment(self._cluster, self._key, self._green["id"])
            if self._green["rolloutState"] != "IN_PROGRESS":
                return  # at once: from now on another deployment may have the weights
            self._look()

    def _at(self, stage: str, act: Any = None) -> None:
        """Enter a stage: do its work, then wait for its hooks."""
        self._record["stage"] = stage
        if act is not None:
            act()
        for hook in self._record["configuration"].get("lifecycleHooks") or []:
            if stage in hook.get("lifecycleStages", []):
                self._await(hook)

    def _await(self, hook: Mapping[str, Any]) -> None:
        patience = hook.get("timeoutConfiguration") or {}
        until = time.time() + MINUTE * float(patience.get("timeoutInMinutes") or _HOOK_MINUTES)
        detail: dict[str, Any] = {
            "hookId": secrets.token_hex(8), "targetType": hook.get("targetType", "AWS_LAMBDA"),
            "status": "AWAITING_ACTION", "expiresAt": until,
            "timeoutAction": patience.get("action") or "ROLLBACK",
        }  # fmt: skip
        self._record["hooks"].append(detail)
        if detail["targetType"] != "PAUSE":
            detail["status"] = "SUCCEEDED"  # no function is called
            return
        while "_action" not in detail:
            self._look()
            if time.time() > until:
                detail["status"] = "TIMED_OUT"
                detail["_action"] = detail["timeoutAction"]
        if detail["_action"] == "ROLLBACK":
            if detail["status"] == "AWAITING_ACTION":
                detail["status"] = "FAILED"
            raise BackError("A lifecycle hook was answered with ROLLBACK.")
        if detail["status"] == "AWAITING_ACTION":
            detail["status"] = "SUCCEEDED"

    def _look(self) -> None:
        """Wait a moment.

        Raises:
            BackError: Somebody or the circuit breaker has given the deployment up.
        """
        time.sleep(_LOOK)
        if self._record["asked"]:
            raise BackError(self._record["reason"])
        if ecs._services.get(self._key) is not self._service or self._service["status"] != "ACTIVE":
            raise BackError("The service was deleted.")
        if ecs._primary_deployment(self._service) is not self._green:
            raise BackError("")  # the breaker was first, or another deployment
        if self._green["rolloutState"] == "FAILED":
            raise BackError("")

    def _wait(self, minutes: float) -> None:
        until = time.monotonic() + minutes * MINUTE
        while time.monotonic() < until:
            self._look()

    def _green_is_healthy(self) -> bool:
        ready = [
            task
            for task in list(ecs._tasks.values())
            if task.get("_deployment_id") == self._green["id"]
            and task["lastStatus"] == "RUNNING"
            and task.get("_startup_stable")
            and ecs_targets.is_serving(task)
        ]
        return len(ready) >= int(self._service["desiredCount"])

    def _shift_production(self, percent: float) -> None:
        self._record["weight"] = percent
        for blue, green, production, _ in self._pairs:
            _weigh(production, {blue: 100 - percent, green: percent})

    def _shift_test(self, percent: float) -> None:
        for blue, green, _, test in self._pairs:
            if test:
                _weigh(test, {blue: 100 - percent, green: percent})

    def _back(self, why: str) -> None:
        """The traffic first, then the tasks."""
        self._shift_production(0.0)
        self._shift_test(0.0)
        self._green.pop("_shifting", None)
        asked, self._record["asked"] = self._record["asked"], ""
        if why and ecs._services.get(self._key) is self._service and self._service["status"] == "ACTIVE":
            ecs_deployments.give_up(self._key, self._record, why, back=asked != "ABORT")


def _begin(key: str, service: Service, record: Record) -> None:
    blue = record["source"]
    if strategy(service) == "ROLLING":
        kept = blue["deployment"].get("_target_groups") if blue else None
        if kept:
            record["deployment"]["_target_groups"] = kept
        return
    if blue is None or not int(service["desiredCount"]):
        for group, _, production, test in _places(service):
            for rule in (production, test):
                if rule:
                    _weigh(rule, {group: 100.0})
        return
    shift = Shift(key, service, record, blue)
    spawn_background(shift.run, thread_name="fargatectl-shift")


def _not_while_shifting(original: Function) -> Function:
    def complete_service_deployment(
        cluster: str, key: str, expected_deployment_id: str | None = None
    ) -> None:
        service = ecs._services.get(key)
        primary = ecs._primary_deployment(service) if service else None
        if not (primary and primary.get("_shifting")):
            original(cluster, key, expected_deployment_id)

    return complete_service_deployment


def install() -> None:
    """Shift the traffic of deployments whose service asks for it."""
    ecs_deployments.begun.append(_begin)
    replace(ecs, "_complete_service_deployment", _not_while_shifting)
