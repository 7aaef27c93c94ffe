"""Real tasks in the local AWS: addresses, rollouts, failures, health, options.

Every expectation is AWS's behaviour; what the patches do for it is not looked at.
"""

from __future__ import annotations

import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .app import App, get, until

pytestmark = pytest.mark.e2e


def test_service_serves_at_its_public_address_and_leaves_nothing(app: App, engine: Any) -> None:
    service = app.create(app.register())
    assert service["deployments"][0]["rolloutState"] == "IN_PROGRESS"

    assert until(app.rolled_out), app.service()
    (task,) = app.tasks(serviceName="web")
    assert task["startedBy"] == service["deployments"][0]["id"]
    assert task["lastStatus"] == "RUNNING"
    assert task["startedAt"]
    assert task["containers"][0]["imageDigest"] == app.image.split("@")[1]
    interface = app.interface(task)
    assert interface["Groups"][0]["GroupId"] == app.group
    assert interface["SubnetId"] in app.subnets
    address = interface["Association"]["PublicIp"]
    assert address.startswith("127.")
    assert until(lambda: get(f"http://{address}:8080/")) == "hello"

    with pytest.raises(ClientError) as refused:
        app.ec2.delete_security_group(GroupId=app.group)
    assert refused.value.response["Error"]["Code"] == "DependencyViolation"
    with pytest.raises(ClientError) as refused:
        app.ecs.delete_cluster(cluster=app.name)
    assert refused.value.response["Error"]["Code"] == "ClusterContainsServicesException"

    app.ecs.delete_service(cluster=app.name, service="web", force=True)
    assert until(lambda: not app.interfaces(), 40)
    app.ec2.delete_security_group(GroupId=app.group)
    app.ecs.delete_cluster(cluster=app.name)
    label = f"com.amazonaws.ecs.task-arn={task['taskArn']}"
    assert engine.containers.list(all=True, sparse=True, filters={"label": label}) == []


def test_new_revision_replaces_the_old_one_and_a_bad_one_rolls_back(app: App) -> None:
    first = app.register()
    app.create(first)
    assert until(app.rolled_out)
    second = app.register(environment=[{"name": "GREETING", "value": "second"}])
    app.ecs.update_service(cluster=app.name, service="web", taskDefinition=second)
    assert until(app.rolled_out)
    (task,) = until(lambda: [one for one in app.tasks() if one["taskDefinitionArn"] == second])
    assert get(f"http://{app.interface(task)['Association']['PublicIp']}:8080/") == "second"

    bad = app.register(command=["echo 'no database' >&2; exit 1"])
    updated = app.ecs.update_service(cluster=app.name, service="web", taskDefinition=bad)["service"]
    deployment = next(one for one in updated["deployments"] if one["status"] == "PRIMARY")["id"]
    assert until(lambda: app.rolled_out() and app.primary()["taskDefinition"] == second, 40), app.service()
    failed = app.stopped(deployment)
    assert failed
    assert failed["stopCode"] == "EssentialContainerExited"
    assert failed["stoppedReason"] == "Essential container in task exited"
    assert failed["containers"][0]["exitCode"] == 1
    assert "no database" in until(app.log_lines)
    assert [one["taskDefinitionArn"] for one in app.tasks()] == [second]

    third = app.register(environment=[{"name": "GREETING", "value": "third"}])
    app.ecs.update_service(cluster=app.name, service="web", taskDefinition=third)
    assert until(app.rolled_out)
    assert until(lambda: len(app.service()["deployments"]) == 1), "the failure is history"


def test_missing_image_is_cannot_pull(app: App) -> None:
    missing = app.image[:-4] + "0000"
    deployment = app.create(app.register(image=missing))["deployments"][0]["id"]
    task = until(lambda: app.stopped(deployment))
    assert task["stopCode"] == "TaskFailedToStart"
    assert task["stoppedReason"].startswith("CannotPullContainerError: ")
    assert task["stoppedReason"].endswith("not found")
    assert task["containers"][0]["reason"].startswith("CannotPullContainerError: ")
    assert until(lambda: app.primary()["rolloutState"] == "FAILED")


def test_missing_secret_and_log_group_and_program(app: App) -> None:
    arn = "arn:aws:secretsmanager:us-east-1:000000000000:secret:nope-AbCdEf"
    no_group = {
        "logDriver": "awslogs",
        "options": {
            "awslogs-group": "/nope",
            "awslogs-region": "us-east-1",
            "awslogs-stream-prefix": "web",
        },
    }
    cases: dict[str, tuple[dict[str, Any], str, str]] = {
        "secret": (
            {"secrets": [{"name": "KEY", "valueFrom": arn}]},
            "ResourceInitializationError: unable to pull secrets or registry auth",
            "ResourceNotFoundException",
        ),
        "logs": (
            {"logConfiguration": no_group},
            "ResourceInitializationError: failed to validate logger args",
            "The specified log group does not exist",
        ),
        "program": ({"entryPoint": ["/nope"]}, "CannotStartContainerError: ", "/nope"),
    }
    for name, (container, start, part) in cases.items():
        deployment = app.create(app.register(**container), service=name)["deployments"][0]["id"]
        task = until(lambda deployment=deployment: app.stopped(deployment))
        assert task, name
        assert task["stopCode"] == "TaskFailedToStart"
        assert task["stoppedReason"].startswith(start), task["stoppedReason"]
        assert part in task["stoppedReason"]


