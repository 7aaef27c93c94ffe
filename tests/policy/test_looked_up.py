"""What is only looked at beside what is made: the printed policies permit it, and it is missed."""

from __future__ import annotations

import pytest

from fargatectl.advice import unchecked_images
from fargatectl.errors import FargatectlError
from tests.lifecycle.cases import given_alarm, given_image
from tests.support.apps import Deployer
from tests.support.watched import WatchedAws

from .enforcing import EnforcingAws, without
from .test_enforced import actions, policy

ALARMED = given_alarm.spec("errors")


def test_alarms_that_call_a_deployment_off(deployer: Deployer, moto_aws: WatchedAws) -> None:
    given_alarm.make(moto_aws)
    look = "cloudwatch:DescribeAlarms"
    deploy, read = (policy(deployer, purpose, ALARMED) for purpose in ("deploy", "read-only"))
    deployer.up(ALARMED, EnforcingAws(moto_aws, deploy))
    assert deployer.plan(ALARMED, EnforcingAws(moto_aws, read)).plan.changes == ()
    with pytest.raises(FargatectlError, match=f"not permitted: {look}"):
        deployer.plan(ALARMED, EnforcingAws(moto_aws, without(read, look)))


def test_images_that_are_there_already(deployer: Deployer, moto_aws: WatchedAws) -> None:
    given_image.pushed(moto_aws, "team/web", "1")
    text, look = given_image.spec(f"{given_image.REGISTRY}/team/web:1"), "ecr:BatchGetImage"
    deploy = policy(deployer, "deploy", text)
    planned = deployer.plan(text, EnforcingAws(moto_aws, deploy))
    assert list(unchecked_images(planned.plan)) == []
    planned = deployer.plan(text, EnforcingAws(moto_aws, without(deploy, look)))
    assert look in "".join(unchecked_images(planned.plan))
    deployer.up(text, EnforcingAws(moto_aws, deploy))

    missing, rules = text.replace(":1", ":2"), "ecr:DescribePullThroughCacheRules"
    with pytest.raises(FargatectlError, match="has no tag 2"):
        deployer.plan(missing, EnforcingAws(moto_aws, deploy))
    planned = deployer.plan(missing, EnforcingAws(moto_aws, without(deploy, rules)))
    assert rules in "".join(unchecked_images(planned.plan))


def test_an_image_of_another_account_takes_no_right(deployer: Deployer) -> None:
    text = given_image.spec("999999999999.dkr.ecr.us-east-1.amazonaws.com/web:1")
    assert not [one for one in actions(policy(deployer, "deploy", text)) if one.startswith("ecr:")]
