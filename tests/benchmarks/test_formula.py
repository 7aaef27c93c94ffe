"""The formula of calls: what it says, where it is quoted, and that the emulator answers in AWS's pages."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from benchmarks.calls import Call
from benchmarks.formula import FORMULA, TERMS, goal, misfits, total

if TYPE_CHECKING:
    from tests.support.watched import WatchedAws

_PAGE = Path(__file__).parents[2] / "docs" / "speed.md"
_SIZES = ((1, 1), (10, 10), (50, 50), (200, 200))


def calls(**counts: int) -> list[Call]:
    return [Call("any", name, 0, 1) for name, count in counts.items() for _ in range(count)]


@pytest.mark.parametrize(
    ("services", "tasks", "count"),
    [
        (1, 0, 10),
        (10, 0, 10),
        (200, 0, 29),
        (1, 1, 12),
        (10, 10, 12),
        (50, 50, 16),
        (200, 200, 33),
        (1, 101, 14),
    ],
)
def test_the_formula_of_calls(services: int, tasks: int, count: int) -> None:
    assert total(services, tasks) == count


def test_calls_that_fit_the_formula() -> None:
    made = calls(A=4, B=4, DescribeServices=20, ListTasks=2, DescribeTasks=2, DescribeNetworkInterfaces=1)
    assert misfits(made, 200, 200) == []
    assert len(made) == total(200, 200)


def test_one_call_too_many_or_too_few_does_not_fit() -> None:
    made = calls(A=8, DescribeServices=20, ListTasks=1, DescribeTasks=2, DescribeNetworkInterfaces=2)
    assert misfits(made, 200, 200) == [
        "ListTasks 1, by the formula 2",
        "DescribeNetworkInterfaces 2, by the formula 1",
    ]
    assert misfits(calls(A=9, DescribeServices=1, ListTasks=1), 1, 0) == ["others 9, by the formula 8"]


def test_the_goal_counts_only_kinds_that_the_spec_uses() -> None:
    """Issue: kinds, and one more for each batch of a batched kind: two calls above the formula, not 36."""
    for services, tasks in _SIZES:
        assert 0 <= goal(9, services, tasks) - total(services, tasks) <= 2


def test_the_page_quotes_the_formula_and_what_it_gives() -> None:
    text = " ".join(_PAGE.read_text().split())
    assert f"`{FORMULA}`" in text
    *some, last = (total(*one) for one in _SIZES)
    assert f"{', '.join(map(str, some))} and {last} for 1, 10, 50 and 200" in text
    for term in TERMS:
        assert term.operation in text


def test_the_emulator_lists_a_hundred_tasks_a_page(moto_aws: WatchedAws) -> None:
    moto_aws.call("ecs", "CreateCluster", clusterName="c")
    container = {"name": "c", "image": "i", "memory": 128}
    moto_aws.call("ecs", "RegisterTaskDefinition", family="f", containerDefinitions=[container])
    waits = {"containerOverrides": [{"name": "c", "command": ["wait"]}]}
    for _ in range(11):
        moto_aws.call(
            "ecs", "RunTask", cluster="c", taskDefinition="f", count=10, launchType="FARGATE", overrides=waits
        )
    first = moto_aws.call("ecs", "ListTasks", cluster="c")
    rest = moto_aws.call("ecs", "ListTasks", cluster="c", nextToken=first["nextToken"])
    assert len(first["taskArns"]) == 100
    assert len(set(rest["taskArns"]) - set(first["taskArns"])) == 10
    assert "nextToken" not in rest
