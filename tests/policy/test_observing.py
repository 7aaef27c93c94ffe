"""The printed policies of an app that is watched: nothing is missing, and each action is missed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.lifecycle.cases import cluster
from tests.support.apps import Deployer
from tests.support.watched import WatchedAws

from .enforcing import EnforcingAws, without
from .test_enforced import _missed, actions, policy

SPEC = cluster.INSIGHTS


def ours(rules: Mapping[str, Any]) -> set[str]:
    return {one for one in actions(rules) if one in ("ecs:UpdateCluster",)}


def life(deployer: Deployer, moto_aws: WatchedAws, rules: Mapping[str, Any]) -> set[str]:
    """Made, meddled with, mended."""
    asked: set[str] = set()

    def aws() -> EnforcingAws:
        made = EnforcingAws(moto_aws, rules)
        made.asked = asked
        return made

    deployer.up(SPEC, aws())
    for drift in cluster.CASE.drifts["container_insights"]:
        drift.meddle(moto_aws)
    deployer.up(SPEC, aws())
    return asked


def test_with_exactly_the_deploy_policy_everything_passes(deployer: Deployer, moto_aws: WatchedAws) -> None:
    rules = policy(deployer, "deploy", SPEC)
    asked = life(deployer, moto_aws, rules)
    assert asked <= actions(rules)
    assert ours(rules) <= asked


def test_each_of_its_actions_is_missed(deployer: Deployer, moto_aws: WatchedAws) -> None:
    from moto.moto_api._internal import moto_api_backend

    rules = policy(deployer, "deploy", SPEC)
    assert ours(rules)
    for action in sorted(ours(rules)):
        moto_api_backend.reset()
        assert _missed(lambda action=action: life(deployer, moto_aws, without(rules, action))) == action
