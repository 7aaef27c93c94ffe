"""AWS's errors in our words."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from fargatectl.aws.answers import not_aws
from fargatectl.aws.bodies import Endless
from fargatectl.dataclass import dataclass
from fargatectl.errors import (
    CredentialsError,
    DeployError,
    ExitCode,
    FargatectlError,
    UnreachableError,
    UsageError,
)

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

_DENIED = {
    "AccessDenied",
    "AccessDeniedException",
    "UnauthorizedOperation",
    "Client.UnauthorizedOperation",
    "AuthorizationError",
}
_BAD_CREDENTIALS = {
    "AuthFailure",
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "NotSignedIn",
    "OptInRequired",
    "RequestExpired",
    "SignatureDoesNotMatch",
    "TokenRefreshRequired",
    "UnrecognizedClientException",
}
_EXISTS = {
    "AccessPointAlreadyExists",
    "DuplicateListener",
    "DuplicateLoadBalancerName",
    "DuplicateTargetGroupName",
    "EntityAlreadyExists",
    "EntityAlreadyExistsException",
    "FileSystemAlreadyExists",
    "InvalidGroup.Duplicate",
    "InvalidPermission.Duplicate",
    "InvalidSubnet.Conflict",
    "ParameterAlreadyExists",
    "PriorityInUse",
    "RepositoryAlreadyExistsException",
    "Resource.AlreadyAssociated",
    "ResourceAlreadyExistsException",
    "NamespaceAlreadyExists",
    "RouteAlreadyExists",
    "ServiceAlreadyExists",  # Cloud Map
}
_GONE = {
    "AccessPointNotFound",
    "ClusterNotFoundException",
    "DashboardNotFoundError",
    "FileSystemNotFound",
    "Gateway.NotAttached",
    "InvalidAllocationID.NotFound",
    "InvalidAssociationID.NotFound",
    "InvalidEgressOnlyInternetGatewayId.NotFound",
    "InvalidGatewayID.NotFound",
    "InvalidGroup.NotFound",
    "InvalidInternetGatewayID.NotFound",
    "InvalidPermission.NotFound",
    "InvalidRoute.NotFound",
    "InvalidRouteTableID.NotFound",
    "InvalidSubnetID.NotFound",
    "InvalidVpcEndpoint.NotFound",
    "InvalidVpcEndpointId.NotFound",
    "InvalidVpcID.NotFound",
    "NatGatewayNotFound",
    "ListenerNotFound",
    "LoadBalancerNotFound",
    "MountTargetNotFound",
    "NamespaceNotFound",
    "NoSuchEntity",
    "NoSuchEntityException",
    "NotFound",  # SNS
    "ObjectNotFoundException",  # Application Auto Scaling
    "ParameterNotFound",
    "PolicyNotFound",  # EFS
    "RepositoryNotFoundException",
    "ResourceNotFound",  # CloudWatch
    "ResourceNotFoundException",
    "RuleNotFound",
    "ServiceNotFound",  # Cloud Map
    "ServiceNotFoundException",
    "ServiceNotActiveException",
    "LifecyclePolicyNotFoundException",
    "TargetGroupNotFound",
}

# botocore's name of a service -> the prefix of its actions, where they differ.
_PREFIXES = {
    "efs": "elasticfilesystem",
    "elbv2": "elasticloadbalancing",
    "resourcegroupstaggingapi": "tag",
}

NOT_DELETED = "TaskDefinitionNotDeleted"
"""Our own code for a failure that ECS's DeleteTaskDefinitions answers with instead of an error."""


@dataclass(frozen=True)
class Caller:
    """Who calls AWS, for the error of a call that is not permitted.

    Attributes:
        command: Such as ``fargatectl up``; empty where nobody is to be named.
        rights: The command that prints all the permissions that it needs.
        profile: The AWS profile that was chosen; empty for none.
    """

    command: str = ""
    rights: str = ""
    profile: str = ""


class AwsError(DeployError):
    """AWS refused a call.

    Attributes:
        error: AWS's error code, such as ``ClusterNotFoundException``.
        service: Such as ``ecs``.
        operation: Such as ``CreateService``.
        text: AWS's message.
    """

    default_code = "aws.refused"

    def __init__(self, error: str, text: str, service: str, operation: str) -> None:
        self.error, self.text, self.service, self.operation = error, text, service, operation
        super().__init__(
            self._sentence(),
            hint=self._hint(),
            brief=f"{service}:{operation}: {error}",
            details=[{"service": service, "operation": operation, "error": error, "message": text}],
        )

    def _sentence(self) -> str:
        return f"AWS refused {self.service}:{self.operation}: {self.error}: {self.text}"

    def _hint(self) -> str:
        return ""

    @property
    def exists(self) -> bool:
        """The thing to be made is there already."""
        # Route 53 has one code for all that is wrong with a batch.
        batch = self.error == "InvalidChangeBatch" and "already exists" in self.text
        # Application Auto Scaling takes tags for a new target only; ValidationException says anything.
        tagged = self.operation == "RegisterScalableTarget" and "already exists" in self.text
        return self.error in _EXISTS or batch or tagged or "was not idempotent" in self.text

    @property
    def gone(self) -> bool:
        """The thing that was named is not there."""
        # ECS has no code of its own for a task definition that is not there.
        batch = self.error == "InvalidChangeBatch" and "it was not found" in self.text
        return self.error in _GONE or batch or self.text.startswith("Unable to describe task definition")


@contextmanager
def done_if_gone() -> Iterator[None]:
    """For one step of a deletion that takes several: a lost answer makes botocore ask for it twice."""
    try:
        yield
    except AwsError as error:
        if not error.gone:
            raise


