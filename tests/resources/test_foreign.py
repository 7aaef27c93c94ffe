"""Somebody else's of our name: nothing is changed, neither by `up` nor by `down`."""

from __future__ import annotations

import pytest

from fargatectl.errors import ExitCode, ForeignError
from tests.support.apps import Deployer
from tests.support.dump import dump
from tests.support.watched import WatchedAws

from .test_drift import ANYBODY, ROLE, Meddle


def _vpc(aws: WatchedAws) -> str:
    return str(next(aws.items("ec2", "DescribeVpcs", "Vpcs"))["VpcId"])


THEIR_CONTAINERS = [{"name": "x", "image": "x", "memory": 128}]


def _their_service(aws: WatchedAws) -> None:
    """In a cluster of ours, as whoever works in a hurry does."""
    aws.call("ecs", "RegisterTaskDefinition", family="theirs", containerDefinitions=THEIR_CONTAINERS)
    aws.call("ecs", "CreateCluster", clusterName="shop", capacityProviders=["FARGATE", "FARGATE_SPOT"], tags=[
        {"key": "fargatectl:app", "value": "shop"}, {"key": "fargatectl:env", "value": "default"},
        {"key": "fargatectl:id", "value": "app"},
    ])  # fmt: skip
    aws.call(
        "ecs", "CreateService", cluster="shop", serviceName="web", taskDefinition="theirs", desiredCount=1
    )


FOREIGN: dict[str, tuple[Meddle, str]] = {
    "log group": (lambda aws: aws.call("logs", "CreateLogGroup", logGroupName="/ecs/shop"), "log group /ecs/shop"),  # noqa: E501
    "repository": (lambda aws: aws.call("ecr", "CreateRepository", repositoryName="shop"), "repository shop"),
    "repository of another environment": (
        lambda aws: aws.call("ecr", "CreateRepository", repositoryName="shop", tags=[
            {"Key": "fargatectl:app", "Value": "shop"}, {"Key": "fargatectl:env", "Value": "prod"}]),
        "repository shop",
    ),
    "role": (
        lambda aws: aws.call("iam", "CreateRole", RoleName=ROLE, AssumeRolePolicyDocument=ANYBODY),
        f"role {ROLE}",
    ),
    "cluster": (lambda aws: aws.call("ecs", "CreateCluster", clusterName="shop"), "cluster shop"),
    "security group": (
        lambda aws: aws.call("ec2", "CreateSecurityGroup", GroupName="shop-web", Description="theirs", VpcId=_vpc(aws)),  # noqa: E501
        "security group shop-web",
    ),
    "task definition": (
        lambda aws: aws.call("ecs", "RegisterTaskDefinition", family="shop-web",
                             containerDefinitions=THEIR_CONTAINERS),
        "task definition shop-web",
    ),
    "service": (_their_service, "service shop/web"),
}  # fmt: skip


@pytest.mark.parametrize("name", FOREIGN)
def test_somebody_elses_of_our_name_stops_everything(
    deployer: Deployer, moto_aws: WatchedAws, name: str
) -> None:
    make, said = FOREIGN[name]
    make(moto_aws)
    before = dump(moto_aws)
    aws = deployer.aws()
    with pytest.raises(ForeignError) as caught:
        deployer.up(aws=aws)
    assert said in str(caught.value)
    assert caught.value.exit_code == ExitCode.FOREIGN
    assert caught.value.hint
    assert aws.writes == []
    assert dump(moto_aws) == before


@pytest.mark.parametrize("name", [name for name in FOREIGN if name != "service"])
def test_down_leaves_somebody_elses_alone(deployer: Deployer, moto_aws: WatchedAws, name: str) -> None:
    FOREIGN[name][0](moto_aws)
    before = dump(moto_aws)
    assert deployer.down()["deleted"] == []
    assert dump(moto_aws) == before
