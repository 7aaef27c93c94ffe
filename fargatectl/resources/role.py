"""The IAM roles of tasks: one that starts them, one that they act as."""

from __future__ import annotations

import dataclasses
import urllib.parse
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from fargatectl.aws.errors import AwsError, done_if_gone
from fargatectl.engine.observe import Look
from fargatectl.engine.outputs import Outputs
from fargatectl.engine.resource import FieldChange, Live, Resource
from fargatectl.engine.rights import Operation, Right, Territory
from fargatectl.engine.scope import Scope
from fargatectl.engine.tools import Tools
from fargatectl.resources._tags import canonical, upper
from fargatectl.resources.account import Account
from fargatectl.resources.policies import trust_policy

POLICY_NAME = "fargatectl"


def role_path(scope: Scope, region: str) -> str:
    """The path of all roles of an app's environment in a region.

    IAM's lists show no tags but filter by path, and a path is given by the create call and never changes:
    it is the mark of ownership here. IAM is global, the app's other resources are not: hence the region.
    """
    return f"/fargatectl/{region}/{scope.app}/{scope.environment}/"


@dataclass(frozen=True, kw_only=True, eq=False)
class Role(Resource):
    """A role that ECS tasks of this account and region assume, with at most one inline policy.

    Attributes:
        path: See `role_path`.
        statements: Of the inline policy (see `fargatectl.resources.policies`); None: it has no rights.
        trust: The service that may assume it.
    """

    kind: ClassVar[str] = "iam.role"

    account: Account
    path: str
    statements: tuple[Mapping[str, Any], ...] | None = None
    trust: str = "ecs-tasks.amazonaws.com"

    def values(self, outputs: Outputs) -> dict[str, object]:
        account = {name: outputs.get(self.account, name) for name in ("id", "region", "partition")}
        values: dict[str, object] = {"trust": canonical(trust_policy(self.trust, account))}
        if self.statements is not None:
            values["statements"] = self._policy(account)
        return values

    def _policy(self, account: Mapping[str, str]) -> str:
        filled = _fill(list(self.statements or ()), account)
        return canonical({"Version": "2012-10-17", "Statement": filled})

    def predict(self, outputs: Outputs) -> Mapping[str, str]:
        account, partition = outputs.get(self.account, "id"), outputs.get(self.account, "partition")
        return {"arn": f"arn:{partition}:iam::{account}:role{self.path}{self.name}"}

    def rights(self, territory: Territory) -> Sequence[Right]:
        itself = territory.global_arn("iam", f"role{self.path}{self.name}")
        ours = (territory.global_arn("iam", f"role{self.path}*"),)  # those of earlier specs are removed too
        # Of a role that is not there IAM knows no path, and somebody else's may have another one.
        named = (*ours, territory.global_arn("iam", f"role/{self.name}"))
        reads = ("iam:GetRole", *(["iam:GetRolePolicy"] if self.statements is not None else []))
        changes = (
            "iam:UpdateAssumeRolePolicy",
            *(["iam:PutRolePolicy"] if self.statements is not None else []),
        )
        deletion = (
            "iam:DeleteRole",
            "iam:DeleteRolePolicy",
            "iam:DetachRolePolicy",
            "iam:ListAttachedRolePolicies",
            "iam:ListRolePolicies",
        )
        # Handing a role to ECS is part of registering a task definition that names it.
        passed = {"StringEquals": {"iam:PassedToService": self.trust}}
        return (
            Right((Operation.FIND, Operation.SEARCH), ("iam:ListRoles",)),
            Right((Operation.FIND,), reads, named),
            Right((Operation.CREATE,), ("iam:CreateRole", "iam:TagRole"), ours),
            Right((Operation.CREATE,), ("iam:PassRole",), (itself,), passed),
            Right((Operation.UPDATE,), changes, ours),
            Right((Operation.DELETE,), deletion, ours),
        )

    @classmethod
    def find(cls, look: Look, wanted: Sequence[Self]) -> Iterable[Live]:
        path = role_path(look.scope, look.aws.region)
        with_policy = [one.name for one in wanted if one.statements is not None]

        def named(names: Sequence[str]) -> list[Mapping[str, Any] | None]:
            return look.gather(*[_role(look, name) for name in names])

        roles, policies, others = look.gather(
            lambda: {r["RoleName"]: r for r in look.aws.items("iam", "ListRoles", "Roles", PathPrefix=path)},
            lambda: dict(
                zip(with_policy, look.gather(*[_policy_of(look, name) for name in with_policy]), strict=True)
            ),
            lambda: named([one.name for one in wanted] if look.at_once else ()),
        )
        lives = [_live(role, True, policies.get(name)) for name, role in roles.items()]
        if look.at_once:
            others = [role for role in others if role and role["RoleName"] not in roles]
        else:
            others = named([one.name for one in wanted if one.name not in roles])
        # A new role can be got before it is listed: its path says whose it is.
        return [
            *lives,
            *(
                _live(role, role.get("Path") == path, policies.get(role["RoleName"]))
                for role in others
                if role
            ),
        ]

    def create(self, tools: Tools, outputs: Outputs) -> Live:
        values = self.values(outputs)
        trust = values["trust"]
        answer = tools.aws.call(
            "iam",
            "CreateRole",
            RoleName=self.name,
            Path=self.path,
            AssumeRolePolicyDocument=trust,
            Description=f"Made by fargatectl for {tools.scope.app} ({tools.scope.environment})",
            Tags=upper(tools.scope.tags(self.id)),
        )["Role"]
        return Live(self.kind, self.id, self.name, self.address, True, {"trust": trust},
                    {"arn": str(answer["Arn"])}, extra={"made_at": tools.clock()})  # fmt: skip

    def update(self, tools: Tools, live: Live, fields: Mapping[str, FieldChange], outputs: Outputs) -> Live:
        values = self.values(outputs)
        if "trust" in fields:
            tools.aws.call(
                "iam", "UpdateAssumeRolePolicy", RoleName=self.name, PolicyDocument=values["trust"]
            )
        if "statements" in fields:
            tools.aws.call(
                "iam",
                "PutRolePolicy",
                RoleName=self.name,
                PolicyName=POLICY_NAME,
                PolicyDocument=values["statements"],
            )
        return dataclasses.replace(live, fields=values)

    @classmethod
    def delete(cls, tools: Tools, live: Live) -> None:
        role = {"RoleName": live.name}
        for name in list(tools.aws.items("iam", "ListRolePolicies", "PolicyNames", **role)):
            with done_if_gone():
                tools.aws.call("iam", "DeleteRolePolicy", PolicyName=name, **role)
        for policy in list(tools.aws.items("iam", "ListAttachedRolePolicies", "AttachedPolicies", **role)):
            with done_if_gone():
                tools.aws.call("iam", "DetachRolePolicy", PolicyArn=policy["PolicyArn"], **role)
        tools.aws.call("iam", "DeleteRole", **role)


