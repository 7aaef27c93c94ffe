"""What is sent to AWS is as tight as AWS's own advice: roles, policies, logs, images, deployments."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.apps import ONE, Deployer
from tests.support.watched import WatchedAws

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "ecs-tasks.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {
                "StringEquals": {"aws:SourceAccount": "123456789012"},
                "ArnLike": {"aws:SourceArn": "arn:aws:ecs:us-east-1:123456789012:*"},
            },
        }
    ],
}
LOGS = {
    "Effect": "Allow",
    "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
    "Resource": ["arn:aws:logs:us-east-1:123456789012:log-group:/ecs/shop:*"],
}
TOKEN = {"Effect": "Allow", "Action": ["ecr:GetAuthorizationToken"], "Resource": ["*"]}
PULL = {
    "Effect": "Allow",
    "Action": ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"],
    "Resource": ["arn:aws:ecr:us-east-1:123456789012:repository/shop"],
}


def sent(deployer: Deployer, text: str = ONE, **given: Any) -> WatchedAws:
    aws = deployer.aws()
    deployer.up(text, aws, **given)
    return aws


def policy(aws: WatchedAws) -> list[dict[str, Any]]:
    (request,) = aws.of("PutRolePolicy")
    statements: list[dict[str, Any]] = json.loads(request["PolicyDocument"])["Statement"]
    return statements


def test_roles_can_only_be_assumed_for_this_accounts_tasks_in_this_region(deployer: Deployer) -> None:
    aws = sent(deployer)
    roles = {one["RoleName"]: one for one in aws.of("CreateRole")}
    assert set(roles) == {"shop-execution-us-east-1", "shop-task-us-east-1"}
    for role in roles.values():
        assert json.loads(role["AssumeRolePolicyDocument"]) == TRUST
        assert role["Path"] == "/fargatectl/us-east-1/shop/default/"


def test_the_execution_role_may_do_exactly_what_starting_the_tasks_takes(deployer: Deployer) -> None:
    assert policy(sent(deployer)) == [LOGS, TOKEN, PULL]


def test_the_task_role_has_no_rights(deployer: Deployer, moto_aws: WatchedAws) -> None:
    sent(deployer)
    name = {"RoleName": "shop-task-us-east-1"}
    assert list(moto_aws.items("iam", "ListRolePolicies", "PolicyNames", **name)) == []
    assert list(moto_aws.items("iam", "ListAttachedRolePolicies", "AttachedPolicies", **name)) == []


def test_secrets_are_named_one_by_one(deployer: Deployer) -> None:
    text = f"""{ONE}    secrets:
      TOKEN: ssm:shop/token
      PASSWORD: secretsmanager:database
      KEY: "arn:aws:secretsmanager:us-east-1:123456789012:secret:keys-AbCdEf:first::"
