"""A load balancer that AWS could not set up is no success, in the first run and in any later one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fargatectl.errors import DeployError
from tests.support.apps import ONE, Deployer
from tests.support.watched import Call

BALANCED = f"{ONE}    load_balancer: true\n"


def failing(_: Call, real: Callable[[], Any]) -> Any:
    answer = real()
    answer = answer if isinstance(answer, dict) else list(answer)
    for one in answer["LoadBalancers"] if isinstance(answer, dict) else answer:
        one["State"] = {"Code": "failed", "Reason": "no free addresses"}
    return answer


def test_one_that_failed_is_told_each_time(deployer: Deployer) -> None:
    for _ in range(2):
        aws = deployer.aws()
        aws.rig("elbv2", "DescribeLoadBalancers", failing)
        with pytest.raises(DeployError, match=r"could not set up the load balancer .*: no free addresses"):
            deployer.up(BALANCED, aws)
