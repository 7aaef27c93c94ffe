"""What counts as evidence of a deployment: all of its own stopped tasks, and nothing of earlier ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from fargatectl.engine.resource import NotYet
from fargatectl.rollout.follow import Rollout, RolloutError

from .test_follow import START, Clock, FakeEcs, deployment, follow, served, service, stopped, to_the_end
from .test_service_deployment import Telling

UNHEALTHY = (
    "(service web) (port 8080) is unhealthy in (target-group arn:aws:elasticloadbalancing:eu-west-1:1:"
    "targetgroup/web/0) due to (reason Health checks failed with these codes: [502])."
)
SPOT = "Your Spot Task was interrupted."


@pytest.fixture
def clock() -> Clock:
    return Clock()


def poll(rollout: Rollout, clock: Clock) -> None:
    """A few times; it is not done."""
    for _ in range(4):
        assert isinstance(rollout.poll(), NotYet)
        clock.now += 10


def event(text: str, age: int) -> dict[str, Any]:
    """`age` in seconds before the deployment began."""
    return {"message": text, "createdAt": START - timedelta(seconds=age)}


@pytest.mark.parametrize("age", [10_000, 1])
def test_what_ecs_said_before_it_began_is_no_evidence(clock: Clock, tmp_path: Path, age: int) -> None:
    """DescribeServices shows a hundred events, those of earlier deployments too."""
    ecs = FakeEcs(tasks=[{**stopped(name, "new", 2, SPOT), "startedAt": None} for name in "ab"])
    new, old = deployment("new", 2, runningCount=1), served("old", 1, status="ACTIVE")
    ecs.shown = service(new, old) | {"events": [event(UNHEALTHY, age)]}
    rollout = follow(ecs, clock, tmp_path, service(new, old), previous=arn_of(1), before="old")
    poll(rollout, clock)
    assert ecs.changes == []  # it goes on


def test_what_it_said_since_is(clock: Clock, tmp_path: Path) -> None:
    ecs = FakeEcs(tasks=[{**stopped(name, "new", 2, SPOT), "startedAt": None} for name in "ab"])
    new, old = deployment("new", 2, runningCount=1), served("old", 1, status="ACTIVE")
    ecs.shown = service(new, old) | {"events": [event(UNHEALTHY, -5)]}
    rollout = follow(ecs, clock, tmp_path, service(new, old), previous=arn_of(1), before="old")
    with pytest.raises(RolloutError, match="502"):
        poll(rollout, clock)


def arn_of(revision: int) -> str:
    return str(deployment("x", revision)["taskDefinition"])


def test_an_alarm_that_went_off_is_told_though_ecs_says_that_it_failed(clock: Clock, tmp_path: Path) -> None:
    ecs = Telling()
    new, old = deployment("new", 2), served("old", 1, status="ACTIVE")
    said = "(service web) (deployment ecs-svc/1) deployment failed: alarm detected."
    back = "(service web) rolling back to deployment ecs-svc/0."
    ecs.shown = service(deployment("back", 1, runningCount=2), {**new, "status": "ACTIVE"})
    ecs.shown |= {"events": [event(back, -61), event(said, -60)]}
    alarms = {"status": "TRIGGERED", "triggeredAlarmNames": ["errors"]}
    ecs.known["a"] = {"status": "ROLLBACK_IN_PROGRESS", "createdAt": new["createdAt"], "alarms": alarms}
    rollout = follow(ecs, clock, tmp_path, service(new, old), before="old")
    rollout.poll()
    clock.now += 60
    with pytest.raises(RolloutError, match="the alarm errors went off"):
        to_the_end(rollout)


@dataclass
class Paged(FakeEcs):
    """Lists its tasks a hundred at a time, as ECS does, and describes no more at once."""

    def call(self, service: str, operation: str, /, **parameters: Any) -> Mapping[str, Any]:
        if operation == "ListTasks":
            start = int(parameters.get("nextToken", 0))
            page = [one["taskArn"] for one in self.tasks[start : start + 100]]
            more = {"nextToken": str(start + 100)} if len(self.tasks) > start + 100 else {}
            return {"taskArns": page, **more}
        if operation == "DescribeTasks":
            assert len(parameters["tasks"]) <= 100
            return {"tasks": [one for one in self.tasks if one["taskArn"] in parameters["tasks"]]}
        return super().call(service, operation, **parameters)


def test_tasks_on_later_pages_count(clock: Clock, tmp_path: Path) -> None:
    """ECS lists those that stopped in the last hour, of earlier deployments too, in no order."""
    old = [stopped(f"old{number}", "old", 1) for number in range(250)]
    ecs = Paged(tasks=[*old, *[stopped(name, "new", 2) for name in "abc"]])
    new, before = deployment("new", 2), served("old", 1, status="ACTIVE")
    ecs.shown = service(new, before)
    rollout = follow(ecs, clock, tmp_path, service(new, before), previous=arn_of(1), before="old")
    with pytest.raises(RolloutError, match="exited with code 1"):
        poll(rollout, clock)
