"""What a load balancer says of its targets is told while it lasts, and explains a failure afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fargatectl.engine.resource import NotYet
from fargatectl.rollout.follow import RolloutError

from .test_follow import Clock, FakeEcs, arn, clock, deployment, ecs, follow, served, service, stopped

__all__ = ["clock", "ecs"]
BEHIND = "load_balancer: {health_check: {path: /up}}"
FAILED = "Task failed ELB health checks in (target-group arn:x)"


class Targets(FakeEcs):
    """And a load balancer."""

    health: list[dict[str, Any]] = []

    def call(self, service: str, operation: str, /, **parameters: Any) -> Any:
        if operation == "DescribeTargetHealth" and operation not in self.denied:
            assert parameters == {"TargetGroupArn": "arn:targets"}
            return {"TargetHealthDescriptions": [{"TargetHealth": one} for one in self.health]}
        return super().call(service, operation, **parameters)


def codes(state: str, code: int) -> dict[str, Any]:
    return {"State": state, "Reason": "Target.ResponseCodeMismatch",
            "Description": f"Health checks failed with these codes: [{code}]"}  # fmt: skip


@pytest.fixture
def behind() -> Targets:
    return Targets(log=[])


def test_it_is_told_while_it_lasts_and_explains_the_end(
    behind: Targets, clock: Clock, tmp_path: Path
) -> None:
    old = served("old", 1)
    new = deployment("new", 2)
    rollout = follow(behind, clock, tmp_path, service(new, {**old, "status": "ACTIVE"}), more=BEHIND,
                     previous=arn(1), before="old")  # fmt: skip
    behind.shown = service(new, {**old, "status": "ACTIVE"})
    behind.health = [codes("draining", 500), codes("unhealthy", 404), codes("unhealthy", 404)]
    told = rollout.poll()
    assert isinstance(told, NotYet)
    assert told.text.endswith("the load balancer says: Health checks failed with these codes: [404]")
    # The task is stopped, and its target is gone.
    behind.health = []
    behind.tasks = [stopped("a", "new", 2, FAILED), stopped("b", "new", 2, FAILED)]
    for task in behind.tasks:
        task["containers"][0]["exitCode"] = 0
    assert isinstance(rollout.poll(), NotYet)
    clock.now += 10
    with pytest.raises(RolloutError) as caught:
        rollout.poll()
    assert "answers the load balancer's health check of /up with HTTP 404" in caught.value.message
    assert "services.web.load_balancer.health_check" in caught.value.hint


def test_who_may_not_ask_it_goes_by_what_ecs_says(behind: Targets, clock: Clock, tmp_path: Path) -> None:
    behind.denied = {"DescribeTargetHealth"}
    new = deployment("new", 2)
    rollout = follow(behind, clock, tmp_path, service(new), more=BEHIND)
    behind.shown = service(new)
    assert isinstance(rollout.poll(), NotYet)
