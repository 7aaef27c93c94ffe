"""Which permissions a call takes: its actions, the resources they are asked for, what conditions can test.

From AWS's Service Authorization Reference, for the calls that fargatectl makes. It imports nothing of
MiniStack: the tests ask it too, where no MiniStack is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .permissions_beside import beside
from .permissions_dns import CHANGES, DNS, changes
from .permissions_known import Known, arn_of
from .permissions_network import NETWORKS, asked_for, network_things
from .permissions_observing import NAMESPACES, OBSERVING, beside_names
from .permissions_observing import TAGGING as _OBSERVED
from .permissions_overridden import OVERRIDDEN
from .permissions_roles import BOUNDED, boundary, linked_role, role
from .permissions_storage import KEYED, MADE, STORING, key_of

Parameters = Mapping[str, Any]
"""A request's, as in AWS's API reference."""

FREE = frozenset({"sts:GetCallerIdentity"})
"""Permitted to everybody (STS API reference)."""

_TAGGING = {
    **_OBSERVED,
    "ecs:CreateCluster": "ecs:TagResource",
    "ecs:CreateService": "ecs:TagResource",
    "ecs:RunTask": "ecs:TagResource",
    "ecs:RegisterTaskDefinition": "ecs:TagResource",
    "ecr:CreateRepository": "ecr:TagResource",
    "logs:CreateLogGroup": "logs:TagResource",
    "iam:CreateRole": "iam:TagRole",
    **dict.fromkeys(
        ["ec2:AllocateAddress", "ec2:CreateEgressOnlyInternetGateway", "ec2:CreateInternetGateway",
         "ec2:CreateNatGateway", "ec2:CreateRouteTable", "ec2:CreateSecurityGroup", "ec2:CreateSubnet",
         "ec2:CreateVpc", "ec2:CreateVpcEndpoint"],
        "ec2:CreateTags",
    ),
    "ssm:PutParameter": "ssm:AddTagsToResource",
    "acm:RequestCertificate": "acm:AddTagsToCertificate",
    "elasticfilesystem:CreateAccessPoint": "elasticfilesystem:TagResource",
    "elasticfilesystem:CreateFileSystem": "elasticfilesystem:TagResource",
    "application-autoscaling:RegisterScalableTarget": "application-autoscaling:TagResource",
    "cloudwatch:PutMetricAlarm": "cloudwatch:TagResource",
    **dict.fromkeys(
        [f"elasticloadbalancing:Create{one}" for one in ("LoadBalancer", "TargetGroup", "Listener", "Rule")],
        "elasticloadbalancing:AddTags",
    ),
}  # fmt: skip
_BY_REQUEST = {"acm:RequestCertificate", "elasticfilesystem:CreateFileSystem", *NAMESPACES}
# What is tagged, where that is not what the call itself is asked for: a part of it, made by the call.
_TAGGED = {
    "elasticloadbalancing:CreateListener": (":loadbalancer/", ":listener/"),
    "elasticloadbalancing:CreateRule": (":listener/", ":listener-rule/"),
}
_PASSING = {"ecs:RegisterTaskDefinition": ("executionRoleArn", "taskRoleArn")}
_SHIFTING = ("ecs:CreateService", "ecs:UpdateService")
_PASSED_TO = "ecs-tasks.amazonaws.com"


@dataclass(frozen=True)
class Need:
    """One permission that a call takes."""

    action: str
    resource: str
    context: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)


def actions_of(operation: str) -> list[str]:
    """Every action that a call can take.

    Args:
        operation: Written as its own action, such as ``ecs:CreateService``.
    """
    if operation in FREE:
        return []
    tagging = [_TAGGING[operation]] if operation in _TAGGING else []
    others = [action for action, *_ in (*beside(operation, "", ""), *beside_names(operation))]
    others += KEYED[operation][0] if operation in KEYED else ()
    return [operation, *tagging, *others, *(["iam:PassRole"] if operation in _PASSING else [])]


def needs(operation: str, parameters: Parameters, known: Known) -> list[Need]:
    """What a call takes, in the order in which it is asked for.

    Args:
        operation: Written as its own action.

    Raises:
        KeyError: It is not known here.
    """
    if operation in FREE:
        return []
    resources = _RESOURCES[operation](parameters, known)
    found = [Need(operation, one, _context(operation, one, parameters, known)) for one in resources]
    if operation in _TAGGING and _tags(parameters):
        service, _, name = operation.partition(":")
        made = NETWORKS.get(operation)
        tagged = [one for one in resources if (one.endswith(made) if made else ":vpc/" not in one)]
        if operation == "acm:RequestCertificate":
            tagged = [arn_of(known, "acm", "certificate/new")]
        if operation in MADE:
            tagged = [arn_of(known, "elasticfilesystem", MADE[operation])]
        if operation in _TAGGED:
            tagged = [f"{one.replace(*_TAGGED[operation])}/new" for one in tagged]
        if operation == "ecs:RunTask":  # what is tagged is the new task, not what it is made from
            tagged = [arn_of(known, "ecs", f"task/{_name(parameters['cluster'])}/*")]
        given = {f"aws:RequestTag/{key}": value for key, value in _tags(parameters).items()}
        given[f"{service}:CreateAction"] = name
        found += [Need(_TAGGING[operation], one, given) for one in tagged]
    found += [Need(*one) for one in beside(operation, known.region, known.account, parameters)]
    found += [Need(*one) for one in beside_names(operation)]
    if key := key_of(operation, parameters, known):
        arn, told = _key(key, known)
        for action in KEYED[operation][0]:
            granting = {"kms:GrantIsForAWSResource": "true"} if action == "kms:CreateGrant" else {}
            found.append(Need(action, arn, {**told, **granting}))
    for member in _PASSING.get(operation, ()):
        if role := parameters.get(member):
            found.append(Need("iam:PassRole", str(role), {"iam:PassedToService": _PASSED_TO}))
    if operation in _SHIFTING:
        for one in parameters.get("loadBalancers", ()):
            if role := one.get("advancedConfiguration", {}).get("roleArn"):
                found.append(Need("iam:PassRole", str(role), {"iam:PassedToService": "ecs.amazonaws.com"}))
    return found


def _context(
    operation: str, resource: str, parameters: Parameters, known: Known
) -> Mapping[str, str | tuple[str, ...]]:
    if operation in CHANGES:
        return changes(operation, parameters)
    if operation in ("ecs:ListServices", "ecs:ListTasks", "ecs:RunTask"):
        return {"ecs:cluster": _clusters(parameters, known)[0]}
    if operation.startswith("application-autoscaling:") and "ServiceNamespace" in parameters:
        return {"application-autoscaling:service-namespace": str(parameters["ServiceNamespace"])}
    if operation in BOUNDED:
        return {"iam:PermissionsBoundary": boundary(parameters, known)}
    if operation == "iam:CreateServiceLinkedRole":
        return {"iam:AWSServiceName": str(parameters["AWSServiceName"])}
    made = NETWORKS.get(operation) or "security-group/*" * (operation == "ec2:CreateSecurityGroup")
    if operation in _BY_REQUEST or (made and resource.endswith(made)):
        return {f"aws:RequestTag/{name}": value for name, value in _tags(parameters).items()}
    if operation in ("acm:DeleteCertificate", "acm:DescribeCertificate", "acm:UpdateCertificateOptions"):
        tags = known.certificate_tags(resource)
        return {f"aws:ResourceTag/{name}": value for name, value in tags.items()}
    if operation == "kms:DescribeKey":
        return _key(parameters["KeyId"], known)[1]
    if operation.startswith("elasticfilesystem:"):
        tags = known.efs_tags(_name(resource))
        return {f"aws:ResourceTag/{name}": value for name, value in tags.items()}
    if operation.startswith("ec2:") and resource != "*":
        tags = known.ec2_tags(asked_for(resource, parameters))
        return {f"aws:ResourceTag/{name}": value for name, value in tags.items()}
    return {}


def _key(name: object, known: Known) -> tuple[str, dict[str, str]]:
    arn, alias = known.key(str(name))
    return arn, {"kms:ResourceAliases": alias} if alias else {}


def _tags(parameters: Parameters) -> dict[str, str]:
    """Those that a request gives, in whichever of AWS's spellings."""
    found: Any = parameters.get("tags") or parameters.get("Tags") or []
    for specification in parameters.get("TagSpecifications", ()):
        found = specification["Tags"]
    if isinstance(found, Mapping):
        return {str(name): str(value) for name, value in found.items()}
    return {str(one.get("Key", one.get("key"))): str(one.get("Value", one.get("value", ""))) for one in found}