def test_secrets_reach_the_container(app: App) -> None:
    secret = app.client("secretsmanager").create_secret(Name=app.name, SecretString='{"key": "one"}')["ARN"]
    app.client("ssm").put_parameter(Name=f"/{app.name}", Value="two", Type="SecureString")
    parameter = f"arn:aws:ssm:us-east-1:000000000000:parameter/{app.name}"
    sources = [
        {"name": "ONE", "valueFrom": f"{secret}:key::"},
        {"name": "TWO", "valueFrom": parameter},
    ]
    app.create(app.register(secrets=sources, command=['echo "$ONE $TWO"; exec sleep 60']))
    assert "one two" in until(app.log_lines)


def test_health_check_is_run_awaited_and_acted_upon(app: App) -> None:
    check = {"command": ["CMD-SHELL", "test -e /tmp/ok"], "interval": 5, "timeout": 2, "retries": 2}
    good = app.register(command=["sleep 2; touch /tmp/ok; exec sleep 300"], healthCheck=check)
    app.create(good)
    assert until(app.tasks)
    time.sleep(3)
    assert not app.rolled_out(), "the check has not run yet"
    assert until(app.rolled_out)
    assert app.tasks()[0]["healthStatus"] == "HEALTHY"
    assert app.tasks()[0]["containers"][0]["healthStatus"] == "HEALTHY"

    bad = app.register(command=["exec sleep 300"], healthCheck=check)
    updated = app.ecs.update_service(cluster=app.name, service="web", taskDefinition=bad)["service"]
    deployment = next(one for one in updated["deployments"] if one["status"] == "PRIMARY")["id"]
    task = until(lambda: app.stopped(deployment))
    assert task["stoppedReason"] == "Task failed container health checks"
    assert task["stopCode"] == "ServiceSchedulerInitiated"
    assert task["healthStatus"] == "UNHEALTHY"
    assert until(lambda: app.tasks(startedBy=deployment)), "it is replaced"


def test_container_options_arrive(app: App, engine: Any) -> None:
    definition = app.register(
        command=[
            'echo "uid $(id -u) at $(pwd)"; touch /no && echo writable || echo read-only; exec sleep 60'
        ],
        user="1234",
        workingDirectory="/www",
        readonlyRootFilesystem=True,
    )
    app.create(definition)
    assert until(lambda: "uid 1234 at /www" in app.log_lines() and "read-only" in app.log_lines())
    (task,) = until(app.tasks)
    label = f"com.amazonaws.ecs.task-arn={task['taskArn']}"
    (container,) = engine.containers.list(filters={"label": label})
    limits = container.attrs["HostConfig"]
    assert limits["Memory"] == 512 * 1024 * 1024
    assert limits["NanoCpus"] == 250_000_000


def test_task_over_its_memory_is_killed(app: App) -> None:
    command = ["x=a; while true; do x=$x$x; done"]
    deployment = app.create(app.register(command=command))["deployments"][0]["id"]
    task = until(lambda: app.stopped(deployment))
    assert task["containers"][0]["exitCode"] == 137
    assert task["containers"][0]["reason"] == "OutOfMemoryError: Container killed due to memory usage"


def test_sidecar_shares_the_network_and_a_volume(app: App) -> None:
    common = {"image": app.image, "entryPoint": ["/bin/sh", "-c"]}
    mount = [{"sourceVolume": "shared", "containerPath": "/www"}]
    app.ecs.register_task_definition(
        family="pair",
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        volumes=[{"name": "shared"}],
        containerDefinitions=[
            {**common, "name": "web", "command": ["exec httpd -f -p 8080 -h /www"], "mountPoints": mount,
             "portMappings": [{"containerPort": 8080}]},
            {**common, "name": "side", "mountPoints": mount,
             "command": ["echo pair > /www/index.html; wget -qO /www/copy 127.0.0.1:8080; sleep 300"]},
        ],
    )  # fmt: skip
    answer = app.ecs.run_task(
        cluster=app.name, taskDefinition="pair", launchType="FARGATE", networkConfiguration=app.network()
    )
    arn = answer["tasks"][0]["taskArn"]

    def running() -> Any:
        task = app.ecs.describe_tasks(cluster=app.name, tasks=[arn])["tasks"][0]
        return task if task["lastStatus"] == "RUNNING" else None

    address = app.interface(until(running))["Association"]["PublicIp"]
    assert until(lambda: get(f"http://{address}:8080/copy")) == "pair"
    app.ecs.stop_task(cluster=app.name, task=arn, reason="enough")
    task = app.ecs.describe_tasks(cluster=app.name, tasks=[arn])["tasks"][0]
    assert (task["stopCode"], task["stoppedReason"]) == ("UserInitiated", "enough")
