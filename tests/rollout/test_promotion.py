"""`promote` and `abort`: which deployments they are about, what they ask of ECS, how they end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from fargatectl.engine.events import Event, Finished
from fargatectl.errors import DeployError, TimeoutExpired
from fargatectl.rollout import promotion
from fargatectl.rollout.promotion import Underway

ARN = "arn:aws:ecs:us-east-1:123456789012:service-deployment/shop/web/a"
SHIFTING = {"strategy": "BLUE_GREEN"}


def state(status: str, hook: str = "", **more: Any) -> dict[str, Any]:
    waiting = [{"hookId": hook, "targetType": "PAUSE", "status": "AWAITING_ACTION"}] if hook else []
    return {
        "serviceDeploymentArn": ARN, "status": status, "lifecycleHookDetails": waiting,
        "deploymentConfiguration": SHIFTING, **more,
    }  # fmt: skip


@dataclass
class FakeEcs:
    """Shows one state after the other; remembers what was asked."""

    states: list[dict[str, Any]]
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def call(self, service: str, operation: str, /, **parameters: Any) -> Mapping[str, Any]:
        if operation == "DescribeServiceDeployments":
            now = self.states.pop(0) if len(self.states) > 1 else self.states[0]
            return {"serviceDeployments": [now]}
        self.asked.append((operation, parameters))
        return {}


def underway(shown: dict[str, Any]) -> Underway:
    return Underway("shop", "web", ARN, shown)


def followed(ecs: FakeEcs, one: Underway, expected: str, **more: Any) -> tuple[dict[str, str], list[Event]]:
    events: list[Event] = []
    ended = promotion.follow(ecs, [one], events.append, expected=expected, sleep=lambda _: None, **more)
    return ended, events


def test_a_paused_one_is_told_to_continue() -> None:
    ecs = FakeEcs([state("SUCCESSFUL")])
    promotion.promote(ecs, underway(state("IN_PROGRESS", "h1")))
    assert ecs.asked == [
        ("ContinueServiceDeployment", {"serviceDeploymentArn": ARN, "hookId": "h1", "action": "CONTINUE"})
    ]


def test_a_paused_one_is_rolled_back_at_its_hook_and_another_is_stopped() -> None:
    ecs = FakeEcs([state("ROLLBACK_SUCCESSFUL")])
    promotion.abort(ecs, underway(state("IN_PROGRESS", "h1")))
    promotion.abort(ecs, underway(state("IN_PROGRESS")))
    assert ecs.asked == [
        ("ContinueServiceDeployment", {"serviceDeploymentArn": ARN, "hookId": "h1", "action": "ROLLBACK"}),
        ("StopServiceDeployment", {"serviceDeploymentArn": ARN, "stopType": "ROLLBACK"}),
    ]


def test_it_is_followed_to_its_end_though_the_answered_hook_still_shows() -> None:
    paused = state("IN_PROGRESS", "h1")
    ecs = FakeEcs([paused, state("IN_PROGRESS"), state("SUCCESSFUL")])
    ended, events = followed(ecs, underway(paused), "SUCCESSFUL")
    assert ended == {"web": "successful"}
    assert [event.summary for event in events if isinstance(event, Finished)] == ["done"]


def test_the_next_pause_ends_it_too() -> None:
    ecs = FakeEcs([state("IN_PROGRESS", "h1"), state("IN_PROGRESS", "h2")])
    ended, events = followed(ecs, underway(state("IN_PROGRESS", "h1")), "SUCCESSFUL")
    assert ended == {"web": "paused"}
    (last,) = [event for event in events if isinstance(event, Finished)]
    assert "fargatectl promote web" in last.summary


@pytest.mark.parametrize(
    ("expected", "status"),
    [("SUCCESSFUL", "ROLLBACK_SUCCESSFUL"), ("ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED")],
)
def test_another_end_is_a_failure_and_says_why(expected: str, status: str) -> None:
    ecs = FakeEcs([state(status, statusReason="The alarm errors went off.")])
    with pytest.raises(DeployError, match="The alarm errors went off"):
        followed(ecs, underway(state("IN_PROGRESS", "h1")), expected)


def test_the_time_that_is_over_leaves_it_to_ecs() -> None:
    ecs = FakeEcs([state("IN_PROGRESS")])
    with pytest.raises(TimeoutExpired, match="ECS goes on with web"):
        followed(ecs, underway(state("IN_PROGRESS", "h1")), "SUCCESSFUL", deadline=5.0, now=lambda: 6.0)


def test_nothing_to_promote_says_what_there_is() -> None:
    error = promotion.none_to("promote", [underway(state("IN_PROGRESS"))])
    assert error.message == "nothing to promote: web is deploying"
    assert promotion.none_to("abort", []).message == "nothing to abort: no deployment is under way"