def _name(value: object) -> str:
    """The name in an ARN, or the name itself."""
    return str(value).rpartition("/")[2]


def _clusters(parameters: Parameters, known: Known) -> list[str]:
    one = parameters.get("clusterName") or parameters.get("cluster")
    names = [one] if one else parameters.get("clusters", ())
    return [arn_of(known, "ecs", f"cluster/{_name(name)}") for name in names]


def _services(parameters: Parameters, known: Known) -> list[str]:
    one = parameters.get("serviceName") or parameters.get("service")
    names = [one] if one else parameters.get("services", ())
    cluster = _name(parameters["cluster"])
    return [arn_of(known, "ecs", f"service/{cluster}/{_name(name)}") for name in names]


def _tasks(parameters: Parameters, known: Known) -> list[str]:
    cluster = _name(parameters["cluster"])
    return [arn_of(known, "ecs", f"task/{cluster}/{_name(task)}") for task in parameters["tasks"]]


def _deployment(parameters: Parameters, known: Known) -> list[str]:
    arn = str(parameters["serviceDeploymentArn"])
    cluster, service = arn.split("/")[1:3]
    return [arn, arn_of(known, "ecs", f"service/{cluster}/{service}")]


def _deployments(parameters: Parameters, known: Known) -> list[str]:
    arns = [str(arn) for arn in parameters["serviceDeploymentArns"]]
    return [one for arn in arns for one in _deployment({"serviceDeploymentArn": arn}, known)]


