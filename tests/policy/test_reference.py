"""The printed policies against AWS's Service Authorization Reference (see `source` in reference.json).

An action is given a resource only of the types that AWS asks it for, and one of each that it must have; a
condition only where AWS tells its key. Otherwise a statement looks right and permits nothing.
"""

from __future__ import annotations

import json
import re
from fnmatch import fnmatchcase
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from fargatectl.policy import PURPOSES
from tests.app.overriding import CASES
from tests.lifecycle.balancing import BEHIND
from tests.lifecycle.cases import role
from tests.lifecycle.cases.kms_key import KEYED
from tests.lifecycle.cases.private_dns_namespace import FOUND
from tests.lifecycle.cases.scalable_target import SCALED
from tests.lifecycle.domains import SECURE
from tests.lifecycle.networks import ENDPOINTS, NAT
from tests.lifecycle.stored import STORED
from tests.support.apps import ONE, many

from .test_scope import ACCOUNT, REGION, document, grants

REFERENCE: dict[str, Any] = json.loads(Path(__file__).with_name("reference.json").read_text())["actions"]

# AWS has it ask for a container instance, of which Fargate has none; without one in the call it asks for any.
# And Cloud Map has been seen to ask for any: see `fargatectl.resources._cloud_map.FOLLOWS`.
ASKED_FOR_ANY = {
    "ecs:ListTasks",
    "route53:AssociateVPCWithHostedZone",  # the hosted zone of a VPC endpoint is AWS's own
    "servicediscovery:GetOperation",
    "sns:Unsubscribe",  # the topic is not required, and long was not named in the reference
}
# Asked for a stream; stands in one statement with what is asked for the group, for the sake of the size.
BESIDE = {("logs:GetLogEvents", f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/ecs/shop")}

# What stands for the variables in the reference's ARNs: the app of `ONE`.
VALUES = {
    "Partition": ["aws"], "Region": [REGION], "Account": [ACCOUNT], "ClusterName": ["shop"],
    "ServiceName": ["web"], "TaskId": ["0a1b"], "TaskDefinitionFamilyName": ["shop-web"],
    "TaskDefinitionRevisionNumber": ["1"], "ServiceDeploymentId": ["abc"], "RepositoryName": ["shop"],
    "LogGroupName": ["/ecs/shop", "/ecs/shop:*"], "LogStreamName": ["web/web/0a1b"],
    "TopicName": ["shop-alarms"], "NamespaceId": ["ns-0a1b"], "ServiceId": ["srv-0a1b"],
    "DashboardName": ["shop-us-east-1"],
    "AlarmName": ["*", "shop-web-cpu-above"], "ResourceId": ["0a1b2c3d"],
    "SecurityGroupId": ["sg-0123"], "VpcId": ["vpc-0a1b2c3d4e5f60718"], "SubnetId": ["subnet-0123"],
    "RouteTableId": ["rtb-0123"], "InternetGatewayId": ["igw-0123"], "NatGatewayId": ["nat-0123"],
    "EgressOnlyInternetGatewayId": ["eigw-0123"], "AllocationId": ["eipalloc-0123"],
    "VpcEndpointId": ["vpce-0123"], "FileSystemId": ["fs-0123"], "AccessPointId": ["fsap-0123"],
    "NetworkInterfaceId": ["eni-0123"], "KeyId": ["0a1b"],
    "ParameterNameWithoutLeadingSlash": [
        "fargatectl/shop/default/lock", "fargatectl/shop/default/secrets/SESSION_KEY",
    ],
    "RoleNameWithPath": [
        f"fargatectl/{REGION}/shop/default/shop-task-{REGION}",
        f"fargatectl/{REGION}/shop/default/shop-execution-{REGION}",
        f"shop-task-{REGION}", f"shop-execution-{REGION}", f"shop-web-task-{REGION}",
        f"fargatectl/{REGION}/shop/default/shop-web-task-{REGION}",
        "aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS",
        "aws-service-role/elasticloadbalancing.amazonaws.com/AWSServiceRoleForElasticLoadBalancing",
        "aws-service-role/elasticfilesystem.amazonaws.com/AWSServiceRoleForAmazonElasticFileSystem",
        "aws-service-role/ecs.application-autoscaling.amazonaws.com/"
        "AWSServiceRoleForApplicationAutoScaling_ECSService",
    ],
    "CertificateId": ["0a1b"], "Id": ["Z0A1B"],
    "LoadBalancerName": ["shop-1a2b3c"], "LoadBalancerId": ["0a1b"], "ListenerId": ["2c3d"],
    "ListenerRuleId": ["4e5f"], "TargetGroupName": ["shop-web-1a2b3c"], "TargetGroupId": ["0a1b"],
}  # fmt: skip

OVERRIDDEN = [case.text() for case in CASES if case.set_by]


def examples(form: str) -> list[str]:
    """ARNs of a form such as ``arn:${Partition}:ecs:...``; none of a kind of thing that the app has not."""
    names = re.findall(r"\$\{(\w+)\}", form)
    found = []
    for values in product(*(VALUES.get(name, ()) for name in names)):
        arn = form
        for name, value in zip(names, values, strict=True):
            arn = arn.replace(f"${{{name}}}", value)
        found.append(arn)
    return found


def covers(resource: str, form: str) -> bool:
    """Whether a policy's resource is about one of the things of that form."""
    return any(fnmatchcase(one, resource) for one in examples(form))


def policies(tmp_path: Path) -> dict[str, dict[str, Any]]:
    built = many(2).replace("image: public.example/web:1", "build: .", 1)
    named = many(1) + "network: {vpc: vpc-0a1b2c3d4e5f60718}\n"
    before = f"{ONE}    before_deploy: [[migrate]]\n"
    return {
        f"{purpose} {number}": document(tmp_path, purpose, text)
        for purpose in PURPOSES
        for number, text in enumerate(
            [
                ONE,
                built,
                named,
                SCALED,
                BEHIND,
                SECURE,
                NAT,
                ENDPOINTS,
                STORED,
                KEYED,
                before,
                FOUND,
                role.CASE.spec,
                *OVERRIDDEN,
            ]
        )
    }


@pytest.fixture
def every(tmp_path: Path) -> list[tuple[str, str, dict[str, Any]]]:
    """Every (action, resource, condition) that any policy permits."""
    return [one for policy in policies(tmp_path).values() for one in grants(policy)]


def test_each_resource_is_of_a_type_that_the_action_is_asked_for(every: list[Any]) -> None:
    for action, resource, _ in every:
        types = REFERENCE[action]["resources"]
        if resource == "*":
            assert not types or action in ASKED_FOR_ANY, action
        elif (action, resource) not in BESIDE:
            assert any(covers(resource, one["arn"]) for one in types.values()), (action, resource)


def test_each_action_has_a_resource_of_each_type_that_it_must_have(tmp_path: Path) -> None:
    for name, policy in policies(tmp_path).items():
        permitted = list(grants(policy))
        for action in {one for one, _, _ in permitted} - ASKED_FOR_ANY:
            resources = [resource for one, resource, _ in permitted if one == action]
            for type_name, one in REFERENCE[action]["resources"].items():
                if one["required"]:
                    assert any(covers(resource, one["arn"]) for resource in resources), (
                        name,
                        action,
                        type_name,
                    )


def test_each_condition_tests_a_key_that_aws_tells(every: list[Any]) -> None:
    for action, resource, condition in every:
        types = REFERENCE[action]["resources"].values()
        here = [one for one in types if covers(resource, one["arn"])]
        keys = {*REFERENCE[action]["keys"], *(key for one in here for key in one["keys"])}
        plain = {re.sub(r"/\$\{.*", "", key) for key in keys}
        for used in (key for tests in condition.values() for key in tests):
            assert re.sub(r"/.*", "", used) in plain, (action, resource, used)


@pytest.mark.parametrize(
    ("action", "resource", "form"),
    [
        ("logs:DescribeLogGroups", f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:*", None),
        ("ecs:CreateService", f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/shop", "service"),
        ("iam:GetRole", f"arn:aws:iam::{ACCOUNT}:user/shop", "role"),
    ],
)
def test_it_can_fail(action: str, resource: str, form: str | None) -> None:
    types = REFERENCE[action]["resources"]
    assert set(types) == ({form} if form else set())
    assert not any(covers(resource, one["arn"]) for one in types.values())
