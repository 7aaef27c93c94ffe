"""Examples that no other test here runs, on the local AWS: they come, stay as they are, and leave nothing."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import docker
import pytest

from fargatectl.spec.tracing import IMAGE as COLLECTOR
from tests.e2e.harness import GREETING, ROOT, Cloud, fetch, stand_in, until

pytestmark = pytest.mark.e2e

VALUES = {"API_KEY": "key-of-the-api", "MAIL_PASSWORD": "of-mail-alone", "DATABASE_URL": "postgres://db/shop"}


@pytest.fixture
def collector_image() -> Iterator[None]:
    """The collector's image; the one in its place ends at once, as a collector may."""
    with stand_in(COLLECTOR):
        yield


def path(name: str) -> str:
    return str(ROOT / "examples" / name / "fargate.yml")


def set_secrets(cloud: Cloud) -> None:
    command = cloud._command(("secret", "set", "API_KEY", "--local", "-f", path("secrets")))
    subprocess.run(command, env=cloud.environment, input=VALUES["API_KEY"], text=True, check=True)
    cloud.client("ssm").put_parameter(
        Name="/secret-hello/mail", Value=VALUES["MAIL_PASSWORD"], Type="SecureString"
    )
    value = json.dumps({"url": VALUES["DATABASE_URL"], "other": "not this one"})
    cloud.client("secretsmanager").create_secret(Name="secret-hello/database", SecretString=value)


def secrets_reach_the_container(cloud: Cloud) -> None:
    engine = docker.from_env()
    try:
        (web,) = [
            one
            for one in engine.containers.list(
                filters={"label": "com.amazonaws.ecs.container-name=web"}, ignore_removed=True
            )
            if f"/{one.name}" in cloud.containers()
        ]
        given = dict(one.split("=", 1) for one in web.attrs["Config"]["Env"])
    finally:
        engine.close()
    assert {name: given[name] for name in VALUES} == VALUES
    assert len(given["SESSION_KEY"]) >= 32
    shown = json.dumps(
        cloud.client("ecs").describe_task_definition(taskDefinition="secret-hello-web"), default=str
    )
    assert not [value for value in (*VALUES.values(), given["SESSION_KEY"]) if value in shown]


def alarms_are_set(cloud: Cloud) -> None:
    alarms = cloud.client("cloudwatch").describe_alarms()["MetricAlarms"]
    (topic,) = cloud.client("sns").list_topics()["Topics"]
    names = sorted(one["AlarmName"] for one in alarms)
    assert [one for one in names if "-web--" in one] == [
        f"observability-web--{what}" for what in ("cpu", "errors", "missing-tasks", "unhealthy-hosts")
    ]
    assert [one for one in names if "-worker--" in one] == [
        "observability-worker--cpu",
        "observability-worker--missing-tasks",
    ]
    assert all(one["AlarmActions"] == [topic["TopicArn"]] for one in alarms)
    (dashboard,) = cloud.client("cloudwatch").list_dashboards()["DashboardEntries"]
    assert dashboard["DashboardName"].startswith("observability")


def overrides_are_in_force(cloud: Cloud) -> None:
    ecs = cloud.client("ecs")
    (service,) = ecs.describe_services(cluster="overrides", services=["web"])["services"]
    assert service["enableExecuteCommand"]
    definition = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
    assert definition["pidMode"] == "task"
    assert definition["containerDefinitions"][0]["pseudoTerminal"]


def names_are_known(cloud: Cloud) -> None:
    (namespace,) = cloud.client("servicediscovery").list_namespaces()["Namespaces"]
    assert namespace["Name"]


Step = Callable[[Cloud], None]
EXAMPLES: dict[str, tuple[Step | None, Step]] = {
    "observability": (None, alarms_are_set),
    "overrides": (None, overrides_are_in_force),
    "secrets": (set_secrets, secrets_reach_the_container),
    "service-connect": (None, names_are_known),
    "service-discovery": (None, names_are_known),
}


def everything(cloud: Cloud) -> dict[str, Any]:
    watched = cloud.client("cloudwatch")
    return {
        **cloud.everything(),
        "alarms": watched.describe_alarms()["MetricAlarms"],
        "dashboards": watched.list_dashboards()["DashboardEntries"],
        "topics": cloud.client("sns").list_topics()["Topics"],
        "namespaces": cloud.client("servicediscovery").list_namespaces()["Namespaces"],
        "parameters": [one["Name"] for one in cloud.client("ssm").describe_parameters()["Parameters"]],
    }


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_comes_stays_and_goes(cloud: Cloud, name: str, collector_image: None) -> None:
    before = everything(cloud)
    prepare, check = EXAMPLES[name]
    if prepare is not None:
        prepare(cloud)
    given = everything(cloud)["parameters"]
    there = ("--local", "-f", path(name))
    services = cloud.run("up", *there, "-o", "json").json["services"]
    assert {one["state"] for one in services} == {"steady"}
    assert all(one["running"] == one["desired"] > 0 for one in services)
    (front, *_) = [one["url"] for one in services if one["name"] == "web"]
    assert until(lambda: GREETING in fetch(front))
    check(cloud)
    assert cloud.run("plan", *there, "-o", "json", "--exit-code").json["changes"] == []
    assert cloud.run("up", *there, "-o", "json").json["changes"] == []
    cloud.run("down", *there, "--yes", "--delete-data")
    assert until(lambda: cloud.containers() == []), cloud.containers()
    kept = [one for one in given if not one.startswith("/fargatectl/")]  # somebody else's
    assert everything(cloud) == {**before, "parameters": kept}
