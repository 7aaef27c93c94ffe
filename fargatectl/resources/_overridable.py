"""What of each kind's requests the spec may set itself, beside the kinds that say so in their own files.

Never: what fargatectl finds a thing by and knows it as its own by (names, ids, tags), and what a key of the
spec sets. Source: the API reference of each call, and botocore's models.
"""

from __future__ import annotations

from collections.abc import Mapping

from fargatectl.engine.overrides import Overridable

_FOUND = "fargatectl finds it by its name"
_TAGS = "fargatectl knows its own by them"
_TOKEN = "fargatectl sends one of its own"  # noqa: S105
_OURS = "it is the app's own"
_PLACE = "set network, or network.create"
_EC2: Mapping[str, str] = {
    "DryRun": "it would make nothing",
    "TagSpecifications": _TAGS,
}


def _each(text: str, *members: str) -> dict[str, str]:
    return dict.fromkeys(members, text)


NOTHING: Mapping[str, str] = {
    "cloudwatch.dashboard": "fargatectl draws it from the spec",
    "ec2.egress_only_internet_gateway": "AWS takes its VPC and nothing else",
    "ec2.internet_gateway": "AWS takes nothing for it",
    "ec2.route_table": "its routes are the network's own",
    "ecr.image": "it is what the build makes",
    "ssm.secret": "people set it with fargatectl secret set, which must make the same",
}
"""Kinds of which nothing can be overridden -> why."""

LOG_GROUP = Overridable(
    service="logs",
    create="CreateLogGroup",
    further={"PutLogGroupDeletionProtection": {"logGroupIdentifier": "{name}"}},
    shown=(("DescribeLogGroups", "logGroups"),),
    reserved={
        **_each(_FOUND, "logGroupName", "logGroupIdentifier"),
        "tags": _TAGS,
        "kmsKeyId": "set kms_key",
        "logGroupClass": "set logs.log_class",
    },
)

REPOSITORY = Overridable(
    service="ecr",
    create="CreateRepository",
    updates=("PutImageScanningConfiguration",),
    shown=(("DescribeRepositories", "repositories"),),
    instead={"imageScanningConfiguration": "scan_on_push"},
    keeps="Its images would be lost.",
    reserved={
        **_each(_FOUND, "registryId", "repositoryName"),
        "tags": _TAGS,
        **_each(
            "what a tag meant when it was deployed, it means for ever",
            "imageTagMutability",
            "imageTagMutabilityExclusionFilters",
        ),
        "encryptionConfiguration.kmsKey": "set kms_key",
    },
)

ROLE = Overridable(
    service="iam",
    create="CreateRole",
    further={"UpdateRole": {"RoleName": "{name}"}},
    shown=(("ListRoles", "Roles"),),
    reserved={
        **_each("fargatectl finds it, and knows it as its own, by its path and name", "RoleName", "Path"),
        "Tags": _TAGS,
        "AssumeRolePolicyDocument": "only ECS tasks of this account may assume it",
        "Description": "fargatectl notes the boundary there",
        "PermissionsBoundary": "set roles.boundary",
        "ResetMaxSigninSessionDuration": "set MaxSigninSessionDuration",
    },
)

SECURITY_GROUP = Overridable(
    service="ec2",
    create="CreateSecurityGroup",
    shown=(("DescribeSecurityGroups", "SecurityGroups"),),
    keeps="A VPC has one of a name, and tasks are in it.",
    reserved={**_EC2, "GroupName": _FOUND, "VpcId": "set network"},
)

FILE_SYSTEM = Overridable(
    service="efs",
    create="CreateFileSystem",
    updates=("PutLifecycleConfiguration",),
    further={"UpdateFileSystemProtection": {"FileSystemId": "{arn}"}},
    shown=(
        ("DescribeFileSystems", "FileSystems"),
        ("DescribeFileSystems", "FileSystems", "FileSystemProtection"),
    ),
    told=("LifecyclePolicies",),
    instead={"LifecyclePolicies": "infrequent_access"},
    reserved={
        **_each(_FOUND, "CreationToken", "FileSystemId"),
        "Tags": _TAGS,
        "Encrypted": "it always is",
        "KmsKeyId": "set kms_key",
        **_each("set throughput of the file system", "ThroughputMode", "ProvisionedThroughputInMibps"),
        "Backup": "set backup of the file system",
        "AvailabilityZoneName": "its tasks run in every zone",
    },
)

ACCESS_POINT = Overridable(
    service="efs",
    create="CreateAccessPoint",
    shown=(("DescribeAccessPoints", "AccessPoints"),),
    reserved={
        "ClientToken": _TOKEN,
        "Tags": _TAGS,
        "FileSystemId": "set file_systems",
        "RootDirectory": "set path, user and permissions of the file system",
        **_each("set user of the file system", "PosixUser.Uid", "PosixUser.Gid"),
    },
)

MOUNT_TARGET = Overridable(
    service="efs",
    create="CreateMountTarget",
    reserved={
        "FileSystemId": _OURS,
        **_each(_PLACE, "SubnetId", "SecurityGroups"),
        **_each("there is one in each zone", "IpAddress", "Ipv6Address"),
    },
)

LISTENER = Overridable(
    service="elbv2",
    create="CreateListener",
    updates=("ModifyListener",),
    further={"ModifyListenerAttributes": {"ListenerArn": "{arn}"}},
    shown=(("DescribeListeners", "Listeners"), ("DescribeListenerAttributes",)),
    by={"AlpnPolicy": (), "MutualAuthentication": (), "DefaultActions": ()},
    instead={"DefaultActions": "action"},
    reserved={
        **_each(_OURS, "LoadBalancerArn", "ListenerArn"),
        "Tags": _TAGS,
        **_each("set listen and protocol of the service's load_balancer", "Port", "Protocol"),
        "SslPolicy": "fargatectl takes TLS 1.2 and 1.3",
        "Certificates": "set load_balancer.domain or load_balancer.certificate",
        **_each(
            "its rules say which requests a service gets",
            "DefaultActions.*.TargetGroupArn",
            "DefaultActions.*.ForwardConfig",
        ),
    },
)