"""
    assert policy(sent(deployer, text))[3:] == [
        {
            "Effect": "Allow",
            "Action": ["secretsmanager:GetSecretValue"],
            "Resource": [
                "arn:aws:secretsmanager:us-east-1:123456789012:secret:keys-AbCdEf",
                "arn:aws:secretsmanager:us-east-1:123456789012:secret:keys-AbCdEf-??????",
                "arn:aws:secretsmanager:us-east-1:123456789012:secret:database-??????",
            ],
        },
        {
            "Effect": "Allow",
            "Action": ["ssm:GetParameters"],
            "Resource": ["arn:aws:ssm:us-east-1:123456789012:parameter/shop/token"],
        },
    ]


@pytest.mark.parametrize("name", ["my-secret", "app/db-passwd", "secret"])
def test_a_secret_given_by_name_is_allowed_with_its_suffix(deployer: Deployer, name: str) -> None:
    """`my-secret` looks as if `secret` were the random suffix; the real ARN goes on with another."""
    aws = sent(deployer, f"{ONE}    secrets: {{TOKEN: 'secretsmanager:{name}'}}\n")
    (allowed,) = [
        one["Resource"] for one in policy(aws) if one["Action"] == ["secretsmanager:GetSecretValue"]
    ]
    assert f"arn:aws:secretsmanager:us-east-1:123456789012:secret:{name}-??????" in allowed


def test_a_public_image_needs_no_registry_rights(deployer: Deployer) -> None:
    text = "app: shop\nservices: {web: {image: public.example/web:1, port: 80}}\n"
    assert policy(sent(deployer, text)) == [LOGS]


def test_images_cannot_be_replaced_and_are_scanned_and_encrypted(deployer: Deployer) -> None:
    (request,) = sent(deployer).of("CreateRepository")
    assert request["imageTagMutability"] == "IMMUTABLE"
    assert request["imageScanningConfiguration"] == {"scanOnPush": True}
    assert request["encryptionConfiguration"] == {"encryptionType": "AES256"}


def test_each_service_keeps_images_of_its_own(deployer: Deployer) -> None:
    """A count over the whole repository would let a busy service push out the image that a quiet one runs."""
    aws = sent(deployer, f"{ONE}  api:\n    build: {{context: ., args: {{PART: api}}}}\n")
    (request,) = aws.of("PutLifecyclePolicy")
    rules = json.loads(request["lifecyclePolicyText"])["rules"]
    assert [rule["selection"]["tagPrefixList"] for rule in rules] == [["api."], ["web."]]
    assert len({rule["rulePriority"] for rule in rules}) == 2
    for rule in rules:
        assert rule["selection"]["tagStatus"] == "tagged"
        assert rule["selection"]["countType"] == "imageCountMoreThan"
        assert rule["selection"]["countNumber"] > 10  # the revisions that are kept
    tags = {one["imageTag"].partition(".")[0] for one in aws.items("ecr", "ListImages", "imageIds",
                                                                   repositoryName="shop")}  # fmt: skip
    assert tags == {"api", "web"}


def test_logs_do_not_live_for_ever(deployer: Deployer) -> None:
    (request,) = sent(deployer).of("PutRetentionPolicy")
    assert request["logGroupName"] == "/ecs/shop"
    assert request["retentionInDays"] > 0


def test_a_failed_deployment_is_rolled_back_and_the_old_version_serves_meanwhile(deployer: Deployer) -> None:
    (request,) = sent(deployer).of("CreateService")
    assert request["deploymentConfiguration"] == {
        "minimumHealthyPercent": 100,
        "maximumPercent": 200,
        "deploymentCircuitBreaker": {"enable": True, "rollback": True},
        "earlySuccessCriteria": {
            "enable": True, "healthyPercent": 100, "sourceServiceRevisionCleanup": "DEFERRED",
        },
    }  # fmt: skip
    assert request["capacityProviderStrategy"] == [{"capacityProvider": "FARGATE", "weight": 1}]
    assert "launchType" not in request  # excludes a capacity provider strategy


def test_only_the_services_own_port_is_open(deployer: Deployer) -> None:
    aws = sent(deployer, f"{ONE}  worker:\n    build: .\n")
    assert [one["IpPermissions"] for one in aws.of("AuthorizeSecurityGroupIngress")] == [
        [{"IpProtocol": "tcp", "FromPort": 8080, "ToPort": 8080, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    ]


def test_the_task_runs_the_image_by_digest_and_logs_to_its_group(deployer: Deployer) -> None:
    (request,) = sent(deployer).of("RegisterTaskDefinition")
    (container,) = request["containerDefinitions"]
    repository, at, digest = container["image"].partition("@")
    assert repository == "123456789012.dkr.ecr.us-east-1.amazonaws.com/shop"
    assert at
    assert digest.startswith("sha256:")
    assert container["logConfiguration"]["options"] == {
        "awslogs-group": "/ecs/shop",
        "awslogs-region": "us-east-1",
        "awslogs-stream-prefix": "web",
    }
    assert request["executionRoleArn"] != request["taskRoleArn"]
    assert request["requiresCompatibilities"] == ["FARGATE"]
    assert request["networkMode"] == "awsvpc"


def test_everything_is_born_tagged(deployer: Deployer) -> None:
    """No call creates first and tags later: a kill between the two would strand it."""
    aws = sent(deployer)
    ours = {"fargatectl:app": "shop", "fargatectl:env": "default"}
    creates = [one for one in aws.calls if one.operation.startswith(("Create", "Register"))]
    assert len(creates) == 8
    for one in creates:
        given = (
            one.parameters.get("tags")
            or one.parameters.get("Tags")
            or (one.parameters["TagSpecifications"][0]["Tags"])
        )
        tags = (
            given
            if isinstance(given, dict)
            else {pair.get("key", pair.get("Key")): pair.get("value", pair.get("Value")) for pair in given}
        )
        assert ours.items() <= tags.items(), one.operation
        assert tags["fargatectl:id"], one.operation


def test_a_service_linked_roles_absence_is_waited_for(deployer: Deployer) -> None:
    """As on the first ECS call ever of an account; the wait is the engine's."""
    from fargatectl.aws.errors import AwsError

    aws = deployer.aws()
    refusals = [AwsError("InvalidParameterException",
                         "Unable to assume the service linked role. Please verify that the ECS service linked "  # noqa: E501
                         "role exists.", "ecs", "CreateCluster")]  # fmt: skip

    def first_refused(_: Any, real: Any) -> Any:
        if refusals:
            raise refusals.pop()
        return real()

    aws.rig("ecs", "CreateCluster", first_refused)
    deployer.up(aws=aws)
    assert deployer.plan().plan.documents() == []
