"""What a printed policy is scoped to, and that it names exactly what the program's calls take."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fargatectl.app import build
from fargatectl.engine.overrides import Overridable
from fargatectl.local.ministack_patches.permissions import actions_of
from fargatectl.policy import (
    MOST_CHARACTERS,
    MOST_INLINE_CHARACTERS,
    PURPOSES,
    characters,
    github_trust,
    policy_document,
)
from fargatectl.resources import _around
from fargatectl.resources.image import PUSH
from fargatectl.resources.registry import load_kinds
from fargatectl.spec.load import load
from tests.app.overriding import CASES
from tests.lifecycle import registry
from tests.lifecycle.balancing import BEHIND
from tests.lifecycle.cases.kms_key import KEYED
from tests.lifecycle.cases.private_dns_namespace import FOUND
from tests.lifecycle.networks import ENDPOINTS, NAT
from tests.lifecycle.stored import STORED
from tests.support.apps import ONE, many

from .enforcing import action_of

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = Path(__file__).with_name("flask-hello.deploy.json")
ACCOUNT, REGION = "123456789012", "eu-central-1"

# Actions that AWS scopes to no resource (Service Authorization Reference).
UNSCOPED = {
    "acm:ListCertificates", "cloudwatch:ListDashboards", "route53:ListHostedZones", "sns:ListTopics",
    "servicediscovery:ListNamespaces", "servicediscovery:ListTagsForResource",
    "servicediscovery:ListServices", "servicediscovery:GetOperation",
    "servicediscovery:CreatePrivateDnsNamespace", "servicediscovery:TagResource",
    "ec2:DescribeRegions", "route53:CreateHostedZone", "route53:ListHostedZonesByName",
    "application-autoscaling:DescribeScalableTargets", "application-autoscaling:DescribeScalingPolicies",
    "application-autoscaling:DescribeScheduledActions",
    "ec2:DescribeAccountAttributes", "route53:AssociateVPCWithHostedZone", "sns:Unsubscribe",
    "ec2:DescribeAddresses", "ec2:DescribeAvailabilityZones", "ec2:DescribeEgressOnlyInternetGateways",
    "ec2:DescribeInternetGateways", "ec2:DescribeNatGateways", "ec2:DescribeNetworkInterfaceAttribute",
    "ec2:DescribeNetworkInterfaces", "elasticfilesystem:CreateFileSystem",
    "ec2:DescribeRouteTables", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets",
    "ec2:DescribeVpcEndpoints", "ec2:DescribeVpcs", "ecr:DescribePullThroughCacheRules",
    "ecr:GetAuthorizationToken",
    "ecs:DeregisterTaskDefinition",
    *(f"elasticloadbalancing:Describe{one}" for one in (
        "Listeners", "LoadBalancerAttributes", "LoadBalancers", "Rules", "Tags", "TargetGroupAttributes",
        "TargetGroups", "TargetHealth",
    )),
    "ecs:DescribeTaskDefinition", "ecs:ListClusters", "ecs:ListServices", "ecs:ListTaskDefinitionFamilies",
    "ecs:ListTaskDefinitions", "ecs:ListTasks", "iam:ListRoles", "logs:DescribeLogGroups",
    "ssm:DescribeParameters",
    "tag:GetResources",
}  # fmt: skip


def document(tmp_path: Path, purpose: str, text: str = ONE, environment: str | None = None) -> dict[str, Any]:
    (tmp_path / "fargate.yml").write_text(text)
    loaded = load(tmp_path / "fargate.yml", environment=environment, environ={})
    app = build(loaded, region=REGION, content_hash=lambda _: "")
    return policy_document(app, operations=purpose, account=ACCOUNT, region=REGION)


def grants(policy: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Action, resource and condition of every pair that a policy allows."""
    for one in policy["Statement"]:
        assert one["Effect"] == "Allow"
        resources = one["Resource"] if isinstance(one["Resource"], list) else [one["Resource"]]
        yield from (
            (action, resource, one.get("Condition", {})) for action in one["Action"] for resource in resources
        )


def actions(policy: dict[str, Any]) -> set[str]:
    return {action for action, _, _ in grants(policy)}


TEXTS = {
    "alone": ONE,
    "behind a load balancer": BEHIND,
    "nat": NAT,
    "endpoints": ENDPOINTS,
    "with a file system": STORED,
    "with a key": KEYED,
}


