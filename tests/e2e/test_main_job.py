"""The main job: from nothing to an answer over HTTP, and back to nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.e2e.harness import GREETING, ROOT, Cloud, fetch

pytestmark = pytest.mark.e2e
EXAMPLE = str(ROOT / "examples/flask-hello/fargate.yml")


def test_the_example_answers_and_goes(cloud: Cloud) -> None:
    before = cloud.everything()
    up = cloud.run("up", "--local", "-f", EXAMPLE, "-o", "json").json
    kinds = sorted(change["kind"] for change in up["changes"])
    assert kinds == [
        "ec2.security_group", "ecr.image", "ecr.repository", "ecs.cluster", "ecs.service",
        "ecs.task_definition", "iam.role", "iam.role", "logs.log_group",
    ]  # fmt: skip
    (web,) = up["services"]
    assert (web["name"], web["state"], web["desired"], web["running"]) == ("web", "steady", 1, 1)
    assert "@sha256:" in web["image"]
    assert fetch(web["url"]) == GREETING

    # The address is that of the task's own network interface.
    ecs, ec2 = cloud.client("ecs"), cloud.client("ec2")
    assert len(cloud.containers()) == 1
    (arn,) = ecs.list_tasks(cluster="FargateCluster")["taskArns"]
    (task,) = ecs.describe_tasks(cluster="FargateCluster", tasks=[arn])["tasks"]
    assert task["containers"][0]["name"] == "FlaskApp"
    details = {one["name"]: one["value"] for one in task["attachments"][0]["details"]}
    (interface,) = ec2.describe_network_interfaces(NetworkInterfaceIds=[details["networkInterfaceId"]])[
        "NetworkInterfaces"
    ]
    assert web["url"] == f"http://{interface['Association']['PublicIp']}:8080"

    status = cloud.run("status", "--local", "-f", EXAMPLE, "-o", "json").json
    assert status["services"] == up["services"]
    assert "Listening at" in cloud.run("logs", "--local", "--file", EXAMPLE).out

    down = cloud.run("down", "--yes", "--local", "-f", EXAMPLE, "-o", "json").json
    assert len(down["deleted"]) == 8  # the image goes with its repository
    assert cloud.everything() == before
    again = cloud.run("down", "--yes", "--local", "-f", EXAMPLE, "-o", "json").json
    assert again["deleted"] == []


def test_nothing_changed_is_at_most_fifteen_calls(cloud: Cloud, figure: Callable[[str], None]) -> None:
    cloud.run("up", "--local", "-f", EXAMPLE)
    again = cloud.run("up", "--local", "-f", EXAMPLE, "-o", "json", "-v")
    assert again.json["changes"] == []
    assert len(again.calls) <= 15, again.calls
    figure(f"nothing changed, 1 service: {len(again.calls)} AWS calls, {again.seconds:.1f} s")
    assert not {"ecr:GetAuthorizationToken", "ecs:RegisterTaskDefinition"} & set(again.calls)
    assert "built" not in again.err
    plan = cloud.run("plan", "--local", "-f", EXAMPLE, "--exit-code", "-o", "json")
    assert plan.json["changes"] == []


def test_twenty_services_cost_no_more_calls_than_batches(cloud: Cloud, figure: Callable[[str], None]) -> None:
    """DescribeServices takes ten names, all other reads take the whole app: one call more.

    A task definition has no batched read; the service's tag, valid for one revision, spares it.
    """
    services = "\n".join(
        f"  s{number:02}: {{build: SERVICE, count: 0, port: {8000 + number}}}" for number in range(20)
    )
    spec = cloud.spec("twenty", f"app: twenty\nservices:\n{services}\n")
    cloud.run("up", "--local", "-f", spec)
    again = cloud.run("up", "--local", "-f", spec, "-o", "json", "-v")
    assert again.json["changes"] == []
    assert len(again.json["services"]) == 20
    assert again.calls.count("ecs:DescribeServices") == 2
    assert len(again.calls) <= 16, again.calls
    figure(f"nothing changed, 20 services: {len(again.calls)} AWS calls, {again.seconds:.1f} s")


def test_a_changed_variable_changes_two_things_and_never_interrupts(cloud: Cloud) -> None:
    spec = cloud.spec(
        "app", "app: app\nservices: {web: {build: SERVICE, port: 8080, env: {GREETING: old}}}\n"
    )
    url = cloud.run("up", "--local", "-f", spec, "-o", "json").json["services"][0]["url"]
    cloud.spec("app", "app: app\nservices: {web: {build: SERVICE, port: 8080, env: {GREETING: new}}}\n")
    process = cloud.begin("up", "--local", "-f", spec, "-o", "json")
    answers: list[str] = []
    addresses = [url]
    while process.poll() is None or len(answers) < 5:
        heard = [answer for address in addresses if (answer := _try(address))]
        assert heard, f"nobody answers at {addresses} after {answers}"
        answers += heard
        addresses = _addresses(cloud) or addresses
    document = process.communicate()[0]
    assert process.returncode == 0, document
    assert set(answers) <= {"old", "new"}
    assert answers[-1] == "new"
    changes = cloud.run("status", "--local", "-f", spec, "-o", "json").json
    assert fetch(changes["services"][0]["url"]) == "new"
    kinds = [line for line in ("ecs.task_definition", "ecs.service") if f'"kind": "{line}"' in document]
    assert kinds == ["ecs.task_definition", "ecs.service"]
    assert document.count('"action":') == 2


def test_plan_says_what_up_would_do_and_does_nothing(cloud: Cloud) -> None:
    before = cloud.everything()
    plan = cloud.run("plan", "--local", "-f", EXAMPLE, "--exit-code", "-o", "json", check=3).json
    assert {change["action"] for change in plan["changes"]} == {"create"}
    assert cloud.everything() == before


def _try(address: str) -> str:
    try:
        return fetch(address, timeout=2)
    except OSError:
        return ""


def _addresses(cloud: Cloud) -> list[str]:
    """The addresses of all running tasks, past fargatectl."""
    found = cloud.client("ec2").describe_network_interfaces()["NetworkInterfaces"]
    return [f"http://{one['Association']['PublicIp']}:8080" for one in found if one.get("Association")]
