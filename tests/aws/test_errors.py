"""AWS's errors in our words, and which of them pass by themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from botocore import exceptions as boto

from fargatectl.aws.errors import AwsError, Caller, DeniedError, translate
from fargatectl.aws.settling import AwsVerdicts
from fargatectl.errors import CredentialsError, FargatectlError, Several, UnreachableError


def refusal(code: str, text: str = "", operation: str = "CreateService") -> FargatectlError:
    error = translate(
        boto.ClientError({"Error": {"Code": code, "Message": text}}, operation), "ecs", operation
    )
    assert error is not None
    return error


ROLE, NONE = frozenset({"iam.role"}), frozenset[str]()


@pytest.mark.parametrize(
    ("code", "text", "operation", "fresh", "seconds"),
    [
        ("AccessDeniedException", "not authorized to perform: iam:PassRole on x", "CreateService", ROLE, 30),
        ("AccessDeniedException", "not authorized to perform: iam:PassRole on x", "CreateService", NONE, None),  # noqa: E501
        ("ClientException", "Role is not valid", "RegisterTaskDefinition", ROLE, 120),
        ("ClientException", "Role is not valid", "RegisterTaskDefinition", NONE, None),
        ("ClientException", "Too many concurrent attempts to create a new revision", "CreateService", NONE, None),  # noqa: E501
        ("InvalidParameterException", "Unable to assume the service linked role.", "CreateService", NONE, 120),  # noqa: E501
        ("ClusterNotFoundException", "", "CreateService", frozenset({"ecs.cluster"}), 60),
        ("ClusterNotFoundException", "", "CreateService", NONE, None),
        ("InvalidParameterException", "Unable to Start a service that is still Draining.", "CreateService", NONE, 300),  # noqa: E501
        ("ClusterContainsTasksException", "", "DeleteCluster", NONE, 300),
        ("DependencyViolation", "", "DeleteSecurityGroup", NONE, 900),
        ("DependencyViolation", "", "DeleteSubnet", NONE, 900),
        ("DependencyViolation", "", "ReleaseAddress", NONE, None),
        ("ThrottlingException", "Rate exceeded", "DescribeServices", NONE, 900),
        ("TooManyUpdates", "", "PutParameter", NONE, 60),
        ("InvalidParameterException", "cpu is wrong", "RegisterTaskDefinition", ROLE, None),
        ("NoSuchEntity", "The role with name x cannot be found.", "AttachRolePolicy", ROLE, 30),
        ("NoSuchEntity", "Policy arn:aws:iam::aws:policy/x does not exist", "AttachRolePolicy", ROLE, None),
        ("FailedResourceAccessException", "Unable to retrieve alarms", "PutScalingPolicy", NONE, 120),
        ("ValidationException", "Unable to assume IAM role: arn:x", "RegisterScalableTarget", NONE, 120),
        ("ValidationException", "Minimum capacity is wrong", "RegisterScalableTarget", NONE, None),
        ("SubnetNotFound", "", "CreateLoadBalancer", frozenset({"ec2.subnet"}), 60),
        ("SubnetNotFound", "", "CreateLoadBalancer", NONE, None),
    ],
)  # fmt: skip
def test_what_passes_and_for_how_long(
    code: str, text: str, operation: str, fresh: frozenset[str], seconds: float | None
) -> None:
    patience = AwsVerdicts().patience(refusal(code, text, operation), fresh)
    assert (patience and patience.seconds) == seconds


@pytest.mark.parametrize(
    "code", ["EntityAlreadyExists", "RepositoryAlreadyExistsException", "InvalidGroup.Duplicate"]
)
def test_what_exists(code: str) -> None:
    assert AwsVerdicts().exists(refusal(code))
    assert not AwsVerdicts().gone(refusal(code))


@pytest.mark.parametrize("code", ["NoSuchEntity", "ServiceNotFoundException", "InvalidGroup.NotFound"])
def test_what_has_gone(code: str) -> None:
    assert AwsVerdicts().gone(refusal(code))
    assert not AwsVerdicts().exists(refusal(code))


def test_a_service_made_with_other_arguments_exists() -> None:
    error = refusal("InvalidParameterException", "Creation of service was not idempotent.")
    assert AwsVerdicts().exists(error)


def test_a_scalable_target_that_a_call_without_an_answer_made_exists() -> None:
    text = "The scalable target that you tried to tag already exists. To update tags, use TagResource."
    assert AwsVerdicts().exists(refusal("ValidationException", text, "RegisterScalableTarget"))
    assert not AwsVerdicts().exists(refusal("ValidationException", "Minimum capacity is wrong"))


@pytest.mark.parametrize("code", ["ExpiredToken", "InvalidClientTokenId", "UnrecognizedClientException"])
def test_credentials_that_are_not_accepted(code: str) -> None:
    error = refusal(code, "The security token is expired")
    assert isinstance(error, CredentialsError)
    assert error.exit_code == 5
    assert "log in again" in error.hint


@pytest.mark.parametrize(
    ("hours", "said"), [(-2, "2 hours ahead"), (3, "3 hours behind"), (0.2, "12 minutes behind")]
)
@pytest.mark.parametrize("code", ["InvalidSignatureException", "AuthFailure", "RequestExpired"])
def test_a_wrong_clock_is_told_as_such(code: str, hours: float, said: str) -> None:
    error = refused_at(code, datetime.now(UTC) + timedelta(hours=hours))
    assert isinstance(error, CredentialsError)
    assert error.exit_code == 5
    assert error.message == f"AWS accepts no signature: this machine's clock is {said}"
    assert "hwclock" in error.hint


def test_a_clock_that_is_right_is_no_reason() -> None:
    assert "log in again" in refused_at("ExpiredToken", datetime.now(UTC) - timedelta(minutes=1)).hint


def refused_at(code: str, moment: datetime) -> FargatectlError:
    """A refusal that AWS dates so."""
    metadata = {"HTTPHeaders": {"date": format_datetime(moment, usegmt=True)}}
    response = {"Error": {"Code": code, "Message": "Signature expired"}, "ResponseMetadata": metadata}
    error = translate(boto.ClientError(response, "CreateService"), "ecs", "CreateService")
    assert error is not None
    return error


def test_a_denial_names_the_action() -> None:
    error = refusal("AccessDenied", "User: x is not authorized to perform: iam:CreateRole on resource: y")
    assert isinstance(error, DeniedError)
    assert error.exit_code == 5
    assert error.message.startswith("not permitted: iam:CreateRole (User: x")
    assert "iam:CreateRole" in error.hint


def test_a_denial_names_the_command_that_needs_the_action() -> None:
    refused = boto.ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetResources")
    caller = Caller("fargatectl up", "fargatectl policy --for deploy")
    error = translate(refused, "resourcegroupstaggingapi", "GetResources", caller)
    assert isinstance(error, DeniedError)
    assert error.message == "not permitted: tag:GetResources, which fargatectl up needs (no)"
    assert error.hint.splitlines()[1] == "All that fargatectl up needs: fargatectl policy --for deploy"
    assert error.details[0]["action"] == "tag:GetResources"
    assert error.details[0]["command"] == "fargatectl up"


@pytest.mark.parametrize(
    "text",
    [
        "Not authorized to perform sts:AssumeRoleWithWebIdentity",
        "User: arn:aws:iam::123456789012:user/ci is not authorized to perform: sts:AssumeRole on resource: x",
    ],
)
def test_a_role_that_cannot_be_assumed_is_not_a_missing_right_of_the_call(text: str) -> None:
    error = refusal("AccessDenied", text)
    assert type(error) is CredentialsError
    assert error.exit_code == 5
    assert text in error.message
    assert "trust policy" in error.hint
    assert "ecs" not in error.message + error.hint


def test_a_denial_of_tags_at_creation_names_their_action() -> None:
    text = "User with accountId: 123456789012 is not authorized to perform CreateLogGroup with Tags"
    error = DeniedError("AccessDeniedException", text, "logs", "CreateLogGroup")
    assert error.action == "logs:TagResource"


def test_several_denials_say_once_what_prints_all_permissions() -> None:
    caller = Caller("fargatectl up", "fargatectl policy --for deploy")
    one, other = (
        DeniedError("AccessDenied", "no", "iam", name, caller) for name in ("CreateRole", "GetRole")
    )
    hint = Several(one, [other]).hint
    assert hint.count("fargatectl policy") == 1
    assert "Allow iam:CreateRole" in hint
    assert "Allow iam:GetRole" in hint


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (boto.NoCredentialsError(), CredentialsError),
        (boto.ProfileNotFound(profile="nobody"), CredentialsError),
        (boto.NoRegionError(), CredentialsError),
        (boto.EndpointConnectionError(endpoint_url="http://x"), UnreachableError),
        (boto.ReadTimeoutError(endpoint_url="http://x"), UnreachableError),
        (boto.ParamValidationError(report="no"), AwsError),
        (ValueError("Invalid endpoint: x"), UnreachableError),
    ],
)
def test_what_botocore_raises_itself(error: Exception, kind: type[FargatectlError]) -> None:
    assert type(translate(error, "ecs", "CreateService")) is kind


def test_what_is_not_aws_is_not_translated() -> None:
    assert translate(KeyError("bug"), "ecs", "CreateService") is None
    assert translate(ValueError("bug"), "ecs", "CreateService") is None
