"""Following a deployment: each case is what DescribeServices and DescribeTasks show, poll by poll."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fargatectl.app import build
from fargatectl.aws.errors import AwsError, DeniedError
from fargatectl.engine.outputs import Outputs
from fargatectl.engine.resource import Live, NotYet, Settled
from fargatectl.engine.scope import Scope
from fargatectl.engine.tools import Tools
from fargatectl.resources.service import Service
from fargatectl.rollout.follow import ECS_SHOWS, EVIDENCE_WAIT, Rollout, RolloutError
from fargatectl.spec.load import load

START = datetime(2026, 1, 1, tzinfo=UTC)
OLD_NET = {"awsvpcConfiguration": {"subnets": ["subnet-old"]}}
NEW_NET = {"awsvpcConfiguration": {"subnets": ["subnet-new"]}}


def arn(revision: int) -> str:
    return f"arn:aws:ecs:eu-west-1:123456789012:task-definition/shop-web:{revision}"


def deployment(
    id: str, revision: int, *, age: int = 0, status: str = "PRIMARY", **more: Any
) -> dict[str, Any]:
    """`age` in seconds before START."""
    return {
        "id": id, "status": status, "taskDefinition": arn(revision), "rolloutState": "IN_PROGRESS",
        "runningCount": 0, "pendingCount": 0, "createdAt": START - timedelta(seconds=age),
        "networkConfiguration": OLD_NET, **more,
    }  # fmt: skip


def served(id: str, revision: int, running: int = 2, **more: Any) -> dict[str, Any]:
    return deployment(id, revision, age=9999, runningCount=running, rolloutState="COMPLETED", **more)


def service(*deployments: dict[str, Any], desired: int = 2) -> dict[str, Any]:
    return {"status": "ACTIVE", "desiredCount": desired, "deployments": list(deployments),
            "runningCount": sum(one["runningCount"] for one in deployments)}  # fmt: skip


def stopped(
    name: str, by: str, revision: int, reason: str = "Essential container in task exited"
) -> dict[str, Any]:
    return {
        "taskArn": f"arn:aws:ecs:eu-west-1:123456789012:task/shop/{name}", "startedBy": by,
        "taskDefinitionArn": arn(revision), "stopCode": "EssentialContainerExited", "stoppedReason": reason,
        "containers": [{"name": "web", "exitCode": 1}], "startedAt": START, "stoppedAt": START,
    }  # fmt: skip


@dataclass
class FakeEcs:
    """Answers with what the test sets; remembers what was changed."""

    shown: dict[str, Any] | None = None
    tasks: list[dict[str, Any]] = field(default_factory=list)
    changes: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    denied: set[str] = field(default_factory=set)
    deployments: dict[str, dict[str, Any]] = field(default_factory=dict)  # service deployments by ARN
    log: list[str] = field(default_factory=lambda: ["KeyError: 'DATABASE_URL'"])

    def call(self, service: str, operation: str, /, **parameters: Any) -> Mapping[str, Any]:
        if operation in self.denied:
            raise DeniedError("AccessDenied", "no", service, operation)
        if operation == "DescribeServices":
            return {"services": [self.shown] if self.shown else []}
        if operation == "ListTasks":
            if not self.shown:
                raise AwsError("ServiceNotFoundException", "Service not found.", "ecs", operation)
            return {"taskArns": [task["taskArn"] for task in self.tasks]}
        if operation == "DescribeTasks":
            return {"tasks": self.tasks}
        if operation.endswith("ServiceDeployments"):
            arns = parameters.get("serviceDeploymentArns", ())
            return {"serviceDeployments": [self.deployments[arn] for arn in arns if arn in self.deployments]}
        if operation == "GetLogEvents":
            return {"events": [{"message": line} for line in self.log]}
        self.changes.append((operation, parameters))
        return {}


@pytest.fixture
def ecs() -> FakeEcs:
    return FakeEcs()


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Iterator[Clock]:
    return Clock()  # type: ignore[return-value]


def follow(
    ecs: FakeEcs,
    clock: Clock,
    tmp_path: Path,
    answer: dict[str, Any],
    *,
    revision: int = 2,
    more: str = "",
    **extra: Any,
) -> Rollout:
    """A Rollout of shop/web after a call that was answered with `answer`.

    Args:
        more: Of the spec's service.
    """
    spec = tmp_path / "fargate.yml"
    spec.write_text(
        f"app: shop\nservices: {{web: {{image: 'public.example/web:1', port: 8080, count: 2, {more}}}}}\n"
    )
    app = build(load(spec, environ={}), region="eu-west-1", content_hash=str)
    (wanted,) = (one for one in app.desired if isinstance(one, Service))
    outputs = Outputs()
    account = {"id": "123456789012", "region": "eu-west-1", "partition": "aws"}
    outputs.put(app.account, Live("sts.account", "account", "account", "account", True, outputs=account))
    outputs.put(
        wanted.network,
        Live(
            "ec2.network", "network", "vpc", "network", True, outputs={"vpc": "vpc-1", "subnets": "subnet-1"}
        ),
    )
    definition = wanted.task_definition
    outputs.put(
        definition,
        Live(
            definition.kind,
            "web",
            "shop-web",
            "shop-web",
            True,
            outputs={"arn": arn(revision), "revision": "2"},
        ),
    )
    for group in wanted.target_groups:
        outputs.put(group, Live(group.kind, "web", "web", "web", True, outputs={"arn": "arn:targets"}))
    live = Live(Service.kind, "web", "web", "shop/web", True, settled=False, extra={"raw": answer, **extra})
    return Rollout(wanted, Tools(aws=ecs, scope=Scope("shop"), clock=clock), live, outputs)


def to_the_end(rollout: Rollout) -> None:
    """A failure is told at the second look: log lines may still be on their way at the first."""
    assert isinstance(rollout.poll(), NotYet)
    rollout.poll()


def test_done_when_the_deployment_that_was_begun_is(ecs: FakeEcs, clock: Clock, tmp_path: Path) -> None:
    old = served("old", 1)
    rollout = follow(ecs, clock, tmp_path, service(deployment("new", 2), {**old, "status": "ACTIVE"}),
                     previous=arn(1), before="old")  # fmt: skip
    ecs.shown = service(old)  # as it was before: ECS lags
    assert isinstance(rollout.poll(), NotYet)
    ecs.shown = service(deployment("new", 2, runningCount=1), {**old, "status": "ACTIVE"})
    assert rollout.poll() == NotYet("1 of 2 running", 1.0)
    ecs.shown = service(served("new", 2))
    assert rollout.poll() == Settled("2 of 2 running, steady")
    assert ecs.changes == []


def test_a_service_that_ecs_does_not_show_yet_is_not_removed(
    ecs: FakeEcs, clock: Clock, tmp_path: Path
) -> None:
    rollout = follow(ecs, clock, tmp_path, service(deployment("new", 2)), previous="", before="")
    assert isinstance(rollout.poll(), NotYet)
    clock.now += ECS_SHOWS + 1
    with pytest.raises(RolloutError, match="was removed"):
        rollout.poll()


def test_ecs_rollback_to_other_settings_of_the_same_revision_is_no_success(
    ecs: FakeEcs, clock: Clock, tmp_path: Path
) -> None:
    begun = deployment("new", 2, networkConfiguration=NEW_NET)
    rollout = follow(ecs, clock, tmp_path, service(begun, {**served("old", 2), "status": "ACTIVE"}),
                     previous=arn(2), before="old")  # fmt: skip
    failed = {**begun, "status": "ACTIVE", "rolloutState": "FAILED"}
    back = deployment("back", 2, age=-5, runningCount=2, rolloutState="COMPLETED")
    ecs.shown = service(back, failed)
    ecs.tasks = [stopped("a", "new", 2)]
    with pytest.raises(RolloutError, match="Rolled back to web:2, which still serves"):
        to_the_end(rollout)
    assert ecs.changes == []  # ECS has done it


def test_a_deployment_forced_anew_by_somebody_is_followed(ecs: FakeEcs, clock: Clock, tmp_path: Path) -> None:
    rollout = follow(ecs, clock, tmp_path, service(deployment("new", 2)), previous="", before="")
    ecs.shown = service(served("again", 2, createdAt=START + timedelta(seconds=5)))
    assert isinstance(rollout.poll(), Settled)


def test_a_network_that_does_not_work_brings_the_old_one_back(
    ecs: FakeEcs, clock: Clock, tmp_path: Path
) -> None:
    begun = deployment("new", 2, networkConfiguration=NEW_NET)
    old = {**served("old", 2), "status": "ACTIVE"}
    rollout = follow(ecs, clock, tmp_path, service(begun, old), previous=arn(2), before="old")
    ecs.shown = service(begun, old)
    ecs.tasks = [stopped("a", "new", 2), stopped("b", "new", 2)]
    with pytest.raises(RolloutError, match="Rolled back to web:2, which still serves"):
        to_the_end(rollout)
    ((operation, sent),) = ecs.changes
    assert operation == "UpdateService"
    assert (sent["taskDefinition"], sent["networkConfiguration"]) == (arn(2), OLD_NET)
    assert "desiredCount" not in sent


def test_a_changed_count_never_ends_what_serves(ecs: FakeEcs, clock: Clock, tmp_path: Path) -> None:
    """Tasks of the same deployment that stopped half an hour ago are no failure of this change."""
    same = served("only", 2)
    rollout = follow(ecs, clock, tmp_path, service(same, desired=3), previous=arn(2), before="only")
    ecs.shown = service(same, desired=3)
    ecs.tasks = [stopped("long ago", "only", 2), stopped("longer ago", "only", 2)]
    assert isinstance(rollout.poll(), NotYet)
    ecs.tasks += [stopped("new 1", "only", 2), stopped("new 2", "only", 2)]
    with pytest.raises(RolloutError, match="Nothing was rolled back"):
        to_the_end(rollout)
    assert ecs.changes == []


def test_a_rollback_that_goes_on_is_no_failure_of_a_run_that_changes_nothing(
    ecs: FakeEcs, clock: Clock, tmp_path: Path
) -> None:
    """The service deployment that ECS names is the one that it gave up; what is wanted serves."""
    back = deployment("back", 1, runningCount=1)
    now = service(back) | {"currentServiceDeployment": "arn:failed"}
    ecs.shown, ecs.deployments["arn:failed"] = now, {"status": "ROLLBACK_IN_PROGRESS"}
    rollout = follow(ecs, clock, tmp_path, now, revision=1)
    assert isinstance(rollout.poll(), NotYet)
    clock.now += EVIDENCE_WAIT + 1
    assert isinstance(rollout.poll(), NotYet)
    ecs.deployments["arn:failed"] = {"status": "ROLLBACK_SUCCESSFUL"}
    ecs.shown = service(served("back", 1)) | {"currentServiceDeployment": "arn:failed"}
    assert isinstance(rollout.poll(), Settled)
    assert ecs.changes == []


def test_a_replaced_task_of_an_unchanged_service_is_waited_for(
    ecs: FakeEcs, clock: Clock, tmp_path: Path
) -> None:
    now = service(served("only", 2, running=1))
    rollout = follow(ecs, clock, tmp_path, now)
    ecs.shown, ecs.tasks = now, [stopped("a", "only", 2), stopped("b", "only", 2)]
    assert isinstance(rollout.poll(), NotYet)
    ecs.shown = service(served("only", 2))
    assert isinstance(rollout.poll(), Settled)


def test_a_first_deployment_that_crashes_is_stopped(ecs: FakeEcs, clock: Clock, tmp_path: Path) -> None:
    begun = deployment("new", 2)
    rollout = follow(ecs, clock, tmp_path, service(begun), previous="", before="")
    ecs.shown, ecs.tasks = service(begun), [stopped("a", "new", 2)]
    assert isinstance(rollout.poll(), NotYet)  # one may be bad luck
    ecs.tasks.append(stopped("b", "new", 2))
    with pytest.raises(RolloutError, match="Nothing served before") as caught:
        to_the_end(rollout)
    assert caught.value.code == "task.env_missing"
    ((operation, sent),) = ecs.changes
    assert (operation, sent["desiredCount"]) == ("UpdateService", 0)


def test_aws_own_trouble_does_not_use_up_the_patience(ecs: FakeEcs, clock: Clock, tmp_path: Path) -> None:
    begun = deployment("new", 2)
    rollout = follow(ecs, clock, tmp_path, service(begun), previous="", before="")
    reason = (
        "Capacity is unavailable at this time. Please try again later or in a different availability zone"
    )
    ecs.shown = service(begun)
    ecs.tasks = [{**stopped(name, "new", 2, reason), "containers": [], "stopCode": "TaskFailedToStart"}
                 for name in "abc"]  # fmt: skip
    assert isinstance(rollout.poll(), NotYet)
    assert ecs.changes == []


@pytest.mark.parametrize("count", [1, 2])
def test_a_mount_target_that_is_not_known_yet_is_waited_for(
    ecs: FakeEcs, clock: Clock, tmp_path: Path, count: int
) -> None:
    begun = deployment("new", 2)
    rollout = follow(ecs, clock, tmp_path, service(begun), previous="", before="")
    reason = (
        "ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: stderr: "
        'Failed to resolve "fs-1.efs.eu-west-1.amazonaws.com" - check that your file system ID is correct'
    )
    ecs.shown = service(begun)
    ecs.tasks = [{**stopped(f"{number}", "new", 2, reason), "containers": [], "stopCode": "TaskFailedToStart"}
                 for number in range(2 * count)]  # fmt: skip
    assert isinstance(rollout.poll(), NotYet)
    ecs.shown = service(deployment("new", 2, runningCount=2, rolloutState="COMPLETED"))
    assert isinstance(rollout.poll(), Settled)


def test_a_deployment_given_up_before_the_answer_is_explained(
    ecs: FakeEcs, clock: Clock, tmp_path: Path
) -> None:
    """The answer to UpdateService already shows the rollback alone."""
    back = deployment("back", 1, runningCount=2)
    rollout = follow(ecs, clock, tmp_path, service(back), previous=arn(1), before="old")
    ecs.shown, ecs.tasks = service(back), []
    assert isinstance(rollout.poll(), NotYet)  # the evidence is still to come
    reason = "CannotPullContainerError: failed to resolve ref x: not found"
    ecs.tasks = [{**stopped("a", "gone", 2, reason), "containers": [], "startedAt": None}]
    with pytest.raises(RolloutError) as caught:
        rollout.poll()
    assert caught.value.code == "image.not_found"
    assert "Rolled back to web:1, which still serves" in caught.value.message


@pytest.mark.parametrize("running", [{}, {"currentServiceDeployment": "arn:the-deployment"}])
def test_a_rollback_that_is_not_permitted_says_what_is_missing(
    ecs: FakeEcs, clock: Clock, tmp_path: Path, running: dict[str, str]
) -> None:
    begun, old = deployment("new", 2), {**served("old", 1), "status": "ACTIVE"}
    rollout = follow(ecs, clock, tmp_path, service(begun, old), previous=arn(1), before="old")
    ecs.shown, ecs.tasks = service(begun, old) | running, [stopped("a", "new", 2), stopped("b", "new", 2)]
    ecs.denied = {"UpdateService", "StopServiceDeployment"}
    with pytest.raises(RolloutError, match="could not be rolled back to web:1: not permitted") as caught:
        to_the_end(rollout)
    action = "ecs:StopServiceDeployment" if running else "ecs:UpdateService"
    assert f"not permitted: {action}" in caught.value.message
    assert f"Allow {action}" in caught.value.hint
    assert "DATABASE_URL" in caught.value.message + caught.value.hint
    assert (caught.value.ends_with, caught.value.code) == (5, "task.env_missing")


def test_the_last_words_of_a_log_are_waited_for(ecs: FakeEcs, clock: Clock, tmp_path: Path) -> None:
    """CloudWatch shows lines in batches: what was said first comes first."""
    begun = deployment("new", 2)
    rollout = follow(ecs, clock, tmp_path, service(begun), previous="", before="")
    ecs.shown, ecs.tasks = service(begun), [stopped("a", "new", 2), stopped("b", "new", 2)]
    ecs.log = ["starting"]
    assert isinstance(rollout.poll(), NotYet)
    ecs.log = ["starting", "KeyError: 'DATABASE_URL'"]
    assert isinstance(rollout.poll(), NotYet)
    with pytest.raises(RolloutError) as caught:
        rollout.poll()
    assert caught.value.code == "task.env_missing"


def test_the_beginning_of_another_tasks_log_is_not_its_end(
    ecs: FakeEcs, clock: Clock, tmp_path: Path
) -> None:
    begun = deployment("new", 2)
    rollout = follow(ecs, clock, tmp_path, service(begun), previous="", before="")
    ecs.shown, ecs.tasks = service(begun), [stopped("a", "new", 2), stopped("b", "new", 2)]
    ecs.log = ["starting"]
    assert isinstance(rollout.poll(), NotYet)
    ecs.tasks = [*ecs.tasks, {**stopped("c", "new", 2), "stoppedAt": datetime(2030, 1, 1, tzinfo=UTC)}]
    assert isinstance(rollout.poll(), NotYet)  # of the newest one, which says the same first
    ecs.log = ["starting", "KeyError: 'DATABASE_URL'"]
    assert isinstance(rollout.poll(), NotYet)
    with pytest.raises(RolloutError) as caught:
        rollout.poll()
    assert caught.value.code == "task.env_missing"


def test_a_log_that_may_not_be_read_is_said_and_the_rollback_made(
    ecs: FakeEcs, clock: Clock, tmp_path: Path
) -> None:
    begun, old = deployment("new", 2), {**served("old", 1), "status": "ACTIVE"}
    rollout = follow(ecs, clock, tmp_path, service(begun, old), previous=arn(1), before="old")
    ecs.shown, ecs.tasks = service(begun, old), [stopped("a", "new", 2), stopped("b", "new", 2)]
    ecs.denied = {"GetLogEvents"}
    assert isinstance(rollout.poll(), NotYet)  # the last lines may still come
    clock.now += EVIDENCE_WAIT + 1
    with pytest.raises(RolloutError, match="could not be read: not permitted: logs:GetLogEvents") as caught:
        rollout.poll()
    assert "Rolled back to web:1" in caught.value.message
    assert caught.value.ends_with == 5
    assert [operation for operation, _ in ecs.changes] == ["UpdateService"]
