"""An AWS that permits what a policy permits and nothing else, and which actions each call takes.

What an action is called, and what it is asked for, comes from AWS's Service Authorization Reference. An
operation that is not known here is an error: nobody may add a call without its permission.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from fargatectl.aws.errors import DeniedError
from tests.support.watched import ACCOUNT, REGION, Call, WatchedAws

# botocore's name of a service -> the prefix of its actions, where they differ.
PREFIXES = {"resourcegroupstaggingapi": "tag"}
# Permitted to everybody (STS API reference).
FREE = {("sts", "GetCallerIdentity")}
# A call -> what else it takes, beside the action of its own name.
IMPLIED = {
    ("ecs", "CreateCluster"): ["ecs:TagResource"],
    ("ecs", "CreateService"): ["ecs:TagResource"],
    ("ecs", "RegisterTaskDefinition"): ["ecs:TagResource", "iam:PassRole"],
    ("ecr", "CreateRepository"): ["ecr:TagResource"],
    ("logs", "CreateLogGroup"): ["logs:TagResource"],
    ("iam", "CreateRole"): ["iam:TagRole"],
    ("ec2", "CreateSecurityGroup"): ["ec2:CreateTags"],
    ("ssm", "PutParameter"): ["ssm:AddTagsToResource"],
}


@dataclass(frozen=True)
class Need:
    """One permission that a call takes."""

    action: str
    resource: str
    context: Mapping[str, str] = field(default_factory=dict)


def action_of(service: str, operation: str) -> str:
    return f"{PREFIXES.get(service, service)}:{operation}"


def actions_of(service: str, operation: str) -> list[str]:
    """Every action that a call takes."""
    if (service, operation) in FREE:
        return []
    return [action_of(service, operation), *IMPLIED.get((service, operation), [])]


def _arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


def _role(parameters: Mapping[str, Any], aws: WatchedAws) -> list[str]:
    name = parameters["RoleName"]
    path = parameters.get("Path") or next(
        (one["Path"] for one in aws._client("iam").list_roles()["Roles"] if one["RoleName"] == name), "/"
    )
    return [f"arn:aws:iam::{ACCOUNT}:role{path}{name}"]


def _clusters(parameters: Mapping[str, Any], _: Any) -> list[str]:
    names = parameters.get("clusters") or [parameters.get("clusterName") or parameters["cluster"]]
    return [_arn("ecs", f"cluster/{name}") for name in names]


def _services(parameters: Mapping[str, Any], _: Any) -> list[str]:
    names = parameters.get("services") or [parameters.get("serviceName") or parameters["service"]]
    return [_arn("ecs", f"service/{parameters['cluster']}/{name}") for name in names]


def _repositories(parameters: Mapping[str, Any], _: Any) -> list[str]:
    names = parameters.get("repositoryNames") or [parameters.get("repositoryName", "*")]
    return [_arn("ecr", f"repository/{name}") for name in names]


def _group(parameters: Mapping[str, Any], _: Any) -> list[str]:
    return [_arn("logs", f"log-group:{parameters['logGroupName']}")]


def _streams(parameters: Mapping[str, Any], _: Any) -> list[str]:
    return [_arn("logs", f"log-group:{parameters['logGroupName']}:log-stream:any")]


def _named(parameters: Mapping[str, Any], _: Any) -> list[str]:
    return [str(parameters["resourceArn"])]


def _everything(_: Mapping[str, Any], __: Any) -> list[str]:
    return ["*"]


RESOURCES: dict[str, Callable[[Mapping[str, Any], WatchedAws], list[str]]] = {
    **dict.fromkeys(
        ["ecs:CreateCluster", "ecs:DeleteCluster", "ecs:DescribeClusters", "ecs:PutClusterCapacityProviders"],
        _clusters,
    ),
    **dict.fromkeys(
        ["ecs:CreateService", "ecs:DeleteService", "ecs:DescribeServices", "ecs:UpdateService"], _services
    ),
    **dict.fromkeys(
        ["ecr:BatchGetImage", "ecr:CreateRepository", "ecr:DeleteRepository", "ecr:DescribeRepositories",
         "ecr:GetLifecyclePolicy", "ecr:PutImageScanningConfiguration",
         "ecr:PutImageTagMutability", "ecr:PutLifecyclePolicy"],
        _repositories,
    ),
    **dict.fromkeys(
        ["iam:CreateRole", "iam:DeleteRole", "iam:DeleteRolePolicy", "iam:DetachRolePolicy", "iam:GetRole",
         "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies", "iam:PutRolePolicy",
         "iam:UpdateAssumeRolePolicy"],
        _role,
    ),
    **dict.fromkeys(["logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:PutRetentionPolicy"], _group),
    **dict.fromkeys(["logs:FilterLogEvents", "logs:GetLogEvents"], _streams),
    **dict.fromkeys(["ecr:ListTagsForResource", "ecs:TagResource", "logs:ListTagsForResource"], _named),
    **dict.fromkeys(
        ["ec2:AuthorizeSecurityGroupEgress", "ec2:AuthorizeSecurityGroupIngress", "ec2:DeleteSecurityGroup",
         "ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress"],
        lambda parameters, _: [_arn("ec2", f"security-group/{parameters['GroupId']}")],
    ),
    "ec2:CreateSecurityGroup": lambda parameters, _: [
        _arn("ec2", "security-group/sg-new"), _arn("ec2", f"vpc/{parameters['VpcId']}")
    ],
    "ecs:DescribeTasks": lambda parameters, _: [
        _arn("ecs", f"task/{parameters['cluster']}/{arn.rpartition('/')[2]}") for arn in parameters["tasks"]
    ],
    "ecs:RegisterTaskDefinition": lambda parameters, _: [
        _arn("ecs", f"task-definition/{parameters['family']}:1")
    ],
    "ecs:DeleteTaskDefinitions": lambda parameters, _: list(parameters["taskDefinitions"]),
    "logs:DescribeLogGroups": lambda *_: [_arn("logs", "log-group::log-stream:")],
    "iam:CreateServiceLinkedRole": lambda *_: [
        f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"
    ],
    # These take no narrower resource.
    **dict.fromkeys(
        ["ec2:DescribeNetworkInterfaces", "ec2:DescribeRouteTables", "ec2:DescribeSecurityGroups",
         "ec2:DescribeSubnets", "ec2:DescribeVpcs", "ecr:GetAuthorizationToken",
         "ecs:DeregisterTaskDefinition", "ecs:DescribeTaskDefinition", "ecs:ListClusters", "ecs:ListServices",
         "ecs:ListTaskDefinitionFamilies", "ecs:ListTaskDefinitions", "ecs:ListTasks", "iam:ListRoles",
         "tag:GetResources"],
        _everything,
    ),
}  # fmt: skip


def needs(call: Call, aws: WatchedAws) -> list[Need]:
    """What a call takes, as AWS would ask for it."""
    if (call.service, call.operation) in FREE:
        return []
    action, parameters = action_of(call.service, call.operation), call.parameters
    context: dict[str, str] = {}
    if action in ("ecs:ListServices", "ecs:ListTasks"):
        context["ecs:cluster"] = _arn("ecs", f"cluster/{parameters['cluster']}")
    if action == "iam:CreateServiceLinkedRole":
        context["iam:AWSServiceName"] = parameters["AWSServiceName"]
    resources = RESOURCES[action](parameters, aws)
    if action == "ec2:CreateSecurityGroup":
        group, vpc = resources
        tags = {one["Key"]: one["Value"] for one in parameters["TagSpecifications"][0]["Tags"]}
        tagged = {f"aws:RequestTag/{key}": value for key, value in tags.items()}
        made = {"ec2:CreateAction": call.operation}
        return [Need(action, group, tagged), Need(action, vpc), Need("ec2:CreateTags", group, made)]
    if action.startswith("ec2:") and "GroupId" in parameters:
        found = aws._client("ec2").describe_security_groups(GroupIds=[parameters["GroupId"]])
        tags = {one["Key"]: one["Value"] for one in found["SecurityGroups"][0].get("Tags", ())}
        context |= {f"aws:ResourceTag/{key}": value for key, value in tags.items()}
    found_needs = [Need(action, resource, context) for resource in resources]
    for implied in IMPLIED.get((call.service, call.operation), []):
        if implied == "iam:PassRole":
            passed = {"iam:PassedToService": "ecs-tasks.amazonaws.com"}
            roles = [parameters["executionRoleArn"], parameters["taskRoleArn"]]
            found_needs += [Need(implied, role, passed) for role in roles]
        else:
            found_needs += [Need(implied, one, {"ecs:CreateAction": call.operation}) for one in resources]
    return found_needs


def permits(policy: Mapping[str, Any], need: Need) -> bool:
    """Whether one of the policy's statements allows it: actions, resources and conditions."""
    return any(
        need.action in statement["Action"]
        and any(_matches(need.resource, pattern) for pattern in _list(statement["Resource"]))
        and all(
            fnmatchcase(need.context.get(key, ""), value)
            for keys in statement.get("Condition", {}).values()
            for key, value in keys.items()
        )
        for statement in policy["Statement"]
    )


def _matches(resource: str, pattern: str) -> bool:
    return pattern == "*" or fnmatchcase(resource, pattern)


def _list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def without(policy: Mapping[str, Any], action: str) -> dict[str, Any]:
    """The policy less one action."""
    left = [
        {**statement, "Action": kept}
        for statement in policy["Statement"]
        if (kept := [one for one in statement["Action"] if one != action])
    ]
    return {**policy, "Statement": left}


class EnforcingAws(WatchedAws):
    """Refuses what the policy does not permit, in AWS's words; remembers what was asked for."""

    def __init__(self, shared: WatchedAws, policy: Mapping[str, Any]) -> None:
        super().__init__(shared)
        self.policy = policy
        self.asked: set[str] = set()

    def _begin(self, service: str, operation: str, parameters: dict[str, Any]) -> Call:
        one = super()._begin(service, operation, parameters)
        for need in needs(one, self):
            self.asked.add(need.action)
            if not permits(self.policy, need):
                raise DeniedError(
                    "AccessDeniedException",
                    f"User: arn:aws:iam::{ACCOUNT}:user/ci is not authorized to perform: {need.action} "
                    f"on resource: {need.resource}",
                    service,
                    operation,
                )
        return one
