"""Commands before a deployment: when they run, in which order, and what their failure leaves alone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from fargatectl import operations
from fargatectl.engine.events import Notice
from fargatectl.errors import DeployError, FargatectlError
from fargatectl.rollout import one_off
from tests.support.apps import ONE, Deployer, changed
from tests.support.watched import Killed, WatchedAws

MIGRATED = f"{ONE}    before_deploy: [[migrate, up], check --all]\n"
CALLS = 14  # of an `up` that finds nothing to do
NEWER = MIGRATED.replace("hello", "bye")


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    from fargatectl.engine import observe

    monkeypatch.setattr(one_off, "LAST_LINES", 0.0)
    monkeypatch.setattr(one_off, "PASSES", 0.0)
    # This AWS answers in this very process, and loads its modules as it is asked: not in two threads at once.
    monkeypatch.setattr(observe, "gather", lambda asks: [ask() for ask in list(asks)])


def ran(aws: WatchedAws) -> list[list[str]]:
    """The commands that were run, in order."""
    return [one["overrides"]["containerOverrides"][0]["command"] for one in aws.of("RunTask")]


def up(deployer: Deployer, text: str, **given: Any) -> WatchedAws:
    aws = deployer.aws()
    deployer.up(text, aws, **given)
    return aws


def failed(deployer: Deployer, text: str) -> tuple[WatchedAws, FargatectlError]:
    aws = deployer.aws()
    with pytest.raises(DeployError) as caught:
        deployer.up(text, aws)
    return aws, caught.value


def test_they_run_in_order_before_the_service_is_made(deployer: Deployer) -> None:
    aws = up(deployer, MIGRATED)
    assert ran(aws) == [["migrate", "up"], ["check", "--all"]]
    writes = [one for one in aws.writes if one in ("RegisterTaskDefinition", "RunTask", "CreateService")]
    assert writes == ["RegisterTaskDefinition", "RunTask", "RunTask", "CreateService"]


def test_a_task_is_started_as_the_services_own_are(deployer: Deployer) -> None:
    aws = up(deployer, MIGRATED)
    request, made = aws.of("RunTask")[0], aws.of("CreateService")[0]
    assert request["taskDefinition"] == made["taskDefinition"]
    assert request["networkConfiguration"] == made["networkConfiguration"]
    assert request["overrides"]["containerOverrides"][0]["name"] == "web"
    assert {"key": "fargatectl:app", "value": "shop"} in request["tags"]
    assert request["startedBy"].startswith("fargatectl/web/")
    # Never on Spot: a migration must not be stopped half way.
    assert request["capacityProviderStrategy"] == [{"capacityProvider": "FARGATE", "weight": 1}]


def test_nothing_runs_and_nothing_is_asked_when_nothing_changed(deployer: Deployer) -> None:
    again = up_twice(deployer, MIGRATED)
    assert ran(again) == []
    assert again.writes == []
    # As many as without: what the service's own tags say is enough.
    assert len(again.calls) == CALLS


def test_services_beside_it_that_have_none_are_found_too(deployer: Deployer) -> None:
    text = f"{MIGRATED}  api:\n    image: public.example/api:1\n"
    up(deployer, text)
    for _ in range(3):  # whichever kind asks first
        assert deployer.plan(text).plan.changes == ()


def test_without_any_it_is_as_many_calls(deployer: Deployer) -> None:
    assert len(up_twice(deployer, ONE).calls) == CALLS


def up_twice(deployer: Deployer, text: str) -> WatchedAws:
    up(deployer, text)
    return up(deployer, text)


def test_they_run_again_when_the_task_definition_changes_and_only_then(deployer: Deployer) -> None:
    up(deployer, MIGRATED)
    assert ran(up(deployer, MIGRATED.replace("port: 8080", "port: 8080\n    count: 3"))) == []
    assert ran(up(deployer, NEWER)) == [["migrate", "up"], ["check", "--all"]]


def test_the_plan_names_them(deployer: Deployer) -> None:
    up(deployer, MIGRATED)
    planned = deployer.plan(NEWER).plan
    assert [one.name for one in planned.changes if one.kind == "ecs.task"] == [
        "web: migrate up", "web: check --all",
    ]  # fmt: skip
    assert ("create", "ecs.task", []) in changed(planned.documents())


def test_one_that_fails_leaves_the_service_alone(deployer: Deployer) -> None:
    up(deployer, MIGRATED)
    aws, error = failed(deployer, NEWER.replace("[migrate, up]", "[exit, 3]"))
    assert ran(aws) == [["exit", "3"]]
    assert aws.of("UpdateService") == []
    assert error.exit_code == 1
    assert "ended with exit code 3" in error.message
    assert "The service web was not touched" in error.message
    assert "services.web.before_deploy" in error.hint
    assert "fargate.yml:7" in error.hint
    assert error.code == "before_deploy.failed"
    assert error.details[0]["exit_code"] == 3
    assert deployer.status(MIGRATED)["services"][0]["task_definition"].endswith(":1")


def test_one_that_failed_runs_again_though_nothing_changed(deployer: Deployer) -> None:
    bad = MIGRATED.replace("check --all", "exit 1")
    first, _ = failed(deployer, bad)
    assert ran(first) == [["migrate", "up"], ["exit", "1"]]
    second, _ = failed(deployer, bad)
    # The first command had ended well for this revision: its tag says so.
    assert ran(second) == [["exit", "1"]]
    assert ran(up(deployer, MIGRATED)) == [["check", "--all"]]


def test_its_log_is_shown_and_its_last_lines_are_in_the_error(deployer: Deployer) -> None:
    aws = deployer.aws()
    stream: dict[str, Any] = {}

    def run(call: Any, real: Any) -> Any:
        answer = real()
        stream["logStreamName"] = f"web/web/{answer['tasks'][0]['taskArn'].rpartition('/')[2]}"
        where = {"logGroupName": "/ecs/shop", **stream}
        deployer.shared.call("logs", "CreateLogStream", **where)
        events = [
            {"timestamp": 1, "message": "applying 0007"},
            {"timestamp": 2, "message": "ERROR: no table"},
        ]
        now = int(operations.time.time() * 1000)
        events = [{**one, "timestamp": now} for one in events]
        deployer.shared.call("logs", "PutLogEvents", **where, logEvents=events)
        return answer

    aws.rig("ecs", "RunTask", run)
    with pytest.raises(DeployError) as caught:
        deployer.up(f"{ONE}    before_deploy: [exit 2]\n", aws)
    told = [event.text for event in deployer.events if isinstance(event, Notice)]
    assert "  web | applying 0007" in told
    assert "ERROR: no table" in caught.value.details[0]["log"]


DENIED = (
    "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval "
    "failed: unable to retrieve ecr registry auth: AccessDeniedException: User: arn:aws:sts::123456789012:"
    "assumed-role/shop-execution/0 is not authorized to perform: ecr:GetAuthorizationToken on resource: *"
)
CAPACITY = "Capacity is unavailable at this time. Please try again later or in a different availability zone"
NO_IMAGE = "CannotPullContainerError: failed to resolve ref public.example/web:1: not found"


def unstarted(aws: WatchedAws, first: int, reason: str, **task: Any) -> None:
    """The first few tasks are ones that AWS could not start."""

    def describe(_: Any, real: Any) -> Any:
        answer = real()
        made = aws.of("RunTask")
        for one in answer["tasks"]:
            if len(made) <= first:
                containers = [{"name": "web", "lastStatus": "STOPPED"}]
                one |= {"stopCode": "TaskFailedToStart", "stoppedReason": reason, "containers": containers}
                one.pop("startedAt", None)
                one |= task
        return answer

    aws.rig("ecs", "DescribeTasks", describe)


@pytest.mark.parametrize("reason", [DENIED, CAPACITY], ids=["a role not known yet", "no capacity"])
def test_one_that_aws_could_not_start_is_tried_again(deployer: Deployer, reason: str) -> None:
    """ECS starts another task of a service by itself; of this one it does not."""
    aws = deployer.aws()
    unstarted(aws, 2, reason)
    deployer.up(f"{ONE}    before_deploy: [[migrate, up]]\n", aws)
    assert ran(aws) == [["migrate", "up"]] * 3
    told = [event.text for event in deployer.events if isinstance(event, Notice)]
    assert len([one for one in told if "It is tried again" in one]) == 2


def test_where_there_is_no_capacity_at_all_it_is_waited_for(deployer: Deployer) -> None:
    """RunTask then makes no task, and says so in an answer that is no error."""
    aws, asked = deployer.aws(), []

    def run(call: Any, real: Any) -> Any:
        asked.append(call)
        return {"tasks": [], "failures": [{"reason": CAPACITY}]} if len(asked) < 3 else real()

    aws.rig("ecs", "RunTask", run)
    deployer.up(f"{ONE}    before_deploy: [[migrate, up]]\n", aws)
    assert len(asked) == 3


def test_but_not_for_ever(deployer: Deployer) -> None:
    aws = deployer.aws()
    unstarted(aws, 99, CAPACITY)
    with pytest.raises(DeployError, match=r"did not run: .* has no Fargate capacity") as caught:
        deployer.up(f"{ONE}    before_deploy: [[migrate, up]]\n", aws)
    assert len(ran(aws)) == one_off.MOST_TRIES
    assert caught.value.code == "capacity"


@pytest.mark.parametrize(
    ("reason", "task"),
    [(NO_IMAGE, {}), (CAPACITY, {"startedAt": datetime.now(UTC)})],
    ids=["would fail again", "it had begun"],
)
def test_nor_where_it_would_fail_again_or_had_begun(
    deployer: Deployer, reason: str, task: dict[str, Any]
) -> None:
    """What has begun may have done half of its work: whether that may be done twice only its author knows."""
    aws = deployer.aws()
    unstarted(aws, 1, reason, **task)
    with pytest.raises(DeployError, match="did not run"):
        deployer.up(f"{ONE}    before_deploy: [[migrate, up]]\n", aws)
    assert len(ran(aws)) == 1


def test_a_killed_runs_task_is_found_and_not_doubled(deployer: Deployer) -> None:
    aws = deployer.aws()
    aws.die_after("ecs", "RunTask")
    deployer.builder.aws = aws
    with pytest.raises(Killed):
        deployer.up(MIGRATED, aws)
    deployer.builder.aws = deployer.aws()
    again = up(deployer, MIGRATED)
    assert ran(again) == [["check", "--all"]]


def test_a_killed_runs_task_that_still_runs_is_waited_for(deployer: Deployer) -> None:
    text = f"{ONE}    before_deploy: [[wait]]\n"
    aws = deployer.aws()
    aws.die_after("ecs", "RunTask")
    deployer.builder.aws = aws
    with pytest.raises(Killed):
        deployer.up(text, aws)
    deployer.builder.aws = deployer.aws()
    again, looks = deployer.aws(), []

    def describe(call: Any, real: Any) -> Any:
        looks.append(call)
        if len(looks) == 3:
            from moto.ecs.models import ecs_backends

            from tests.support.shims import end_task

            (tasks,) = ecs_backends["123456789012"]["us-east-1"].tasks.values()
            end_task(next(iter(tasks.values())), 0)
        return real()

    again.rig("ecs", "DescribeTasks", describe)
    deployer.up(text, again)
    assert ran(again) == []
    assert len(looks) >= 3
    assert again.of("CreateService")


def test_down_stops_what_a_killed_run_left_running(deployer: Deployer) -> None:
    text = f"{ONE}    before_deploy: [[wait]]\n"
    aws = deployer.aws()
    aws.die_after("ecs", "RunTask")
    deployer.builder.aws = aws
    with pytest.raises(Killed):
        deployer.up(text, aws)
    down = deployer.aws()
    deleted = deployer.down(text, down)["deleted"]
    assert [one["kind"] for one in deleted].count("ecs.task") == 1
    assert len(down.of("StopTask")) == 1


def test_it_waits_for_the_services_that_its_service_comes_after(deployer: Deployer) -> None:
    text = f"{MIGRATED}    after: [db]\n  db:\n    image: public.example/db:1\n"
    aws = up(deployer, text)
    order = [
        one.parameters.get("serviceName", one.operation)
        for one in aws.calls
        if one.operation in ("CreateService", "RunTask")
    ]
    assert order == ["db", "RunTask", "RunTask", "web"]
