"""Following by ECS's own service deployments: what they say counts; where there are none it goes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from fargatectl.aws.errors import AwsError
from fargatectl.engine.resource import NotYet, Settled
from fargatectl.rollout.follow import RolloutError

from .test_follow import Clock, FakeEcs, deployment, follow, served, service, to_the_end

ARN = "arn:aws:ecs:eu-west-1:123456789012:service-deployment/shop/web/"
OLD, NEW = deployment("old", 1), deployment("new", 2)


@dataclass
class Telling(FakeEcs):
    """Knows service deployments, by the last part of their ARN."""

    known: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    missing: str = ""

    def call(self, service: str, operation: str, /, **parameters: Any) -> Mapping[str, Any]:
        if operation.endswith("ServiceDeployments"):
            self.asked.append(operation)
            if self.missing:
                raise AwsError(self.missing, "no such thing", service, operation)
            if operation == "ListServiceDeployments":
                return {
                    "serviceDeployments": [
                        {"serviceDeploymentArn": ARN + name, "createdAt": one["createdAt"]}
                        for name, one in self.known.items()
                        if one["createdAt"] > parameters["createdAt"]["after"]
                    ]
                }
            names = [arn.removeprefix(ARN) for arn in parameters["serviceDeploymentArns"]]
            return {"serviceDeployments": [self.known[name] for name in names]}
        return super().call(service, operation, **parameters)


@pytest.fixture
def ecs() -> Telling:
    return Telling()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def told(status: str, **more: Any) -> dict[str, Any]:
    return {"status": status, "createdAt": NEW["createdAt"], **more}


def replaced(**more: Any) -> dict[str, Any]:
    """The service once the new revision has taken over, old tasks still running."""
    new = {**NEW, "runningCount": 2, **more}
    return service(new, served("old", 1, status="ACTIVE")) | {"taskDefinition": NEW["taskDefinition"]}


def test_it_is_done_when_ecs_says_so_though_old_tasks_still_stop(
    ecs: Telling, clock: Clock, tmp_path: Path
) -> None:
    ecs.shown = replaced()
    ecs.known["a"] = told("IN_PROGRESS")
    rollout = follow(ecs, clock, tmp_path, service(NEW, served("old", 1, status="ACTIVE")), before="old")
    assert isinstance(rollout.poll(), NotYet)
    ecs.known["a"] = told("SUCCESSFUL")
    assert isinstance(rollout.poll(), Settled)
    assert ecs.asked.count("ListServiceDeployments") == 1


def test_what_the_service_names_as_current_need_not_be_listed(
    ecs: Telling, clock: Clock, tmp_path: Path
) -> None:
    answer = service(NEW, served("old", 1, status="ACTIVE")) | {"currentServiceDeployment": ARN + "a"}
    ecs.shown = replaced()
    ecs.known["a"] = told("SUCCESSFUL")
    rollout = follow(ecs, clock, tmp_path, answer, before="old", before_deployment=ARN + "z")
    assert isinstance(rollout.poll(), Settled)
    assert "ListServiceDeployments" not in ecs.asked


def test_the_one_before_is_not_taken_for_ours(ecs: Telling, clock: Clock, tmp_path: Path) -> None:
    answer = service(NEW, served("old", 1, status="ACTIVE")) | {"currentServiceDeployment": ARN + "z"}
    ecs.shown = replaced() | {"currentServiceDeployment": ARN + "z"}
    ecs.known["z"] = told("SUCCESSFUL")
    rollout = follow(ecs, clock, tmp_path, answer, before="old", before_deployment=ARN + "z")
    assert isinstance(rollout.poll(), NotYet)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"alarms": {"status": "TRIGGERED", "triggeredAlarmNames": ["errors"]}}, "the alarm errors went off"),
        ({"rollback": {"reason": "Service deployment rolled back."}}, "Service deployment rolled back"),
        ({"statusReason": "Stopped by a user."}, "Stopped by a user"),
    ],
)
def test_a_rollback_is_a_failure_and_says_why(
    ecs: Telling, clock: Clock, tmp_path: Path, more: dict[str, Any], reason: str
) -> None:
    answer = service(NEW, served("old", 1, status="ACTIVE"))
    ecs.shown = service(deployment("back", 1, runningCount=2), {**NEW, "status": "ACTIVE"})
    ecs.known["a"] = told("ROLLBACK_IN_PROGRESS", **more)
    rollout = follow(ecs, clock, tmp_path, answer, before="old")
    rollout.poll()
    clock.now += 60
    with pytest.raises(RolloutError) as caught:
        to_the_end(rollout)
    assert reason in caught.value.message
    assert "web:1" in caught.value.message


@pytest.mark.parametrize("missing", ["", "InvalidAction", "UnknownOperationException"])
def test_where_ecs_tells_of_none_the_services_own_state_does(
    ecs: Telling, clock: Clock, tmp_path: Path, missing: str
) -> None:
    ecs.missing = missing
    ecs.shown = replaced()
    rollout = follow(ecs, clock, tmp_path, service(NEW, served("old", 1, status="ACTIVE")), before="old")
    for _ in range(8):
        assert isinstance(rollout.poll(), NotYet)
    assert len(ecs.asked) <= 4
    ecs.shown = replaced(rolloutState="COMPLETED")
    assert isinstance(rollout.poll(), Settled)


def test_ecs_may_not_know_at_first_what_it_has_just_made(ecs: Telling, clock: Clock, tmp_path: Path) -> None:
    """ListServiceDeployments names a service that DescribeServices may show already."""
    ecs.missing = "ServiceNotFoundException"
    ecs.shown = replaced()
    ecs.known["a"] = told("SUCCESSFUL")
    rollout = follow(ecs, clock, tmp_path, service(NEW, served("old", 1, status="ACTIVE")), before="old")
    for _ in range(6):
        assert isinstance(rollout.poll(), NotYet)
    ecs.missing = ""
    assert isinstance(rollout.poll(), Settled)


HOOK = {"hookId": "h1", "targetType": "PAUSE", "status": "AWAITING_ACTION"}
SHIFTING = {"strategy": "BLUE_GREEN"}


def test_it_tells_how_far_the_requests_are_shifted(ecs: Telling, clock: Clock, tmp_path: Path) -> None:
    ecs.shown = replaced()
    ecs.known["a"] = told(
        "IN_PROGRESS", lifecycleStage="PRODUCTION_TRAFFIC_SHIFT", deploymentConfiguration=SHIFTING,
        targetServiceRevision={"requestedProductionTrafficWeight": 25.0},
    )  # fmt: skip
    rollout = follow(ecs, clock, tmp_path, service(NEW, served("old", 1, status="ACTIVE")), before="old")
    news = rollout.poll()
    assert isinstance(news, NotYet)
    assert news.text.endswith("shifting the requests, 25 % of the requests go to the new version")


def test_a_paused_one_is_left_with_what_to_do_next(ecs: Telling, clock: Clock, tmp_path: Path) -> None:
    ecs.shown = replaced()
    ecs.known["a"] = told(
        "IN_PROGRESS", lifecycleStage="POST_TEST_TRAFFIC_SHIFT", deploymentConfiguration=SHIFTING,
        lifecycleHookDetails=[HOOK],
    )  # fmt: skip
    rollout = follow(ecs, clock, tmp_path, service(NEW, served("old", 1, status="ACTIVE")), before="old")
    left = rollout.poll()
    assert isinstance(left, Settled)
    assert "paused (the new version answers tests)" in left.summary
    assert "fargatectl promote web, or fargatectl abort web" in left.summary
    assert left.holds == "the service web is paused: fargatectl promote web, and then fargatectl up"
