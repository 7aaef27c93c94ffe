"""A service of real tasks behind a load balancer: who gets requests, and when.

Every expectation is AWS's behaviour; what the patches do for it is not looked at.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from .app import App, until
from .balanced import Balanced, Load

pytestmark = pytest.mark.e2e
GREET = 'echo "$GREETING" > /www/index.html; exec httpd -f -p 8080 -h /www'


@pytest.fixture
def balanced(app: App) -> Iterator[Balanced]:
    made = Balanced(app)
    yield made
    made.delete()


def greeting(app: App, text: str) -> str:
    return app.register(environment=[{"name": "GREETING", "value": text}], command=[GREET])


def test_rolling_failing_and_killed_under_load(balanced: Balanced, app: App, engine: Any) -> None:
    assert balanced.get()[0] == 503, "no targets yet"
    app.create(greeting(app, "first"), **balanced.behind(), healthCheckGracePeriodSeconds=0)
    app.ecs.update_service(cluster=app.name, service="web", desiredCount=2)
    assert until(app.tasks)
    assert not app.rolled_out(), "a task counts only when its target is healthy"
    assert until(lambda: balanced.states() == ["healthy", "healthy"]), balanced.health()
    assert until(app.rolled_out, 10)

    with Load(balanced.host) as load:
        time.sleep(1)
        app.ecs.update_service(cluster=app.name, service="web", taskDefinition=greeting(app, "second"))
        assert until(app.rolled_out), app.service()
        old = app.tasks("STOPPED", serviceName="web")
        assert {one["lastStatus"] for one in old} == {"DEACTIVATING"}, "they drain"
        assert until(lambda: balanced.states() == ["healthy", "healthy"]), balanced.health()
        time.sleep(1)
    assert load.faults == []
    assert set(load.answers) == {"first", "second"}
    assert until(
        lambda: {one["lastStatus"] for one in app.tasks("STOPPED", serviceName="web")} == {"STOPPED"}
    )

    bad = app.register(command=["exec httpd -f -p 8080 -h /nowhere"])
    with Load(balanced.host) as load:
        deployment = app.ecs.update_service(cluster=app.name, service="web", taskDefinition=bad)["service"]
        failing = deployment["deployments"][0]["id"]
        assert until(lambda: app.primary()["id"] != failing and app.rolled_out(), 60), app.service()
    assert load.faults == []
    assert set(load.answers) == {"second"}
    failed = app.stopped(failing)
    assert failed
    assert failed["stoppedReason"] in (
        f"Task failed ELB health checks in (target-group {balanced.group})",
        "Essential container in task exited",
    )

    with Load(balanced.host) as load:
        time.sleep(0.5)
        (victim, *_) = app.tasks(serviceName="web")
        label = f"com.amazonaws.ecs.task-arn={victim['taskArn']}"
        engine.containers.list(filters={"label": label})[0].kill()
        assert until(lambda: balanced.states().count("healthy") == 1)
        assert until(lambda: balanced.states().count("healthy") == 2), balanced.health()
    assert set(load.faults) <= {"502", "504"}, load.faults
    assert len(load.faults) < 20, load.faults
    assert load.answers.total() > 50
