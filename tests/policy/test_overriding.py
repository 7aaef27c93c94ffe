"""What overrides take beyond everything else: exactly the printed policy does, and each action is missed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.app.overriding import CASES, Case, name_of
from tests.support.apps import Deployer
from tests.support.watched import WatchedAws

from .enforcing import EnforcingAws, without
from .test_enforced import _missed, actions, policy

SET = [case for case in CASES if case.set_by]
# Not asked for by a call of its own: it goes along with one that is.
FURTHER = {
    "acm:UpdateCertificateOptions", "ec2:ModifySubnetAttribute", "ecs:UpdateCluster",
    "elasticfilesystem:UpdateFileSystemProtection", "elasticloadbalancing:DescribeListenerAttributes",
    "elasticloadbalancing:ModifyListenerAttributes", "elasticloadbalancing:SetIpAddressType",
    "iam:UpdateRole", "logs:PutLogGroupDeletionProtection", "route53:ChangeResourceRecordSets",
    "servicediscovery:UpdateHttpNamespace", "servicediscovery:UpdatePrivateDnsNamespace",
    "sns:GetTopicAttributes", "sns:SetTopicAttributes",
}  # fmt: skip
"""All that only overrides ask for."""


@pytest.fixture(autouse=True)
def zone(moto_aws: WatchedAws) -> None:
    moto_aws.call("route53", "CreateHostedZone", Name="example.com", CallerReference="example.com")


def life(case: Case, deployer: Deployer, moto_aws: WatchedAws, rules: Mapping[str, Any]) -> set[str]:
    asked: set[str] = set()
    for given in (case.other, case.given, case.given):
        deployer.up(case.text(given), EnforcingAws(moto_aws, rules, asked))
    return asked


def more(case: Case, deployer: Deployer) -> set[str]:
    """What the policy permits only because of what is overridden."""
    return actions(policy(deployer, "deploy", case.text())) - actions(policy(deployer, "deploy", case.spec))


@pytest.mark.parametrize("case", SET, ids=name_of)
def test_exactly_the_policy_does_and_each_action_is_missed(
    case: Case, deployer: Deployer, moto_aws: WatchedAws
) -> None:
    from moto.moto_api._internal import moto_api_backend

    rules = policy(deployer, "deploy", case.text())
    asked = life(case, deployer, moto_aws, rules)
    further = more(case, deployer)
    assert further <= asked
    assert further <= FURTHER
    for action in sorted(further):
        moto_api_backend.reset()
        moto_aws.call("route53", "CreateHostedZone", Name="example.com", CallerReference="example.com")
        assert _missed(lambda action=action: life(case, deployer, moto_aws, without(rules, action))) == action


def test_all_of_them_were_seen(deployer: Deployer) -> None:
    assert {action for case in SET for action in more(case, deployer)} == FURTHER
