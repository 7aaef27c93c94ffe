"""A role of the user's own, which tasks run with as it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Self

from fargatectl.aws.errors import AwsError
from fargatectl.dataclass import dataclass
from fargatectl.engine.observe import Look
from fargatectl.engine.resource import Live, Lookup
from fargatectl.engine.rights import Operation, Right, Territory
from fargatectl.errors import UsageError
from fargatectl.resources._role_parts import document

TASKS = "ecs-tasks.amazonaws.com"


@dataclass(frozen=True, kw_only=True, eq=False)
class GivenRole(Lookup):
    """A role that the spec names by its ARN: it must be there, and tasks must be allowed to assume it.

    Outputs: ``arn``.
    """

    kind: ClassVar[str] = "iam.given_role"

    def rights(self, territory: Territory) -> Sequence[Right]:
        passed = {"StringEquals": {"iam:PassedToService": TASKS}}
        return (
            Right((Operation.FIND,), ("iam:GetRole",), (self.name,)),
            Right((Operation.CREATE,), ("iam:PassRole",), (self.name,), passed),
        )

    @classmethod
    def find(cls, look: Look, wanted: Sequence[Self]) -> Iterable[Live]:
        return look.gather(*[lambda one=one: _found(look, one) for one in wanted])


def _found(look: Look, wanted: GivenRole) -> Live:
    name = wanted.name.rpartition("/")[2]
    try:
        role: Mapping[str, Any] = look.aws.call("iam", "GetRole", RoleName=name)["Role"]
    except AwsError as error:
        if not error.gone:
            raise
        role = {}
    if role.get("Arn") != wanted.name:
        raise UsageError(
            f"no such role: {wanted.name}",
            hint=f"Correct services.{wanted.id}.role, or make the role first.",
            code="role.missing",
        )
    trust = role.get("AssumeRolePolicyDocument")
    if trust and TASKS not in document(trust):
        raise UsageError(
            f"tasks may not assume the role {wanted.name}",
            hint=f"Let the service {TASKS} assume it in its trust policy (sts:AssumeRole).",
            code="role.trust",
        )
    return Live(wanted.kind, wanted.id, wanted.name, wanted.address, True, outputs={"arn": wanted.name})
