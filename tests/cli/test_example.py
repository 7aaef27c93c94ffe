"""The example of the README, deployed by the real command to an AWS over HTTP."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .conftest import ROOT, Cli

EXAMPLE = ROOT / "examples" / "flask-hello" / "fargate.yml"


@pytest.fixture
def aws(remote: Cli) -> Any:
    """A boto3 client of a service of that AWS."""
    import boto3

    from tests.support.watched import ACCOUNT, REGION

    def client(service: str) -> Any:
        return boto3.client(
            service, endpoint_url=remote.environ["AWS_ENDPOINT_URL"], region_name=REGION,
            aws_access_key_id=ACCOUNT, aws_secret_access_key="test",
        )  # fmt: skip

    return client


def test_the_example_deploys_and_goes(remote: Cli, aws: Any) -> None:
    common = ["-f", str(EXAMPLE), "-o", "json"]
    done = remote.process("up", "--no-wait", "--image", "public.example/flask:1", *common)
    assert done.code == 0, done.err
    assert {change["action"] for change in done.document()["changes"]} == {"create"}

    ecs = aws("ecs")
    (service,) = ecs.describe_services(cluster="FargateCluster", services=["web"])["services"]
    assert service["desiredCount"] == 1
    definition = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
    (container,) = definition["containerDefinitions"]
    assert (definition["cpu"], definition["memory"]) == ("256", "512")
    assert container["name"] == "FlaskApp"
    assert container["portMappings"][0]["containerPort"] == 8080
    vpc = service["networkConfiguration"]["awsvpcConfiguration"]
    assert vpc["assignPublicIp"] == "ENABLED"
    (group,) = aws("ec2").describe_security_groups(GroupIds=vpc["securityGroups"])["SecurityGroups"]
    assert [rule["FromPort"] for rule in group["IpPermissions"]] == [8080]
    assert aws("logs").describe_log_groups()["logGroups"][0]["logGroupName"] == "/ecs/flask-fargate-app"
    for role in (definition["executionRoleArn"], definition["taskRoleArn"]):
        trust = aws("iam").get_role(RoleName=role.rpartition("/")[2])["Role"]["AssumeRolePolicyDocument"]
        assert "aws:SourceAccount" in json.dumps(trust)

    again = remote.process("up", "--no-wait", "--image", "public.example/flask:1", *common)
    assert again.document()["changes"] == []
    down = remote.process("down", "--yes", *common)
    assert down.code == 0, down.err
    assert remote.process("down", "--yes", *common).document()["deleted"] == []
    assert aws("iam").list_roles()["Roles"] == []
