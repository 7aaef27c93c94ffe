"""The local AWS's scheduler keeps to minimumHealthyPercent and maximumPercent, step by step."""

from __future__ import annotations

import random

import pytest

from fargatectl.local.ministack_patches.ecs_plan import Plan, plan, steps


@pytest.mark.parametrize(
    ("desired", "minimum", "maximum", "counts", "expected"),
    [
        (2, 100, 200, (0, 0, 2, 2), Plan(2, 0, 0)),  # both new ones at once, none of the old yet
        (2, 100, 200, (2, 1, 2, 2), Plan(0, 1, 0)),  # one is healthy: one of the old goes
        (2, 50, 100, (0, 0, 2, 2), Plan(1, 1, 0)),  # no room: one of the old makes it
        (1, 0, 100, (0, 0, 1, 1), Plan(1, 1, 0)),  # stops first
        (1, 100, 100, (0, 0, 1, 1), Plan(0, 0, 0)),  # AWS's own deadlock
        (1, 100, 200, (1, 0, 1, 1), Plan(0, 0, 0)),  # waits for the new one's health
        (3, 100, 150, (0, 0, 3, 3), Plan(1, 0, 0)),  # 4.5 rounds down
        (3, 50, 100, (0, 0, 3, 3), Plan(1, 1, 0)),  # 1.5 rounds up
        (2, 100, 200, (0, 0, 2, 0), Plan(2, 2, 0)),  # what does not serve is not kept
        (2, 100, 200, (4, 4, 0, 0), Plan(0, 0, 2)),  # scaled down
    ],
)
def test_a_step(
    desired: int, minimum: int, maximum: int, counts: tuple[int, int, int, int], expected: Plan
) -> None:
    new, new_healthy, old, old_healthy = counts
    found = plan(
        desired, minimum, maximum, new=new, new_healthy=new_healthy, old=old, old_healthy=old_healthy
    )
    assert found == expected


def test_every_deployment_ends_and_stays_within_its_bounds() -> None:
    draw = random.Random(5)
    for _ in range(500):
        desired = draw.randint(1, 12)
        minimum, maximum = draw.choice([0, 50, 75, 100]), draw.choice([100, 125, 150, 200])
        least, most = -(-desired * minimum // 100), max(1, desired * maximum // 100)
        if most <= least and most - desired < 1:
            continue  # 100/100: nothing may move
        starting, healthy, old = 0, 0, desired
        for _ in range(200):
            step = plan(
                desired, minimum, maximum,
                new=starting + healthy, new_healthy=healthy, old=old, old_healthy=old,
            )  # fmt: skip
            assert old - step.stop_old + healthy >= min(least, old + healthy)
            old, starting = old - step.stop_old, starting + step.start
            assert old + starting + healthy <= most
            turned = draw.randint(0, starting)
            starting, healthy = starting - turned, healthy + turned
            if healthy == desired and not old:
                break
        assert (healthy, old) == (desired, 0), (desired, minimum, maximum)


def test_the_steps_of_a_shift() -> None:
    assert list(steps({"strategy": "BLUE_GREEN"})) == [(100.0, 0.0)]
    canary = {"canaryPercent": 5.0, "canaryBakeTimeInMinutes": 7}
    assert list(steps({"strategy": "CANARY", "canaryConfiguration": canary})) == [(5.0, 7.0), (100.0, 0.0)]
    linear = {"stepPercent": 40.0, "stepBakeTimeInMinutes": 2}
    assert list(steps({"strategy": "LINEAR", "linearConfiguration": linear})) == [
        (40.0, 2.0), (80.0, 2.0), (100.0, 0.0),
    ]  # fmt: skip
