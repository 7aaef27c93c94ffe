"""The IAM roles of tasks: one that starts them, one that they act as."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import field
from typing import Any, ClassVar, Self

from fargatectl.aws.errors import AwsError, done_if_gone
from fargatectl.dataclass import dataclass
from fargatectl.engine.observe import Look
from fargatectl.engine.outputs import Outputs
from fargatectl.engine.resource import IDENTITY, FieldChange, Live, Resource
from fargatectl.engine.rights import Operation, Right, Territory
from fargatectl.engine.scope import Scope
from fargatectl.engine.tools import Tools
from fargatectl.errors import FargatectlError
from fargatectl.resources import _overridable
from fargatectl.resources._role_parts import described, description, document, found_parts, set_parts
from fargatectl.resources._tags import canonical, upper
from fargatectl.resources.access_point import AccessPoint, storage_names
from fargatectl.resources.account import Account
from fargatectl.resources.given_file_system import GivenFileSystem
from fargatectl.resources.kms_key import KmsKey
from fargatectl.resources.policies import trust_policy

_FOLDER = "/fargatectl/"


def role_path(scope: Scope, region: str) -> str:
    """The path of all roles of an app's environment in a region.

    IAM's lists show no tags but filter by path, and a path is given by the create call and never changes:
    it is the mark of ownership here. IAM is global, the app's other resources are not: hence the region.
    """
    return f"{_FOLDER}{region}/{scope.app}/{scope.environment}/"


@dataclass(frozen=True, kw_only=True, eq=False)
class Role(Resource):
    """A role that ECS tasks of this account and region assume, with at most one inline policy.

    Attributes:
        path: Ends with `role_path`.
        statements: Of the inline policy (see `fargatectl.resources.policies`); empty: it must have none;
            None: it never has one, and nobody looks.
        policies: ARNs of the managed policies that are attached, which may contain ``{partition}``; None: as
            above.
        boundary: ARN of the managed policy that bounds its permissions; empty for none.
        trust: The service that may assume it.
        kms_key: What statements name as ``{kms_key}``.
        storage: What statements name as ``{access_point:ID}``, and as ``{file_system:ID}`` what is behind it.
    """

    kind: ClassVar[str] = "iam.role"
    overridable = _overridable.ROLE

    account: Account
    path: str
    statements: tuple[Mapping[str, Any], ...] | None = None
    policies: tuple[str, ...] | None = None
    boundary: str = ""
    trust: str = "ecs-tasks.amazonaws.com"
    storage: tuple[AccessPoint | GivenFileSystem, ...] = field(default=(), metadata=IDENTITY)
    kms_key: KmsKey | None = field(default=None, metadata=IDENTITY)

    def values(self, outputs: Outputs) -> dict[str, object]:
        account = {name: outputs.get(self.account, name) for name in ("id", "region", "partition")}
        values: dict[str, object] = {
            "trust": canonical(trust_policy(self.trust, account)),
            "boundary": self.boundary,
        }
        if self.statements is not None:
            key = {"kms_key": str(outputs.get(self.kms_key))} if self.kms_key else {}
            names = {**account, **key, **storage_names(self.storage, outputs)}
            values["statements"] = self._policy(names) if self.statements else None
        if self.policies is not None:
            values["policies"] = tuple(sorted(_fill(list(self.policies), account)))
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
        reads = [
            "iam:GetRole",
            *(["iam:GetRolePolicy"] if self.statements is not None else []),
            *(["iam:ListAttachedRolePolicies"] if self.policies is not None else []),
        ]
        changes = [
            "iam:UpdateAssumeRolePolicy",
            *(["iam:DeleteRolePolicy"] if self.statements is not None and not self.statements else []),
            *(["iam:DetachRolePolicy"] if self.policies is not None else []),
            *(("iam:UpdateRole",) if self.boundary else self.overriding("iam")),
        ]
        gives = [
            *(["iam:PutRolePolicy"] if self.statements else []),
            *(["iam:AttachRolePolicy"] if self.policies is not None else []),
            *(["iam:PutRolePermissionsBoundary"] if self.boundary else []),
        ]
        # Else whoever deploys could give a role what the boundary is there to refuse.
        bounded = {"StringEquals": {"iam:PermissionsBoundary": self.boundary}} if self.boundary else {}
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
            Right((Operation.FIND,), tuple(reads), named),
            Right((Operation.CREATE,), ("iam:CreateRole",), ours, bounded),
            Right((Operation.CREATE,), ("iam:TagRole",), ours),
            Right((Operation.CREATE,), ("iam:PassRole",), (itself,), passed),
            Right((Operation.UPDATE,), tuple(changes), ours),
            Right((Operation.UPDATE,), tuple(gives), ours, bounded),
            Right((Operation.DELETE, Operation.PRUNE), deletion, ours),
        )

    @classmethod
    def find(cls, look: Look, wanted: Sequence[Self]) -> Iterable[Live]:
        ours = role_path(look.scope, look.aws.region)
        # A spec may put a folder before ours, which a removal does not know.
        start = "/" if look.thorough else next((one.path for one in wanted), ours)
        early = [one.name for one in wanted] if look.at_once else []
        listed, known, *asked = look.gather(
            lambda: _listed(look, start),
            lambda: look.gather(*_first(look, start, early)),
            *[lambda one=one: found_parts(look, one) for one in wanted],
        )
        roles = {role["RoleName"]: role for role in listed}
        parts = {one.name: part for one, part in zip(wanted, asked, strict=True)}
        missing = [one.name for one in wanted if one.name not in roles and one.name not in early]
        found = [*known, *look.gather(*_first(look, start, missing))]
        others = [role for role in found if role and role["RoleName"] not in roles]
        # A new role can be got before it is listed: its path says whose it is.
        return [
            _live(role, str(role.get("Path", "")).endswith(ours), parts.get(role["RoleName"], {}))
            for role in (*roles.values(), *others)
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
            Description=description(tools.scope, self.boundary),
            Tags=upper(tools.scope.tags(self.id)),
            **({"PermissionsBoundary": self.boundary} if self.boundary else {}),
        )["Role"]
        made = {"trust": trust, "boundary": self.boundary, "statements": None, "policies": ()}
        return Live(self.kind, self.id, self.name, self.address, True, made,
                    {"arn": str(answer["Arn"])}, extra={"made_at": tools.clock()})  # fmt: skip

    def update(self, tools: Tools, live: Live, fields: Mapping[str, FieldChange], outputs: Outputs) -> Live:
        values = self.values(outputs)
        if "trust" in fields:
            tools.aws.call(
                "iam", "UpdateAssumeRolePolicy", RoleName=self.name, PolicyDocument=values["trust"]
            )
        set_parts(tools, self.name, live, values, fields)
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


def _listed(look: Look, start: str) -> list[Mapping[str, Any]]:
    """The roles of the look's scope and region below a path; the scope's other regions are noted."""
    ours = role_path(look.scope, look.aws.region)
    ending = re.compile(f"{_FOLDER}([^/]+)/{look.scope.app}/{look.scope.environment}/$")
    roles = [
        (role, found[1])
        for role in look.aws.items("iam", "ListRoles", "Roles", PathPrefix=start)
        if (found := ending.search(role["Path"]))
    ]
    look.elsewhere |= {region for role, region in roles if not role["Path"].endswith(ours)}
    return [role for role, _ in roles if role["Path"].endswith(ours)]


def _first(look: Look, start: str, names: Sequence[str]) -> list[Callable[[], Any]]:
    """To be asked where an app may be new here: by name what its path's list has not yet, and other regions.

    What is new is deployed for the first time, or has moved here.
    """
    if not names:
        return []
    everywhere = start.partition(_FOLDER)[0] + _FOLDER

    def note_regions() -> None:
        with suppress(FargatectlError):  # such as a right to this region's roles alone; nothing depends on it
            _listed(look, everywhere)

    return [*(_role(look, name) for name in names), note_regions]


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


def _live(role: Mapping[str, Any], owned: bool, parts: Mapping[str, object]) -> Live:
    name = str(role["RoleName"])
    trust = role.get("AssumeRolePolicyDocument")
    return Live(
        Role.kind,
        name,
        name,
        name,
        owned,
        {
            "trust": document(trust) if trust else None,
            "boundary": described(role),
            **parts,
        },
        {"arn": str(role["Arn"])},
        raw=role,
    )
