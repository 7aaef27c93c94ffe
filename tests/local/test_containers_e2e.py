"""The containers of one task in the local AWS: their order, their common network and volumes, their end.

Every expectation is AWS's behaviour; what the patches do for it is not looked at.
"""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from typing import Any

import pytest

from .app import App, until
from .conftest import BUSYBOX_IMAGE

pytestmark = pytest.mark.e2e

FOREVER = "trap 'echo bye; exit 0' TERM; while true; do sleep 0.1; done"


class Tasks:
    """One-off tasks of several containers."""

    def __init__(self, app: App, engine: Any) -> None:
        self.app, self.engine, self.arns = app, engine, list[str]()

    def run(self, *containers: dict[str, Any], volumes: tuple[str, ...] = ()) -> str:
        options = {"awslogs-group": f"/ecs/{self.app.name}", "awslogs-region": "us-east-1"}
        logs = {"logDriver": "awslogs", "options": {**options, "awslogs-stream-prefix": "t"}}
        self.app.ecs.register_task_definition(
            family=f"{self.app.name}-many",
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="256",
            memory="512",
            volumes=[{"name": name} for name in volumes],
            containerDefinitions=[
                {
                    "image": self.app.image,
                    "entryPoint": ["/bin/sh", "-c"],
                    "essential": True,
                    "logConfiguration": logs,
                    **one,
                }
                for one in containers
            ],
        )
        answer = self.app.ecs.run_task(
            cluster=self.app.name,
            taskDefinition=f"{self.app.name}-many",
            launchType="FARGATE",
            networkConfiguration=self.app.network(),
        )
        self.arns.append(answer["tasks"][0]["taskArn"])
        return self.arns[-1]

    def see(self, arn: str, status: str = "") -> dict[str, Any]:
        """A task, once it has that status."""

        def task() -> Any:
            found = self.app.ecs.describe_tasks(cluster=self.app.name, tasks=[arn])["tasks"][0]
            return found if status in ("", found["lastStatus"]) else None

        found = until(task)
        assert found, task_text(self.see(arn))
        return dict(found)

    def container(self, arn: str, name: str) -> dict[str, Any]:
        return dict(next(one for one in self.see(arn)["containers"] if one["name"] == name))

    def said(self, name: str) -> list[str]:
        """The log of a container, over all tasks."""
        return [event["message"] for event in self.events(name)]

    def events(self, name: str) -> list[dict[str, Any]]:
        found = self.app.client("logs").filter_log_events(logGroupName=f"/ecs/{self.app.name}")["events"]
        return [event for event in found if event["logStreamName"].startswith(f"t/{name}/")]

    def left(self) -> list[str]:
        """What Docker Engine still has of the tasks."""
        found = []
        for arn in self.arns:
            label = f"com.amazonaws.ecs.task-arn={arn}"
            found += self.engine.containers.list(all=True, sparse=True, filters={"label": label})
            label = f"fargatectl.task={arn.rsplit('/', 1)[-1]}"
            found += self.engine.volumes.list(filters={"label": label})
        return [str(one.attrs.get("Names") or one.name) for one in found]


def task_text(task: dict[str, Any]) -> str:
    return f"{task['lastStatus']} {task['stoppedReason']} {task['containers']}"


@pytest.fixture
def tasks(app: App, engine: Any) -> Iterator[Tasks]:
    made = Tasks(app, engine)
    yield made
    for arn in made.arns:
        app.ecs.stop_task(cluster=app.name, task=arn)
    assert until(lambda: not made.left()), made.left()


def depends(**conditions: str) -> list[dict[str, str]]:
    return [{"containerName": name, "condition": condition} for name, condition in conditions.items()]


