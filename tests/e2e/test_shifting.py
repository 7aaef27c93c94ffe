"""Blue/green on the local AWS: the new version answers tests first, and users once somebody says so."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.e2e.harness import Cloud, fetch

pytestmark = pytest.mark.e2e

SPEC = """\
app: app
services:
  web:
    build: SERVICE
    port: 8080
    load_balancer: {health_check: {path: /health}}
    env: {GREETING: blue}
    deployment: {strategy: blue_green, test_port: 8081, pause: before_shift, bake: 0m}
"""


def test_promoted_or_aborted_by_a_word(cloud: Cloud) -> None:
    spec = cloud.spec("app", SPEC)
    up = cloud.run("up", "--local", "-f", spec, "-o", "json").json
    url = up["services"][0]["url"]
    if up["services"][0]["state"] != "steady":  # the first one may pause too
        cloud.run("promote", "--local", "-f", spec)
    assert fetch(url) == "blue"
    nothing = cloud.run("promote", "--local", "-f", spec, check=1)
    assert "nothing to promote" in nothing.err
    # Green answers tests, blue the users, until it is promoted.
    cloud.spec("app", SPEC.replace("blue}", "green}"))
    paused = cloud.run("up", "--local", "-f", spec)
    assert f"fargatectl promote --local --file {spec} web" in paused.out + paused.err
    assert fetch(url) == "blue"
    assert fetch(_tests(url)) == "green"
    again = cloud.run("up", "--local", "-f", spec, "-o", "json")
    assert again.json["changes"] == []
    promoted = cloud.run("promote", "web", "--local", "-f", spec)
    assert "web: successful" in promoted.out
    assert fetch(url) == "green"
    assert cloud.run("plan", "--local", "-f", spec, "-o", "json").json["changes"] == []
    # The next one is aborted.
    cloud.spec("app", SPEC.replace("blue}", "red}"))
    cloud.run("up", "--local", "-f", spec)
    assert fetch(_tests(url)) == "red"
    aborted = cloud.run("abort", "--local", "-f", spec, "-o", "json").json
    assert aborted["services"] == [{"name": "web", "state": "rollback_successful"}]
    assert fetch(url) == "green"
    before = cloud.containers()
    cloud.run("down", "--local", "--yes", "-f", spec)
    assert before
    assert cloud.containers() == []


def test_what_comes_after_waits_for_the_word(cloud: Cloud) -> None:
    text = SPEC + "  worker: {build: SERVICE, port: 8080, env: {GREETING: blue}, after: [web]}\n"
    spec = cloud.spec("app", text)

    def up() -> Any:
        return cloud.run("up", "--local", "-f", spec, "-o", "json").json

    def worker(document: Any) -> Any:
        return next(one for one in document["services"] if one["name"] == "worker")

    if up()["services"][0]["state"] != "steady":
        cloud.run("promote", "--local", "-f", spec)
        up()
    cloud.spec("app", text.replace("blue}", "green}"))
    paused = up()
    assert [(one["kind"], one["name"]) for one in paused["left"]] == [("ecs.service", "worker")]
    assert worker(paused)["state"] == "steady"
    assert fetch(worker(paused)["url"]) == "blue"
    promoted = cloud.run("promote", "--local", "-f", spec)
    assert f"deployed by the next fargatectl up --local --file {spec}: worker" in promoted.out
    after = up()
    assert "left" not in after
    assert fetch(worker(after)["url"]) == "green"
    cloud.run("down", "--local", "--yes", "-f", spec)


def _tests(url: str) -> str:
    """Where the test listener answers."""
    return f"http://{urlsplit(url).hostname}:8081"
