"""The IAM policy documents that tasks need: least privilege, written from the spec.

In strings, ``{id}``, ``{region}`` and ``{partition}`` stand for the account's (see `Role`).
Source: Amazon ECS Developer Guide, "Task execution IAM role" and "Confused deputy prevention".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def trust_policy(service: str, account: Mapping[str, Any]) -> dict[str, Any]:
    """Who may assume a task's roles: a service of ECS, for this account's tasks in this region only."""
    source = f"arn:{account['partition']}:ecs:{account['region']}:{account['id']}:*"
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": service},
                "Action": "sts:AssumeRole",
                "Condition": {
                    "StringEquals": {"aws:SourceAccount": str(account["id"])},
                    "ArnLike": {"aws:SourceArn": source},
                },
            }
        ],
    }


def execution_statements(
    *, repositories: Iterable[str], log_group: str, secrets: Iterable[str]
) -> tuple[dict[str, Any], ...]:
    """What starting the app's tasks takes: its own images, its own log group, its own secrets.

    Args:
        repositories: Names of ECR repositories.
        log_group: Its name.
        secrets: ECS ``valueFrom`` values (see `fargatectl.app.value_from`).
    """
    arn = "arn:{partition}:%s:{region}:{id}:%s"
    statements = [
        _allow("logs:CreateLogStream", "logs:PutLogEvents", on=[arn % ("logs", f"log-group:{log_group}:*")])
    ]
    names = sorted(set(repositories))
    if names:
        statements.append(_allow("ecr:GetAuthorizationToken", on=["*"]))
        statements.append(
            _allow(
                "ecr:BatchCheckLayerAvailability",
                "ecr:GetDownloadUrlForLayer",
                "ecr:BatchGetImage",
                on=[arn % ("ecr", f"repository/{name}") for name in names],
            )
        )
    wanted = sorted(set(secrets))
    stored = [secret_arn(one) for one in wanted if ":secretsmanager:" in one]
    parameters = [one for one in wanted if ":ssm:" in one]
    if stored:
        statements.append(_allow("secretsmanager:GetSecretValue", on=stored))
    if parameters:
        statements.append(_allow("ssm:GetParameters", on=parameters))
    return tuple(statements)


def secret_arn(value_from: str) -> str:
    """The secret's own ARN of a ``valueFrom``, which may go on with ``:json-key:stage:version``.

    One given by name has no random suffix yet: six characters that only AWS knows stand for it.
    """
    arn = ":".join(value_from.split(":")[:7])
    name = arn.rpartition(":")[2]
    suffixed = len(name) > 7 and name[-7] == "-"
    return arn if suffixed else f"{arn}-??????"


def _allow(*actions: str, on: list[str]) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": on}