@pytest.mark.parametrize("text", [*TEXTS, "found by DNS"])
@pytest.mark.parametrize("purpose", PURPOSES)
def test_only_what_aws_cannot_scope_is_for_every_resource(tmp_path: Path, purpose: str, text: str) -> None:
    for action, resource, _ in grants(document(tmp_path, purpose, {**TEXTS, "found by DNS": FOUND}[text])):
        assert "*" not in action
        assert (resource == "*") == (action in UNSCOPED), action
        if resource != "*":
            # Hosted zones have no account in their ARNs.
            assert resource.split(":")[4] == ACCOUNT or resource.startswith("arn:aws:route53:::hostedzone/")
            assert resource.split(":")[3] in (REGION, "")  # IAM is global


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_change_is_allowed_on_our_own_things_only(tmp_path: Path, purpose: str, text: str) -> None:
    for action, resource, condition in grants(document(tmp_path, purpose, TEXTS[text])):
        verb = action.partition(":")[2]
        if verb.startswith(("Describe", "List", "Get", "BatchGet", "BatchCheck", "Filter")):
            continue
        if action in ("ecs:DeregisterTaskDefinition", "iam:CreateServiceLinkedRole"):
            continue
        if action == "route53:AssociateVPCWithHostedZone":  # what EC2 does, with a zone of AWS's own
            continue
        if "NetworkInterface" in action:  # what EFS does in the caller's name, with no tags
            continue
        if action.startswith("kms:"):  # the one key that the spec names
            assert condition["ForAnyValue:StringEquals"] == {"kms:ResourceAliases": "alias/shop"}
            by_aws = condition.get("Bool", {}) == {"kms:GrantIsForAWSResource": "true"}
            assert by_aws == (action == "kms:CreateGrant")
            continue
        named = "shop" in resource
        marked = any(key.endswith("fargatectl:app") for keys in condition.values() for key in keys)
        making = action in ("ec2:CreateTags", "ec2:CreateSecurityGroup")
        assert named or marked or making, (action, resource)


def test_exactly_the_two_roles_are_passed_to_tasks_alone(tmp_path: Path) -> None:
    passed = [one for one in grants(document(tmp_path, "deploy")) if one[0] == "iam:PassRole"]
    path = f"arn:aws:iam::{ACCOUNT}:role/fargatectl/{REGION}/shop/default"
    assert [resource for _, resource, _ in passed] == [
        f"{path}/shop-execution-{REGION}", f"{path}/shop-task-{REGION}",
    ]  # fmt: skip
    for _, _, condition in passed:
        assert condition == {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}


def test_only_the_service_linked_role_of_ecs_is_made(tmp_path: Path) -> None:
    made = [one for one in grants(document(tmp_path, "deploy")) if one[0] == "iam:CreateServiceLinkedRole"]
    assert [condition for _, _, condition in made] == [
        {"StringEquals": {"iam:AWSServiceName": "ecs.amazonaws.com"}}
    ]
    assert all("/ecs.amazonaws.com/" in resource for _, resource, _ in made)


def test_tags_are_given_at_creation_only_except_to_services(tmp_path: Path) -> None:
    tagging = [
        one for one in grants(document(tmp_path, "deploy")) if one[0] in ("ecs:TagResource", "ec2:CreateTags")
    ]
    assert len(tagging) == 4
    for _, resource, condition in tagging:
        given = {key for keys in condition.values() for key in keys}
        assert given & {"ecs:CreateAction", "ec2:CreateAction"} or ":service/" in resource


def test_read_only_changes_nothing_and_deploy_includes_it(tmp_path: Path) -> None:
    look, deploy = document(tmp_path, "read-only"), document(tmp_path, "deploy")
    verbs = {action.partition(":")[2] for action in actions(look)}
    assert all(verb.startswith(("Describe", "List", "Get", "BatchGet", "Filter")) for verb in verbs)
    assert actions(look) < actions(deploy)


def test_environments_have_policies_of_their_own(tmp_path: Path) -> None:
    text = ONE + "environments: {prod: {}}\n"
    default, prod = (document(tmp_path, "deploy", text, name) for name in (None, "prod"))
    assert "shop-prod" not in str(default)
    for action, resource, condition in grants(prod):
        if "Delete" in action and "cluster/" in resource:
            assert resource.endswith("cluster/shop-prod")
        assert "'default'" not in str(condition)


def test_what_a_spec_has_not_it_needs_no_right_for(tmp_path: Path) -> None:
    without_build = document(tmp_path, "deploy", many(1))
    assert not [action for action in actions(without_build) if action.startswith("ecr:")]
    named = document(tmp_path, "deploy", many(1) + "network: {subnets: [subnet-0a1b2c3d4e5f60718]}\n")
    assert "ec2:DescribeVpcs" in actions(without_build)
    assert "ec2:DescribeVpcs" not in actions(named)


BUILT = "image: public.example/web:1", "build: ."
LONGEST = f"environments: {{{'e' * 32}: {{}}}}\n"


@pytest.mark.parametrize("text", [NAT, ENDPOINTS], ids=["nat", "endpoints"])
@pytest.mark.parametrize("purpose", PURPOSES)
def test_with_a_network_of_its_own_it_still_fits(tmp_path: Path, purpose: str, text: str) -> None:
    """`deploy` into an inline policy: it is over the 6144 characters of a managed one, and says so."""
    assert characters(document(tmp_path, purpose, text)) < 0.8 * MOST_INLINE_CHARACTERS


@pytest.mark.parametrize("purpose", PURPOSES)
def test_services_add_nothing_and_it_fits_into_a_managed_policy(tmp_path: Path, purpose: str) -> None:
    one, twenty = (document(tmp_path, purpose, many(count).replace(*BUILT)) for count in (1, 20))
    assert characters(one) == characters(twenty)
    assert characters(one) < 0.9 * MOST_CHARACTERS  # names of usual length leave room


