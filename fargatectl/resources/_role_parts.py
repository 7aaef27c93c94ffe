"""What a role may do: its inline policy, the managed ones, and its boundary; each by calls of its own.

ListRoles shows no boundary, and a look of its own for each role of each app would be dear: the description
says it too. Where a boundary is wanted, GetRole is asked.
"""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from fargatectl.aws.errors import AwsError, done_if_gone
from fargatectl.engine.scope import Scope
from fargatectl.resources._tags import canonical

if TYPE_CHECKING:
    from fargatectl.engine.observe import Look
    from fargatectl.engine.resource import Live
    from fargatectl.engine.tools import Tools
    from fargatectl.resources.role import Role

POLICY_NAME = "fargatectl"
_BOUNDARY = re.compile(r"; boundary (\S+)$")


def description(scope: Scope, boundary: str) -> str:
    """Of a role."""
    made = f"Made by fargatectl for {scope.app} ({scope.environment})"
    return f"{made}; boundary {boundary}" if boundary else made


def described(role: Mapping[str, Any]) -> str:
    """The boundary that a role's description tells; empty for none."""
    found = _BOUNDARY.search(str(role.get("Description") or ""))
    return found[1] if found else ""


def document(value: Any) -> str:
    """A policy as IAM answers it: decoded by botocore, or still URL-encoded."""
    return canonical(urllib.parse.unquote(value) if isinstance(value, str) else value)


def found_parts(look: Look, wanted: Role) -> dict[str, object]:
    """The parts of a role that its spec speaks of, as they are; asked at once."""
    asks: dict[str, Callable[[], object]] = {}
    if wanted.statements is not None:
        asks["statements"] = lambda: _inline(look, wanted.name)
    if wanted.policies is not None:
        asks["policies"] = lambda: _attached(look, wanted.name)
    if wanted.boundary:
        asks["boundary"] = lambda: _boundary(look, wanted.name)
    return dict(zip(asks, look.gather(*asks.values()), strict=True))


def set_parts(
    tools: Tools, name: str, live: Live, values: Mapping[str, object], fields: Mapping[str, object]
) -> None:
    """Make those that differ (by field) what `values` say."""
    role = {"RoleName": name}
    if "boundary" in fields:
        boundary = str(values["boundary"])
        if boundary:
            tools.aws.call("iam", "PutRolePermissionsBoundary", PermissionsBoundary=boundary, **role)
        else:
            with done_if_gone():
                tools.aws.call("iam", "DeleteRolePermissionsBoundary", **role)
        tools.aws.call("iam", "UpdateRole", Description=description(tools.scope, boundary), **role)
    if "statements" in fields and values["statements"] is None:
        with done_if_gone():
            tools.aws.call("iam", "DeleteRolePolicy", PolicyName=POLICY_NAME, **role)
    elif "statements" in fields:
        policy = values["statements"]
        tools.aws.call("iam", "PutRolePolicy", PolicyName=POLICY_NAME, PolicyDocument=policy, **role)
    if "policies" in fields:
        there, wanted = _texts(live.fields.get("policies")), _texts(values["policies"])
        for arn in sorted(wanted - there):
            tools.aws.call("iam", "AttachRolePolicy", PolicyArn=arn, **role)
        for arn in sorted(there - wanted):
            with done_if_gone():
                tools.aws.call("iam", "DetachRolePolicy", PolicyArn=arn, **role)


def _inline(look: Look, name: str) -> str | None:
    try:
        answer = look.aws.call("iam", "GetRolePolicy", RoleName=name, PolicyName=POLICY_NAME)
    except AwsError as error:
        if error.gone:
            return None
        raise
    return document(answer["PolicyDocument"])


def _attached(look: Look, name: str) -> tuple[str, ...]:
    try:
        found = list(look.aws.items("iam", "ListAttachedRolePolicies", "AttachedPolicies", RoleName=name))
    except AwsError as error:
        if error.gone:
            return ()
        raise
    return tuple(sorted(str(one["PolicyArn"]) for one in found))


def _boundary(look: Look, name: str) -> str:
    try:
        role = look.aws.call("iam", "GetRole", RoleName=name)["Role"]
    except AwsError as error:
        if error.gone:
            return ""
        raise
    return str((role.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn", ""))


def _texts(value: object) -> set[str]:
    return set(value) if isinstance(value, tuple) else set()
