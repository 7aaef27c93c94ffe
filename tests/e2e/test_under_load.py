"""A web service behind the load balancer and a worker, under constant requests, through what happens to it.

A rolling deployment and one that fails and is rolled back lose no request. A task that is killed by hand
loses those that were under way on it, and those that the load balancer sends it until ECS has noticed: on
AWS too, a request is not tried again elsewhere.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import docker
import pytest

from tests.e2e.harness import Cloud, until
from tests.e2e.load import Load

pytestmark = [pytest.mark.e2e, pytest.mark.alone]
RATE = 40  # requests a second
WORK = """import time\\nwhile True: print('working', flush=True); time.sleep(1)"""
SPEC = f"""app: shop
services:
  web:
    build: SERVICE
    port: 8080
    count: 2
    env: {{GREETING: VERSION}}
    load_balancer:
      health_check: {{path: /health, interval: 5, timeout: 2, unhealthy: 2}}
      deregistration_delay: 5
  worker:
    build: SERVICE
    command: [python, -c, "{WORK}"]
"""
CRASHES = "    command: [python, -c, \"import os; os.environ['DATABASE_URL']\"]\n"


def tasks(cloud: Cloud, service: str) -> list[dict[str, Any]]:
    """Those of a service that shall run."""
    ecs = cloud.client("ecs")
    arns = ecs.list_tasks(cluster="shop", serviceName=service)["taskArns"]
    return list(ecs.describe_tasks(cluster="shop", tasks=arns)["tasks"]) if arns else []


def health(cloud: Cloud) -> list[str]:
    """The state of each target of the web service."""
    elb = cloud.client("elbv2")
    (group,) = elb.describe_target_groups()["TargetGroups"]
    described = elb.describe_target_health(TargetGroupArn=group["TargetGroupArn"])
    return sorted(one["TargetHealth"]["State"] for one in described["TargetHealthDescriptions"])


def settled(cloud: Cloud) -> bool:
    """Two targets, both healthy: those before have drained."""
    return health(cloud) == ["healthy", "healthy"]


def kill(task: dict[str, Any]) -> None:
    """End a task's container as a crash would."""
    engine = docker.from_env()
    try:
        label = f"com.amazonaws.ecs.task-arn={task['taskArn']}"
        engine.containers.list(filters={"label": label})[0].kill()
    finally:
        engine.close()


def test_no_request_is_lost_but_those_of_a_killed_task(cloud: Cloud, figure: Callable[[str], None]) -> None:
    before = cloud.everything()
    spec = cloud.spec("shop", SPEC.replace("VERSION", "first"))
    up = cloud.run("up", "--local", "-f", spec, "-o", "json").json
    url = next(one["url"] for one in up["services"] if one["name"] == "web")
    (worker,) = tasks(cloud, "worker")

    with Load(url, RATE) as load:
        with load.phase("a rolling deployment") as rolling:
            time.sleep(1)
            cloud.spec("shop", SPEC.replace("VERSION", "second"))
            cloud.run("up", "--local", "-f", spec)
            assert until(lambda: settled(cloud))
        with load.phase("a deployment that fails and is rolled back") as failing:
            broken = SPEC.replace("VERSION", "third").replace("    count: 2\n", f"    count: 2\n{CRASHES}")
            cloud.spec("shop", broken)
            failed = cloud.run("up", "--local", "-f", spec, "-o", "json", check=1).json
            assert until(lambda: settled(cloud))
        with load.phase("a task killed by hand") as killed:
            time.sleep(1)
            kill(tasks(cloud, "web")[0])
            assert until(lambda: len(tasks(cloud, "web")) == 2 and not settled(cloud))
            assert until(lambda: settled(cloud))
    for phase in (rolling, failing, killed):
        figure(f"under load, {RATE} requests a second, 2 tasks: {phase}")

    assert set(rolling.answers) == {"first", "second"}
    assert rolling.faults.total() == 0, rolling
    assert set(failing.answers) == {"second"}
    assert failing.faults.total() == 0, failing
    assert "which still serves" in failed["error"]["message"]
    assert set(killed.answers) == {"second"}
    assert set(killed.faults) <= {"502 Bad Gateway", "504 Gateway Timeout"}, killed
    assert killed.faults.total() <= RATE, killed  # less than a second's requests
    assert [one["taskArn"] for one in tasks(cloud, "worker")] == [worker["taskArn"]]

    cloud.run("down", "--yes", "--local", "-f", spec)
    assert cloud.everything() == before