RULE = Overridable(
    service="elbv2",
    create="CreateRule",
    updates=("ModifyRule",),
    shown=(("DescribeRules", "Rules"),),
    by={"Transforms": ()},
    reserved={
        **_each(_OURS, "ListenerArn", "RuleArn"),
        "Tags": _TAGS,
        "Priority": "fargatectl orders the rules",
        "Conditions": "set host and path of the service's load_balancer",
        "Actions": "ECS shifts requests with it",
        "ResetTransforms": "set Transforms",
    },
)

SCALABLE_TARGET = Overridable(
    service="application-autoscaling",
    create="RegisterScalableTarget",
    updates=("PutScalingPolicy",),
    shown=(("DescribeScalingPolicies", "ScalingPolicies"),),
    by={"StepScalingPolicyConfiguration": ("policies",)},
    present=("StepScalingPolicyConfiguration",),
    reserved={
        **_each("it is of the service", "ServiceNamespace", "ResourceId", "ScalableDimension"),
        "Tags": _TAGS,
        **_each("set scaling.min and scaling.max of the service", "MinCapacity", "MaxCapacity"),
        "SuspendedState": "fargatectl resumes what is suspended",
        "RoleARN": "AWS has a role of its own for it",
        **_each("set scaling of the service", "PolicyName", "PolicyType"),
        "PredictiveScalingPolicyConfiguration": "fargatectl makes no such policy",
        **_each(
            "set scaling.steps of the service",
            "StepScalingPolicyConfiguration.AdjustmentType",
            "StepScalingPolicyConfiguration.StepAdjustments",
        ),
        "StepScalingPolicyConfiguration.Cooldown": "set scaling.cooldown of the service",
        "TargetTrackingScalingPolicyConfiguration": "set scaling of the service, or scaling.steps",
    },
)

TOPIC = Overridable(
    service="sns",
    create="CreateTopic",
    shown=(("GetTopicAttributes",),),
    later=("Attributes",),
    by={"Attributes": ()},
    reserved={
        "Name": _FOUND,
        "Tags": _TAGS,
        **_each(
            "an e-mail address takes no FIFO topic",
            "Attributes.FifoTopic",
            "Attributes.ContentBasedDeduplication",
            "Attributes.FifoThroughputScope",
            "Attributes.ArchivePolicy",
        ),
    },
)

NAMESPACE = Overridable(
    service="servicediscovery",
    create="CreateHttpNamespace",
    further={"UpdateHttpNamespace.Namespace": {"Id": "{id}"}},
    shown=(("ListNamespaces", "Namespaces"),),
    reserved={"Name": _FOUND, "Tags": _TAGS, "CreatorRequestId": _TOKEN},
)

PRIVATE_DNS_NAMESPACE = Overridable(
    service="servicediscovery",
    create="CreatePrivateDnsNamespace",
    further={"UpdatePrivateDnsNamespace.Namespace": {"Id": "{id}"}},
    shown=(("ListNamespaces", "Namespaces"),),
    reserved={
        "Name": "set discovery.namespace",
        "Tags": _TAGS,
        "CreatorRequestId": _TOKEN,
        "Vpc": "set network",
    },
)

DISCOVERY_SERVICE = Overridable(
    service="servicediscovery",
    create="CreateService",
    updates=("UpdateService.Service",),
    shown=(("ListServices", "Services"),),
    reserved={
        "Name": "set discovery.name of the service",
        "Tags": _TAGS,
        "CreatorRequestId": _TOKEN,
        "NamespaceId": _OURS,
        "DnsConfig": "set discovery of the service",
        "Type": "it has a name in DNS",
        **_each("ECS says which tasks are healthy", "HealthCheckConfig", "HealthCheckCustomConfig"),
    },
)

RECORD_SET = "ChangeResourceRecordSets.ChangeBatch.Changes.ResourceRecordSet"

RECORD = Overridable(
    service="route53",
    create=RECORD_SET,
    updates=(RECORD_SET,),
    shown=(("ListResourceRecordSets", "ResourceRecordSets"),),
    reserved={
        **_each("set load_balancer.domain", "Name", "Type"),
        **_each("it is an alias of the load balancer", "TTL", "ResourceRecords", "TrafficPolicyInstanceId"),
        **_each(_OURS, "AliasTarget.HostedZoneId", "AliasTarget.DNSName"),
        **_each(
            "fargatectl makes the only record of the name",
            "SetIdentifier",
            "Weight",
            "Region",
            "GeoLocation",
            "Failover",
            "MultiValueAnswer",
            "CidrRoutingConfig",
            "GeoProximityLocation",
            "AZAffinity",
        ),
    },
)

CERTIFICATE = Overridable(
    service="acm",
    create="RequestCertificate",
    further={"UpdateCertificateOptions": {"CertificateArn": "{arn}"}},
    shown=(("DescribeCertificate", "Certificate"),),
    reserved={
        **_each("set load_balancer.domain", "DomainName", "SubjectAlternativeNames"),
        "CertificateArn": _OURS,
        "Tags": _TAGS,
        "IdempotencyToken": _TOKEN,
        **_each("fargatectl proves it in Route 53", "ValidationMethod", "DomainValidationOptions"),
        **_each("fargatectl makes public ones", "CertificateAuthorityArn", "ManagedBy"),
        "RootHierarchyType": "ACM lists such certificates apart from all others",
    },
)
