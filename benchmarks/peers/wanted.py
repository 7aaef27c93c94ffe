"""What the boto3 peers deploy: the resources of examples/flask-hello, as the parameters of AWS's calls.

Nothing is imported here but the standard library: a peer's start must cost no more than its kind does.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any, NoReturn

NAME = os.environ.get("BENCH_APP", "bench-app")
IMAGE = os.environ.get("BENCH_IMAGE", "public.example/app:1")
REGION = os.environ["AWS_REGION"]

CLUSTER = f"{NAME}-cluster"
GROUP = f"{NAME}-web"
LOG_GROUP = f"/ecs/{NAME}"
ROLES = (f"{NAME}-execution", f"{NAME}-task")
POLICY = "deploy"
RETENTION = 30  # days
TAGS = {"app": NAME}
UPPER = [{"Key": key, "Value": value} for key, value in TAGS.items()]
LOWER = [{"key": key, "value": value} for key, value in TAGS.items()]

_RULE = {
    "rulePriority": 1,
    "selection": {
        "tagStatus": "tagged", "tagPrefixList": ["web"], "countType": "imageCountMoreThan", "countNumber": 20,
    },
    "action": {"type": "expire"},
}  # fmt: skip
LIFECYCLE = json.dumps({"rules": [_RULE]}, sort_keys=True)

REPOSITORY: dict[str, Any] = {
    "repositoryName": NAME,
    "imageTagMutability": "IMMUTABLE",
    "imageScanningConfiguration": {"scanOnPush": True},
    "tags": UPPER,
}
CLUSTER_WANTED: dict[str, Any] = {
    "clusterName": CLUSTER,
    "capacityProviders": ["FARGATE", "FARGATE_SPOT"],
    "defaultCapacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 1}],
    "tags": LOWER,
}
INGRESS = [
    {"IpProtocol": "tcp", "FromPort": 8080, "ToPort": 8080, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]},
]
DEFAULT_SUBNETS = [{"Name": "default-for-az", "Values": ["true"]}]


def trust(account: str) -> str:
    """Who may assume the roles."""
    condition = {
        "StringEquals": {"aws:SourceAccount": account},
        "ArnLike": {"aws:SourceArn": f"arn:aws:ecs:{REGION}:{account}:*"},
    }
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "ecs-tasks.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": condition,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, sort_keys=True)


def policy(account: str) -> str:
    """What the execution role may do."""
    repository = f"arn:aws:ecr:{REGION}:{account}:repository/{NAME}"
    pull = ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"]
    logs = f"arn:aws:logs:{REGION}:{account}:log-group:{LOG_GROUP}:*"
    statements = [
        {"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"},
        {"Effect": "Allow", "Action": pull, "Resource": repository},
        {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": logs},
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, sort_keys=True)


def task_definition(execution: str, task: str) -> dict[str, Any]:
    """RegisterTaskDefinition's parameters, given the ARNs of the roles."""
    options = {"awslogs-group": LOG_GROUP, "awslogs-region": REGION, "awslogs-stream-prefix": "web"}
    container = {
        "name": "FlaskApp",
        "image": IMAGE,
        "essential": True,
        "environment": [],
        "portMappings": [{"containerPort": 8080, "protocol": "tcp"}],
        "logConfiguration": {"logDriver": "awslogs", "options": options},
    }
    return {
        "family": f"{NAME}-web",
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "256",
        "memory": "512",
        "runtimePlatform": {"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"},
        "executionRoleArn": execution,
        "taskRoleArn": task,
        "containerDefinitions": [container],
        "tags": LOWER,
    }


def service(definition: str, subnets: list[str], group: str) -> dict[str, Any]:
    """CreateService's parameters."""
    network = {"subnets": subnets, "securityGroups": [group], "assignPublicIp": "ENABLED"}
    return {
        "cluster": CLUSTER,
        "serviceName": "web",
        "taskDefinition": definition,
        "desiredCount": 1,
        "capacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 1}],
        "networkConfiguration": {"awsvpcConfiguration": network},
        "deploymentConfiguration": {
            "minimumHealthyPercent": 100,
            "maximumPercent": 200,
            "deploymentCircuitBreaker": {"enable": True, "rollback": True},
        },
        "propagateTags": "SERVICE",
        "enableECSManagedTags": True,
        "tags": LOWER,
    }


def end() -> NoReturn:
    """End well and at once, as fargatectl does: to take Python apart takes as long as two calls."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def is_same(registered: dict[str, Any], wanted: dict[str, Any]) -> bool:
    """Whether a registered task definition says all that is wanted."""
    return all(
        _covers(registered.get(key), value) for key, value in wanted.items() if key not in ("family", "tags")
    )


def _covers(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(_covers(found.get(key), one) for key, one in wanted.items())
    if isinstance(wanted, list):
        return (
            isinstance(found, list)
            and len(found) == len(wanted)
            and all(_covers(one, other) for one, other in zip(found, wanted, strict=True))
        )
    return bool(found == wanted)