def test_init_container_ends_and_the_others_share_network_and_volume(tasks: Tasks) -> None:
    mount = [{"sourceVolume": "shared", "containerPath": "/www"}]
    arn = tasks.run(
        # First in the list and first to end: the network must outlive it.
        {"name": "fetch", "essential": False, "mountPoints": mount,
         "command": ["sleep 1; echo fetched > /www/index.html"]},
        {"name": "web", "command": ["cat /www/index.html; exec httpd -f -p 8080 -h /www"],
         "portMappings": [{"containerPort": 8080}], "mountPoints": mount,
         "dependsOn": depends(fetch="SUCCESS")},
        {"name": "side", "dependsOn": depends(web="START"),
         "command": ["until wget -qO /tmp/a 127.0.0.1:8080; do sleep 0.1; done; cat /tmp/a; exec sleep 60"]},
        volumes=("shared",),
    )  # fmt: skip
    assert tasks.see(arn)["lastStatus"] in ("PROVISIONING", "PENDING", "ACTIVATING")
    task = tasks.see(arn, "RUNNING")
    assert until(lambda: tasks.said("side")) == ["fetched"]
    assert tasks.said("web") == ["fetched"]
    fetch = tasks.container(arn, "fetch")
    assert (fetch["lastStatus"], fetch["exitCode"]) == ("STOPPED", 0)
    assert tasks.see(arn)["lastStatus"] == "RUNNING", "its end is not the task's"
    addresses = {one["networkInterfaces"][0]["privateIpv4Address"] for one in task["containers"]}
    details = {one["name"]: one["value"] for one in task["attachments"][0]["details"]}
    assert addresses == {details["privateIPv4Address"]}
    assert tasks.app.interface(task)["Association"]["PublicIp"].startswith("127.")


def test_what_waits_for_a_failed_one_never_starts(tasks: Tasks) -> None:
    arn = tasks.run(
        {"name": "web", "command": ["echo started; exec sleep 60"], "dependsOn": depends(migrate="SUCCESS")},
        {"name": "migrate", "essential": False, "command": ["echo no database; exit 3"]},
    )
    task = tasks.see(arn, "STOPPED")
    assert (task["stopCode"], task["stoppedReason"]) == ("TaskFailedToStart", "Task failed to start")
    assert tasks.container(arn, "migrate")["exitCode"] == 3
    web = tasks.container(arn, "web")
    assert web["reason"].startswith(
        "CannotStartContainerError: dependency graph: failed to resolve container ordering dependency [mig"
    )
    assert web["reason"].endswith("as dependency did not exit successfully.")
    assert until(lambda: tasks.said("migrate")) == ["no database"]
    assert tasks.said("web") == []


def test_complete_goes_on_after_a_failure_and_healthy_waits(tasks: Tasks) -> None:
    check = {"command": ["CMD-SHELL", "test -e /tmp/ok"], "interval": 5, "timeout": 2, "retries": 3}
    tasks.run(
        {"name": "tried", "essential": False, "command": ["exit 1"]},
        {"name": "cache", "healthCheck": check, "command": ["sleep 2; touch /tmp/ok; exec sleep 60"],
         "dependsOn": depends(tried="COMPLETE")},
        {"name": "web", "command": ["echo started; exec sleep 60"], "dependsOn": depends(cache="HEALTHY")},
    )  # fmt: skip
    assert until(lambda: tasks.container(tasks.arns[0], "cache")["lastStatus"] == "RUNNING")
    time.sleep(3)
    assert tasks.said("web") == [], "the check has not run yet"
    assert until(lambda: tasks.said("web")) == ["started"]
    assert tasks.container(tasks.arns[0], "cache")["healthStatus"] == "HEALTHY"


