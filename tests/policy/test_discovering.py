"""The printed policies of an app that is found by DNS: nothing is missing, and each action is missed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.lifecycle.cases import discovery_service
from tests.lifecycle.cases.private_dns_namespace import FOUND
from tests.support.apps import ONE, Deployer
from tests.support.watched import WatchedAws

from .enforcing import EnforcingAws, without
from .test_enforced import _missed, actions, policy


def ours(rules: Mapping[str, Any]) -> set[str]:
    zones = {"ec2:DescribeVpcs", "ec2:DescribeRegions"}
    return {
        one for one in actions(rules) if one.startswith(("servicediscovery:", "route53:")) or one in zones
    }


def life(deployer: Deployer, moto_aws: WatchedAws, rules: Mapping[str, Any]) -> set[str]:
    """Made, meddled with, mended, taken out."""
    asked: set[str] = set()

    def aws() -> EnforcingAws:
        return EnforcingAws(moto_aws, rules, asked)

    deployer.up(FOUND, aws())
    discovery_service.longer(moto_aws)
    deployer.up(FOUND, aws())
    deployer.up(ONE, aws())
    return asked


def test_with_exactly_the_deploy_policy_everything_passes(deployer: Deployer, moto_aws: WatchedAws) -> None:
    rules = policy(deployer, "deploy", FOUND)
    asked = life(deployer, moto_aws, rules)
    assert asked <= actions(rules)
    assert ours(rules) <= asked
    assert "route53:CreateHostedZone" in ours(rules)


def test_each_of_its_actions_is_missed(deployer: Deployer, moto_aws: WatchedAws) -> None:
    from moto.moto_api._internal import moto_api_backend

    rules = policy(deployer, "deploy", FOUND)
    for action in sorted(ours(rules)):
        moto_api_backend.reset()
        assert _missed(lambda action=action: life(deployer, moto_aws, without(rules, action))) == action


def test_each_action_of_the_destroy_policy_is_missed(deployer: Deployer, moto_aws: WatchedAws) -> None:
    from moto.moto_api._internal import moto_api_backend

    rules = policy(deployer, "destroy", FOUND)
    found = {one for one in ours(rules) if one.startswith("servicediscovery:")}
    assert {"servicediscovery:DeleteService", "servicediscovery:ListServices"} <= found
    for action in sorted(found):
        moto_api_backend.reset()
        deployer.deployed(FOUND)
        aws = EnforcingAws(moto_aws, without(rules, action))
        assert _missed(lambda aws=aws: deployer.down(FOUND, aws)) == action
