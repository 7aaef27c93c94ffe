"""What roles with rights of their own take, beyond the rest."""

from __future__ import annotations

import pytest

from fargatectl.errors import FargatectlError
from tests.lifecycle.cases.role import CASE
from tests.support.apps import Deployer
from tests.support.watched import WatchedAws

from .enforcing import EnforcingAws, without
from .test_enforced import actions, policy, remove

PLAIN = "app: shop\nservices: {web: {image: public.example/web:1}}\n"
DRIFTS = [(field, drift) for field, drifts in CASE.drifts.items() for drift in drifts]


def test_each_part_of_a_role_is_made_mended_and_removed_with_exactly_the_policies(
    deployer: Deployer, moto_aws: WatchedAws
) -> None:
    rules = policy(deployer, "deploy", CASE.spec)
    asked: set[str] = set()

    def aws() -> EnforcingAws:
        return EnforcingAws(moto_aws, rules, asked)

    deployer.up(CASE.spec, aws())
    for _, drift in DRIFTS:
        drift.meddle(moto_aws)
        assert deployer.up(CASE.spec, aws())["changes"]
    more = actions(rules) - actions(policy(deployer, "deploy", PLAIN))
    assert more == {
        "iam:AttachRolePolicy", "iam:DetachRolePolicy", "iam:ListAttachedRolePolicies",
        "iam:PutRolePermissionsBoundary", "iam:UpdateRole",
    }  # fmt: skip
    assert more <= asked
    remove(deployer, moto_aws, policy(deployer, "destroy", CASE.spec))


@pytest.mark.parametrize("action", ["iam:AttachRolePolicy", "iam:ListAttachedRolePolicies"])
def test_what_may_not_be_done_is_named(deployer: Deployer, moto_aws: WatchedAws, action: str) -> None:
    rules = without(policy(deployer, "deploy", CASE.spec), action)
    with pytest.raises(FargatectlError, match=f"not permitted: {action}"):
        deployer.up(CASE.spec, EnforcingAws(moto_aws, rules))