def _run(parameters: Parameters, known: Known) -> list[str]:
    family = _name(parameters["taskDefinition"])
    return [arn_of(known, "ecs", f"task-definition/{family}")]


def _repositories(parameters: Parameters, known: Known) -> list[str]:
    one = parameters.get("repositoryName")
    names = [one] if one else parameters.get("repositoryNames") or ["*"]
    return [arn_of(known, "ecr", f"repository/{name}") for name in names]


def _log_group(parameters: Parameters, known: Known) -> list[str]:
    return [arn_of(known, "logs", f"log-group:{parameters['logGroupName']}")]


def _log_stream(parameters: Parameters, known: Known) -> list[str]:
    return [f"{_log_group(parameters, known)[0]}:log-stream:{parameters.get('logStreamName', '')}"]


def _group(parameters: Parameters, known: Known) -> list[str]:
    return [arn_of(known, "ec2", f"security-group/{parameters['GroupId']}")]


def _new_group(parameters: Parameters, known: Known) -> list[str]:
    return [arn_of(known, "ec2", "security-group/*"), arn_of(known, "ec2", f"vpc/{parameters['VpcId']}")]


def _network(operation: str) -> Callable[[Parameters, Known], list[str]]:
    return lambda parameters, known: [
        arn_of(known, "ec2", one) for one in network_things(operation, parameters)
    ]


def _parameter(parameters: Parameters, known: Known) -> list[str]:
    name = str(parameters.get("Name") or parameters["ResourceId"])
    return [arn_of(known, "ssm", f"parameter/{name.removeprefix('/')}")]


def _named(parameters: Parameters, _: Known) -> list[str]:
    return [str(parameters["resourceArn"])]


def _scalable_target(_: Parameters, known: Known) -> list[str]:
    """The last part of its ARN is AWS's own invention."""
    return [arn_of(known, "application-autoscaling", "scalable-target/0a1b2c3d")]


