"""A deployment script as most are: boto3, one call after another, each thing looked at before it is made."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

sys.path.insert(0, str(Path(__file__).parent))
import wanted as w  # type: ignore[import-not-found]


def _or_none(call: Callable[..., Any], **parameters: Any) -> Any:
    """The answer, or None where it is not there."""
    try:
        return call(**parameters)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if "NotFound" in code or code == "NoSuchEntity" or "Unable to describe" in str(error):
            return None
        raise


def main() -> None:
    """Make what is missing, one thing after another."""
    session = boto3.Session(region_name=w.REGION)
    ec2, ecs, ecr = session.client("ec2"), session.client("ecs"), session.client("ecr")
    iam, logs = session.client("iam"), session.client("logs")

    subnets = ec2.describe_subnets(Filters=w.DEFAULT_SUBNETS)["Subnets"]
    vpc, account = subnets[0]["VpcId"], subnets[0]["OwnerId"]

    if _or_none(ecr.describe_repositories, repositoryNames=[w.NAME]) is None:
        ecr.create_repository(**w.REPOSITORY)
    if _or_none(ecr.get_lifecycle_policy, repositoryName=w.NAME) is None:
        ecr.put_lifecycle_policy(repositoryName=w.NAME, lifecyclePolicyText=w.LIFECYCLE)

    groups = logs.describe_log_groups(logGroupNamePrefix=w.LOG_GROUP)["logGroups"]
    found = [one for one in groups if one["logGroupName"] == w.LOG_GROUP]
    if not found:
        logs.create_log_group(logGroupName=w.LOG_GROUP, tags=w.TAGS)
    if not found or found[0].get("retentionInDays") != w.RETENTION:
        logs.put_retention_policy(logGroupName=w.LOG_GROUP, retentionInDays=w.RETENTION)

    arns = []
    for name in w.ROLES:
        role = _or_none(iam.get_role, RoleName=name) or iam.create_role(
            RoleName=name, AssumeRolePolicyDocument=w.trust(account), Tags=w.UPPER
        )
        arns.append(role["Role"]["Arn"])
    if _or_none(iam.get_role_policy, RoleName=w.ROLES[0], PolicyName=w.POLICY) is None:
        iam.put_role_policy(RoleName=w.ROLES[0], PolicyName=w.POLICY, PolicyDocument=w.policy(account))

    clusters = ecs.describe_clusters(clusters=[w.CLUSTER], include=["TAGS"])["clusters"]
    if not [one for one in clusters if one["status"] == "ACTIVE"]:
        ecs.create_cluster(**w.CLUSTER_WANTED)

    filters = [{"Name": "group-name", "Values": [w.GROUP]}, {"Name": "vpc-id", "Values": [vpc]}]
    security_groups = ec2.describe_security_groups(Filters=filters)["SecurityGroups"]
    if security_groups:
        group = security_groups[0]["GroupId"]
    else:
        tags = [{"ResourceType": "security-group", "Tags": w.UPPER}]
        group = ec2.create_security_group(
            GroupName=w.GROUP, Description=w.GROUP, VpcId=vpc, TagSpecifications=tags
        )["GroupId"]  # fmt: skip
    if not security_groups or not security_groups[0]["IpPermissions"]:
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=w.INGRESS)

    want = w.task_definition(*arns)
    answer = _or_none(ecs.describe_task_definition, taskDefinition=want["family"])
    if answer is None or not w.is_same(answer["taskDefinition"], want):
        answer = ecs.register_task_definition(**want)
    definition = answer["taskDefinition"]["taskDefinitionArn"]

    here = ecs.describe_services(cluster=w.CLUSTER, services=["web"], include=["TAGS"])["services"]
    active = [one for one in here if one["status"] == "ACTIVE"]
    if not active:
        ecs.create_service(**w.service(definition, [one["SubnetId"] for one in subnets], group))
        print("created")
    elif active[0]["taskDefinition"] != definition:
        ecs.update_service(cluster=w.CLUSTER, service="web", taskDefinition=definition)
        print("updated")
    else:
        print("unchanged")


if __name__ == "__main__":
    main()
    w.end()
