"""Releases that cannot work: exit 1, one cause, one thing to do, the last log lines; the old one serves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from tests.e2e.harness import GREETING, Cloud, fetch

pytestmark = pytest.mark.e2e

GOOD = "app: app\nservices:\n  web:\n    build: SERVICE\n    port: 8080\n"
CRASH = GOOD + """    command: [python, -c, "import os; print('starting'); os.environ['DATABASE_URL']"]\n"""
NO_IMAGE = "app: app\nservices:\n  web:\n    image: 127.0.0.1:ENDPOINT/app:nothere\n    port: 8080\n"
ASK = "import urllib.request as u; u.urlopen('http://127.0.0.1:9999')"
PORT = f"""{GOOD}    health_check: {{command: [CMD, python, -c, "{ASK}"], retries: 1}}\n"""
SECRET = GOOD + "    secrets: {DB_PASSWORD: secretsmanager:not/there}\n"


@pytest.mark.parametrize(
    ("text", "code", "cause", "fix", "logs"),
    [
        (
            CRASH,
            "task.env_missing",
            "exited with code 1",
            "Set DATABASE_URL under services.web.env",
            "KeyError",
        ),
        (NO_IMAGE, "image.not_found", "does not exist", "services.web.image in", ""),
        (PORT, "health.port", "port 9999, where nothing listens", "listens on port 8080", "Listening at"),
        (SECRET, "secret.missing", "not/there does not exist", "services.web.secrets.DB_PASSWORD", ""),
    ],
    ids=["exits 1", "no image", "no port", "no secret"],
)
def test_a_release_that_cannot_work(
    cloud: Cloud, figure: Callable[[str], None], text: str, code: str, cause: str, fix: str, logs: str
) -> None:
    spec = cloud.spec("app", GOOD)
    cloud.run("up", "--local", "-f", spec)
    bad = cloud.spec("app", text.replace("ENDPOINT", cloud.endpoint.rpartition(":")[2]))
    failed = cloud.run("up", "--local", "-f", bad, "-o", "json", check=1)
    answered = datetime.now(UTC)
    error = failed.json["error"]
    seconds = (answered - _first_failure(cloud)).total_seconds()
    figure(f"{error['code']}: {seconds:.0f} s from the first failed task to the answer")
    assert error["code"] == code
    assert cause in error["message"]
    assert "Rolled back to web:1, which still serves." in error["message"]
    assert fix in error["hint"]
    assert "app.yml:" in error["hint"]
    (detail,) = error["details"]
    assert logs in "\n".join(detail["log"])
    cloud.spec("app", GOOD)
    status = cloud.run("status", "--local", "-f", spec, "-o", "json").json
    assert fetch(status["services"][0]["url"]) == GREETING
    assert status["services"][0]["task_definition"].endswith(":1")
    # The good spec again is a good deployment again.
    cloud.run("up", "--local", "-f", spec)
    assert cloud.run("up", "--local", "-f", spec, "-o", "json").json["changes"] == []


def _first_failure(cloud: Cloud) -> datetime:
    """When the first task of the bad release stopped, as ECS has it (whole seconds)."""
    ecs = cloud.client("ecs")
    arns = ecs.list_tasks(cluster="app", desiredStatus="STOPPED")["taskArns"]
    tasks = ecs.describe_tasks(cluster="app", tasks=arns)["tasks"]
    stopped: list[datetime] = [
        one["stoppedAt"] for one in tasks if one["taskDefinitionArn"].endswith("app-web:2")
    ]
    return min(stopped)


def test_a_first_release_that_crashes_does_not_go_on_for_ever(cloud: Cloud) -> None:
    spec = cloud.spec("app", CRASH)
    failed = cloud.run("up", "--local", "-f", spec, check=1)
    assert "Nothing served before; its count is set to 0" in failed.err
    assert "KeyError" in failed.err
    status = cloud.run("status", "--local", "-f", spec, "-o", "json").json
    assert status["services"][0]["desired"] == 0
    cloud.spec("app", GOOD)
    up = cloud.run("up", "--local", "-f", spec, "-o", "json").json
    assert fetch(up["services"][0]["url"]) == GREETING
