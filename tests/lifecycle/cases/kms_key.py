"""`kms.key`; what it encrypts: `tests/app/test_kms.py`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.lifecycle.case import LookedUp, Thing
from tests.support.apps import ONE
from tests.support.watched import ACCOUNT, REGION, WatchedAws

KEYED = f"""{ONE}    secrets: {{SESSION_KEY: "generated:SESSION_KEY"}}
    mounts: {{uploads: /uploads}}
file_systems: {{uploads: {{}}}}
kms_key: alias/shop
"""
"""Everything that can be encrypted with it."""


def spec(key: str) -> str:
    return f"{ONE}kms_key: {key}\n"


def backend() -> Any:
    """moto's: it answers CreateAlias and DisableKey with nothing at all, which is not taken for AWS."""
    from moto.kms.models import kms_backends

    return kms_backends[ACCOUNT][REGION]


def made(aws: WatchedAws) -> str:
    """The ARN of a new key."""
    return str(aws.call("kms", "CreateKey")["KeyMetadata"]["Arn"])


def aliased(aws: WatchedAws) -> str:
    """The ARN of a new key with the alias ``alias/shop``."""
    arn = made(aws)
    backend().create_alias(arn, "alias/shop")
    return arn


def by_arn(aws: WatchedAws) -> tuple[str, Mapping[str, str]]:
    arn = made(aws)
    return spec(arn), {"arn": arn}


def by_alias(aws: WatchedAws) -> tuple[str, Mapping[str, str]]:
    return spec("alias/shop"), {"arn": aliased(aws)}


def used(aws: WatchedAws) -> Mapping[str, str]:
    [group], [repository] = aws.of("CreateLogGroup"), aws.of("CreateRepository")
    assert repository["encryptionConfiguration"] == {"encryptionType": "KMS", "kmsKey": group["kmsKeyId"]}
    return {"arn": group["kmsKeyId"]}


def things(aws: WatchedAws) -> Iterator[Thing]:
    for one in aws.items("kms", "ListKeys", "Keys"):
        yield Thing(one["KeyArn"], aws.call("kms", "DescribeKey", KeyId=one["KeyId"])["KeyMetadata"])


def not_there(_: WatchedAws) -> tuple[str, str]:
    return spec("alias/none"), "no such key"


def disabled(aws: WatchedAws) -> tuple[str, str]:
    arn = made(aws)
    backend().disable_key(arn.rpartition("/")[2])
    return spec(arn), "is Disabled"


def asymmetric(aws: WatchedAws) -> tuple[str, str]:
    key = aws.call("kms", "CreateKey", KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"]
    return spec(key["Arn"]), "symmetric"


CASE = LookedUp(
    kind="kms.key",
    id="app",
    found={"by ARN": by_arn, "by alias": by_alias},
    used=used,
    things=things,
    missing={"the key": not_there, "one that is enabled": disabled, "a symmetric one": asymmetric},
)
