"""What a spec's capacity becomes: the requests of `up`, what `plan` says, and that nothing is asked twice."""

from __future__ import annotations

from typing import Any

import pytest

from fargatectl.resources._capacity import capacity, shown, strategy
from fargatectl.spec.capacity import Spot
from fargatectl.spec.sizes import SIZES
from tests.support.apps import ONE, Deployer, changed

ON_DEMAND = [{"capacityProvider": "FARGATE", "weight": 1}]
STRATEGIES: list[tuple[str, list[dict[str, Any]]]] = [
    ("false", ON_DEMAND),
    ("true", [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]),
    ("{base: 2}", [{"capacityProvider": "FARGATE", "base": 2, "weight": 0},
                   {"capacityProvider": "FARGATE_SPOT", "weight": 100}]),
    ("{base: 1, percent: 75}", [{"capacityProvider": "FARGATE", "base": 1, "weight": 25},
                                {"capacityProvider": "FARGATE_SPOT", "weight": 75}]),
    ("{percent: 30}", [{"capacityProvider": "FARGATE", "weight": 70},
                       {"capacityProvider": "FARGATE_SPOT", "weight": 30}]),
]  # fmt: skip


@pytest.mark.parametrize(("spot", "expected"), STRATEGIES)
def test_spot_is_a_capacity_provider_strategy(
    deployer: Deployer, spot: str, expected: list[dict[str, Any]]
) -> None:
    aws, text = deployer.aws(), f"{ONE}    spot: {spot}\n"
    deployer.up(text, aws)
    (request,) = aws.of("CreateService")
    assert request["capacityProviderStrategy"] == expected
    assert deployer.plan(text).plan.documents() == []


@pytest.mark.parametrize("spot", [None, Spot(), Spot(base=3), Spot(base=1, percent=1), Spot(percent=99)])
def test_what_is_asked_for_is_what_is_shown(spot: Spot | None) -> None:
    texts = capacity(spot)
    assert shown(strategy(texts)) == texts
    assert shown([{"base": 0, **one} for one in strategy(texts)]) == texts  # AWS answers with every base


def test_a_service_of_no_strategy_runs_on_demand() -> None:
    assert shown(()) == capacity(None)


def test_the_plan_says_how_spot_changes(deployer: Deployer) -> None:
    deployer.up()
    planned = deployer.plan(f"{ONE}    spot: {{base: 1, percent: 75}}\n").plan.documents()
    (one,) = planned
    assert one["fields"] == [
        {
            "field": "capacity",
            "old": ["FARGATE weight 1"],
            "new": ["FARGATE base 1 weight 25", "FARGATE_SPOT weight 75"],
        }
    ]


def test_spot_changed_begins_a_deployment(deployer: Deployer) -> None:
    """UpdateService takes a new strategy only together with one."""
    deployer.up()
    aws = deployer.aws()
    deployer.up(f"{ONE}    spot: true\n", aws)
    (request,) = aws.of("UpdateService")
    assert request["forceNewDeployment"] is True
    assert request["capacityProviderStrategy"] == [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
    assert set(request) == {"cluster", "service", "forceNewDeployment", "capacityProviderStrategy"}


def test_a_platform_version_goes_with_the_service(deployer: Deployer) -> None:
    aws = deployer.aws()
    deployer.up(f"{ONE}    platform_version: 1.4.0\n", aws)
    assert aws.of("CreateService")[0]["platformVersion"] == "1.4.0"
    after = deployer.aws()
    document = deployer.up(ONE, after)
    assert changed(document["changes"]) == [("update", "ecs.service", ["platform_version"])]
    assert after.of("UpdateService")[0]["platformVersion"] == "LATEST"


def test_more_disk_is_a_new_revision(deployer: Deployer) -> None:
    aws = deployer.aws()
    deployer.up(ONE, aws)
    assert "ephemeralStorage" not in aws.of("RegisterTaskDefinition")[0]
    text, after = f"{ONE}    ephemeral_storage: 100\n", deployer.aws()
    document = deployer.up(text, after)
    assert ("update", "ecs.task_definition", ["ephemeral_storage"]) in changed(document["changes"])
    assert after.of("RegisterTaskDefinition")[0]["ephemeralStorage"] == {"sizeInGiB": 100}
    assert deployer.plan(text).plan.documents() == []
    assert ("update", "ecs.task_definition", ["ephemeral_storage"]) in changed(
        deployer.plan().plan.documents()
    )


@pytest.mark.parametrize("cpu", SIZES)
def test_every_size_of_task(deployer: Deployer, cpu: int) -> None:
    """Each request is checked against Fargate's sizes (see `tests.support.unmodelled`)."""
    aws = deployer.aws()
    deployer.up(f"{ONE}    cpu: {cpu}\n    memory: {SIZES[cpu][-1]}\n    architecture: arm64\n", aws)
    (request,) = aws.of("RegisterTaskDefinition")
    assert (request["cpu"], request["memory"]) == (str(cpu), str(SIZES[cpu][-1]))
    assert request["runtimePlatform"]["cpuArchitecture"] == "ARM64"
