"""Service deployments of the local AWS with real tasks: what ECS tells of each, and shifts of traffic.

A minute of bake time takes `conftest.MINUTE` seconds here. Every expectation is AWS's behaviour.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .app import App, until
from .balanced import Balanced, Load

pytestmark = pytest.mark.e2e
GREET = 'echo "$GREETING" > /www/index.html; exec httpd -f -p 8080 -h /www'
ROLE = "arn:aws:iam::000000000000:role/infrastructure"


def greeting(app: App, text: str) -> str:
    return app.register(environment=[{"name": "GREETING", "value": text}], command=[GREET])


def deployment(app: App) -> dict[str, Any]:
    """The current service deployment."""
    arn = app.service()["currentServiceDeployment"]
    (found,) = app.ecs.describe_service_deployments(serviceDeploymentArns=[arn])["serviceDeployments"]
    return dict(found)


def is_(app: App, status: str) -> bool:
    return bool(deployment(app)["status"] == status)


def test_a_rolling_deployment_is_told_from_begin_to_end(app: App) -> None:
    app.create(greeting(app, "first"))
    first = deployment(app)
    assert first["status"] == "IN_PROGRESS"
    assert first["sourceServiceRevisions"] == []
    assert until(lambda: is_(app, "SUCCESSFUL"))
    with pytest.raises(ClientError) as refused:
        app.ecs.stop_service_deployment(serviceDeploymentArn=first["serviceDeploymentArn"])
    assert refused.value.response["Error"]["Code"] == "ConflictException"

    bad = app.register(command=["exit 1"])
    app.ecs.update_service(cluster=app.name, service="web", taskDefinition=bad)
    second = deployment(app)
    assert second["serviceDeploymentArn"] != first["serviceDeploymentArn"]
    assert second["sourceServiceRevisions"][0]["arn"] == first["targetServiceRevision"]["arn"]
    assert until(lambda: is_(app, "ROLLBACK_SUCCESSFUL"), 60), deployment(app)
    ended = deployment(app)
    assert ended["deploymentCircuitBreaker"]["status"] == "TRIGGERED"
    assert ended["rollback"]["serviceRevisionArn"] == first["targetServiceRevision"]["arn"]
    assert ended["finishedAt"] > ended["createdAt"]

    app.ecs.update_service(cluster=app.name, service="web", taskDefinition=greeting(app, "third"))
    third = deployment(app)["serviceDeploymentArn"]
    app.ecs.stop_service_deployment(serviceDeploymentArn=third, stopType="ROLLBACK")
    assert until(lambda: is_(app, "ROLLBACK_SUCCESSFUL")), deployment(app)
    listed = app.ecs.list_service_deployments(cluster=app.name, service="web")["serviceDeployments"]
    assert [one["status"] for one in listed] == ["ROLLBACK_SUCCESSFUL", "ROLLBACK_SUCCESSFUL", "SUCCESSFUL"]
    only = app.ecs.list_service_deployments(cluster=app.name, service="web", status=["SUCCESSFUL"])
    assert [one["serviceDeploymentArn"] for one in only["serviceDeployments"]] == [
        first["serviceDeploymentArn"]
    ]
    revision = listed[-1]["targetServiceRevisionArn"]
    (shown,) = app.ecs.describe_service_revisions(serviceRevisionArns=[revision])["serviceRevisions"]
    assert shown["taskDefinition"] == app.service()["taskDefinition"]
    assert [one["taskDefinitionArn"] for one in app.tasks()] == [shown["taskDefinition"]]


@pytest.fixture
def shifting(app: App) -> Iterator[Balanced]:
    """A balancer with a production rule, a test rule and two target groups, and a steady service there."""
    made = Balanced(app)
    made.other = made.make_group(f"{app.name[:25]}-other")
    host = {"Field": "host-header", "HostHeaderConfig": {"Values": ["test.example"]}}
    path = {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/*"]}}
    made.test, made.production = (
        made.elb.create_rule(
            ListenerArn=made.listener, Priority=priority, Conditions=[condition],
            Actions=[made.forward(made.group)],
        )["Rules"][0]["RuleArn"]
        for priority, condition in ((5, host), (10, path))
    )  # fmt: skip
    yield made
    made.delete()


def configuration(strategy: str, **more: Any) -> dict[str, Any]:
    breaker = {"enable": True, "rollback": True}
    return {"strategy": strategy, "deploymentCircuitBreaker": breaker, **more}


def create(shifting: Balanced, **more: Any) -> None:
    app = shifting.app
    behind = {
        "targetGroupArn": shifting.group, "containerName": "web", "containerPort": 8080,
        "advancedConfiguration": {
            "alternateTargetGroupArn": shifting.other, "productionListenerRule": shifting.production,
            "testListenerRule": shifting.test, "roleArn": ROLE,
        },
    }  # fmt: skip
    app.create(greeting(app, "blue"), loadBalancers=[behind])
    app.ecs.update_service(
        cluster=app.name, service="web",
        deploymentConfiguration=configuration("BLUE_GREEN", bakeTimeInMinutes=1, **more),
    )  # fmt: skip
    assert until(lambda: is_(app, "SUCCESSFUL")), deployment(app)
    assert shifting.get() == (200, "blue")


def test_blue_green_shifts_after_a_pause_and_goes_back_when_told(shifting: Balanced, app: App) -> None:
    hook = {"targetType": "PAUSE", "lifecycleStages": ["POST_TEST_TRAFFIC_SHIFT"]}
    create(shifting, lifecycleHooks=[hook])
    with Load(shifting.host) as load:
        app.ecs.update_service(cluster=app.name, service="web", taskDefinition=greeting(app, "green"))

        def waiting() -> Any:
            details = deployment(app).get("lifecycleHookDetails", [])
            return [one for one in details if one["status"] == "AWAITING_ACTION"]

        (paused,) = until(waiting)
        assert deployment(app)["lifecycleStage"] == "POST_TEST_TRAFFIC_SHIFT"
        assert shifting.get(Host="test.example") == (200, "green")
        assert set(load.answers) == {"blue"}, "production has not moved"
        arn = deployment(app)["serviceDeploymentArn"]
        app.ecs.continue_service_deployment(
            serviceDeploymentArn=arn, hookId=paused["hookId"], action="CONTINUE"
        )
        assert until(lambda: deployment(app)["lifecycleStage"] == "BAKE_TIME")
        assert {shifting.get()[1] for _ in range(10)} == {"green"}
        assert len(app.tasks()) == 2, "blue still runs"
        assert until(lambda: is_(app, "SUCCESSFUL")), deployment(app)
        assert until(lambda: len(app.tasks()) == 1)

        app.ecs.update_service(cluster=app.name, service="web", taskDefinition=greeting(app, "third"))
        (paused,) = until(waiting)
        app.ecs.continue_service_deployment(
            serviceDeploymentArn=deployment(app)["serviceDeploymentArn"],
            hookId=paused["hookId"], action="ROLLBACK",
        )  # fmt: skip
        assert until(lambda: is_(app, "ROLLBACK_SUCCESSFUL")), deployment(app)
        time.sleep(1)
    assert load.faults == [], "\n".join(
        f"{one['createdAt']:%T} {one['message']}" for one in app.service()["events"]
    )
    assert set(load.answers) == {"blue", "green"}
    assert shifting.get(Host="test.example") == (200, "green")


def test_canary_and_linear_move_a_share_first(shifting: Balanced, app: App) -> None:
    create(shifting)
    canary = {"canaryPercent": 30.0, "canaryBakeTimeInMinutes": 3}
    app.ecs.update_service(
        cluster=app.name, service="web", taskDefinition=greeting(app, "green"),
        deploymentConfiguration=configuration("CANARY", canaryConfiguration=canary),
    )  # fmt: skip
    assert until(
        lambda: deployment(app)["targetServiceRevision"].get("requestedProductionTrafficWeight") == 30.0
    )
    rule = shifting.elb.describe_rules(RuleArns=[shifting.production])["Rules"][0]
    groups = rule["Actions"][0]["ForwardConfig"]["TargetGroups"]
    assert {one["TargetGroupArn"]: one["Weight"] for one in groups} == {
        shifting.group: 70,
        shifting.other: 30,
    }
    assert {shifting.get()[1] for _ in range(40)} == {"blue", "green"}
    arn = deployment(app)["serviceDeploymentArn"]
    app.ecs.stop_service_deployment(serviceDeploymentArn=arn, stopType="ROLLBACK")
    assert until(lambda: is_(app, "ROLLBACK_SUCCESSFUL")), deployment(app)
    assert {shifting.get()[1] for _ in range(20)} == {"blue"}

    linear = {"stepPercent": 50.0, "stepBakeTimeInMinutes": 1}
    app.ecs.update_service(
        cluster=app.name, service="web", taskDefinition=greeting(app, "linear"),
        deploymentConfiguration=configuration("LINEAR", linearConfiguration=linear),
    )  # fmt: skip
    assert until(
        lambda: deployment(app)["targetServiceRevision"].get("requestedProductionTrafficWeight") == 50.0
    )
    assert until(lambda: is_(app, "SUCCESSFUL")), deployment(app)
    assert {shifting.get()[1] for _ in range(20)} == {"linear"}