class DeniedError(AwsError):
    """The credentials do not permit a call."""

    exit_code = ExitCode.CREDENTIALS
    default_code = "aws.denied"

    def __init__(
        self, error: str, text: str, service: str, operation: str, caller: Caller | None = None
    ) -> None:
        self.caller = caller or Caller()
        super().__init__(error, text, service, operation)
        self.details[0] |= {"action": self.action, "command": self.caller.command}

    @property
    def action(self) -> str:
        """The IAM action that is missing: the one in AWS's message, else the call's own."""
        named = re.search(r"not authorized to perform:? ([\w-]+:\w+)", self.text, re.IGNORECASE)
        if named:
            return named[1]
        if "CreateLogGroup with Tags" in self.text:  # CloudWatch Logs has a sentence of its own
            return "logs:TagResource"
        return f"{_PREFIXES.get(self.service, self.service)}:{self.operation}"

    def _sentence(self) -> str:
        needed = f", which {self.caller.command} needs" if self.caller.command else ""
        return f"not permitted: {self.action}{needed} ({self.text})"

    def _hint(self) -> str:
        hint = f"Allow {self.action} in the IAM policy of these credentials, or use others (--profile)."
        rights = f"\nAll that {self.caller.command} needs: {self.caller.rights}" if self.caller.rights else ""
        return f"{hint}{rights}"


class NoAnswerError(UnreachableError):
    """A call had no answer, and is not one to be repeated blindly: AWS may have done it."""


def translate(
    error: Exception, service: str, operation: str, caller: Caller | None = None
) -> FargatectlError | None:
    """The error to raise in place of one of botocore's; None when it is not botocore's."""
    from botocore import exceptions as boto
    from botocore.parsers import ResponseParserError

    from fargatectl.aws.credentials import unusable

    if isinstance(error, boto.ClientError):
        return _refusal(error, service, operation, caller)
    if (wrong := unusable(error, caller.profile if caller else "")) is not None:
        return wrong
    if isinstance(error, boto.ConfigParseError | boto.InvalidConfigError | boto.InvalidRegionError):
        return UsageError(
            f"the AWS settings cannot be used: {error}",
            hint="See the AWS config file, AWS_REGION and --region.",
            code="aws.settings",
        )
    if isinstance(error, boto.NoRegionError):
        return no_region()
    if isinstance(error, boto.SSLError):
        return UnreachableError(
            f"AWS cannot be reached safely for {service}:{operation}: {error}",
            hint="Where a proxy of your network opens TLS, set AWS_CA_BUNDLE to its authority's certificate.",
            code="aws.unreachable",
        )
    if isinstance(error, boto.HTTPClientError | boto.ConnectionError):
        return UnreachableError(
            f"AWS cannot be reached for {service}:{operation}: {error}",
            hint="Check the network, the region and AWS_ENDPOINT_URL, then run it again.",
            code="aws.unreachable",
        )
    if isinstance(error, ValueError) and str(error).startswith("Invalid endpoint"):
        return UnreachableError(
            f"not an address of AWS: {error}", hint="See AWS_ENDPOINT_URL.", code="aws.unreachable"
        )
    if isinstance(error, boto.ParamValidationError):
        return AwsError("ParamValidation", str(error), service, operation)
    if isinstance(error, boto.BotoCoreError):
        return AwsError(type(error).__name__, str(error), service, operation)
    if isinstance(error, ResponseParserError) or _while_reading(error):
        why = str(error) if isinstance(error, Endless) else "its answer makes no sense"
        return not_aws(service, operation, why)
    return None


@contextmanager
def translated(service: str, operation: str, caller: Caller | None = None) -> Iterator[None]:
    """Raise what botocore raises in the block as an error of ours."""
    try:
        yield
    except FargatectlError:
        raise
    except Exception as error:
        known = translate(error, service, operation, caller)
        if known is None:
            raise
        raise known from error


_READING = ("botocore.endpoint", "botocore.parsers")


def _while_reading(error: Exception) -> bool:
    """Whether it came up in what botocore does with an answer: it stumbles in many ways over a wrong one."""
    frames = traceback.walk_tb(error.__traceback__)
    return any(frame.f_globals.get("__name__") in _READING for frame, _ in frames)


def no_region() -> CredentialsError:
    """No region was given anywhere."""
    return CredentialsError(
        "no AWS region is set",
        hint="Give --region, `region:` in the spec, AWS_REGION, or a region in the AWS config file.",
        code="region.missing",
    )


def _refusal(error: ClientError, service: str, operation: str, caller: Caller | None) -> FargatectlError:
    answer = error.response.get("Error", {})
    code, text = str(answer.get("Code", "Unknown")), str(answer.get("Message", ""))
    if code.isdigit() and not code.startswith("5"):  # botocore's for a page: AWS's refusals have names
        return not_aws(service, operation, f"HTTP status {code}")
    # EC2 says AuthFailure too of an address that is still in use: nothing about the credentials.
    if code in _BAD_CREDENTIALS and "permission to access the specified resource" not in text:
        from fargatectl.aws.clock import wrong_clock

        return wrong_clock(error.response) or CredentialsError(
            f"AWS does not accept the credentials: {code}: {text}",
            hint="They may have expired: log in again, or choose others with --profile.",
        )
    if code in _DENIED:
        denied = DeniedError(code, text, service, operation, caller)
        # boto3 assumes a role on the way to the first call, whichever that is.
        return _not_assumed(text) if denied.action.startswith("sts:AssumeRole") else denied
    return AwsError(code, text, service, operation)


def _not_assumed(text: str) -> CredentialsError:
    return CredentialsError(
        f"the role of the AWS settings cannot be assumed: {text}",
        hint="Its trust policy must let these credentials in. GitHub Actions: fargatectl policy --github "
        "OWNER/REPO prints one for a branch or an environment.",
    )
