"""With exactly the printed policy everything passes; without any one of its actions something says which."""

from __future__ import annotations

import json
import os
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from fargatectl.aws.holder import this_run
from fargatectl.errors import ExitCode, FargatectlError
from fargatectl.logs import LogReader
from fargatectl.policy import policy_document
from tests.support.apps import ONE, Deployer
from tests.support.dump import NOTHING, remains
from tests.support.watched import ACCOUNT, REGION, WatchedAws

from .enforcing import EnforcingAws, without

FULL = (
    ONE
    + """\
  worker:
    build: .
    secrets: {KEY: "ssm:/shop/key"}
"""
)
# A service less, and everything else that an update can change.
CHANGED = ONE.replace("8080", "9090") + "logs: {retention_days: 7}\n"

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}


def policy(deployer: Deployer, purpose: str, text: str = ONE) -> dict[str, Any]:
    app = deployer.app(deployer.load(text))
    return policy_document(app, operations=purpose, account=ACCOUNT, region=REGION)


def leave_a_lock(aws: WatchedAws) -> None:
    """As a killed run of this machine does: the next one looks at it."""
    dead = replace(this_run("up", {}), token="another", process="999999999 1").text()
    aws.call("ssm", "PutParameter", Name="/fargatectl/shop/default/lock", Value=dead, Type="String")


def meddle(aws: WatchedAws) -> None:
    """Change behind its back what no spec changes."""
    aws.call("ecr", "PutImageTagMutability", repositoryName="shop", imageTagMutability="MUTABLE")
    aws.call(
        "ecr", "PutImageScanningConfiguration", repositoryName="shop",
        imageScanningConfiguration={"scanOnPush": False},
    )  # fmt: skip
    aws.call(
        "iam", "UpdateAssumeRolePolicy", RoleName=f"shop-task-{REGION}",
        PolicyDocument=json.dumps(TRUST),
    )  # fmt: skip
    aws.call(
        "ecs", "PutClusterCapacityProviders", cluster="shop", capacityProviders=["FARGATE"],
        defaultCapacityProviderStrategy=[],
    )  # fmt: skip
    group = aws.call(
        "ec2", "DescribeSecurityGroups", Filters=[{"Name": "group-name", "Values": ["shop-web"]}]
    )
    aws.call(
        "ec2", "RevokeSecurityGroupEgress", GroupId=group["SecurityGroups"][0]["GroupId"],
        IpPermissions=[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
    )  # fmt: skip
    aws.call(
        "ec2", "AuthorizeSecurityGroupEgress", GroupId=group["SecurityGroups"][0]["GroupId"],
        IpPermissions=[
            {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
        ],
    )  # fmt: skip


def life(deployer: Deployer, moto_aws: WatchedAws, rules: Mapping[str, Any]) -> set[str]:
    """Made, meddled with, mended and changed, looked at; the actions that were asked for."""
    asked: set[str] = set()

    def aws() -> EnforcingAws:
        made = EnforcingAws(moto_aws, rules)
        made.asked = asked
        return made

    leave_a_lock(moto_aws)
    deployer.up(FULL, aws())
    meddle(moto_aws)
    deployer.up(CHANGED, aws())
    deployer.status(CHANGED, aws())
    LogReader(aws(), "/ecs/shop").last(60, 10)
    return asked


@pytest.fixture
def deploy(deployer: Deployer) -> dict[str, Any]:
    return policy(deployer, "deploy")


def actions(document: Mapping[str, Any]) -> set[str]:
    return {action for statement in document["Statement"] for action in statement["Action"]}


# What moto never makes the program do: a service-linked role that is missing, running tasks, a rollout
# that fails, a VPC without default subnets. And what only `down`, or the pruning of a renamed thing, does.
NOT_ASKED = {
    "iam:CreateServiceLinkedRole", "ecs:DescribeTasks", "ec2:DescribeNetworkInterfaces", "logs:GetLogEvents",
    "ecs:StopServiceDeployment", "ec2:DescribeVpcs", "ec2:DescribeRouteTables", "ecs:ListServices",
    "ecs:DeleteCluster", "ecr:DeleteRepository", "logs:DeleteLogGroup", "iam:DeleteRole",
    "iam:DeleteRolePolicy", "iam:DetachRolePolicy", "iam:ListRolePolicies", "iam:ListAttachedRolePolicies",
    "ecr:ListTagsForResource", "logs:ListTagsForResource",
    # Docker Engine's.
    "ecr:BatchCheckLayerAvailability", "ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage",
    "ecr:UploadLayerPart",
}  # fmt: skip


def test_with_exactly_the_deploy_policy_everything_passes(
    deployer: Deployer, moto_aws: WatchedAws, deploy: dict[str, Any]
) -> None:
    asked = life(deployer, moto_aws, deploy)
    assert asked <= actions(deploy)
    assert actions(deploy) - asked <= NOT_ASKED


def test_each_action_of_the_deploy_policy_is_missed(
    deployer: Deployer, moto_aws: WatchedAws, deploy: dict[str, Any]
) -> None:
    from moto.moto_api._internal import moto_api_backend

    for action in sampled(actions(deploy) - NOT_ASKED):
        moto_api_backend.reset()
        assert _missed(lambda action=action: life(deployer, moto_aws, without(deploy, action))) == action


def test_each_action_of_the_destroy_policy_is_missed(deployer: Deployer, moto_aws: WatchedAws) -> None:
    from moto.moto_api._internal import moto_api_backend

    rules = policy(deployer, "destroy")
    for action in sampled(actions(rules)):
        moto_api_backend.reset()
        deployer.up()
        attach(moto_aws)
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


def attach(aws: WatchedAws) -> None:
    """Give a role of ours a policy behind our back: it must go before the role can."""
    document = {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"},
    }
    made = aws.call("iam", "CreatePolicy", PolicyName="theirs", PolicyDocument=json.dumps(document))
    aws.call("iam", "AttachRolePolicy", RoleName=f"shop-task-{REGION}", PolicyArn=made["Policy"]["Arn"])


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
    assert remove(deployer, moto_aws, rules) == actions(rules)
    assert remains(moto_aws) == NOTHING


def test_another_apps_policy_does_not_do(deployer: Deployer, moto_aws: WatchedAws) -> None:
    other = policy(deployer, "deploy", ONE.replace("app: shop", "app: forum"))
    with pytest.raises(FargatectlError) as caught:
        deployer.up(ONE, EnforcingAws(moto_aws, other))
    assert caught.value.ends_with == ExitCode.CREDENTIALS
    assert moto_aws.call("ecs", "ListClusters")["clusterArns"] == []
