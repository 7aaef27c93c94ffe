"""Killed anywhere, or with an answer lost: the next `up` completes it, the next `down` removes it."""

from __future__ import annotations

from typing import Any

import pytest

from fargatectl.errors import DeployError
from tests.support.apps import ONE, Deployer
from tests.support.dump import NOTHING, remains
from tests.support.watched import Call, Killed, WatchedAws

WRITES = [
    ("iam", "CreateRole"), ("iam", "PutRolePolicy"), ("ecr", "CreateRepository"), ("ecr", "PutLifecyclePolicy"),  # noqa: E501
    ("logs", "CreateLogGroup"), ("logs", "PutRetentionPolicy"), ("ecs", "CreateCluster"),
    ("ec2", "CreateSecurityGroup"), ("ec2", "AuthorizeSecurityGroupIngress"), ("ecs", "RegisterTaskDefinition"),  # noqa: E501
    ("ecs", "CreateService"),
]  # fmt: skip
IDS = [operation for _, operation in WRITES]


@pytest.mark.parametrize(("service", "operation"), WRITES, ids=IDS)
def test_killed_after_any_write_the_next_up_completes_it(
    deployer: Deployer, service: str, operation: str
) -> None:
    aws = deployer.aws()
    aws.die_after(service, operation)
    with pytest.raises(Killed):
        deployer.up(aws=aws)
    again = deployer.aws()
    deployer.up(aws=again)
    assert deployer.plan().plan.documents() == []
    if operation.startswith("Create") and operation != "CreateRole":  # there are two of those
        assert operation not in again.writes


@pytest.mark.parametrize(("service", "operation"), WRITES, ids=IDS)
def test_killed_after_any_write_down_finds_all_of_it(
    deployer: Deployer, moto_aws: WatchedAws, service: str, operation: str
) -> None:
    aws = deployer.aws()
    aws.die_after(service, operation)
    with pytest.raises(Killed):
        deployer.up(aws=aws)
    assert remains(moto_aws) != NOTHING
    deployer.down()
    assert remains(moto_aws) == NOTHING


@pytest.mark.parametrize("operation", ["RegisterTaskDefinition", "UpdateService", "TagResource"])
def test_killed_during_a_change_the_next_up_completes_it(deployer: Deployer, operation: str) -> None:
    deployer.up()
    changed = ONE.replace("hello", "good evening")
    aws = deployer.aws()
    aws.die_after("ecs", operation)
    with pytest.raises(Killed):
        deployer.up(changed, aws)
    again = deployer.aws()
    deployer.up(changed, again)
    assert "RegisterTaskDefinition" not in again.writes
    assert deployer.plan(changed).plan.documents() == []


REMOVALS = pytest.mark.parametrize(
    ("service", "operation"),
    [("ecs", "DeleteService"), ("ecs", "DeregisterTaskDefinition"), ("ecs", "DeleteTaskDefinitions"),
     ("ecs", "DeleteCluster"), ("ec2", "DeleteSecurityGroup"), ("ecr", "DeleteRepository"),
     ("logs", "DeleteLogGroup"), ("iam", "DeleteRolePolicy"), ("iam", "DeleteRole")],
)  # fmt: skip


@REMOVALS
def test_killed_during_a_removal_the_next_one_completes_it(
    deployer: Deployer, moto_aws: WatchedAws, service: str, operation: str
) -> None:
    deployer.up()
    aws = deployer.aws()
    aws.die_after(service, operation)
    with pytest.raises(Killed):
        deployer.down(aws=aws)
    deployer.down()
    assert remains(moto_aws) == NOTHING


@REMOVALS
def test_one_removal_whose_answer_was_lost_is_complete(
    deployer: Deployer, moto_aws: WatchedAws, service: str, operation: str
) -> None:
    """botocore asks again and hears that it is gone: that step is done, what comes after it is not."""
    deployer.up()
    aws = deployer.aws()

    def twice(_: Call, real: Any) -> Any:
        real()
        return real()

    aws.rig(service, operation, twice)
    deployer.down(aws=aws)
    assert remains(moto_aws) == NOTHING


@pytest.mark.parametrize(
    ("service", "operation"),
    [("iam", "CreateRole"), ("ecr", "CreateRepository"), ("logs", "CreateLogGroup"),
     ("ec2", "CreateSecurityGroup"), ("ec2", "AuthorizeSecurityGroupIngress")],
)  # fmt: skip
def test_a_lost_answer_that_is_sent_again_is_found_and_completed(
    deployer: Deployer, service: str, operation: str
) -> None:
    """botocore sends a call again when no answer came: AWS then says that it exists."""
    aws = deployer.aws()

    def twice(_: Call, real: Any) -> Any:
        real()
        return real()

    aws.rig(service, operation, twice)
    deployer.up(aws=aws)
    assert deployer.plan().plan.documents() == []


def test_a_role_that_the_list_does_not_show_yet_is_known_by_its_path(deployer: Deployer) -> None:
    """IAM's lists lag behind: a role of ours must not be taken for somebody else's."""
    deployer.up()
    aws = deployer.aws()
    aws.rig("iam", "ListRoles", lambda *_: iter(()))
    assert deployer.plan(aws=aws).plan.documents() == []


@pytest.mark.parametrize("operation", ["CreateService", "CreateCluster", "RegisterTaskDefinition"])
def test_a_refusal_leaves_what_was_made_and_the_next_up_goes_on(deployer: Deployer, operation: str) -> None:
    aws = deployer.aws()

    def refuse(_: Call, real: Any) -> Any:
        raise DeployError("refused")

    aws.rig("ecs", operation, refuse)
    with pytest.raises(DeployError, match="refused"):
        deployer.up(aws=aws)
    deployer.up()
    assert deployer.plan().plan.documents() == []


def test_a_revision_that_somebody_registered_by_hand_is_replaced_by_ours(
    deployer: Deployer, moto_aws: WatchedAws
) -> None:
    """As the console's "Create new revision" does, without our tags: drift of our own, no stranger."""
    deployer.up()
    theirs = moto_aws.call("ecs", "RegisterTaskDefinition", family="shop-web", containerDefinitions=[
        {"name": "web", "image": "theirs", "memory": 128}])["taskDefinition"]["taskDefinitionArn"]  # fmt: skip # noqa: E501
    moto_aws.call("ecs", "UpdateService", cluster="shop", service="web", taskDefinition=theirs)
    document = deployer.up()
    assert ("update", "ecs.service") in {(one["action"], one["kind"]) for one in document["changes"]}
    assert document["services"][0]["task_definition"] != theirs
    assert deployer.plan().plan.documents() == []
    deployer.down()
    assert remains(moto_aws) == NOTHING
