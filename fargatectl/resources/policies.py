"""The IAM policy documents that tasks need: least privilege, written from the spec.

In strings, ``{id}``, ``{region}`` and ``{partition}`` stand for the account's (see `Role`).
Source: Amazon ECS Developer Guide, "Task execution IAM role" and "Confused deputy prevention".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fargatectl.resources._references import in_ecr

TASKS = "ecs-tasks.amazonaws.com"
MOST_NAMED = 4000
"""Characters of the ARNs of the app's own secrets. All inline policies of a role may have 10,240 together
(IAM User Guide, "IAM and AWS STS quotas")."""


def trust_policy(service: str, account: Mapping[str, Any]) -> dict[str, Any]:
    """Who may assume a role: a service of ECS; of tasks' roles, for this account's in this region only.

    Of the infrastructure role AWS's own trust policy names no source (ECS Developer Guide, "Amazon ECS
    infrastructure IAM role for load balancers"): ECS may give none when it assumes it.
    """
    if service != TASKS:
        plain = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        return {"Version": "2012-10-17", "Statement": [plain]}
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
    *,
    repositories: Iterable[str],
    images: Iterable[str],
    log_group: str,
    secrets: Iterable[str],
    own: str = "",
    files: Iterable[str] = (),
    kms_key: str = "",
) -> tuple[dict[str, Any], ...]:
    """What starting the app's tasks takes: its own images, its own log group, its own secrets.

    Args:
        repositories: Names of the app's own ECR repositories.
        images: References that tasks pull; those in other ECR repositories need rights there.
        log_group: Its name.
        files: ARNs of files in S3 with environment variables (ECS Developer Guide, "Pass environment
            variables to an Amazon ECS container": GetObject on each, GetBucketLocation on its bucket).
        kms_key: Its ARN, where secrets are encrypted with a key of the customer's own.
        secrets: ECS ``valueFrom`` values (see `fargatectl.topology.tasks.value_from`).
        own: How those of the app's own secrets begin; where they are longer than `MOST_NAMED`, all that begin
            so are permitted.
    """
    arn = "arn:{partition}:%s:{region}:{id}:%s"
    statements = [
        _allow("logs:CreateLogStream", "logs:PutLogEvents", on=[arn % ("logs", f"log-group:{log_group}:*")])
    ]
    pulled = {arn % ("ecr", f"repository/{name}") for name in repositories} | _ecr_arns(images)
    if pulled:
        statements.append(_allow("ecr:GetAuthorizationToken", on=["*"]))
        statements.append(
            _allow(
                "ecr:BatchCheckLayerAvailability",
                "ecr:GetDownloadUrlForLayer",
                "ecr:BatchGetImage",
                on=sorted(pulled),
            )
        )
    read = sorted(set(files))
    if read:
        statements.append(_allow("s3:GetObject", on=read))
        buckets = sorted({arn.partition("/")[0] for arn in read})
        statements.append(_allow("s3:GetBucketLocation", on=buckets))
    wanted = sorted(set(secrets))
    stored = [arn for one in wanted if ":secretsmanager:" in one for arn in secret_arns(one)]
    parameters = [one for one in wanted if ":ssm:" in one]
    if own and sum(len(one) for one in parameters if one.startswith(own)) > MOST_NAMED:
        parameters = [*(one for one in parameters if not one.startswith(own)), f"{own}*"]
    if stored:
        statements.append(_allow("secretsmanager:GetSecretValue", on=stored))
    if parameters:
        statements.append(_allow("ssm:GetParameters", on=parameters))
    if kms_key and wanted:
        statements.append(_allow("kms:Decrypt", on=[kms_key]))
    return tuple(statements)


def _ecr_arns(images: Iterable[str]) -> set[str]:
    """The ARNs of the private ECR repositories among image references."""
    found = (in_ecr(image) for image in images)
    return {
        "arn:{partition}:ecr:" + f"{one.region}:{one.account}:repository/{one.repository}"
        for one in found
        if one
    }


def secret_arns(value_from: str) -> list[str]:
    """The ARNs that the secret of a ``valueFrom`` can have; it may go on with ``:json-key:stage:version``.

    AWS ends a secret's ARN with a hyphen and six random characters, which stay unknown where the secret is
    given by name, and may be left out of an ARN. An ARN that ends so can still be without: ``my-secret``.
    Source: Secrets Manager User Guide, "IAM policy examples", wildcards.
    """
    arn = ":".join(value_from.split(":")[:7])
    name = arn.rpartition(":")[2]
    by_name = "{id}" in arn
    suffixed = not by_name and len(name) > 7 and name[-7] == "-"
    return [arn, f"{arn}-??????"] if suffixed else [f"{arn}-??????"]


def _allow(*actions: str, on: list[str]) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": on}
