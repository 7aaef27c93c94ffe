# ruff: noqa: E501 - messages of AWS, as it sends them
"""What AWS says while it settles, said for a while before it gives in: the run gets over it by itself.

The messages are AWS's own, as users report them. Where AWS never gives in, the run ends, and a rerun heals.
"""

from __future__ import annotations

import pytest

from tests.support.soak import SOAK

from .conftest import COUNTS
from .faults import Refusal
from .world import CHANGED, START, World

_PASS_ROLE = (
    "User: arn:aws:iam::123456789012:user/someone is not authorized to perform: iam:PassRole on resource: "
    "arn:aws:iam::123456789012:role/shop-execution-us-east-1"
)
UP: list[tuple[str, Refusal]] = [
    ("RegisterTaskDefinition", (400, "ClientException", "Role is not valid")),
    ("RegisterTaskDefinition", (400, "AccessDeniedException", _PASS_ROLE)),
    ("CreateService", (400, "AccessDeniedException", _PASS_ROLE)),
    ("CreateService", (400, "ClusterNotFoundException", "Cluster not found.")),
    ("CreateService", (400, "InvalidParameterException", "Unable to Start a service that is still Draining.")),
    ("CreateService", (400, "InvalidParameterException",
                       "Error retrieving security group information for [sg-0]: The security group 'sg-0' does "
                       "not exist (ErrorCode: InvalidGroup.NotFound)")),
    ("AuthorizeSecurityGroupIngress", (400, "InvalidGroup.NotFound", "The security group 'sg-0' does not exist")),
    ("PutRolePolicy", (404, "NoSuchEntity", "The role with name shop-execution-us-east-1 cannot be found.")),
    ("PutLifecyclePolicy", (400, "RepositoryNotFoundException", "The repository with name 'shop' does not exist")),
    ("PutRetentionPolicy", (400, "ResourceNotFoundException", "The specified log group does not exist.")),
    ("CreateLogGroup", (400, "OperationAbortedException", "A conflicting operation is currently in progress")),
    ("CreateCluster", (503, "ServerException", "Service Unavailable. Please try again later.")),
]  # fmt: skip
DOWN: list[tuple[str, Refusal]] = [
    ("DeleteService", (400, "InvalidParameterException",
                       "The service cannot be stopped while deployments are active.")),
    ("DeleteSecurityGroup", (400, "DependencyViolation", "resource sg-0 has a dependent object")),
    ("DeleteCluster", (400, "ClusterContainsServicesException", "The Cluster cannot be deleted while Services "
                       "are active.")),
    ("DeleteCluster", (400, "ClusterContainsTasksException", "The Cluster cannot be deleted while Tasks "
                       "are active.")),
    ("DeleteRole", (409, "DeleteConflict", "Cannot delete entity, must delete policies first.")),
]  # fmt: skip
_ids = lambda value: value if isinstance(value, str) else value[1]  # noqa: E731


each = pytest.mark.skipif(
    not SOAK, reason="each for itself: FARGATECTL_SOAK=1; all of them together in every run"
)


def _together(refusals: list[tuple[str, Refusal]], times: int) -> dict[str, list[Refusal]]:
    """Operation -> all that it may be refused with, one after another."""
    found: dict[str, list[Refusal]] = {}
    for operation, refusal in refusals:
        found[operation] = [*found.get(operation, ()), *[refusal] * times]
    return found


@each
@pytest.mark.parametrize("times", [1, 5])
@pytest.mark.parametrize(("operation", "refusal"), UP, ids=_ids)
def test_up_gets_over_it(world: World, operation: str, refusal: Refusal, times: int) -> None:
    _up_gets_over(world, {operation: [refusal] * times})


def test_up_gets_over_all_of_them(world: World) -> None:
    _up_gets_over(world, _together(UP, 2))


def _up_gets_over(world: World, refuse: dict[str, list[Refusal]]) -> None:
    empty = world.everything()
    COUNTS["points"] += 1
    ended = world.up(START, refuse=refuse)
    assert ended.code == 0, str(ended)
    again = world.up(START)
    assert (again.changes, again.writes) == ([], [])
    assert world.down().code == 0
    assert world.everything() == empty


@each
@pytest.mark.parametrize("times", [1, 12])
@pytest.mark.parametrize(("operation", "refusal"), DOWN, ids=_ids)
def test_down_gets_over_it(world: World, operation: str, refusal: Refusal, times: int) -> None:
    _down_gets_over(world, {operation: [refusal] * times})


def test_down_gets_over_all_of_them(world: World) -> None:
    _down_gets_over(world, _together(DOWN, 5))


def _down_gets_over(world: World, refuse: dict[str, list[Refusal]]) -> None:
    empty = world.everything()
    COUNTS["points"] += 1
    assert world.up(START).code == 0
    ended = world.down(refuse=refuse)
    assert ended.code == 0, str(ended)
    assert world.everything() == empty


def test_a_missing_service_linked_role_is_made(world: World) -> None:
    text = "Unable to assume the service linked role. Please verify that the ECS service linked role exists."
    COUNTS["points"] += 1
    ended = world.up(START, refuse={"CreateCluster": [(400, "InvalidParameterException", text)] * 3})
    assert ended.code == 0, str(ended)
    assert "CreateServiceLinkedRole" in ended.writes
    assert world.up(START).changes == []


def test_a_dependency_that_stays_ends_the_run_and_the_next_one_heals(world: World) -> None:
    empty = world.everything()
    assert world.up(START).code == 0
    refusal = (400, "DependencyViolation", "resource sg-0 has a dependent object")
    COUNTS["points"] += 1
    ended = world.down(refuse={"DeleteSecurityGroup": [refusal] * 10_000})
    assert ended.code in (1, 7), str(ended)
    assert world.down().code == 0
    assert world.everything() == empty


def test_a_role_that_this_run_did_not_make_is_really_not_to_be_passed(world: World) -> None:
    assert world.up(START).code == 0
    COUNTS["points"] += 1
    ended = world.up(
        CHANGED, refuse={"RegisterTaskDefinition": [(400, "AccessDeniedException", _PASS_ROLE)] * 9}
    )
    assert ended.code == 5, str(ended)
    assert "iam:PassRole" in ended.error["message"]
    assert world.up(CHANGED).code == 0
    assert world.up(CHANGED).changes == []
