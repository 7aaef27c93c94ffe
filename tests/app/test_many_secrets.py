"""An app may have more secrets than a policy of 10,240 characters can name: IAM takes no more of one role."""

from __future__ import annotations

import json
import re

import pytest

from tests.support.apps import Deployer
from tests.support.watched import ACCOUNT, REGION, WatchedAws

MOST_CHARACTERS = 10_240  # IAM User Guide, "IAM and AWS STS quotas"; white space is not counted
FOLDER = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/fargatectl/shop/default/secrets/"
OTHER = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/shared/token"


def policy(deployer: Deployer, aws: WatchedAws, count: int, name: str = "KEY") -> tuple[list[str], str]:
    """The parameters that tasks may be given, and the whole policy."""
    secrets = "".join(f"      KEY_{number}: generated:{name}_{number}\n" for number in range(count))
    deployer.up(
        "app: shop\nservices:\n  web:\n    image: public.example/web:1\n    secrets:\n"
        f"      SHARED: ssm:/shared/token\n{secrets}"
    )
    (role,) = [one for one in aws.items("iam", "ListRoles", "Roles") if "execution" in one["RoleName"]]
    of = {"RoleName": role["RoleName"]}
    (inline,) = aws.items("iam", "ListRolePolicies", "PolicyNames", **of)
    document = aws.call("iam", "GetRolePolicy", PolicyName=inline, **of)["PolicyDocument"]
    (statement,) = [one for one in document["Statement"] if "ssm:GetParameters" in one["Action"]]
    return statement["Resource"], re.sub(r"\s", "", json.dumps(document))


@pytest.mark.parametrize("count", [1, 40])
def test_a_few_are_permitted_by_name(deployer: Deployer, moto_aws: WatchedAws, count: int) -> None:
    permitted, text = policy(deployer, moto_aws, count)
    assert set(permitted) == {OTHER, *(f"{FOLDER}KEY_{number}" for number in range(count))}
    assert len(text) < MOST_CHARACTERS


@pytest.mark.parametrize(("count", "name"), [(120, "KEY"), (40, "K" * 122)])
def test_many_by_the_place_where_all_of_this_app_are(
    deployer: Deployer, moto_aws: WatchedAws, count: int, name: str
) -> None:
    permitted, text = policy(deployer, moto_aws, count, name)
    assert permitted == [OTHER, f"{FOLDER}*"]
    assert len(text) < MOST_CHARACTERS
