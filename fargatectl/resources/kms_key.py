"""A key of KMS that the spec names: only looked at."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import ClassVar, Self

from fargatectl.aws.errors import AwsError, DeniedError
from fargatectl.dataclass import dataclass
from fargatectl.engine.observe import Look
from fargatectl.engine.resource import Live, Lookup
from fargatectl.engine.rights import Operation, Right, Territory
from fargatectl.errors import UsageError


@dataclass(frozen=True, kw_only=True, eq=False)
class KmsKey(Lookup):
    """A symmetric key of KMS that is enabled, named by ARN, id or alias.

    Outputs: ``arn``, of the key itself.
    """

    kind: ClassVar[str] = "kms.key"

    def rights(self, territory: Territory) -> Sequence[Right]:
        # ECR, EFS and Fargate use it by grants that they make in the name of whoever asks them for something
        # that is encrypted with it (their user guides, "Encryption at rest").
        on, when = self.named(territory)
        # Those, and none to whomever: the guides' own condition.
        by_aws = {**when, "Bool": {"kms:GrantIsForAWSResource": "true"}}
        return (
            Right((Operation.FIND,), ("kms:DescribeKey",), on, when),
            Right((Operation.CREATE,), ("kms:CreateGrant",), on, by_aws),
        )

    def named(self, territory: Territory) -> tuple[tuple[str, ...], dict[str, dict[str, str]]]:
        """What a policy calls it, and the condition that tells it from others."""
        alias = self.name.partition("alias/")[2]
        if alias:
            key = (territory.arn("kms", "key/*"),)
            return key, {"ForAnyValue:StringEquals": {"kms:ResourceAliases": f"alias/{alias}"}}
        if self.name.startswith("arn:"):
            return (self.name,), {}
        return (territory.arn("kms", f"key/{self.name}"),), {}

    @classmethod
    def find(cls, look: Look, wanted: Sequence[Self]) -> Iterable[Live]:
        return look.gather(*[partial(_live, look, one) for one in wanted])


def arn_of(look: Look, key: KmsKey) -> str:
    """The ARN of the key itself, asked once for all who need it.

    Raises:
        UsageError: There is none, or none that can be used.
    """
    return look.once(f"kms key {key.name}", lambda: _arn(look, key.name))


def refuse_another(look: Look, key: KmsKey | None, there: object, what: str, way_out: str) -> None:
    """Raise UsageError where something that is there was made with another key, and keeps that for ever."""
    if key is not None and there != arn_of(look, key):
        raise UsageError(
            f"{what} is not encrypted with kms_key, {key.name}, but with {there or 'a key of AWS'}: "
            "AWS cannot change that",
            hint=way_out,
            code="kms.another_key",
        )


@contextmanager
def allowed_by_key(key: KmsKey | None, service: str) -> Iterator[None]:
    """Say what is missing in the key's policy, where AWS refuses a call in the block for want of it."""
    try:
        yield
    except AwsError as error:
        if (
            key is None
            or isinstance(error, DeniedError)
            or not re.search("kms|key", error.text, re.IGNORECASE)
        ):
            raise
        raise UsageError(
            f"{error.message}",
            hint=f"The policy of the key {key.name} must let {service} use it: kms:Encrypt*, kms:Decrypt*, "
            "kms:ReEncrypt*, kms:GenerateDataKey*, kms:CreateGrant and kms:DescribeKey, for this account.",
            code="kms.key_policy",
        ) from error


def _live(look: Look, key: KmsKey) -> Live:
    return Live(KmsKey.kind, key.id, key.name, key.address, True, outputs={"arn": arn_of(look, key)})


def _arn(look: Look, name: str) -> str:
    hint = "See kms_key in the spec, and the region."
    try:
        shown = look.aws.call("kms", "DescribeKey", KeyId=name)["KeyMetadata"]
    except AwsError as error:
        if error.error != "NotFoundException":
            raise
        raise UsageError(
            f"no such key of KMS in {look.aws.region}: {name}", hint=hint, code="kms.no_key"
        ) from None
    if shown["KeyState"] != "Enabled":
        raise UsageError(
            f"the key {name} is {shown['KeyState']}: nothing can be encrypted with it",
            hint=hint,
            code="kms.no_key",
        )
    if shown.get("KeySpec", "SYMMETRIC_DEFAULT") != "SYMMETRIC_DEFAULT":
        raise UsageError(
            f"the key {name} is {shown['KeySpec']}: AWS's services take symmetric keys",
            hint=hint,
            code="kms.no_key",
        )
    return str(shown["Arn"])
