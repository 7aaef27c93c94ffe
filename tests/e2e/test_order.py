"""Commands before a deployment, services after each other, and one of several alone: with real containers."""

from __future__ import annotations

import re

import pytest

from tests.e2e.harness import GREETING, ROOT, Cloud, fetch

pytestmark = pytest.mark.e2e

SAY = "import os; print('migrating for', os.environ['GREETING'])"
WEB = f"""\
app: app
services:
  web:
    build: SERVICE
    port: 8080
    env: {{GREETING: one}}
    before_deploy: [[python, -c, "{SAY}"]]
"""


def test_a_migration_runs_for_each_version_and_a_failed_one_leaves_all_as_it_was(
    cloud: Cloud,
) -> None:
    spec = cloud.spec("app", WEB)
    first = cloud.run("up", "--local", "-f", spec)
    assert "web | migrating for one" in first.out + first.err
    again = cloud.run("up", "--local", "-f", spec, "-v")
    assert "ecs:RunTask" not in again.calls
    bad = WEB.replace("one", "two").replace(SAY, f"{SAY}; raise SystemExit(3)")
    cloud.spec("app", bad)
    failed = cloud.run("up", "--local", "-f", spec, "-o", "json", check=1)
    error = failed.json["error"]
    assert error["code"] == "before_deploy.failed"
    assert "ended with exit code 3" in error["message"]
    assert "migrating for two" in "\n".join(error["details"][0]["log"])
    assert "app.yml:7" in error["hint"]
    status = cloud.run("status", "--local", "-f", spec, "-o", "json").json
    assert status["services"][0]["task_definition"].endswith(":1")
    assert fetch(status["services"][0]["url"]) == "one"
    cloud.spec("app", WEB.replace("one", "two"))
    up = cloud.run("up", "--local", "-f", spec, "-o", "json").json
    assert fetch(up["services"][0]["url"]) == "two"
    cloud.run("down", "--local", "--yes", "-f", spec)
    assert cloud.containers() == []


def test_a_killed_runs_migration_is_found_and_not_doubled(cloud: Cloud) -> None:
    slow = WEB.replace(SAY, f"{SAY}; import time; time.sleep(6)")
    spec = cloud.spec("app", slow)
    process = cloud.begin("up", "--local", "-f", spec, "-v")
    assert process.stdout is not None
    for line in process.stdout:
        if "ecs RunTask" in line:
            break
    cloud.kill(process)
    done = cloud.run("up", "--local", "-f", spec, "-v")
    assert "ecs:RunTask" not in done.calls
    assert "migrating for one" in done.out + done.err
    ecs = cloud.client("ecs")
    own = [
        arn
        for status in ("RUNNING", "STOPPED")
        for arn in ecs.list_tasks(cluster="app", family="app-web", desiredStatus=status)["taskArns"]
    ]
    tasks = ecs.describe_tasks(cluster="app", tasks=own)["tasks"]
    assert len([one for one in tasks if one["startedBy"].startswith("fargatectl/")]) == 1


def test_the_example_comes_up_in_order_and_one_of_it_alone(cloud: Cloud) -> None:
    example = str(ROOT / "examples/web-and-worker/fargate.yml")
    alone = cloud.run("up", "db-worker", "--local", "-f", example, "-o", "json").json
    assert {one["name"] for one in alone["changes"] if one["kind"] == "ecs.service"} == {"db-worker"}
    plan = cloud.run("plan", "db-worker", "--local", "-f", example, "-o", "json").json
    assert plan["changes"] == []
    whole = cloud.run("up", "--local", "-f", example)
    said = whole.out + whole.err
    assert re.search(r"service +web .*steady", said)
    up = cloud.run("up", "--local", "-f", example, "-o", "json").json
    assert up["changes"] == []
    urls = {one["name"]: one["url"] for one in up["services"]}
    assert fetch(urls["web"]) == GREETING
    wrong = cloud.run("up", "wbe", "--local", "-f", example, check=2)
    assert "did you mean web?" in wrong.err
