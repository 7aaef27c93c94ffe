"""What was changed or removed behind our back is seen by the next plan, and mended by the next `up`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.apps import Deployer, changed
from tests.support.watched import WatchedAws

Meddle = Callable[[WatchedAws], object]


@dataclass(frozen=True)
class Drift:
    """A change behind our back, and what the next plan says of it."""

    name: str
    meddle: Meddle
    expected: tuple[str, str, list[str]]


def _service(**parameters: Any) -> Meddle:
    return lambda aws: aws.call("ecs", "UpdateService", cluster="shop", service="web", **parameters)


def _deployment(**given: Any) -> Meddle:
    usual = {
        "minimumHealthyPercent": 100, "maximumPercent": 200,
        "deploymentCircuitBreaker": {"enable": True, "rollback": True},
    }  # fmt: skip
    return _service(deploymentConfiguration={**usual, **given})


def _group(aws: WatchedAws) -> str:
    found = aws.items("ec2", "DescribeSecurityGroups", "SecurityGroups",
                      Filters=[{"Name": "group-name", "Values": ["shop-web"]}])  # fmt: skip
    return str(next(found)["GroupId"])


def _rule(operation: str, port: int) -> Meddle:
    rule = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    return lambda aws: aws.call("ec2", operation, GroupId=_group(aws), IpPermissions=[rule])


def _no_way_out(aws: WatchedAws) -> None:
    rule = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    aws.call("ec2", "RevokeSecurityGroupEgress", GroupId=_group(aws), IpPermissions=[rule])


def _network(**changes: Any) -> Meddle:
    def meddle(aws: WatchedAws) -> None:
        service = aws.call("ecs", "DescribeServices", cluster="shop", services=["web"])["services"][0]
        vpc = {**service["networkConfiguration"]["awsvpcConfiguration"]}
        for name, change in changes.items():
            vpc[name] = change(vpc[name]) if callable(change) else change
        _service(networkConfiguration={"awsvpcConfiguration": vpc})(aws)

    return meddle


def _another_group(aws: WatchedAws) -> None:
    vpc = next(aws.items("ec2", "DescribeVpcs", "Vpcs"))["VpcId"]
    made = aws.call("ec2", "CreateSecurityGroup", GroupName="theirs", Description="theirs", VpcId=vpc)[
        "GroupId"
    ]
    _network(securityGroups=lambda ids: [*ids, made])(aws)


ROLE = "shop-execution-us-east-1"
OPEN = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
ANYBODY = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},'
    '"Action":"sts:AssumeRole"}]}'
)

DRIFTS = [
    Drift("retention is taken away",
          lambda aws: aws.call("logs", "DeleteRetentionPolicy", logGroupName="/ecs/shop"),
          ("update", "logs.log_group", ["retention_days"])),
    Drift("retention is shortened",
          lambda aws: aws.call("logs", "PutRetentionPolicy", logGroupName="/ecs/shop", retentionInDays=1),
          ("update", "logs.log_group", ["retention_days"])),
    Drift("tags become mutable",
          lambda aws: aws.call("ecr", "PutImageTagMutability", repositoryName="shop", imageTagMutability="MUTABLE"),  # noqa: E501
          ("update", "ecr.repository", ["tag_mutability"])),
    Drift("scanning is switched off",
          lambda aws: aws.call("ecr", "PutImageScanningConfiguration", repositoryName="shop",
                               imageScanningConfiguration={"scanOnPush": False}),
          ("update", "ecr.repository", ["scan_on_push"])),
    Drift("the lifecycle policy is removed",
          lambda aws: aws.call("ecr", "DeleteLifecyclePolicy", repositoryName="shop"),
          ("update", "ecr.repository", ["lifecycle"])),
    Drift("anybody's tasks may assume the role",
          lambda aws: aws.call("iam", "UpdateAssumeRolePolicy", RoleName=ROLE, PolicyDocument=ANYBODY),
          ("update", "iam.role", ["trust"])),
    Drift("the role may do everything",
          lambda aws: aws.call("iam", "PutRolePolicy", RoleName=ROLE, PolicyName="fargatectl", PolicyDocument=OPEN),  # noqa: E501
          ("update", "iam.role", ["statements"])),
    Drift("the role may do nothing",
          lambda aws: aws.call("iam", "DeleteRolePolicy", RoleName=ROLE, PolicyName="fargatectl"),
          ("update", "iam.role", ["statements"])),
    Drift("the cluster loses Spot",
          lambda aws: aws.call("ecs", "PutClusterCapacityProviders", cluster="shop", capacityProviders=["FARGATE"],  # noqa: E501
                               defaultCapacityProviderStrategy=[]),
          ("update", "ecs.cluster", ["capacity_providers"])),
    Drift("another port is opened", _rule("AuthorizeSecurityGroupIngress", 22),
          ("update", "ec2.security_group", ["ingress"])),
    Drift("our port is closed", _rule("RevokeSecurityGroupIngress", 8080),
          ("update", "ec2.security_group", ["ingress"])),
    Drift("the way out is closed", _no_way_out, ("update", "ec2.security_group", ["egress"])),
    Drift("the service is scaled", _service(desiredCount=5), ("update", "ecs.service", ["count"])),
    Drift("the service moves to Spot",
          _service(capacityProviderStrategy=[{"capacityProvider": "FARGATE_SPOT", "weight": 1}],
                   forceNewDeployment=True),
          ("update", "ecs.service", ["spot"])),
    Drift("the breaker is switched off",
          _deployment(deploymentCircuitBreaker={"enable": False, "rollback": False}),
          ("update", "ecs.service", ["circuit_breaker"])),
    Drift("the breaker no longer rolls back",
          _deployment(deploymentCircuitBreaker={"enable": True, "rollback": False}),
          ("update", "ecs.service", ["circuit_breaker"])),
    Drift("too few may be healthy", _deployment(minimumHealthyPercent=0),
          ("update", "ecs.service", ["minimum_healthy_percent"])),
    Drift("more may start at once", _deployment(maximumPercent=300),
          ("update", "ecs.service", ["maximum_percent"])),
    Drift("a grace period is set", _service(healthCheckGracePeriodSeconds=60),
          ("update", "ecs.service", ["grace_period"])),
    Drift("public addresses are switched off", _network(assignPublicIp="DISABLED"),
          ("update", "ecs.service", ["public_ip"])),
    Drift("a subnet is taken away", _network(subnets=lambda ids: ids[:1]), ("update", "ecs.service", ["network"])),  # noqa: E501
    Drift("a security group is added", _another_group, ("update", "ecs.service", ["security_groups"])),
    Drift("the tag of the revision is overwritten",
          lambda aws: aws.call("ecs", "TagResource",
                               resourceArn="arn:aws:ecs:us-east-1:123456789012:service/shop/web",
                               tags=[{"key": "fargatectl:task-definition", "value": "9:x:1"}]),
          ("update", "ecs.service", ["tags"])),
]  # fmt: skip


@pytest.mark.parametrize("drift", DRIFTS, ids=[drift.name for drift in DRIFTS])
def test_what_was_changed_behind_our_back_is_seen_and_mended(
    deployer: Deployer, moto_aws: WatchedAws, drift: Drift
) -> None:
    deployer.up()
    drift.meddle(moto_aws)
    document = deployer.up()
    assert changed(document["changes"]) == [drift.expected]
    assert deployer.plan().plan.documents() == []


GONE: dict[str, Meddle] = {
    "logs.log_group": lambda aws: aws.call("logs", "DeleteLogGroup", logGroupName="/ecs/shop"),
    "ecs.service": lambda aws: aws.call("ecs", "DeleteService", cluster="shop", service="web", force=True),
    "iam.role": lambda aws: (
        aws.call("iam", "DeleteRolePolicy", RoleName=ROLE, PolicyName="fargatectl"),
        aws.call("iam", "DeleteRole", RoleName=ROLE),
    ),
}


@pytest.mark.parametrize("kind", GONE)
def test_what_was_removed_behind_our_back_is_made_again(
    deployer: Deployer, moto_aws: WatchedAws, kind: str
) -> None:
    deployer.up()
    GONE[kind](moto_aws)
    assert changed(deployer.up()["changes"]) == [("create", kind, [])]
    assert deployer.plan().plan.documents() == []
