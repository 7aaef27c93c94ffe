"""The printed policies of an app that is watched: nothing is missing, and each action is missed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.lifecycle.cases import cluster, dashboard, topic
from tests.support.apps import ONE, Deployer
from tests.support.watched import WatchedAws

from .enforcing import EnforcingAws, without
from .test_enforced import _missed, actions, policy

SPEC = f"{topic.WATCHED}container_insights: enhanced\n".replace("port: 8080", "port: 8080\n    connect: true")


def ours(rules: Mapping[str, Any]) -> set[str]:
    return {
        one
        for one in actions(rules)
        if one.startswith(("sns:", "cloudwatch:", "servicediscovery:")) or "UpdateCluster" in one
    }


def life(deployer: Deployer, moto_aws: WatchedAws, rules: Mapping[str, Any]) -> set[str]:
    """Made, meddled with, mended."""
    asked: set[str] = set()

    def aws() -> EnforcingAws:
        return EnforcingAws(moto_aws, rules, asked)

    deployer.up(SPEC, aws())
    every = (
        cluster.CASE.drifts["container_insights"],
        topic.CASE.drifts["emails"],
        dashboard.CASE.drifts["body"],
    )
    for drift in (one for drifts in every for one in drifts):
        drift.meddle(moto_aws)
    deployer.up(SPEC, aws())
    deployer.up(ONE, aws())
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


def test_each_action_of_the_destroy_policy_is_missed(deployer: Deployer, moto_aws: WatchedAws) -> None:
    from moto.moto_api._internal import moto_api_backend

    rules = policy(deployer, "destroy", SPEC)
    for action in sorted(one for one in ours(rules) if "TagResource" not in one):
        moto_api_backend.reset()
        deployer.deployed(SPEC)
        aws = EnforcingAws(moto_aws, without(rules, action))
        assert _missed(lambda aws=aws: deployer.down(SPEC, aws)) == action
