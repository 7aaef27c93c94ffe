"""Which of AWS's errors pass by themselves: it is still settling. The table of AWS's eventual consistency.

Sources: the ECS, IAM, ECR, EC2 and Elastic Load Balancing API references' error sections, and AWS's
troubleshooting pages for ECS. A message is matched where AWS has no error code of its own for the case.
"""

from __future__ import annotations

import re

from fargatectl.aws.errors import NOT_DELETED, AwsError, NoAnswerError
from fargatectl.dataclass import dataclass
from fargatectl.engine.steps import Patience


@dataclass(frozen=True)
class Settling:
    """One passing error.

    Attributes:
        reason: What to tell a person.
        seconds: How long in all it is worth trying again.
        codes: AWS's error codes; empty matches any.
        text: A regular expression found in AWS's message; empty matches any.
        operations: The operations it can come from; empty matches any.
        fresh: Kinds of which one must have been made by this very run: else it is a real refusal.
        shared: See `fargatectl.engine.steps.Patience`.
    """

    reason: str
    seconds: float
    codes: frozenset[str] = frozenset()
    text: str = ""
    operations: frozenset[str] = frozenset()
    fresh: frozenset[str] = frozenset()
    shared: bool = False

    def matches(self, error: AwsError, fresh: frozenset[str]) -> bool:
        """Whether this is that error."""
        return (
            (not self.codes or error.error in self.codes)
            and (not self.text or re.search(self.text, error.text, re.IGNORECASE) is not None)
            and (not self.operations or error.operation in self.operations)
            and (not self.fresh or bool(self.fresh & fresh))
        )


def _set(*items: str) -> frozenset[str]:
    return frozenset(items)


_ROLE = _set("iam.role")
_NETWORK = _set(
    "ec2.vpc", "ec2.subnet", "ec2.route_table", "ec2.internet_gateway", "ec2.elastic_ip", "ec2.nat_gateway",
    "ec2.egress_only_internet_gateway", "ec2.vpc_endpoint",
)  # fmt: skip
_FAULTS = _set(
    "ServerException", "InternalError", "InternalFailure", "ServiceUnavailable", "Unavailable",
    "ServiceUnavailableException", "ServiceFailure", "500", "502", "503", "504",
)  # fmt: skip
_NO_ANSWER = Patience(60, "waiting for AWS to answer")