def test_an_essential_end_stops_the_others_in_order(tasks: Tasks) -> None:
    arn = tasks.run(
        {"name": "first", "command": [FOREVER]},
        {"name": "second", "command": [f"{FOREVER}"], "dependsOn": depends(first="START")},
        {"name": "stubborn", "essential": False, "stopTimeout": 2, "dependsOn": depends(second="START"),
         "command": ["trap '' TERM; while true; do sleep 0.1; done"]},
        {"name": "brief", "command": ["sleep 1; exit 5"]},
    )  # fmt: skip
    tasks.see(arn, "RUNNING")
    task = tasks.see(arn, "STOPPED")
    assert task["stopCode"] == "EssentialContainerExited"
    assert task["stoppedReason"] == "Essential container in task exited"
    assert until(lambda: not tasks.left()), tasks.left()
    codes = {one["name"]: one["exitCode"] for one in tasks.see(arn)["containers"]}
    assert codes == {"first": 0, "second": 0, "stubborn": 137, "brief": 5}
    times = {name: tasks.events(name)[0]["timestamp"] for name in ("first", "second")}
    assert times["second"] <= times["first"], "who depends on another ends before it"


@pytest.fixture(scope="module")
def with_volume(engine: Any, busybox: str) -> Iterator[str]:
    """busybox whose /www is a VOLUME that user 1000 may write to."""
    tag = f"{BUSYBOX_IMAGE}-volume"
    engine.images.build(fileobj=io.BytesIO(f"FROM {busybox}\nVOLUME /www\n".encode()), tag=tag, forcerm=True)
    yield tag
    engine.images.remove(tag, force=True)


def test_a_volume_is_roots_unless_the_image_declares_it(tasks: Tasks, with_volume: str) -> None:
    write = "touch /www/one && echo yes || echo no; touch /two 2>/dev/null || echo read-only; exec sleep 60"
    mount = [{"sourceVolume": "scratch", "containerPath": "/www"}]
    common = {"user": "1000:1000", "readonlyRootFilesystem": True, "command": [write], "mountPoints": mount}
    tasks.run({"name": "plain", **common}, volumes=("scratch",))
    tasks.run({"name": "declared", "image": with_volume, **common}, volumes=("scratch",))
    assert until(lambda: tasks.said("plain")[1:]), tasks.see(tasks.arns[0])
    assert [line for line in tasks.said("plain") if "touch" not in line] == ["no", "read-only"]
    assert until(lambda: tasks.said("declared")[1:]), tasks.see(tasks.arns[1])
    assert tasks.said("declared") == ["yes", "read-only"]


def test_limits_capabilities_and_files_of_variables_arrive(tasks: Tasks) -> None:
    s3 = tasks.app.client("s3")
    s3.create_bucket(Bucket="env-files")
    s3.put_object(Bucket="env-files", Key="a.env", Body=b"# a comment\nONE=from file\nTWO=a=b\n\n")
    s3.put_object(Bucket="env-files", Key="b.env", Body=b"TWO=later\nTHREE=c\n")
    files = [{"type": "s3", "value": f"arn:aws:s3:::env-files/{name}.env"} for name in "ab"]
    tasks.run(
        {
            "name": "web",
            "environment": [{"name": "ONE", "value": "from environment"}],
            "environmentFiles": files,
            "ulimits": [{"name": "nofile", "softLimit": 321, "hardLimit": 654}],
            "linuxParameters": {"capabilities": {"drop": ["ALL"]}},
            "command": [
                "echo $ONE,$TWO,$THREE; ulimit -n; "
                "while read -r name value; do test $name = CapEff: && echo $value; done < /proc/self/status; "
                "exec sleep 60"
            ],
        }
    )
    assert until(lambda: tasks.said("web")[2:]), tasks.see(tasks.arns[0])
    assert [one.split()[-1] for one in tasks.said("web")] == ["environment,a=b,c", "321", "0000000000000000"]
    missing = [{"type": "s3", "value": "arn:aws:s3:::env-files/nope.env"}]
    arn = tasks.run({"name": "web", "command": ["exec sleep 60"], "environmentFiles": missing})
    task = tasks.see(arn, "STOPPED")
    assert task["stopCode"] == "TaskFailedToStart"
    assert "failed to download env files" in task["stoppedReason"]
