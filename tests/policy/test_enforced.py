"""With exactly the printed policy everything passes; without any one of its actions something says which."""

from __future__ import annotations

import os
import random
import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from fargatectl.aws.errors import AwsError
from fargatectl.errors import ExitCode, FargatectlError
from fargatectl.local.ministack_patches.permissions_network import NETWORKS
from fargatectl.logs import LogReader
from fargatectl.policy import policy_document
from fargatectl.rollout import follow
from tests.lifecycle import registry
from tests.lifecycle.networks import ENDPOINTS, NAT
from tests.support.apps import ONE, Deployer
from tests.support.dump import NOTHING, remains
from tests.support.watched import ACCOUNT, REGION, Call, WatchedAws

from .enforcing import EnforcingAws, without
from .journeys import THEIRS, attach, leave_a_lock, leave_a_task, meddle
from .proved import ASKED, MISSED
from .test_permitted import NOT_HERE

RICH = f"{ONE}    before_deploy: [[migrate]]\n"
FULL = (
    RICH
    + """\
  worker:
    build: .
    secrets: {KEY: "ssm:/shop/key"}
"""
)
# A service less, and everything else that an update can change.
CHANGED = RICH.replace("8080", "9090") + "logs: {retention_days: 7}\n"


def policy(deployer: Deployer, purpose: str, text: str = ONE) -> dict[str, Any]:
    app = deployer.app(deployer.load(text))
    return policy_document(app, operations=purpose, account=ACCOUNT, region=REGION)


def life(deployer: Deployer, moto_aws: WatchedAws, rules: Mapping[str, Any]) -> set[str]:
    """Made, meddled with, mended and changed, looked at; the actions that were asked for."""
    asked: set[str] = set()

    def aws() -> EnforcingAws:
        return EnforcingAws(moto_aws, rules, asked)

    leave_a_lock(moto_aws)
    deployer.up(FULL, aws())
    meddle(moto_aws)
    deployer.up(CHANGED, aws())
    deployer.status(CHANGED, aws())
    LogReader(aws(), "/ecs/shop").last(60, 10)
    return asked


@pytest.fixture
def deploy(deployer: Deployer) -> dict[str, Any]:
    return policy(deployer, "deploy", RICH)


def actions(document: Mapping[str, Any]) -> set[str]:
    return {action for statement in document["Statement"] for action in statement["Action"]}


# What moto never makes the program do: a service-linked role that is missing, running tasks, a rollout that
# fails, a VPC without default subnets, strangers. The local AWS does (`test_permitted`), or see RIGGED.
NOT_ASKED = {
    "iam:CreateServiceLinkedRole", "ecs:DescribeServiceDeployments",
    "ecs:ListServiceDeployments",
    "ecs:StopServiceDeployment", "ec2:DescribeVpcs",
    "ecr:ListTagsForResource", "logs:ListTagsForResource",
    # Docker Engine's.
    "ecr:BatchCheckLayerAvailability", "ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage",
    "ecr:UploadLayerPart",
}  # fmt: skip


# A log that may not be read fails nothing that goes well: it is said.
NOT_MISSED = {"logs:GetLogEvents"}


def test_with_exactly_the_deploy_policy_everything_passes(
    deployer: Deployer, moto_aws: WatchedAws, deploy: dict[str, Any]
) -> None:
    asked = life(deployer, moto_aws, deploy)
    assert asked <= actions(deploy)
    assert actions(deploy) - asked == NOT_ASKED


def test_each_action_of_the_deploy_policy_is_missed(
    deployer: Deployer, moto_aws: WatchedAws, deploy: dict[str, Any]
) -> None:
    from moto.moto_api._internal import moto_api_backend

    for action in sampled(actions(deploy) - NOT_ASKED - NOT_MISSED):
        moto_api_backend.reset()
        assert _missed(lambda action=action: life(deployer, moto_aws, without(deploy, action))) == action