def _fill(value: Any, account: Mapping[str, Any]) -> Any:
    """Put the account, region and partition into a statement's ``{id}``, ``{region}``, ``{partition}``."""
    if isinstance(value, str):
        for name, known in account.items():
            value = value.replace("{" + name + "}", str(known))
        return value
    if isinstance(value, Mapping):
        return {key: _fill(item, account) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_fill(item, account) for item in value]
    return value


def _document(value: Any) -> str:
    """A policy as IAM answers it: decoded by botocore, or still URL-encoded."""
    return canonical(urllib.parse.unquote(value) if isinstance(value, str) else value)


def _policy_of(look: Look, name: str) -> Any:
    def ask() -> str | None:
        try:
            answer = look.aws.call("iam", "GetRolePolicy", RoleName=name, PolicyName=POLICY_NAME)
        except AwsError as error:
            if error.gone:
                return None
            raise
        return _document(answer["PolicyDocument"])

    return ask


def _role(look: Look, name: str) -> Any:
    def ask() -> Mapping[str, Any] | None:
        try:
            role: Mapping[str, Any] = look.aws.call("iam", "GetRole", RoleName=name)["Role"]
        except AwsError as error:
            if error.gone:
                return None
            raise
        return role

    return ask


def _live(role: Mapping[str, Any], owned: bool, policy: str | None) -> Live:
    name = str(role["RoleName"])
    trust = role.get("AssumeRolePolicyDocument")
    return Live(
        Role.kind,
        name,
        name,
        name,
        owned,
        {"trust": _document(trust) if trust else None, "statements": policy},
        {"arn": str(role["Arn"])},
    )
