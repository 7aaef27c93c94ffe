"""The printed policy where requests are shifted: ECS is handed one more role, and pauses can be answered."""

from __future__ import annotations

import pytest

from fargatectl.errors import ExitCode, FargatectlError
from tests.support.apps import ONE, Deployer
from tests.support.watched import ACCOUNT, REGION, WatchedAws

from .enforcing import EnforcingAws
from .test_enforced import actions, policy

SHIFTS = f"{ONE}    load_balancer: true\n    deployment: {{strategy: blue_green, pause: before_shift}}\n"


def test_with_exactly_the_deploy_policy_everything_passes(deployer: Deployer, moto_aws: WatchedAws) -> None:
    rules = policy(deployer, "deploy", SHIFTS)
    deployer.up(SHIFTS, EnforcingAws(moto_aws, rules))
    deployer.up(SHIFTS.replace("hello", "bye"), EnforcingAws(moto_aws, rules))
    assert "ecs:ContinueServiceDeployment" in actions(rules)


def test_without_handing_the_role_to_ecs_it_is_denied(deployer: Deployer, moto_aws: WatchedAws) -> None:
    rules = policy(deployer, "deploy", SHIFTS)
    less = {
        "Statement": [
            one
            for one in rules["Statement"]
            if one.get("Condition") != {"StringEquals": {"iam:PassedToService": "ecs.amazonaws.com"}}
        ]
    }
    with pytest.raises(FargatectlError) as caught:
        deployer.up(SHIFTS, EnforcingAws(moto_aws, less))
    assert caught.value.ends_with == ExitCode.CREDENTIALS
    assert "iam:PassRole" in caught.value.message


def test_the_role_is_handed_to_ecs_alone(deployer: Deployer) -> None:
    rules = policy(deployer, "deploy", SHIFTS)
    passed = [one for one in rules["Statement"] if "iam:PassRole" in one["Action"]]
    by_service = {one["Condition"]["StringEquals"]["iam:PassedToService"]: one["Resource"] for one in passed}
    path = f"arn:aws:iam::{ACCOUNT}:role/fargatectl/{REGION}/shop/default"
    assert by_service["ecs.amazonaws.com"] == f"{path}/shop-infrastructure-{REGION}"