def test_each_action_of_the_destroy_policy_is_missed(deployer: Deployer, moto_aws: WatchedAws) -> None:
    from moto.moto_api._internal import moto_api_backend

    rules = policy(deployer, "destroy")
    for action in sampled(actions(rules)):
        moto_api_backend.reset()
        deployer.deployed()
        attach(moto_aws)
        leave_a_task(moto_aws)
        assert _missed(lambda action=action: remove(deployer, moto_aws, without(rules, action))) == action


def sampled(every: set[str]) -> list[str]:
    """All with FARGATECTL_SOAK=1 (about a second each), else every fifth, beginning anywhere."""
    ordered = sorted(every)
    if os.environ.get("FARGATECTL_SOAK"):
        return ordered
    first = random.randrange(5)
    print("actions", first, "and every fifth from there")
    return ordered[first::5]


def _missed(run: Callable[[], object]) -> str:
    """The action that the error of a run says is missing."""
    with pytest.raises(FargatectlError) as caught:
        run()
    error = caught.value
    assert error.ends_with == ExitCode.CREDENTIALS
    found = re.search(r"not permitted: ([\w-]+:\w+) ", error.message)
    assert found, error.message
    assert f"Allow {found[1]} in the IAM policy" in error.hint
    return found[1]


def test_the_read_only_policy_looks_and_changes_nothing(deployer: Deployer, moto_aws: WatchedAws) -> None:
    rules = policy(deployer, "read-only")
    deployer.up()
    assert deployer.plan(ONE, EnforcingAws(moto_aws, rules)).plan.changes == ()
    deployer.status(ONE, EnforcingAws(moto_aws, rules))
    LogReader(EnforcingAws(moto_aws, rules), "/ecs/shop").last(60, 10)
    with pytest.raises(FargatectlError) as caught:
        deployer.up(CHANGED, EnforcingAws(moto_aws, rules))
    assert caught.value.ends_with == ExitCode.CREDENTIALS


def remove(deployer: Deployer, moto_aws: WatchedAws, rules: Mapping[str, Any]) -> set[str]:
    aws = EnforcingAws(moto_aws, rules)
    leave_a_lock(moto_aws)
    deployer.down(aws=aws)
    return aws.asked


def test_with_exactly_the_destroy_policy_everything_is_removed(
    deployer: Deployer, moto_aws: WatchedAws
) -> None:
    rules = policy(deployer, "destroy")
    deployer.up()
    attach(moto_aws)
    leave_a_task(moto_aws)
    assert remove(deployer, moto_aws, rules) == actions(rules)
    assert remains(moto_aws) == {**NOTHING, **THEIRS}


@pytest.mark.parametrize("text", [NAT, ENDPOINTS], ids=["nat", "endpoints"])
def test_with_exactly_the_policies_a_network_is_made_mended_and_removed(
    deployer: Deployer, moto_aws: WatchedAws, text: str
) -> None:
    """Everything that is permitted for it is asked for; nothing more is needed."""
    rules = {purpose: policy(deployer, purpose, text) for purpose in ("deploy", "read-only", "destroy")}
    asked: set[str] = set()

    def aws(purpose: str) -> EnforcingAws:
        return EnforcingAws(moto_aws, rules[purpose], asked)

    deployer.up(text, aws("deploy"))
    for case in (one for one in registry.made() if one.spec == text):
        for drift in (one for drifts in case.drifts.values() for one in drifts):
            if "another" not in drift.name:  # somebody else's is not ours to let go
                drift.meddle(moto_aws)
                deployer.up(text, aws("deploy"))
    assert deployer.plan(text, aws("read-only")).plan.changes == ()
    deployer.down(text, aws("destroy"))
    permitted = {one for one in NETWORKS if any(one in actions(document) for document in rules.values())}
    # Where a spec no longer has a way out, and where a subnet went over to somebody else's table; endpoints
    # alone have no route of ours to be led elsewhere.
    rare = {"ec2:DeleteRoute", "ec2:ReplaceRouteTableAssociation"}
    assert permitted - asked <= (rare | {"ec2:ReplaceRoute"} if text == ENDPOINTS else rare)
    assert remains(moto_aws) == NOTHING


