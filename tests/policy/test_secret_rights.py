"""What the app's own secrets take, beyond the rest."""

from __future__ import annotations

import pytest

from fargatectl.errors import FargatectlError
from tests.support.apps import ONE, Deployer
from tests.support.watched import WatchedAws

from .enforcing import EnforcingAws, without
from .test_enforced import actions, policy, remove

SECRET = ONE + '    secrets: {SESSION: "generated:SESSION"}\n'


def test_a_generated_secret_is_made_and_removed_with_exactly_the_policies(
    deployer: Deployer, moto_aws: WatchedAws
) -> None:
    rules = policy(deployer, "deploy", SECRET)
    more = actions(rules) - actions(policy(deployer, "deploy"))
    assert more == {"ssm:DescribeParameters"}  # the lock is made and removed by the other ones
    deployer.up(SECRET, EnforcingAws(moto_aws, rules))
    remove(deployer, moto_aws, policy(deployer, "destroy", SECRET))


def test_a_secret_that_may_not_be_made_is_named(deployer: Deployer, moto_aws: WatchedAws) -> None:
    rules = without(policy(deployer, "deploy", SECRET), "ssm:DescribeParameters")
    with pytest.raises(FargatectlError, match="not permitted: ssm:DescribeParameters"):
        deployer.up(SECRET, EnforcingAws(moto_aws, rules))