TABLE: tuple[Settling, ...] = (
    Settling("waiting for IAM to spread the new role", 30, text="iam:PassRole", fresh=_ROLE),
    Settling("waiting for IAM to spread the new role", 120,
             _set("ClientException", "InvalidParameterException"),
             r"role is not valid|unable to assume|cannot be assumed", fresh=_ROLE),
    Settling("waiting for IAM to show the new role", 30, _set("NoSuchEntity", "NoSuchEntityException"),
             operations=_set("PutRolePolicy", "UpdateAssumeRolePolicy", "TagRole"), fresh=_ROLE),
    Settling("waiting for IAM to show the new role", 30, _set("NoSuchEntity"), "role with name",
             _set("AttachRolePolicy"), _ROLE),  # it says the same code of a policy that is not there
    Settling("waiting for the service-linked role of Application Auto Scaling", 120,
             _set("FailedResourceAccessException"), operations=_set("PutScalingPolicy")),
    Settling("waiting for the service-linked role of Application Auto Scaling", 120,
             _set("ValidationException"), "unable to assume iam role", _set("RegisterScalableTarget")),
    Settling("waiting for the load balancer to see the new subnets", 60, _set("SubnetNotFound"),
             operations=_set("CreateLoadBalancer"), fresh=_set("ec2.subnet")),
    Settling("waiting for the ECS service-linked role", 120, text="assume the service linked role"),
    Settling("waiting for Fargate to have capacity", 120, text="capacity is unavailable",
             operations=_set("RunTask")),
    Settling("waiting for the cluster to appear", 60, _set("ClusterNotFoundException"),
             operations=_set("CreateService", "RunTask"), fresh=_set("ecs.cluster")),
    Settling("waiting for the target group's listener", 120,
             text="does not have an associated load balancer"),
    Settling("waiting for the old service to drain", 300, text="still Draining"),
    Settling("waiting for the deployment under way", 120,
             text="cannot be stopped while deployments are active"),
    Settling("waiting for the cluster's services to end", 300,
             _set("ClusterContainsServicesException", "ClusterContainsTasksException",
                  "ClusterContainsCapacityProviderException", "UpdateInProgressException")),
    Settling("waiting for the network interfaces to be released", 900, _set("DependencyViolation"),
             operations=_set("DeleteSecurityGroup")),
    # While tasks, load balancers, endpoints and NAT gateways end, AWS releases their interfaces bit by bit.
    Settling("waiting for what is inside it to be released", 900, _set("DependencyViolation"),
             operations=_set("DeleteSubnet", "DetachInternetGateway", "DeleteRouteTable", "DeleteVpc",
                             "DeleteInternetGateway", "DeleteEgressOnlyInternetGateway")),
    # An address in use is none of the caller's to release (EC2 API reference, ReleaseAddress).
    Settling("waiting for the NAT gateway to give up its address", 300,
             _set("AuthFailure", "InvalidIPAddress.InUse"),
             operations=_set("ReleaseAddress")),
    Settling("waiting for EC2 to show what was just made", 60,
             _set("InvalidVpcID.NotFound", "InvalidSubnetID.NotFound", "InvalidRouteTableID.NotFound",
                  "InvalidInternetGatewayID.NotFound", "InvalidAllocationID.NotFound", "NatGatewayNotFound",
                  "InvalidNatGatewayID.NotFound", "InvalidGatewayID.NotFound",
                  "InvalidEgressOnlyInternetGatewayId.NotFound", "InvalidVpcEndpointId.NotFound",
                  "InvalidElasticIpID.NotFound"),
             fresh=_NETWORK),
    # The door is there, and not yet open.
    Settling("waiting for the internet gateway to be attached", 60, _set("Gateway.NotAttached"),
             operations=_set("CreateNatGateway"), fresh=_set("ec2.internet_gateway")),
    Settling("waiting for ECS to see the new subnets", 60,
             _set("InvalidParameterException", "ClientException"),
             r"subnet.{0,80}(does not exist|not found)|InvalidSubnetID\.NotFound",
             _set("CreateService", "UpdateService"), _set("ec2.subnet")),
    Settling("waiting for the new security group to appear", 60,
             _set("InvalidGroup.NotFound", "InvalidGroupId.NotFound", "InvalidSecurityGroup"),
             fresh=_set("ec2.security_group")),
    Settling("waiting for ECS to see the new security group", 60,
             _set("InvalidParameterException", "ClientException"),
             r"InvalidGroup\.NotFound|security group.{0,80}does not exist",
             _set("CreateService", "UpdateService"), _set("ec2.security_group")),
    Settling("waiting for the new load balancer to appear", 60, _set("LoadBalancerNotFound"),
             operations=_set("CreateListener", "ModifyLoadBalancerAttributes", "DescribeLoadBalancers"),
             fresh=_set("elbv2.load_balancer")),
    Settling("waiting for the new listener to appear", 60, _set("ListenerNotFound"),
             operations=_set("CreateRule", "ModifyListenerAttributes"), fresh=_set("elbv2.listener")),
    Settling("waiting for the new target group to appear", 60, _set("TargetGroupNotFound"),
             operations=_set("CreateListener", "CreateRule", "ModifyListener", "ModifyRule",
                             "ModifyTargetGroupAttributes"),
             fresh=_set("elbv2.target_group")),
    Settling("waiting for the load balancer to let go of the target group", 120, _set("ResourceInUse"),
             operations=_set("DeleteTargetGroup")),
    Settling("waiting for the load balancer to let go of the certificate", 300,
             _set("ResourceInUseException"), operations=_set("DeleteCertificate")),
    Settling("waiting for another change in the hosted zone to end", 120, _set("PriorRequestNotComplete")),
    Settling("waiting for the new certificate to appear", 60, _set("ResourceNotFoundException"),
             operations=_set("DescribeCertificate"), fresh=_set("acm.certificate")),
    Settling("waiting for the load balancer to see the new certificate", 120,
             _set("CertificateNotFound", "UnsupportedCertificate"),
             operations=_set("CreateListener", "ModifyListener"), fresh=_set("acm.certificate")),
    Settling("waiting for the file system to be available", 300, _set("IncorrectFileSystemLifeCycleState")),
    Settling("waiting for the new file system to appear", 60, _set("FileSystemNotFound"),
             operations=_set("CreateAccessPoint", "CreateMountTarget", "DescribeFileSystems",
                             "DescribeMountTargets", "PutBackupPolicy", "PutLifecycleConfiguration",
                             "UpdateFileSystemProtection"),
             fresh=_set("efs.file_system")),
    Settling("waiting for the new access point to appear", 60, _set("AccessPointNotFound"),
             operations=_set("DescribeAccessPoints"), fresh=_set("efs.access_point")),
    # One in a zone, and all in one VPC: those that go are in the way until they are gone.
    Settling("waiting for the old mount targets to end", 300, _set("MountTargetConflict"),
             operations=_set("CreateMountTarget")),
    Settling("waiting for the mount target to be available", 300,
             _set("IncorrectMountTargetState"), operations=_set("ModifyMountTargetSecurityGroups")),
    Settling("waiting for EFS to see the new subnets and security group", 60,
             _set("SubnetNotFound", "SecurityGroupNotFound"), operations=_set("CreateMountTarget"),
             fresh=_set("ec2.subnet", "ec2.security_group")),
    Settling("waiting for the mount targets to end", 300, _set("FileSystemInUse"),
             operations=_set("DeleteFileSystem")),
    Settling("waiting for the cluster to become active", 120, text="cluster was not ACTIVE"),
    Settling("waiting for ECS to let go of the revision", 60, _set(NOT_DELETED)),
    Settling("waiting for the new repository to appear", 30, _set("RepositoryNotFoundException"),
             fresh=_set("ecr.repository")),
    Settling("waiting for the new log group to appear", 30, _set("ResourceNotFoundException"),
             operations=_set("PutRetentionPolicy"), fresh=_set("logs.log_group")),
    Settling("waiting for the new service to appear", 60, _set("ValidationException"),
             r"ECS service doesn't exist", _set("RegisterScalableTarget"), _set("ecs.service")),
    Settling("waiting for the new scalable target to appear", 60,
             _set("ObjectNotFoundException", "ResourceNotFoundException"),
             operations=_set("PutScalingPolicy", "PutScheduledAction", "TagResource"),
             fresh=_set("appscaling.scalable_target")),
    Settling("waiting for ECS to take its services out of the namespace", 300, _set("ResourceInUse"),
             operations=_set("DeleteNamespace")),
    Settling("waiting for ECS to see the new namespace", 60, _set("NamespaceNotFoundException"),
             operations=_set("CreateService", "UpdateService"), fresh=_set("servicediscovery.namespace")),
    Settling("waiting for Cloud Map to show the new namespace", 60, _set("NamespaceNotFound"),
             operations=_set("CreateService"), fresh=_set("servicediscovery.private_dns_namespace")),
    Settling("waiting for the namespace that an earlier run began", 300, _set("DuplicateRequest"),
             operations=_set("CreateHttpNamespace", "CreatePrivateDnsNamespace", "UpdateHttpNamespace",
                             "UpdatePrivateDnsNamespace")),
    Settling("waiting for the change of the name in DNS that an earlier run began", 120,
             _set("DuplicateRequest"), operations=_set("UpdateService")),
    # ECS takes each task out as it stops, after the service itself is gone or has let go.
    Settling("waiting for ECS to take the tasks out of DNS", 600, _set("ResourceInUse"),
             operations=_set("DeleteService")),
    Settling("waiting for ECS to see the new name in DNS", 60,
             _set("InvalidParameterException", "ClientException"),
             r"registr(?:y|ies).{0,80}(?:does not exist|not found)|ServiceNotFound",
             operations=_set("CreateService", "UpdateService"),
             fresh=_set("servicediscovery.discovery_service")),
    # Of one that was deleted a moment ago, and of several at once.
    Settling("waiting for another change of the parameter to end", 60, _set("TooManyUpdates")),
    Settling("waiting for another change to it to end", 60,
             _set("OperationAbortedException", "ConcurrentModification", "ConcurrentModificationException",
                  "ConcurrentUpdateException", "DeleteConflict", "ResourceInUse", "ResourceInUseException")),
    Settling("AWS asks to go slower", 900,
             _set("Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException",
                  "LimitExceededException.Throttled", "RequestThrottled", "RequestThrottledException"),
             shared=True),
    Settling("AWS has a fault of its own", 60, _FAULTS),
)  # fmt: skip


class AwsVerdicts:
    """What AWS's errors mean, for the engine (`fargatectl.engine.steps.Verdicts`)."""

    def exists(self, error: BaseException) -> bool:
        """The thing to be made is already there."""
        return isinstance(error, AwsError) and error.exists

    def gone(self, error: BaseException) -> bool:
        """The thing to be removed is not there."""
        return isinstance(error, AwsError) and error.gone

    def unsure(self, error: BaseException) -> bool:
        """Nobody knows whether AWS has done it."""
        return isinstance(error, NoAnswerError) or (isinstance(error, AwsError) and error.error in _FAULTS)

    def patience(self, error: BaseException, fresh: frozenset[str]) -> Patience | None:
        """Whether the error passes, given the kinds that this run has made."""
        if isinstance(error, NoAnswerError):
            return _NO_ANSWER
        if isinstance(error, AwsError):
            for row in TABLE:
                if row.matches(error, fresh):
                    return Patience(row.seconds, row.reason, row.shared)
        return None
