"""What may be overridden, kind by kind: a table for tests.

What moto lacks of them is in `tests.support.shims_overrides`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.lifecycle.balancing import BEHIND
from tests.lifecycle.cases.discovery_service import FOUND
from tests.lifecycle.cases.namespace import CONNECTED
from tests.lifecycle.cases.scalable_target import SCALED
from tests.lifecycle.cases.topic import WATCHED
from tests.lifecycle.domains import SECURE
from tests.lifecycle.networks import ENDPOINTS, NAT, PUBLIC
from tests.lifecycle.stored import STORED
from tests.support.apps import ONE

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


def rewrite(path: str) -> dict[str, Any]:
    return {
        "Type": "url-rewrite",
        "UrlRewriteConfig": {"Rewrites": [{"Regex": "^/api", "Replace": path}]},
    }


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
    Case("elbv2.rule", "web", {"Transforms": [rewrite("/")]}, {"Transforms": [rewrite("/v1")]},
         "CreateRule", "ModifyRule", BEHIND),
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
         "CreateNatGateway", spec=NAT, becomes=REFUSED),
    Case("ec2.elastic_ip", "nat-1/10.0.0.0/16/ipv6", {"PublicIpv4Pool": "ipv4pool-ec2-0123456789abcdef0"},
         {"PublicIpv4Pool": "ipv4pool-ec2-0fedcba9876543210"}, "AllocateAddress", spec=NAT, becomes=REPLACED),
    Case("ec2.vpc_endpoint", "ecr.api", {"PolicyDocument": POLICY}, {"PolicyDocument": NARROW},
         "CreateVpcEndpoint", "ModifyVpcEndpoint", ENDPOINTS),
    Case("ecs.cluster", "app",
         {"defaultCapacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": "1"}]},
         {"defaultCapacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": "1"}]},
         "CreateCluster", "PutClusterCapacityProviders"),
    Case("ecs.task", "web", {"overrides": {"memory": "2048"}}, {"overrides": {"memory": "4096"}},
         "RunTask", spec=COMMANDED, becomes=LEFT),
]  # fmt: skip


def name_of(case: Case) -> str:
    return f"{case.kind}.{case.member}"


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
