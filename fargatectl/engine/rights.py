"""Which permissions a kind's operations need: what `Resource.rights` answers with.

An operation is one of the contract's (see `fargatectl.engine.resource`). `FIND` and `DELETE` are split in
two. A removal looks through AWS's own lists, under whatever name, where a plan looks for the names that the
spec gives. And an update removes services that the spec no longer has, with what is theirs alone; to remove
what a renamed cluster or repository leaves behind takes the earlier spec's rights of a removal too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from fargatectl.dataclass import dataclass
from fargatectl.engine.scope import TAG_APP, TAG_ENVIRONMENT, Scope

Conditions = Mapping[str, Mapping[str, str | tuple[str, ...]]]
"""Operator -> condition key -> value or values, as in a policy."""


class Operation(StrEnum):
    """When a permission is needed."""

    FIND = "find"
    SEARCH = "search"  # `find` of a thorough look
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"  # and `gone`, in a removal of everything
    PRUNE = "prune"  # the same of what the spec no longer has
    FOLLOW = "follow"  # `watch`
    SET = "set"  # what only people give: the values of secrets


ANY = ("*",)
"""For actions that AWS scopes to no resource."""


@dataclass(frozen=True)
class Right:
    """Actions that some operations need.

    Attributes:
        operations: When.
        actions: As policies spell them: the service's prefix, a colon, the action.
        on: ARNs or patterns of them.
        when: What the permission can be narrowed by, beyond the ARNs.
        among: Conditions of many values, of which each resource gives its own: those of all rights that are
            the same otherwise are permitted together.
    """

    operations: tuple[Operation, ...]
    actions: tuple[str, ...]
    on: tuple[str, ...] = ANY
    when: Conditions = field(default_factory=dict)
    among: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Territory:
    """Whose resources, and where.

    Attributes:
        account: 12 digits.
        partition: Such as ``aws``.
    """

    scope: Scope
    account: str
    region: str
    partition: str = "aws"

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a resource of this account and region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    def global_arn(self, service: str, resource: str) -> str:
        """The ARN of a resource of this account that belongs to no region."""
        return f"arn:{self.partition}:{service}::{self.account}:{resource}"

    def tagged(self, key: str) -> Conditions:
        """That the tags are ours.

        Args:
            key: ``aws:ResourceTag`` for those that it has, ``aws:RequestTag`` for those that it is to get.
        """
        ours = {TAG_APP: self.scope.app, TAG_ENVIRONMENT: self.scope.environment}
        return {"StringEquals": {f"{key}/{name}": value for name, value in ours.items()}}
