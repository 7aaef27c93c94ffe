"""A customer's key of KMS: what is encrypted with it, and who may use it."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

import pytest

from fargatectl.aws.errors import AwsError
from fargatectl.errors import UsageError
from tests.lifecycle.cases.kms_key import aliased, made
from tests.lifecycle.stored import systems
from tests.support.apps import ONE, Deployer, changed
from tests.support.watched import Call, WatchedAws

SPEC = f"""{ONE}    secrets: {{SESSION_KEY: "generated:SESSION_KEY"}}
    mounts: {{uploads: /uploads}}
file_systems: {{uploads: {{}}}}
"""


def test_everything_that_keeps_something_is_encrypted_with_it(
    deployer: Deployer, moto_aws: WatchedAws
) -> None:
    key = aliased(moto_aws)
    text, aws = f"{SPEC}kms_key: alias/shop\n", deployer.aws()
    deployer.up(text, aws)
    [group], [repository], [system] = (
        aws.of(f"Create{one}") for one in ("LogGroup", "Repository", "FileSystem")
    )
    [secret] = [one for one in aws.of("PutParameter") if one["Type"] == "SecureString"]
    [cluster] = aws.of("CreateCluster")
    assert group["kmsKeyId"] == system["KmsKeyId"] == secret["KeyId"] == key
    assert repository["encryptionConfiguration"] == {"encryptionType": "KMS", "kmsKey": key}
    storage = cluster["configuration"]["managedStorageConfiguration"]
    assert storage == {"fargateEphemeralStorageKmsKeyId": key}
    assert deployer.plan(text).plan.documents() == []


def statements(aws: WatchedAws, role: str) -> list[dict[str, Any]]:
    name = f"shop-{role}-us-east-1"
    found = aws.call("iam", "GetRolePolicy", RoleName=name, PolicyName="fargatectl")["PolicyDocument"]
    document = json.loads(unquote(found)) if isinstance(found, str) else found
    stated: list[dict[str, Any]] = document["Statement"]
    return stated


def test_tasks_may_decrypt_with_exactly_that_key_where_they_have_secrets(
    deployer: Deployer, moto_aws: WatchedAws
) -> None:
    key = made(moto_aws)
    deployer.up(f"{SPEC}kms_key: {key}\n")
    mine = [one for one in statements(moto_aws, "execution") if "kms:Decrypt" in one["Action"]]
    assert mine == [{"Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": [key]}]
    deployer.up(f"{ONE}kms_key: {key}\n")
    assert not [one for one in statements(moto_aws, "execution") if "kms:Decrypt" in one["Action"]]


@pytest.mark.parametrize("what", ["repository", "file system"])
def test_another_key_for_what_is_there_is_refused_before_anything_is_changed(
    deployer: Deployer, moto_aws: WatchedAws, what: str
) -> None:
    text = ONE if what == "repository" else SPEC.replace("build: .", "image: public.example/web:1")
    deployer.up(text)
    aws = deployer.aws()
    with pytest.raises(UsageError, match=f"the {what} shop.* is not encrypted with kms_key") as caught:
        deployer.up(f"{text}kms_key: {made(moto_aws)}\n", aws)
    assert caught.value.hint
    assert aws.writes == []


def test_a_key_taken_away_behind_our_back_is_put_back(deployer: Deployer, moto_aws: WatchedAws) -> None:
    key, other = made(moto_aws), made(moto_aws)
    text = f"{ONE}kms_key: {key}\n"
    deployer.up(text)
    moto_aws.call("logs", "AssociateKmsKey", logGroupName="/ecs/shop", kmsKeyId=other)
    storage = {"fargateEphemeralStorageKmsKeyId": other}
    moto_aws.call(
        "ecs", "UpdateCluster", cluster="shop", configuration={"managedStorageConfiguration": storage}
    )
    expected = [("update", "ecs.cluster", ["storage_key"]), ("update", "logs.log_group", ["kms_key"])]
    assert sorted(changed(deployer.up(text)["changes"])) == expected
    assert deployer.plan(text).plan.documents() == []


def test_without_the_key_nothing_is_changed(deployer: Deployer, moto_aws: WatchedAws) -> None:
    deployer.up(f"{SPEC}kms_key: {made(moto_aws)}\n")
    before = [one["KmsKeyId"] for one in systems(moto_aws)]
    changes = changed(deployer.up(SPEC)["changes"])
    assert {kind for _, kind, _ in changes} <= {"iam.role"}
    assert [one["KmsKeyId"] for one in systems(moto_aws)] == before


def test_a_key_policy_that_does_not_let_the_service_in_is_told(
    deployer: Deployer, moto_aws: WatchedAws
) -> None:
    def refuse(_: Call, __: Any) -> Any:
        text = f"The specified KMS key does not exist or is not allowed to be used with Arn '{key}'"
        raise AwsError("InvalidParameterException", text, "logs", "CreateLogGroup")

    key, aws = made(moto_aws), deployer.aws()
    aws.rig("logs", "CreateLogGroup", refuse)
    with pytest.raises(UsageError) as caught:
        deployer.up(f"{ONE}kms_key: {key}\n", aws)
    assert "must let logs.us-east-1.amazonaws.com use it" in caught.value.hint
    assert "kms:GenerateDataKey*" in caught.value.hint
