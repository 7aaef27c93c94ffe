"""A secret of the app's own: an encrypted parameter in SSM Parameter Store, whose value people set."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any, ClassVar, Self

from fargatectl.dataclass import dataclass
from fargatectl.engine.observe import Look
from fargatectl.engine.outputs import Outputs
from fargatectl.engine.resource import IDENTITY, FieldChange, Live, Resource
from fargatectl.engine.rights import Operation, Right, Territory
from fargatectl.engine.scope import Scope
from fargatectl.engine.tools import Tools
from fargatectl.errors import UsageError
from fargatectl.resources._tags import upper
from fargatectl.resources.account import Account
from fargatectl.resources.kms_key import KmsKey

RANDOM_BYTES = 32  # of a generated value: 43 characters


def secret_folder(scope: Scope) -> str:
    """Where an environment's own secrets lie. The place is the mark of ownership: lists show no tags."""
    return f"/fargatectl/{scope.app}/{scope.environment}/secrets/"


@dataclass(frozen=True, kw_only=True, eq=False)
class Secret(Resource):
    """An encrypted parameter of SSM Parameter Store, set by `fargatectl secret set` or generated once.

    Its value is never read, so it is never compared.

    Attributes:
        name: Of the parameter, below `secret_folder`.
        generated: Whether `create` may make up a value where there is none.
        kms_key: Encrypts a value that `create` makes up; None: the account's own for SSM.

    Outputs: ``arn``.
    """

    kind: ClassVar[str] = "ssm.secret"
    data: ClassVar[str] = "secret values"

    account: Account
    generated: bool = field(default=False, metadata=IDENTITY)
    kms_key: KmsKey | None = field(default=None, metadata=IDENTITY)

    def values(self, outputs: Outputs) -> dict[str, object]:
        return {}

    def predict(self, outputs: Outputs) -> Mapping[str, str]:
        account = {name: outputs.get(self.account, name) for name in ("id", "region", "partition")}
        return {"arn": "arn:{partition}:ssm:{region}:{id}:parameter".format(**account) + self.name}

    def rights(self, territory: Territory) -> Sequence[Right]:
        own = (territory.arn("ssm", f"parameter{self.name}"),)
        folder = (territory.arn("ssm", f"parameter{secret_folder(territory.scope)}*"),)
        found = [Right((Operation.FIND,), ("ssm:DescribeParameters",))]
        if self.generated:
            found.append(Right((Operation.CREATE,), ("ssm:AddTagsToResource", "ssm:PutParameter"), own))
            if self.kms_key:
                found.append(Right((Operation.CREATE,), ("kms:Encrypt",), *self.kms_key.named(territory)))
        return (*found, Right((Operation.DELETE,), ("ssm:DeleteParameter",), folder))

    @classmethod
    def searches(cls, territory: Territory) -> Sequence[Right]:
        return (Right((Operation.SEARCH,), ("ssm:DescribeParameters",)),)

    @classmethod
    def find(cls, look: Look, wanted: Sequence[Self]) -> Iterable[Live]:
        """Those of the app; raises UsageError where one that only people can set is not set."""
        if not wanted and not look.thorough:
            return []
        lives = [_live(look.scope, one) for one in stored(look)]
        there = {live.name for live in lives}
        missing = [one.id for one in wanted if not one.generated and one.name not in there]
        if missing:
            raise UsageError(
                f"not set: the secrets {', '.join(missing)}"
                if missing[1:]
                else f"not set: the secret {missing[0]}",
                hint="\n".join(f"Set it: fargatectl secret set {one}" for one in missing),
                code="secret.missing",
            )
        return lives

    def create(self, tools: Tools, outputs: Outputs) -> Live:
        key, value = outputs.need(self.kms_key) if self.kms_key else "", secrets.token_urlsafe(RANDOM_BYTES)
        tools.aws.call("ssm", "PutParameter", **put(tools.scope, self.id, value, key=key))
        return Live(self.kind, self.id, self.name, self.address, True, {}, self.predict(outputs))

    def update(self, tools: Tools, live: Live, fields: Mapping[str, FieldChange], outputs: Outputs) -> Live:
        raise TypeError("a secret has nothing to compare")

    @classmethod
    def delete(cls, tools: Tools, live: Live) -> None:
        tools.aws.call("ssm", "DeleteParameter", Name=live.name)


def secret_rights(territory: Territory, keys: Iterable[KmsKey]) -> Iterable[Right]:
    """What `secret set`, `secret list` and `secret delete` need.

    Args:
        keys: The spec's, with which values are encrypted.
    """
    folder = (territory.arn("ssm", f"parameter{secret_folder(territory.scope)}*"),)
    yield Right((Operation.SET,), ("ssm:DescribeParameters",))
    yield Right(
        (Operation.SET,), ("ssm:AddTagsToResource", "ssm:DeleteParameter", "ssm:PutParameter"), folder
    )
    for key in keys:
        yield Right((Operation.SET,), ("kms:Encrypt",), *key.named(territory))


def stored(look: Look) -> list[Mapping[str, Any]]:
    """The app's own secrets as DescribeParameters shows them: without their values; asked once."""
    filters = [{"Key": "Path", "Option": "Recursive", "Values": [secret_folder(look.scope).rstrip("/")]}]

    def ask() -> list[Mapping[str, Any]]:
        return list(look.aws.items("ssm", "DescribeParameters", "Parameters", ParameterFilters=filters))

    return look.once("secrets", ask)


def put(scope: Scope, id: str, value: str, *, key: str = "") -> dict[str, Any]:
    """The parameters of the PutParameter that makes one, tags included.

    Args:
        key: The KMS key that encrypts it; the account's own for SSM (``aws/ssm``) if empty.
    """
    return {
        "Name": f"{secret_folder(scope)}{id}",
        "Value": value,
        "Type": "SecureString",
        "Overwrite": False,
        "Tags": upper(scope.tags(id)),
        **({"KeyId": key} if key else {}),
    }


def _live(scope: Scope, found: Mapping[str, Any]) -> Live:
    name = str(found["Name"])
    return Live(
        Secret.kind,
        name.removeprefix(secret_folder(scope)),
        name,
        name,
        True,
        extra={"changed_at": found.get("LastModifiedDate"), "version": found.get("Version")},
    )
