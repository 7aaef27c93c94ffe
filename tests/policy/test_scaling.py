"""The printed policies of an app with autoscaling: nothing is missing, and each action is missed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fargatectl.policy import MOST_INLINE_CHARACTERS, characters
from tests.lifecycle.cases import alarm, scalable_target
from tests.lifecycle.cases.scalable_target import SCALED
from tests.support.apps import ONE, Deployer
from tests.support.watched import WatchedAws

from .enforcing import EnforcingAws, without
from .journeys import scale_by_hand
from .test_enforced import _missed, actions, policy, sampled


def ours(rules: Mapping[str, Any]) -> set[str]:
    return {one for one in actions(rules) if one.startswith(("application-autoscaling:", "cloudwatch:"))}


TRACKED = f"{ONE}    scaling: {{max: 4, cpu: 60}}\n"


def test_one_metric_is_tracked_looked_at_again_and_given_up(deployer: Deployer, moto_aws: WatchedAws) -> None:
    rules = policy(deployer, "deploy", TRACKED)
    deployer.up(TRACKED, EnforcingAws(moto_aws, rules))
    deployer.up(TRACKED, EnforcingAws(moto_aws, rules))
    looks = EnforcingAws(moto_aws, policy(deployer, "read-only", TRACKED))
    assert deployer.plan(TRACKED, looks).plan.changes == ()
    deployer.up(ONE, EnforcingAws(moto_aws, rules))
    # The service's tag stays, and whoever scales it or has alarms now is somebody else.
    scale_by_hand(moto_aws)
    looks = EnforcingAws(moto_aws, policy(deployer, "read-only"))
    assert deployer.plan(ONE, looks).plan.changes == ()


def life(deployer: Deployer, moto_aws: WatchedAws, rules: Mapping[str, Any]) -> set[str]:
    """Made, meddled with, mended, and taken away."""
    asked: set[str] = set()

    def aws() -> EnforcingAws:
        return EnforcingAws(moto_aws, rules, asked)

    deployer.up(SCALED, aws())
    scalable_target.put_policy("theirs")(moto_aws)
    scalable_target.put_action("theirs")(moto_aws)
    scalable_target.register(MaxCapacity=11)(moto_aws)
    alarm.edited(Threshold=1.0)(moto_aws)
    deployer.up(SCALED, aws())
    deployer.up(ONE, aws())
    return asked


def test_with_exactly_the_deploy_policy_everything_passes(deployer: Deployer, moto_aws: WatchedAws) -> None:
    rules = policy(deployer, "deploy", SCALED)
    asked = life(deployer, moto_aws, rules)
    assert asked <= actions(rules)
    assert ours(rules) <= asked


def test_each_of_its_actions_is_missed(deployer: Deployer, moto_aws: WatchedAws) -> None:
    from moto.moto_api._internal import moto_api_backend

    rules = policy(deployer, "deploy", SCALED)
    assert len(ours(rules)) > 10
    for action in sampled(ours(rules)):
        moto_api_backend.reset()
        assert _missed(lambda action=action: life(deployer, moto_aws, without(rules, action))) == action


def test_each_action_of_the_destroy_policy_is_missed(deployer: Deployer, moto_aws: WatchedAws) -> None:
    from moto.moto_api._internal import moto_api_backend

    rules = policy(deployer, "destroy", SCALED)
    for action in sampled(ours(rules) - {"cloudwatch:GetDashboard"}):  # of dashboards: test_observing
        moto_api_backend.reset()
        deployer.deployed(SCALED)
        aws = EnforcingAws(moto_aws, without(rules, action))
        assert _missed(lambda aws=aws: deployer.down(SCALED, aws)) == action


def test_it_fits_into_an_inline_policy(deployer: Deployer) -> None:
    assert characters(policy(deployer, "deploy", SCALED)) < 0.8 * MOST_INLINE_CHARACTERS