def _alarms(parameters: Parameters, known: Known) -> list[str]:
    names = [parameters["AlarmName"]] if "AlarmName" in parameters else parameters.get("AlarmNames") or ["*"]
    return [arn_of(known, "cloudwatch", f"alarm:{name}") for name in names]


def _new_balancer(parameters: Parameters, known: Known) -> list[str]:
    short = {"application": "app", "network": "net"}[str(parameters.get("Type", "application"))]
    return [arn_of(known, "elasticloadbalancing", f"loadbalancer/{short}/{parameters['Name']}/new")]


def _new_targets(parameters: Parameters, known: Known) -> list[str]:
    return [arn_of(known, "elasticloadbalancing", f"targetgroup/{parameters['Name']}/new")]


def _by(member: str) -> Callable[[Parameters, Known], list[str]]:
    return lambda parameters, _: [str(parameters[member])]


def _any(_: Parameters, __: Known) -> list[str]:
    """For actions that AWS scopes to no resource."""
    return ["*"]


_RESOURCES: dict[str, Callable[[Parameters, Known], list[str]]] = {
    **STORING,
    "kms:DescribeKey": lambda parameters, known: [_key(parameters["KeyId"], known)[0]],
    **dict.fromkeys(
        ["ecs:CreateCluster", "ecs:DeleteCluster", "ecs:DescribeClusters", "ecs:PutClusterCapacityProviders"],
        _clusters,
    ),
    **dict.fromkeys(
        ["ecs:CreateService", "ecs:DeleteService", "ecs:DescribeServices", "ecs:UpdateService"], _services
    ),
    "ecs:DescribeTasks": _tasks,
    "ecs:DescribeServiceDeployments": _deployments,
    "ecs:ListServiceDeployments": _services,
    "ecs:RunTask": _run,
    "ecs:ContinueServiceDeployment": _deployment,
    "ecs:StopServiceDeployment": _deployment,
    "ecs:StopTask": lambda parameters, known: _tasks({**parameters, "tasks": [parameters["task"]]}, known),
    "ecs:RegisterTaskDefinition": lambda parameters, known: [
        arn_of(known, "ecs", f"task-definition/{parameters['family']}:*")
    ],
    "ecs:DeleteTaskDefinitions": lambda parameters, _: list(parameters["taskDefinitions"]),
    **dict.fromkeys(
        ["ecr:BatchGetImage", "ecr:CreateRepository", "ecr:DeleteRepository", "ecr:DescribeRepositories",
         "ecr:GetLifecyclePolicy", "ecr:PutImageScanningConfiguration",
         "ecr:PutImageTagMutability", "ecr:PutLifecyclePolicy"],
        _repositories,
    ),
    **dict.fromkeys(
        ["iam:CreateRole", "iam:DeleteRole", "iam:DeleteRolePolicy", "iam:DetachRolePolicy", "iam:GetRole",
         "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies", "iam:PutRolePolicy",
         "iam:AttachRolePolicy", "iam:DeleteRolePermissionsBoundary", "iam:PutRolePermissionsBoundary",
         "iam:UpdateAssumeRolePolicy", "iam:UpdateRole"],
        role,
    ),
    "iam:CreateServiceLinkedRole": linked_role,
    **dict.fromkeys(
        ["logs:AssociateKmsKey", "logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:FilterLogEvents",
         "logs:PutRetentionPolicy"],
        _log_group,
    ),
    "logs:GetLogEvents": _log_stream,
    **dict.fromkeys(["ecr:ListTagsForResource", "ecs:TagResource", "logs:ListTagsForResource"], _named),
    **dict.fromkeys(
        ["ec2:AuthorizeSecurityGroupEgress", "ec2:AuthorizeSecurityGroupIngress", "ec2:DeleteSecurityGroup",
         "ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress"],
        _group,
    ),
    "ec2:CreateSecurityGroup": _new_group,
    **dict.fromkeys(
        ["acm:DeleteCertificate", "acm:DescribeCertificate", "acm:ListTagsForCertificate"],
        _by("CertificateArn"),
    ),
    **DNS,
    **{operation: _network(operation) for operation in NETWORKS},
    **OBSERVING,
    **OVERRIDDEN,
    "elasticloadbalancing:CreateLoadBalancer": _new_balancer,
    "elasticloadbalancing:CreateTargetGroup": _new_targets,
    **dict.fromkeys(
        [f"elasticloadbalancing:{one}" for one in ("CreateListener", "DeleteLoadBalancer",
         "ModifyLoadBalancerAttributes", "SetSecurityGroups", "SetSubnets")],
        _by("LoadBalancerArn"),
    ),
    **dict.fromkeys(
        [f"elasticloadbalancing:{one}" for one in ("CreateRule", "DeleteListener", "ModifyListener")],
        _by("ListenerArn"),
    ),
    **dict.fromkeys(
        [f"elasticloadbalancing:{one}" for one in ("DeleteTargetGroup", "ModifyTargetGroup",
         "ModifyTargetGroupAttributes")],
        _by("TargetGroupArn"),
    ),
    **dict.fromkeys(
        [f"elasticloadbalancing:{one}" for one in ("DeleteRule", "ModifyRule")], _by("RuleArn")
    ),
    "elasticloadbalancing:SetRulePriorities": lambda parameters, _: [
        str(one["RuleArn"]) for one in parameters["RulePriorities"]
    ],
    **dict.fromkeys(
        [f"application-autoscaling:{one}" for one in ("DeleteScalingPolicy", "DeleteScheduledAction",
         "DeregisterScalableTarget", "PutScalingPolicy", "PutScheduledAction", "RegisterScalableTarget")],
        _scalable_target,
    ),
    **dict.fromkeys(
        [f"{service}:{one}" for service in ("application-autoscaling", "cloudwatch")
         for one in ("ListTagsForResource", "TagResource")],
        lambda parameters, _: [str(parameters["ResourceARN"])],
    ),
    **dict.fromkeys(
        ["cloudwatch:DeleteAlarms", "cloudwatch:DescribeAlarms", "cloudwatch:PutMetricAlarm"], _alarms
    ),
    **dict.fromkeys(
        ["ssm:AddTagsToResource", "ssm:DeleteParameter", "ssm:GetParameter", "ssm:PutParameter"], _parameter
    ),
    **dict.fromkeys(
        ["application-autoscaling:DescribeScalableTargets", "application-autoscaling:DescribeScalingPolicies",
         "application-autoscaling:DescribeScheduledActions",
         "ec2:DescribeAddresses", "ec2:DescribeAvailabilityZones",
         "ec2:DescribeEgressOnlyInternetGateways", "ec2:DescribeInternetGateways", "ec2:DescribeNatGateways",
         "ec2:DescribeNetworkInterfaces", "ec2:DescribeRouteTables", "ec2:DescribeSecurityGroups",
         "ec2:DescribeSubnets", "ec2:DescribeVpcEndpoints", "ec2:DescribeVpcs",
         "ecr:DescribePullThroughCacheRules", "ecr:GetAuthorizationToken",
         "ecs:DeregisterTaskDefinition", "ecs:DescribeTaskDefinition", "ecs:ListClusters", "ecs:ListServices",
         "ecs:ListTaskDefinitionFamilies", "ecs:ListTaskDefinitions", "ecs:ListTasks", "iam:ListRoles",
         "elasticloadbalancing:DescribeListeners", "elasticloadbalancing:DescribeLoadBalancerAttributes",
         "elasticloadbalancing:DescribeLoadBalancers", "elasticloadbalancing:DescribeRules",
         "elasticloadbalancing:DescribeTags", "elasticloadbalancing:DescribeTargetGroupAttributes",
         "elasticloadbalancing:DescribeTargetGroups", "elasticloadbalancing:DescribeTargetHealth",
         "acm:ListCertificates", "acm:RequestCertificate",
         "logs:DescribeLogGroups", "route53:ListHostedZones", "ssm:DescribeParameters", "tag:GetResources"],
        _any,
    ),
}  # fmt: skip
