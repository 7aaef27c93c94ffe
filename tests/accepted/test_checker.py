"""Each kind of wrong request is refused, and for its own reason; the right ones pass."""

from __future__ import annotations

import copy
import json
from functools import cache
from typing import Any

import pytest

from tests.support import model
from tests.support.model import Refused
from tests.support.requests import check
from tests.support.watched import WatchedAws

TRUST = json.dumps({
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
})  # fmt: skip
POLICY = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "a:b", "Resource": "*"}]}
)
CONTAINER: dict[str, Any] = {
    "name": "web", "image": "nginx", "stopTimeout": 120,
    "portMappings": [{"containerPort": 80}], "environment": [{"name": "A", "value": "1"}],
    "healthCheck": {"command": ["CMD", "true"], "interval": 5},
    "logConfiguration": {
        "logDriver": "awslogs",
        "options": {"awslogs-group": "/g", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "web"},
    },
}  # fmt: skip
VPC = {"awsvpcConfiguration": {"subnets": ["subnet-1"], "securityGroups": ["sg-1"]}}
SPOT = [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
RULE = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}

RIGHT: dict[str, tuple[str, dict[str, Any]]] = {
    "RegisterTaskDefinition": ("ecs", {
        "family": "web", "requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", "cpu": "256",
        "memory": "512", "executionRoleArn": "arn:aws:iam::123456789012:role/x",
        "containerDefinitions": [CONTAINER], "tags": [{"key": "fargatectl:app", "value": "b"}],
    }),
    "CreateService": ("ecs", {
        "cluster": "c", "serviceName": "s", "taskDefinition": "t", "desiredCount": 1, "clientToken": "x",
        "networkConfiguration": VPC, "capacityProviderStrategy": SPOT,
        "tags": [{"key": "fargatectl:app", "value": "b"}],
    }),
    "UpdateService": ("ecs", {"cluster": "c", "service": "s", "desiredCount": 2}),
    "servicediscovery CreateService": ("servicediscovery", {
        "Name": "api", "NamespaceId": "ns-1", "HealthCheckCustomConfig": {"FailureThreshold": 1},
        "DnsConfig": {"RoutingPolicy": "MULTIVALUE", "DnsRecords": [{"Type": "A", "TTL": 10}]},
    }),
    "CreateCluster": ("ecs", {"clusterName": "c", "capacityProviders": ["FARGATE_SPOT"],
                              "defaultCapacityProviderStrategy": SPOT}),
    "DescribeServices": ("ecs", {"services": ["a"]}),
    "DeleteTaskDefinitions": ("ecs", {"taskDefinitions": ["a:1"]}),
    "CreateRole": ("iam", {"RoleName": "r", "AssumeRolePolicyDocument": TRUST,
                           "Tags": [{"Key": "a", "Value": "b"}]}),
    "PutRolePolicy": ("iam", {"RoleName": "r", "PolicyName": "p", "PolicyDocument": POLICY}),
    "PutRetentionPolicy": ("logs", {"logGroupName": "/g", "retentionInDays": 30}),
    "CreateLogGroup": ("logs", {"logGroupName": "/g", "tags": {"a": "b"}}),
    "CreateRepository": ("ecr", {"repositoryName": "shop"}),
    "CreateSecurityGroup": ("ec2", {"GroupName": "g", "Description": "d", "VpcId": "vpc-1"}),
    "AuthorizeSecurityGroupIngress": ("ec2", {"GroupId": "sg-1", "IpPermissions": [RULE]}),
    "GetCallerIdentity": ("sts", {}),
}  # fmt: skip

