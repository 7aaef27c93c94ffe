"""`overrides` of every kind: the request that carries each, and what the next plan makes of it.

What AWS shows is shown by moto here; where moto lacks it, `Case.lacks` says so, and only requests are seen.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from fargatectl.engine.overrides import Overridable
from fargatectl.engine.resource import KINDS, Lookup
from fargatectl.errors import UsageError
from fargatectl.resources._overridable import NOTHING
from fargatectl.resources.registry import load_kinds
from tests.lifecycle.balancing import BEHIND
from tests.lifecycle.cases.discovery_service import FOUND
from tests.lifecycle.cases.namespace import CONNECTED
from tests.lifecycle.cases.scalable_target import SCALED
from tests.lifecycle.cases.topic import WATCHED
from tests.lifecycle.domains import SECURE
from tests.lifecycle.networks import ENDPOINTS, NAT, PUBLIC
from tests.lifecycle.stored import STORED
from tests.support.apps import ONE, Deployer, changed

COMMANDED = f"{ONE}    before_deploy: [[migrate]]\n"

UPDATED, REPLACED, REFUSED, LEFT = "update", "replace", "refuse", "leave"
"""What becomes of one that is there: set by a later call, made anew, kept with an error, not looked at."""


@dataclass(frozen=True)
class Case:
    """One member of a kind.

    Attributes:
        id: Of the resource in `spec`.
        given: The member and its value, as people write it.
        other: Another value of the same member.
        carried: What the request has of it, if that is not `given` itself.
        made_by: The call that carries it for a new one.
        set_by: The call that carries it for one that is there.
        becomes: See above.
        lacks: What moto lacks, so that the next plan cannot be looked at.
    """

    kind: str
    id: str
    given: Mapping[str, Any]
    other: Mapping[str, Any]
    made_by: str
    set_by: str = ""
    spec: str = ONE
    becomes: str = UPDATED
    carried: Any = None
    lacks: str = ""

    @property
    def member(self) -> str:
        return next(iter(self.given))

    def text(self, given: Mapping[str, Any] | None = None) -> str:
        value = json.dumps(self.given if given is None else given)
        return f"{self.spec}overrides: {{{self.kind}: {{'{self.id}': {value}}}}}\n"

    def is_in(self, request: Any) -> bool:
        wanted = self.carried if self.carried is not None else self.given[self.member]
        return any(_has(value, wanted) for name, value in _members(request) if name == self.member)


POLICY = '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}'
NARROW = '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "ecr:*", "Resource": "*"}]}'
SHORT = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503"}}
LONG = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "410", "MessageBody": "Gone"}}
SERVER = "routing.http.response.server.enabled"

CASES = [
    Case("logs.log_group", "app", {"deletionProtectionEnabled": "true"},
         {"deletionProtectionEnabled": "false"}, "CreateLogGroup",
         "PutLogGroupDeletionProtection"),
    Case("ecr.repository", "shop", {"imageScanningConfiguration": {"scanOnPush": "false"}},
         {"imageScanningConfiguration": {"scanOnPush": "true"}},
         "CreateRepository", "PutImageScanningConfiguration"),
    Case("ecr.repository", "shop", {"encryptionConfiguration": {"encryptionType": "KMS"}},
         {"encryptionConfiguration": {"encryptionType": "AES256"}}, "CreateRepository", becomes=REFUSED),
    Case("iam.role", "task", {"MaxSessionDuration": "7200"}, {"MaxSessionDuration": "3600"},
         "CreateRole", "UpdateRole"),
    Case("ec2.security_group", "web", {"Description": "the web service"}, {"Description": "other"},
         "CreateSecurityGroup", becomes=REFUSED),
    Case("efs.file_system", "uploads", {"LifecyclePolicies": [{"TransitionToIA": "AFTER_7_DAYS"}]},
         {"LifecyclePolicies": [{"TransitionToIA": "AFTER_14_DAYS"}]},
         "PutLifecycleConfiguration", "PutLifecycleConfiguration", STORED),
    Case("efs.file_system", "uploads", {"PerformanceMode": "maxIO"}, {"PerformanceMode": "generalPurpose"},
         "CreateFileSystem", spec=STORED, becomes=REFUSED),
    Case("efs.file_system", "uploads", {"ReplicationOverwriteProtection": "DISABLED"},
         {"ReplicationOverwriteProtection": "ENABLED"},
         "UpdateFileSystemProtection", "UpdateFileSystemProtection", STORED),
    Case("efs.access_point", "uploads", {"PosixUser": {"SecondaryGids": ["1001"]}},
         {"PosixUser": {"SecondaryGids": ["1002"]}}, "CreateAccessPoint", spec=STORED, becomes=REPLACED),
    Case("efs.mount_target", "uploads", {"IpAddressType": "IPV4_ONLY"}, {"IpAddressType": "DUAL_STACK"},
         "CreateMountTarget", spec=STORED, becomes=LEFT),
    Case("elbv2.load_balancer", "load-balancer", {"IpAddressType": "dualstack"}, {"IpAddressType": "ipv4"},
         "CreateLoadBalancer", "SetIpAddressType", BEHIND),
    Case("elbv2.target_group", "web", {"ProtocolVersion": "HTTP2"}, {"ProtocolVersion": "HTTP1"},
         "CreateTargetGroup", spec=BEHIND, becomes=REFUSED),
    Case("elbv2.listener", "http", {"DefaultActions": [LONG]}, {"DefaultActions": [SHORT]},
         "CreateListener", "ModifyListener", BEHIND),
    Case("elbv2.listener", "http", {"Attributes": {SERVER: {"Value": "false"}}},
         {"Attributes": {SERVER: {"Value": "true"}}}, "ModifyListenerAttributes", "ModifyListenerAttributes",
         BEHIND, carried=[{"Key": SERVER, "Value": "false"}]),
    Case("elbv2.rule", "web", {"Transforms": [{"Type": "url-rewrite", "UrlRewriteConfig": {
         "Rewrites": [{"Regex": "^/api", "Replace": "/"}]}}]}, {"Transforms": []},
         "CreateRule", spec=BEHIND, lacks="Transforms"),
    Case("appscaling.scalable_target", "web",
         {"StepScalingPolicyConfiguration": {"MetricAggregationType": "Maximum"}},
         {"StepScalingPolicyConfiguration": {"MetricAggregationType": "Minimum"}},
         "PutScalingPolicy", "PutScalingPolicy", SCALED),
    Case("sns.topic", "alarms", {"Attributes": {"DisplayName": "Shop"}},
         {"Attributes": {"DisplayName": "Other"}},
         "CreateTopic", "SetTopicAttributes", WATCHED),
    Case("servicediscovery.namespace", "app", {"Description": "the shop"}, {"Description": "other"},
         "CreateHttpNamespace", "UpdateHttpNamespace", CONNECTED),
    Case("servicediscovery.private_dns_namespace", "app", {"Description": "the shop"},
         {"Description": "other"}, "CreatePrivateDnsNamespace", "UpdatePrivateDnsNamespace", FOUND),
    Case("servicediscovery.discovery_service", "web", {"Description": "the shop"}, {"Description": "other"},
         "CreateService", "UpdateService", FOUND),
    Case("route53.record", "shop.example.com", {"AliasTarget": {"EvaluateTargetHealth": "true"}},
         {"AliasTarget": {"EvaluateTargetHealth": "false"}},
         "ChangeResourceRecordSets", "ChangeResourceRecordSets", SECURE),
    Case("acm.certificate", "app", {"KeyAlgorithm": "EC_prime256v1"}, {"KeyAlgorithm": "RSA_2048"},
         "RequestCertificate", spec=SECURE, becomes=REPLACED),
    Case("acm.certificate", "app", {"Options": {"CertificateTransparencyLoggingPreference": "DISABLED"}},
         {"Options": {"CertificateTransparencyLoggingPreference": "ENABLED"}},
         "RequestCertificate", "UpdateCertificateOptions", SECURE),
    Case("ec2.vpc", "network", {"EnableNetworkAddressUsageMetrics": {"Value": "true"}},
         {"EnableNetworkAddressUsageMetrics": {"Value": "false"}},
         "ModifyVpcAttribute", "ModifyVpcAttribute", PUBLIC),
    Case("ec2.subnet", "public-1", {"MapPublicIpOnLaunch": {"Value": "true"}},
         {"MapPublicIpOnLaunch": {"Value": "false"}},
         "ModifySubnetAttribute", "ModifySubnetAttribute", PUBLIC),
    Case("ec2.nat_gateway", "nat-1", {"PrivateIpAddress": "10.0.0.9"}, {"PrivateIpAddress": "10.0.0.10"},
         "CreateNatGateway", spec=NAT, lacks="a private address that is asked for"),
    Case("ec2.elastic_ip", "nat-1/10.0.0.0/16/ipv6", {"PublicIpv4Pool": "ipv4pool-ec2-0123456789abcdef0"},
         {"PublicIpv4Pool": "amazon"}, "AllocateAddress", spec=NAT, lacks="pools of addresses"),
    Case("ec2.vpc_endpoint", "ecr.api", {"PolicyDocument": POLICY}, {"PolicyDocument": NARROW},
         "CreateVpcEndpoint", "ModifyVpcEndpoint", ENDPOINTS),
    Case("ecs.cluster", "app",
         {"defaultCapacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": "1"}]},
         {"defaultCapacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": "1"}]},
         "CreateCluster", "PutClusterCapacityProviders"),
    Case("ecs.task", "web", {"overrides": {"memory": "2048"}}, {"overrides": {"memory": "4096"}},
         "RunTask", spec=COMMANDED, becomes=LEFT),
]  # fmt: skip
ELSEWHERE = {"ecs.service", "ecs.task_definition", "cloudwatch.alarm"}
"""Kinds of tests/app/test_overrides.py and others."""


def name_of(case: Case) -> str:
    return f"{case.kind}.{case.member}"


@pytest.fixture(autouse=True)
def zone(deployer: Deployer) -> None:
    deployer.aws().call("route53", "CreateHostedZone", Name="example.com", CallerReference="example.com")


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_a_new_one_is_made_with_it_and_the_plan_says_so(case: Case, deployer: Deployer) -> None:
    planned = deployer.plan(case.text()).plan.documents()
    (creation,) = [one for one in planned if one["kind"] == case.kind and one["id"] == case.id]
    assert {one["field"].split(".")[1] for one in creation["fields"]} == {case.member}
    aws = deployer.aws()
    deployer.up(case.text(), aws)
    assert any(case.is_in(one) for one in aws.of(case.made_by))
    if not case.lacks:
        again = deployer.aws()
        deployer.up(case.text(), again)
        assert deployer.plan(case.text()).plan.documents() == []
        assert not [one for name in (case.made_by, case.set_by) if name for one in again.of(name)]


@pytest.mark.parametrize("case", [one for one in CASES if not one.lacks], ids=name_of)
def test_one_that_is_there_is_changed_replaced_or_left_with_a_word(case: Case, deployer: Deployer) -> None:
    deployer.up(case.text(case.other))
    if case.becomes == REFUSED:
        with pytest.raises(UsageError, match="only for a new") as raised:
            deployer.plan(case.text())
        assert raised.value.message.startswith(f"overrides.{case.kind}.{case.id}.{case.member}")
        assert raised.value.hint
        return
    changes = changed(deployer.plan(case.text()).plan.documents())
    if case.becomes == LEFT:
        assert changes == []
        return
    (action, _, fields), *others = [one for one in changes if one[1] == case.kind]
    assert not others
    assert action == case.becomes
    assert {".".join(one.split(".")[:2]) for one in fields} == {f"overrides.{case.member}"}
    aws = deployer.aws()
    deployer.up(case.text(), aws)
    assert any(case.is_in(one) for one in aws.of(case.set_by or case.made_by))
    assert deployer.plan(case.text()).plan.documents() == []


@pytest.mark.parametrize("case", [one for one in CASES if one.set_by and not one.lacks], ids=name_of)
def test_what_somebody_else_has_changed_is_mended(case: Case, deployer: Deployer) -> None:
    deployer.up(case.text())
    deployer.up(case.text(case.other))  # as anybody may do it
    aws = deployer.aws()
    deployer.up(case.text(), aws)
    assert any(case.is_in(one) for one in aws.of(case.set_by))
    assert deployer.plan(case.text()).plan.documents() == []


def test_every_kind_may_be_overridden_or_says_why_not() -> None:
    made = {kind for kind, cls in load_kinds().items() if not issubclass(cls, Lookup)}
    able = {kind for kind in made if KINDS[kind].overridable}
    assert not able & set(NOTHING)
    assert able | set(NOTHING) == made
    assert able == {case.kind for case in CASES} | ELSEWHERE


@pytest.mark.parametrize("kind", [kind for kind, cls in load_kinds().items() if cls.overridable])
def test_what_a_kind_reserves_is_there(kind: str) -> None:
    from fargatectl.aws.fields import _input, _shown

    what = KINDS[kind].overridable
    assert isinstance(what, Overridable)
    shapes = [_input(what.service, call) for call in (what.create, *what.updates, *what.further)]
    members = {name for shape in shapes for name in shape.members}
    assert {path.partition(".")[0] for path in what.reserved} <= members
    assert {*what.told, *what.by, *what.instead, *what.present, *what.later} <= members
    fields = {one for names in what.by.values() for one in names} | set(what.instead.values())
    assert fields <= set(KINDS[kind].__dataclass_fields__)
    for path in what.shown:
        assert _shown(what.service, path)


@pytest.mark.parametrize("kind", [kind for kind, cls in load_kinds().items() if cls.overridable])
def test_names_ids_tags_and_tokens_are_never_the_specs_to_set(kind: str) -> None:
    from fargatectl.aws.fields import _input

    what = KINDS[kind].overridable
    assert what
    for call in (what.create, *what.updates, *what.further):
        for name in _input(what.service, call).members:
            if name.lower() in ("tags", "tagspecifications", "clienttoken", "name", "dryrun"):
                assert name in what.reserved, name


@pytest.mark.parametrize("kind", sorted(NOTHING))
def test_of_the_others_it_is_said_why(kind: str, deployer: Deployer) -> None:
    with pytest.raises(UsageError) as raised:
        deployer.plan(f"{ONE}overrides: {{{kind}: {{'*': {{}}}}}}\n")
    assert NOTHING[kind] in str(raised.value.problems[0].text)  # type: ignore[attr-defined]


def _members(value: Any) -> Iterator[tuple[str, Any]]:
    """Every member of a request, at whatever depth."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield name, inner
            yield from _members(inner)
        if "AttributeName" in value:  # SetTopicAttributes, one at a time
            yield "Attributes", {value["AttributeName"]: value["AttributeValue"]}
    elif isinstance(value, list):
        for inner in value:
            yield from _members(inner)


def _has(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, Mapping):
        return isinstance(value, Mapping) and all(_has(value.get(name), one) for name, one in wanted.items())
    if isinstance(wanted, list):
        return isinstance(value, list) and all(any(_has(one, want) for one in value) for want in wanted)
    return str(value).lower() == str(wanted).lower()