def test_another_apps_policy_does_not_do(deployer: Deployer, moto_aws: WatchedAws) -> None:
    other = policy(deployer, "deploy", ONE.replace("app: shop", "app: forum"))
    with pytest.raises(FargatectlError) as caught:
        deployer.up(ONE, EnforcingAws(moto_aws, other))
    assert caught.value.ends_with == ExitCode.CREDENTIALS
    assert moto_aws.call("ecs", "ListClusters")["clusterArns"] == []


LINKED_ROLE = (
    "Unable to assume the service linked role. Please verify that the ECS service linked role exists."
)


def first_in_the_account(deployer: Deployer, aws: EnforcingAws, _: pytest.MonkeyPatch) -> None:
    """The first cluster of an account: ECS's own role is not there."""
    made: list[Call] = []

    def create_cluster(_: Call, real: Callable[[], Any]) -> Any:
        if not made:
            raise AwsError("InvalidParameterException", LINKED_ROLE, "ecs", "CreateCluster")
        return real()

    aws.rig("ecs", "CreateCluster", create_cluster)
    aws.rig("iam", "CreateServiceLinkedRole", lambda call, _: made.append(call))
    deployer.up(ONE, aws)


def fails_and_is_looked_for(deployer: Deployer, aws: EnforcingAws, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rollout that fails, of which the service names no service deployment."""
    fails_and_is_stopped(deployer, aws, monkeypatch, named=False)


def fails_and_is_stopped(
    deployer: Deployer, aws: EnforcingAws, monkeypatch: pytest.MonkeyPatch, *, named: bool = True
) -> None:
    """A rollout that fails, with a service deployment that can be stopped."""
    monkeypatch.setattr(follow, "EVIDENCE_WAIT", 0)
    deployer.up(ONE)
    begun: list[Call] = []

    def update(call: Call, real: Callable[[], Any]) -> Any:
        answer = real()
        begun.append(call)
        return {"service": shown(answer["service"])}

    def describe(_: Call, real: Callable[[], Any]) -> Any:
        answer = real()
        return {"services": [shown(one) for one in answer["services"]]} if begun else answer

    def shown(service: Any) -> Any:
        [deployment] = service["deployments"]
        failed = {**deployment, "id": "ecs-svc/2", "rolloutState": "FAILED", "runningCount": 0}
        arn = f"arn:aws:ecs:{REGION}:{ACCOUNT}:service-deployment/shop/web/abc"
        current = {"currentServiceDeployment": arn} if named else {}
        return {**service, "deployments": [failed], **current}

    aws.rig("ecs", "UpdateService", update)
    aws.rig("ecs", "DescribeServices", describe)
    aws.rig("ecs", "StopServiceDeployment", lambda *_: {})
    with pytest.raises(FargatectlError) as caught:
        deployer.up(ONE.replace("hello", "good evening"), aws)
    if caught.value.ends_with != ExitCode.FAILED:
        raise caught.value
    assert "Rolling back to web:1" in caught.value.message


RIGGED = {
    "iam:CreateServiceLinkedRole": first_in_the_account,
    "ecs:ListServiceDeployments": fails_and_is_looked_for,
    "ecs:StopServiceDeployment": fails_and_is_stopped,
}
"""What is asked for in no journey on the local AWS, and a run in which it is."""


def test_what_the_local_aws_cannot_ask_for_is_asked_for_here() -> None:
    assert set(RIGGED) == set(NOT_HERE)


@pytest.mark.parametrize("action", RIGGED)
def test_an_action_that_the_local_aws_never_asks_for_is_used_and_missed(
    deployer: Deployer,
    moto_aws: WatchedAws,
    deploy: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    action: str,
) -> None:
    from moto.moto_api._internal import moto_api_backend

    aws = EnforcingAws(moto_aws, deploy)
    RIGGED[action](deployer, aws, monkeypatch)
    assert action in aws.asked
    ASKED.add(f"deploy {action}")
    moto_api_backend.reset()
    less = EnforcingAws(moto_aws, without(deploy, action))
    assert _missed(lambda: RIGGED[action](deployer, less, monkeypatch)) == action
    MISSED.add(f"deploy {action}")