def test_the_longest_names_still_fit_into_an_inline_policy(tmp_path: Path) -> None:
    text = many(20).replace(*BUILT).replace("app: shop", f"app: {'a' * 32}") + LONGEST
    policy = document(tmp_path, "deploy", text, "e" * 32)
    assert characters(policy) < 0.8 * MOST_INLINE_CHARACTERS


def calls() -> set[tuple[str, str]]:
    """Every AWS call in the program's text: ``.call(service, operation`` and ``.items(service, ...``.

    And those of overrides, which stand in tables.
    """
    found = set()
    for path in (ROOT / "fargatectl").rglob("*.py"):
        if "ministack" in str(path):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if not (
                isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and len(node.args) > 1
            ):
                continue
            service, operation = node.args[:2]
            if node.func.attr in ("call", "items") and isinstance(service, ast.Constant):
                if isinstance(operation, ast.Constant):
                    found.add((str(service.value), str(operation.value)))
                elif path.name == "_around.py":  # the names are in a table
                    found |= {("ec2", name) for name in _around._FILTER}
                else:  # the one call whose name is put together
                    assert path.name == "security_group.py", path
                    found |= {
                        ("ec2", f"{verb}SecurityGroup{way}")
                        for verb in ("Authorize", "Revoke") for way in ("Ingress", "Egress")
                    }  # fmt: skip
    further = [(what.service, call) for what in _overridable() for call in what.further]
    return found | {(service, call.partition(".")[0]) for service, call in further}


def _overridable() -> list[Overridable]:
    return [what for cls in load_kinds().values() if (what := cls.overridable) is not None]


PAUSED = f"{ONE}    load_balancer: true\n    deployment: {{strategy: blue_green, pause: before_shift}}\n"
NAMED = f"app: shop\nservices: {{web: {{image: '{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/web:1'}}}}\n"
OF_AN_EARLIER_SPEC = {"iam:DeleteRolePermissionsBoundary"}
"""What takes away what a spec no longer has: the policy of the spec that had it does not take it."""


def test_every_call_of_the_program_has_its_action_and_every_action_its_call(tmp_path: Path) -> None:
    taken = {action for call in calls() for action in actions_of(action_of(*call))}
    printed = {
        action
        for spec in {
            *(ONE, PAUSED, KEYED, NAMED),
            *(case.spec for case in registry.made()),
            *(case.text() for case in CASES if case.set_by),
        }
        for purpose in PURPOSES
        for action in actions(document(tmp_path, purpose, spec))
    }
    assert len(taken) > 50
    assert printed - set(PUSH) == taken - OF_AN_EARLIER_SPEC


def test_every_action_is_one_of_aws(tmp_path: Path) -> None:
    """Named after an operation in botocore's models; the exceptions have none."""
    import botocore.session

    session = botocore.session.get_session()
    names = {
        "tag": "resourcegroupstaggingapi",
        "elasticloadbalancing": "elbv2",
        "elasticfilesystem": "efs",
    }
    for purpose in PURPOSES:
        both = (actions(document(tmp_path, purpose, text)) for text in (BEHIND, STORED))
        for action in set[str]().union(*both) - {"iam:PassRole"}:
            service, _, operation = action.partition(":")
            assert operation in session.get_service_model(names.get(service, service)).operation_names


def test_every_kind_says_what_it_needs() -> None:
    for name, cls in load_kinds().items():
        if not name.startswith("fake."):
            assert "rights" in vars(cls), name


def test_the_example(tmp_path: Path) -> None:
    loaded = load(ROOT / "examples/flask-hello/fargate.yml", environment=None, environ={})
    app = build(loaded, region="us-east-1", content_hash=lambda _: "")
    policy = policy_document(app, operations="deploy", account=ACCOUNT, region="us-east-1")
    assert policy == json.loads(GOLDEN.read_text())


@pytest.mark.parametrize(
    ("given", "subject"),
    [
        ({}, "repo:octo/shop:ref:refs/heads/main"),
        ({"branch": "release/1"}, "repo:octo/shop:ref:refs/heads/release/1"),
        ({"environment": "production"}, "repo:octo/shop:environment:production"),
    ],
)
def test_github_is_trusted_for_one_branch_or_environment(given: dict[str, str], subject: str) -> None:
    [one] = github_trust("octo/shop", account=ACCOUNT, **given)["Statement"]  # type: ignore[arg-type]
    assert one["Principal"] == {
        "Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
    }
    assert one["Action"] == "sts:AssumeRoleWithWebIdentity"
    issuer = "token.actions.githubusercontent.com"
    assert one["Condition"] == {
        "StringEquals": {f"{issuer}:aud": "sts.amazonaws.com", f"{issuer}:sub": subject}
    }


def test_the_trust_fits_into_a_role(tmp_path: Path) -> None:
    """2048 characters (IAM User Guide, quotas); GitHub's names have at most 39, 100 and 255."""
    trust = github_trust(f"{'o' * 39}/{'r' * 100}", account=ACCOUNT, branch="b" * 255)
    assert characters(trust) < 2048
