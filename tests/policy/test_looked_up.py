"""What is only looked at beside what is made: the printed policies permit it, and it is missed."""

from __future__ import annotations

import pytest

from fargatectl.errors import FargatectlError
from tests.lifecycle.cases import given_alarm
from tests.support.apps import ONE, Deployer
from tests.support.watched import WatchedAws

from .enforcing import EnforcingAws, without
from .test_enforced import actions, policy

ALARMED = given_alarm.spec("errors")


def test_alarms_that_call_a_deployment_off(deployer: Deployer, moto_aws: WatchedAws) -> None:
    given_alarm.make(moto_aws)
    look = "cloudwatch:DescribeAlarms"
    deploy, read = (policy(deployer, purpose, ALARMED) for purpose in ("deploy", "read-only"))
    assert look not in actions(policy(deployer, "deploy", ONE))
    deployer.up(ALARMED, EnforcingAws(moto_aws, deploy))
    assert deployer.plan(ALARMED, EnforcingAws(moto_aws, read)).plan.changes == ()
    with pytest.raises(FargatectlError, match=f"not permitted: {look}"):
        deployer.plan(ALARMED, EnforcingAws(moto_aws, without(read, look)))
