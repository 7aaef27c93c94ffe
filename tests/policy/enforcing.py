"""An AWS that permits what a policy permits and nothing else.

What each call takes is `fargatectl.local.ministack_patches.permissions`: an operation that is not known
there is an error, so nobody may add a call without its permission.
"""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from fargatectl.aws.errors import DeniedError
from fargatectl.local.ministack_patches.permissions import Need, needs
from tests.support.watched import ACCOUNT, REGION, Call, WatchedAws

# botocore's name of a service -> the prefix of its actions, where they differ.
PREFIXES = {
    "resourcegroupstaggingapi": "tag",
    "elbv2": "elasticloadbalancing",
    "efs": "elasticfilesystem",
}


def action_of(service: str, operation: str) -> str:
    return f"{PREFIXES.get(service, service)}:{operation}"


class Known:
    """What AWS knows by itself; asked of moto, past the program."""

    account, region = ACCOUNT, REGION

    def __init__(self, aws: WatchedAws) -> None:
        self._aws = aws

    def role_path(self, name: str) -> str:
        roles = self._aws._client("iam").list_roles()["Roles"]
        return next((str(one["Path"]) for one in roles if one["RoleName"] == name), "/")

    def role_boundary(self, name: str) -> str:
        client = self._aws._client("iam")
        if name not in {one["RoleName"] for one in client.list_roles()["Roles"]}:
            return ""
        shown = client.get_role(RoleName=name)["Role"].get("PermissionsBoundary", {})
        return str(shown.get("PermissionsBoundaryArn", ""))

    def ec2_tags(self, thing: str) -> Mapping[str, str]:
        client = self._aws._client("ec2")
        if thing.startswith("rtbassoc-"):
            asked = [{"Name": "association.route-table-association-id", "Values": [thing]}]
            thing = client.describe_route_tables(Filters=asked)["RouteTables"][0]["RouteTableId"]
        found = client.describe_tags(Filters=[{"Name": "resource-id", "Values": [thing]}])
        return {one["Key"]: one["Value"] for one in found["Tags"]}

    def key(self, name: str) -> tuple[str, str]:
        client = self._aws._client("kms")
        shown = client.describe_key(KeyId=name)["KeyMetadata"]
        aliases = client.list_aliases(KeyId=shown["KeyId"])["Aliases"]
        return shown["Arn"], next((one["AliasName"] for one in aliases), "")

    def repository_key(self, name: str) -> str:
        shown = self._aws._client("ecr").describe_repositories()["repositories"]
        found = (one["encryptionConfiguration"] for one in shown if one["repositoryName"] == name)
        return str(next(found, {}).get("kmsKey", ""))

    def efs_tags(self, thing: str) -> Mapping[str, str]:
        client = self._aws._client("efs")
        every = [
            *client.describe_access_points()["AccessPoints"],
            *client.describe_file_systems()["FileSystems"],
        ]
        found = (one for one in every if thing in (one.get("AccessPointId"), one["FileSystemId"]))
        shown = next(found, {})
        return {one["Key"]: one["Value"] for one in shown.get("Tags", ())}

    def file_system(self, target: str) -> str:
        shown = self._aws._client("efs").describe_mount_targets(MountTargetId=target)["MountTargets"]
        return str(shown[0]["FileSystemId"])

    def certificate_tags(self, arn: str) -> Mapping[str, str]:
        found = self._aws._client("acm").list_tags_for_certificate(CertificateArn=arn)["Tags"]
        return {one["Key"]: one.get("Value", "") for one in found}


def permits(policy: Mapping[str, Any], need: Need) -> bool:
    """Whether one of the policy's statements allows it: actions, resources and conditions."""
    return any(
        need.action in statement["Action"]
        and any(_matches(need.resource, pattern) for pattern in _list(statement["Resource"]))
        and all(
            _holds(operator, need.context.get(key, ""), value)
            for operator, keys in statement.get("Condition", {}).items()
            for key, value in keys.items()
        )
        for statement in policy["Statement"]
    )


def _holds(operator: str, told: str | tuple[str, ...], wanted: str | list[str]) -> bool:
    """A condition (IAM User Guide, "Set operators for multivalued context keys")."""
    values = (told,) if isinstance(told, str) else told
    combine = all if operator.startswith("ForAllValues:") else any
    like = fnmatchcase if operator.endswith(("Like", "ArnEquals")) else str.__eq__
    return combine(any(like(value, one) for one in _list(wanted)) for value in values)


def _matches(resource: str, pattern: str) -> bool:
    return pattern == "*" or fnmatchcase(resource, pattern)


def _list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def without(policy: Mapping[str, Any], action: str) -> dict[str, Any]:
    """The policy less one action."""
    left = [
        {**statement, "Action": kept}
        for statement in policy["Statement"]
        if (kept := [one for one in statement["Action"] if one != action])
    ]
    return {**policy, "Statement": left}


class EnforcingAws(WatchedAws):
    """Refuses what the policy does not permit, in AWS's words.

    Args:
        asked: Remembers the actions that were asked for; several may share it.
    """

    def __init__(self, shared: WatchedAws, policy: Mapping[str, Any], asked: set[str] | None = None) -> None:
        super().__init__(shared)
        self.policy = policy
        self.asked = set[str]() if asked is None else asked

    def _begin(self, service: str, operation: str, parameters: dict[str, Any]) -> Call:
        one = super()._begin(service, operation, parameters)
        for need in needs(action_of(service, operation), parameters, Known(self)):
            self.asked.add(need.action)
            if not permits(self.policy, need):
                raise DeniedError(
                    "AccessDeniedException",
                    f"User: arn:aws:iam::{ACCOUNT}:user/ci is not authorized to perform: {need.action} "
                    f"on resource: {need.resource}",
                    service,
                    operation,
                )
        return one
