"""How many calls a run with nothing to change makes, and with what they grow."""

from __future__ import annotations

import math
from collections import Counter

import pytest

from benchmarks import moto_tasks
from fargatectl.engine.events import ApiCall
from tests.support.apps import ONE, Deployer, many


@pytest.fixture(autouse=True)
def running(monkeypatch: pytest.MonkeyPatch) -> None:
    moto_tasks.install(monkeypatch)


def answered(deployer: Deployer, text: str) -> Counter[str]:
    """The calls of a second `up`, as AWS counts them: pages and repetitions each."""
    deployer.up(text)
    deployer.events.clear()
    aws = deployer.aws()
    assert deployer.up(text, aws)["changes"] == []
    return aws.counts()


def test_one_service_with_nothing_changed(deployer: Deployer) -> None:
    """Fifteen, one of each.

    Account and network: DescribeSubnets (its owner is the account). Roles: ListRoles, GetRolePolicy.
    Logs: DescribeLogGroups. ECR: DescribeRepositories, GetLifecyclePolicy, BatchGetImage. EC2:
    DescribeSecurityGroups. ECS: DescribeClusters, DescribeServices, ListTaskDefinitionFamilies, ListTasks,
    DescribeTasks, and for their addresses DescribeNetworkInterfaces.
    All three kinds that a spec may rename: GetResources.
    """
    assert answered(deployer, ONE) == Counter(
        [
            "DescribeSubnets", "ListRoles", "GetRolePolicy", "DescribeLogGroups", "DescribeRepositories",
            "GetLifecyclePolicy", "BatchGetImage", "DescribeSecurityGroups", "DescribeClusters",
            "DescribeServices", "ListTaskDefinitionFamilies", "ListTasks", "GetResources",
            "DescribeTasks", "DescribeNetworkInterfaces",
        ]
    )  # fmt: skip


@pytest.mark.parametrize("count", [1, 10, 11, 20])
def test_calls_grow_with_kinds_and_not_with_services(deployer: Deployer, count: int) -> None:
    """11 + ceil(services / 10): DescribeServices takes ten at a time; beyond 100 tasks DescribeTasks grows.

    No repository here, so neither its three calls. A task definition is not read at all: the service's tag
    tells what its revision was made of.
    """
    calls = answered(deployer, many(count))
    assert calls["DescribeServices"] == math.ceil(count / 10)
    assert sum(calls.values()) == 11 + math.ceil(count / 10)


def test_events_count_what_was_sent(deployer: Deployer) -> None:
    """`-v` shows each call that AWS has answered."""
    deployer.up()
    deployer.events.clear()
    aws = deployer.aws()
    aws._clients, aws._session = {}, None  # clients of its own, that tell this run's receiver
    aws._emit = deployer.events.append
    deployer.plan(aws=aws)
    seen = Counter(event.operation for event in deployer.events if isinstance(event, ApiCall))
    assert seen == aws.counts()
    assert all(event.seconds > 0 for event in deployer.events if isinstance(event, ApiCall))
