"""The alarms that call a deployment off: looked for before anything is changed."""

from __future__ import annotations

import pytest

from fargatectl.errors import SpecError
from tests.lifecycle.cases.given_alarm import make
from tests.support.apps import ONE, Deployer
from tests.support.watched import WatchedAws

TWO = """app: shop
services:
  web:
    image: public.example/web:1
    deployment:
      alarms:
      - errors
      - slow
  worker:
    image: public.example/web:1
    deployment: {alarms: errors}
"""


def test_all_that_are_missing_are_told_where_they_are_named(deployer: Deployer, moto_aws: WatchedAws) -> None:
    make(moto_aws, "quiet")
    aws = deployer.aws()
    with pytest.raises(SpecError) as caught:
        deployer.up(TWO, aws)
    assert [(one.line, one.key, one.text) for one in caught.value.problems] == [
        (7, "services.web.deployment.alarms", "there is no CloudWatch alarm errors in us-east-1"),
        (8, "services.web.deployment.alarms", "there is no CloudWatch alarm slow in us-east-1"),
        (11, "services.worker.deployment.alarms", "there is no CloudWatch alarm errors in us-east-1"),
    ]
    assert aws.writes == []


def test_all_are_asked_for_at_once(deployer: Deployer, moto_aws: WatchedAws) -> None:
    make(moto_aws), make(moto_aws, "slow")
    deployer.up(TWO)
    aws = deployer.aws()
    assert deployer.plan(TWO, aws).plan.changes == ()
    assert [one["AlarmNames"] for one in aws.of("DescribeAlarms")] == [["errors", "slow"]]


def test_without_any_nothing_is_asked(deployer: Deployer) -> None:
    aws = deployer.aws()
    deployer.up(ONE, aws)
    assert aws.of("DescribeAlarms") == []


def test_one_that_the_app_makes_itself_need_not_be_there(deployer: Deployer) -> None:
    text = f"{ONE}    deployment: {{alarms: shop-web--cpu}}\nalarms: true\n"
    made = {one["name"] for one in deployer.up(text)["changes"]}
    assert "shop-web--cpu" in made
    assert deployer.plan(text).plan.changes == ()
