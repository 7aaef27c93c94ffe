"""Everything there is in the account, as text: equal before and after means that nothing was changed."""

from __future__ import annotations

import json
from typing import Any

from fargatectl.aws.session import Aws

NOTHING = {
    "roles": [], "repositories": [], "log groups": [], "clusters": [], "services": [], "task definitions": [],
    "security groups": [], "parameters": [],
}  # fmt: skip


def dump(aws: Aws) -> str:
    """What every list and describe call of every kind that an app is made of shows, tags included."""
    return json.dumps(_everything(aws), indent=1, sort_keys=True, default=str)


def remains(aws: Aws) -> dict[str, list[str]]:
    """The names of all things of our kinds that exist, kind by kind; AWS's own security groups left out."""
    seen = _everything(aws)
    return {
        "roles": [role["RoleName"] for role in seen["roles"]],
        "repositories": [one["repositoryName"] for one in seen["repositories"]],
        "log groups": [group["logGroupName"] for group in seen["log groups"]],
        "clusters": [one["clusterName"] for one in seen["clusters"]],
        "services": [one["serviceName"] for one in seen["services"]],
        "task definitions": seen["task definitions"],
        "security groups": [
            group["GroupName"] for group in seen["security groups"] if group["GroupName"] != "default"
        ],
        "parameters": [one["Name"] for one in seen["parameters"]],
    }


def _everything(aws: Aws) -> dict[str, Any]:
    found: dict[str, Any] = {"roles": [], "repositories": [], "log groups": [], "services": []}
    for role in aws.items("iam", "ListRoles", "Roles"):
        name = {"RoleName": role["RoleName"]}
        found["roles"].append({
            **role,
            "tags": aws.call("iam", "ListRoleTags", **name)["Tags"],
            "policies": {
                policy: aws.call("iam", "GetRolePolicy", PolicyName=policy, **name)["PolicyDocument"]
                for policy in aws.items("iam", "ListRolePolicies", "PolicyNames", **name)
            },
            "attached": list(aws.items("iam", "ListAttachedRolePolicies", "AttachedPolicies", **name)),
        })  # fmt: skip
    for repository in aws.items("ecr", "DescribeRepositories", "repositories"):
        name, arn = repository["repositoryName"], repository["repositoryArn"]
        found["repositories"].append({
            **repository,
            "tags": aws.call("ecr", "ListTagsForResource", resourceArn=arn)["tags"],
            "images": list(aws.items("ecr", "ListImages", "imageIds", repositoryName=name)),
        })  # fmt: skip
    for group in aws.items("logs", "DescribeLogGroups", "logGroups"):
        arn = group["arn"].removesuffix(":*")
        found["log groups"].append(
            {**group, "tags": aws.call("logs", "ListTagsForResource", resourceArn=arn)["tags"]}
        )
    arns = list(aws.items("ecs", "ListClusters", "clusterArns"))
    found["clusters"] = (
        aws.call("ecs", "DescribeClusters", clusters=arns, include=["TAGS"])["clusters"] if arns else []
    )
    for arn in arns:
        names = list(aws.items("ecs", "ListServices", "serviceArns", cluster=arn))
        for start in range(0, len(names), 10):
            found["services"] += aws.call(
                "ecs", "DescribeServices", cluster=arn, services=names[start : start + 10], include=["TAGS"]
            )["services"]
    # AWS and moto still show what was deleted for a while, as INACTIVE.
    for kind in ("clusters", "services"):
        found[kind] = [one for one in found[kind] if one["status"] != "INACTIVE"]
    found["task definitions"] = [
        one
        for status in ("ACTIVE", "INACTIVE")
        for one in aws.items("ecs", "ListTaskDefinitions", "taskDefinitionArns", status=status)
    ]
    found["security groups"] = list(aws.items("ec2", "DescribeSecurityGroups", "SecurityGroups"))
    found["parameters"] = []
    for one in aws.items("ssm", "DescribeParameters", "Parameters"):
        tags = aws.call("ssm", "ListTagsForResource", ResourceType="Parameter", ResourceId=one["Name"])
        found["parameters"].append({**one, "tags": tags["TagList"]})
    return found