DROP = object()
LONG = "x" * 257
C0 = "containerDefinitions.0."
OPTIONS = C0 + "logConfiguration.options."
AWSVPC = "networkConfiguration.awsvpcConfiguration."
WRONG: list[tuple[str, str, Any, str]] = [
    # AWS's own model
    ("RegisterTaskDefinition", "family", DROP, "family is missing"),
    ("RegisterTaskDefinition", "famly", "x", "not known to AWS"),
    ("RegisterTaskDefinition", C0 + "nam", "x", "not known to AWS"),
    ("RegisterTaskDefinition", "family", 3, "not a text"),
    ("RegisterTaskDefinition", "containerDefinitions", {}, "not a list"),
    ("RegisterTaskDefinition", C0 + "logConfiguration", [], "not a structure"),
    ("RegisterTaskDefinition", OPTIONS[:-1], [], "not a map"),
    ("RegisterTaskDefinition", "networkMode", "awsvpv", "none of"),
    ("RegisterTaskDefinition", "requiresCompatibilities.0", "FARGAET", "none of"),
    ("RegisterTaskDefinition", C0 + "stopTimeout", "30", "not a whole number"),
    ("RegisterTaskDefinition", C0 + "stopTimeout", True, "not a whole number"),
    ("RegisterTaskDefinition", C0 + "stopTimeout", 2**31, "32 bits"),
    ("RegisterTaskDefinition", C0 + "essential", "yes", "neither true nor false"),
    ("RegisterTaskDefinition", "tags.0.key", "k" * 129, "over the most, 128"),
    ("RegisterTaskDefinition", "tags.0.key", "a\tb", "does not match"),
    ("RegisterTaskDefinition", "tags", [{"key": f"k{n}", "value": ""} for n in range(51)], "over the most, 50"),  # noqa: E501
    ("CreateRole", "RoleName", "r" * 65, "over the most, 64"),
    ("CreateRole", "RoleName", "", "under the least, 1"),
    ("CreateRole", "RoleName", "röle", "does not match"),
    ("CreateRole", "MaxSessionDuration", 60, "under the least, 3600"),
    ("CreateRepository", "repositoryName", "Shop", "does not match"),
    ("CreateLogGroup", "logGroupName", "a b", "does not match"),
    ("CreateLogGroup", "tags", {"a": LONG}, "over the most, 256"),
    ("GetCallerIdentity", "Anything", 1, "not known to AWS"),
    # names and tags
    ("CreateRole", "Tags.0.Key", "aws:mine", "tag key"),
    ("CreateSecurityGroup", "GroupName", "sg-mine", "is not"),
    ("CreateService", "serviceName", "a.b", "is not"),
    # Fargate
    ("RegisterTaskDefinition", "memory", "4096", "no size"),
    ("RegisterTaskDefinition", "cpu", "300", "no size"),
    ("RegisterTaskDefinition", "cpu", DROP, "no size"),
    ("RegisterTaskDefinition", "networkMode", "bridge", "awsvpc"),
    ("RegisterTaskDefinition", "requiresCompatibilities", ["EC2"], "lacks FARGATE"),
    ("RegisterTaskDefinition", "ephemeralStorage", {"sizeInGiB": 20}, "21 to 200"),
    ("RegisterTaskDefinition", "ephemeralStorage", {"sizeInGiB": 201}, "21 to 200"),
    ("RegisterTaskDefinition", "ipcMode", "host", "not for Fargate"),
    ("RegisterTaskDefinition", "pidMode", "host", "not for Fargate"),
    ("RegisterTaskDefinition", "placementConstraints", [], "not for Fargate"),
    ("RegisterTaskDefinition", "runtimePlatform", {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"},
     "Windows"),
    ("RegisterTaskDefinition", C0 + "privileged", False, "not for Fargate"),
    ("RegisterTaskDefinition", C0 + "links", [], "not for Fargate"),
    ("RegisterTaskDefinition", C0 + "extraHosts", [], "not for Fargate"),
    ("RegisterTaskDefinition", C0 + "dnsServers", ["1.1.1.1"], "not for Fargate"),
    ("RegisterTaskDefinition", C0 + "resourceRequirements", [{"type": "GPU", "value": "1"}], "GPU"),
    ("RegisterTaskDefinition", C0 + "linuxParameters", {"sharedMemorySize": 64}, "sharedMemorySize"),
    ("RegisterTaskDefinition", C0 + "linuxParameters", {"tmpfs": []}, "tmpfs"),
    ("RegisterTaskDefinition", C0 + "linuxParameters", {"capabilities": {"add": ["SYS_ADMIN"]}}, "SYS_ADMIN"),
    ("RegisterTaskDefinition", C0 + "stopTimeout", 121, "over 120"),
    ("RegisterTaskDefinition", C0 + "essential", False, "essential"),
    ("RegisterTaskDefinition", C0 + "image", "", "mandatory"),
    ("RegisterTaskDefinition", "containerDefinitions", [CONTAINER, CONTAINER], "one name"),
    ("RegisterTaskDefinition", C0 + "portMappings.0.containerPort", 70000, "no port"),
    ("RegisterTaskDefinition", C0 + "portMappings.0.hostPort", 81, "hostPort"),
    ("RegisterTaskDefinition", C0 + "secrets", [{"name": "A", "valueFrom": "p"}], "variables twice"),
    ("RegisterTaskDefinition", C0 + "logConfiguration.logDriver", "json-file", "log driver"),
    ("RegisterTaskDefinition", OPTIONS + "awslogs-stream-prefix", DROP, "awslogs-stream-prefix"),
    ("RegisterTaskDefinition", C0 + "healthCheck.command", ["true"], "begins with none"),
    ("RegisterTaskDefinition", C0 + "healthCheck.interval", 4, "interval"),
    ("RegisterTaskDefinition", "executionRoleArn", "", "is empty"),
    ("RegisterTaskDefinition", "executionRoleArn", DROP, "executionRoleArn"),
    ("CreateService", "launchType", "FARGATE", "exclude each other"),
    ("CreateService", AWSVPC + "subnets", [f"subnet-{n}" for n in range(17)], "16 subnets"),
    ("CreateService", AWSVPC + "subnets", [], "16 subnets"),
    ("CreateService", AWSVPC + "securityGroups", [f"sg-{n}" for n in range(6)], "5 security groups"),
    ("CreateService", "networkConfiguration", DROP, "networkConfiguration"),
    ("CreateService", "clientToken", DROP, "clientToken"),
    ("CreateService", "clientToken", "x" * 37, "is not"),
    ("CreateService", "desiredCount", DROP, "desiredCount"),
    ("CreateService", "schedulingStrategy", "DAEMON", "DAEMON"),
    ("CreateService", "deploymentConfiguration", {"minimumHealthyPercent": 100, "maximumPercent": 100},
     "no room"),
    ("CreateService", "deploymentConfiguration", {"minimumHealthyPercent": 50, "maximumPercent": 150}, "no room"),  # noqa: E501
    ("CreateService", "deploymentConfiguration", {"minimumHealthyPercent": 0, "maximumPercent": 100},
     "availabilityZoneRebalancing"),
    ("CreateService", "capacityProviderStrategy", [{"capacityProvider": "mine", "weight": 1}], "Fargate's"),
    ("CreateService", "capacityProviderStrategy", [{"capacityProvider": "FARGATE", "weight": 0}], "weight"),
    ("CreateService", "serviceRegistries", [{"registryArn": "a"}, {"registryArn": "b"}], "at most 1"),
    ("CreateService", "serviceRegistries", [{"registryArn": "a", "port": 1, "containerPort": 1}], "a port"),
    ("servicediscovery CreateService", "DnsConfig.DnsRecords",
     [{"Type": "A", "TTL": 10}, {"Type": "SRV", "TTL": 10}], "cannot be together"),
    ("servicediscovery CreateService", "DnsConfig.DnsRecords.0.Type", "CNAME", "WEIGHTED"),
    ("servicediscovery CreateService", "HealthCheckConfig", {"Type": "TCP"}, "exclude"),
    ("UpdateService", "capacityProviderStrategy", SPOT, "forceNewDeployment"),
    ("UpdateService", "deploymentConfiguration", {"minimumHealthyPercent": 100, "maximumPercent": 100},
     "no room"),
    ("CreateCluster", "capacityProviders", ["FARGATE"], "not capacityProviders"),
    ("DescribeServices", "services", [f"s{n}" for n in range(11)], "at once"),
    ("DeleteTaskDefinitions", "taskDefinitions", [f"t:{n}" for n in range(11)], "at once"),
    ("CreateRole", "AssumeRolePolicyDocument", "{", "not JSON"),
    ("CreateRole", "AssumeRolePolicyDocument", TRUST.replace("2012-10-17", "2012-10-18"), "Version"),
    ("CreateRole", "AssumeRolePolicyDocument", POLICY, "Principal"),
    ("PutRolePolicy", "PolicyDocument", POLICY.replace("a:b", "a:" + "b" * 10240), "over 10240"),
    ("PutRetentionPolicy", "retentionInDays", 31, "retentionInDays"),
    ("AuthorizeSecurityGroupIngress", "IpPermissions.0.ToPort", 70000, "no ports"),
    ("AuthorizeSecurityGroupIngress", "IpPermissions.0.IpRanges", [], "without a source"),
]  # fmt: skip


@cache
def service_model(service: str) -> Any:
    from botocore.session import get_session

    return get_session().get_service_model(service)


def operation(name: str) -> Any:
    return service_model(RIGHT[name][0]).operation_model(name.rpartition(" ")[2])


def changed(parameters: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy in which the value at a dotted path is another, or gone."""
    result = copy.deepcopy(parameters)
    *way, last = path.split(".")
    inner: Any = result
    for step in way:
        inner = inner[int(step) if step.isdigit() else step]
    key: Any = int(last) if last.isdigit() else last
    if value is DROP:
        del inner[key]
    else:
        inner[key] = value
    return result


@pytest.mark.parametrize("name", RIGHT)
def test_right_ones_pass(name: str) -> None:
    check(operation(name), RIGHT[name][1])


@pytest.mark.parametrize(
    ("name", "path", "value", "reason"), WRONG, ids=[f"{w[0]} {w[1]} {w[3]}" for w in WRONG]
)
def test_wrong_ones_are_refused(name: str, path: str, value: Any, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        check(operation(name), changed(RIGHT[name][1], path, value))


def test_a_second_placement_of_percentages_that_has_room() -> None:
    two = changed(RIGHT["CreateService"][1], "desiredCount", 2)
    check(operation("CreateService"),
          {**two, "deploymentConfiguration": {"minimumHealthyPercent": 50, "maximumPercent": 150}})  # fmt: skip  # noqa: E501


@pytest.mark.parametrize(
    "service", ["sts", "ec2", "ecs", "ecr", "iam", "logs", "resourcegroupstaggingapi", "application-autoscaling",  # noqa: E501
                "elbv2", "efs", "secretsmanager", "servicediscovery"]
)  # fmt: skip
def test_every_pattern_of_our_services_is_understood(service: str) -> None:
    """A pattern that `re` cannot compile and nobody translated would otherwise be a rule never applied."""
    ours = service_model(service)
    for name in ours.shape_names:
        pattern = ours.shape_for(name).metadata.get("pattern")
        if pattern:
            model.compiled(pattern)


def test_a_pattern_that_nobody_translated_is_a_failure() -> None:
    with pytest.raises(Refused, match="not translated"):
        model.compiled(r"[\p{Greek}]+")


@pytest.mark.parametrize(
    ("text", "fits"), [("Größe 1/ü", True), ("日本 2", True), ("a\nb", False), ("a!", False)]
)
def test_translated_patterns_know_unicode(text: str, fits: bool) -> None:
    assert bool(model.compiled(r"([\p{L}\p{Z}\p{N}_.:/=+\-@]*)").fullmatch(text)) is fits


def test_each_request_through_aws_is_checked(moto_aws: WatchedAws, refused_requests: list[str]) -> None:
    """Wrong ones do not leave this process, and are on record whatever becomes of the exception."""
    moto_aws.call("logs", "CreateLogGroup", logGroupName="/g")
    before = len(refused_requests)
    with pytest.raises(Refused):
        moto_aws.call("logs", "PutRetentionPolicy", logGroupName="/g", retentionInDays=2)
    [refusal] = refused_requests[before:]
    assert "retentionInDays 2" in refusal
    del refused_requests[before:]  # this one was meant
    [group] = moto_aws.items("logs", "DescribeLogGroups", "logGroups")
    assert "retentionInDays" not in group
