"""A rollback that ECS's own circuit breaker has begun in the meantime."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, cast

import pytest

from fargatectl.aws.errors import AwsError
from fargatectl.resources.service import Service
from fargatectl.rollout.rollback import roll_back

DEPLOYMENT = "arn:the-deployment"


class Breaker:
    """An ECS that refuses to stop a deployment, and shows `serving` as its service's task definition."""

    def __init__(self, serving: str) -> None:
        self.serving = serving

    def call(self, service: str, operation: str, /, **_: Any) -> Mapping[str, Any]:
        if operation == "StopServiceDeployment":
            said = "The service deployment is ROLLBACK_IN_PROGRESS and cannot be stopped."
            raise AwsError("ConflictException", said, service, operation)
        assert operation == "DescribeServices"
        shown = {"id": "x", "status": "PRIMARY", "taskDefinition": self.serving}
        return {"services": [{"status": "ACTIVE", "deployments": [shown]}]}


@pytest.mark.parametrize(("serving", "done"), [("arn:web:1", True), ("arn:web:2", False)])
def test_a_conflict_is_a_rollback_only_where_the_old_one_is_back(serving: str, done: bool) -> None:
    old = {"id": "old", "status": "ACTIVE", "taskDefinition": "arn:web:1", "runningCount": 2}
    new = {"id": "new", "status": "PRIMARY", "taskDefinition": "arn:web:2", "runningCount": 0}
    raw = {"desiredCount": 2, "deployments": [new, old], "currentServiceDeployment": DEPLOYMENT}
    service = cast("Service", SimpleNamespace(id="web", name="web", cluster=SimpleNamespace(name="shop")))
    outcome = roll_back(Breaker(serving), service, raw, new, "arn:web:1")
    assert (outcome.error is None) is done
    assert (outcome.sentence == "Rolled back to web:1, which still serves.") is done
