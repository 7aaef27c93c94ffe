"""Killed, run by name only, or met by strangers: nothing is left over and nothing foreign is touched."""

from __future__ import annotations

import random
import time

import pytest

from tests.e2e.harness import GREETING, ROOT, Cloud, fetch

pytestmark = pytest.mark.e2e
EXAMPLE = str(ROOT / "examples/flask-hello/fargate.yml")
APP = "flask-fargate-app"


def test_killed_at_ten_moments_then_up_then_down(cloud: Cloud) -> None:
    before = cloud.everything()
    begun = time.monotonic()
    cloud.run("up", "--local", "-f", EXAMPLE)
    usual = time.monotonic() - begun
    cloud.run("down", "--local", "--yes", "-f", EXAMPLE)
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    for _ in range(10):
        process = cloud.begin("up", "--local", "-f", EXAMPLE)
        time.sleep(chance.uniform(0.3, usual))
        cloud.kill(process)
        up = cloud.run("up", "--local", "-f", EXAMPLE, "-o", "json").json
        assert fetch(up["services"][0]["url"]) == GREETING
        assert cloud.run("up", "--local", "-f", EXAMPLE, "-o", "json").json["changes"] == []
        cloud.run("down", "--local", "--yes", "-f", EXAMPLE)
        assert cloud.everything() == before


def test_down_knows_the_app_by_its_name_alone(cloud: Cloud) -> None:
    before = cloud.everything()
    cloud.run("up", "--local", "-f", EXAMPLE)
    down = cloud.run("down", "--local", "--yes", "--app", APP, "--region", "us-east-1", "-o", "json").json
    assert len(down["deleted"]) == 8
    assert cloud.everything() == before


def test_down_after_the_spec_was_changed_beyond_recognition(cloud: Cloud) -> None:
    before = cloud.everything()
    cloud.run("up", "--local", "-f", EXAMPLE)
    other = cloud.spec(
        "other",
        f"app: {APP}\ncluster: other\nrepository: another\nservices: {{api: {{image: 'nginx:1'}}}}\n",
    )
    cloud.run("down", "--local", "--yes", "-f", other)
    assert cloud.everything() == before


def test_up_after_names_were_changed_leaves_nothing_of_the_old(cloud: Cloud) -> None:
    cloud.run("up", "--local", "-f", EXAMPLE)
    other = cloud.spec(
        "other", f"app: {APP}\ncluster: other\nservices:\n  api: {{build: SERVICE, port: 8080}}\n"
    )
    up = cloud.run("up", "--local", "-f", other, "-o", "json").json
    assert fetch(up["services"][0]["url"]) == GREETING
    left = cloud.everything()
    assert [arn.rpartition("/")[2] for arn in left["clusters"]] == ["other"]
    assert len(left["services"]) == len(left["containers"]) == len(left["security groups"]) == 1
    assert cloud.run("up", "--local", "-f", other, "-o", "json").json["changes"] == []


@pytest.mark.parametrize("kind", ["ec2.security_group", "iam.role", "ecs.cluster", "ecr.repository"])
def test_what_is_not_ours_stops_up_before_anything_is_changed(cloud: Cloud, kind: str) -> None:
    plan = cloud.run("plan", "--local", "-f", EXAMPLE, "-o", "json").json
    name = next(change["name"] for change in plan["changes"] if change["kind"] == kind)
    _make_foreign(cloud, kind, name)
    before = cloud.everything()
    error = cloud.run("up", "--local", "-f", EXAMPLE, "-o", "json", check=4).json["error"]
    assert name in error["message"]
    assert cloud.everything() == before
    cloud.run("down", "--local", "--yes", "-f", EXAMPLE)
    assert cloud.everything() == before


def test_a_foreign_service_in_our_own_cluster_stops_up(cloud: Cloud) -> None:
    spec = cloud.spec("app", "app: app\nservices:\n  api: {build: SERVICE, count: 0}\n")
    cloud.run("up", "--local", "-f", spec)
    ecs = cloud.client("ecs")
    ecs.register_task_definition(family="foreign", containerDefinitions=[{"name": "a", "image": "b"}])
    ecs.create_service(cluster="app", serviceName="web", taskDefinition="foreign", desiredCount=0)
    before = cloud.everything()
    cloud.spec("app", "app: app\nservices:\n  web: {build: SERVICE, count: 0}\n")
    error = cloud.run("up", "--local", "-f", spec, "-o", "json", check=4).json["error"]
    assert "service app/web" in error["message"]
    assert cloud.everything() == before


def _make_foreign(cloud: Cloud, kind: str, name: str) -> None:
    if kind == "ec2.security_group":
        cloud.client("ec2").create_security_group(GroupName=name, Description="foreign")
    elif kind == "iam.role":
        cloud.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument="{}")
    elif kind == "ecs.cluster":
        cloud.client("ecs").create_cluster(clusterName=name)
    else:
        cloud.client("ecr").create_repository(repositoryName=name)
