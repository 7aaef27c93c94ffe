"""The real local AWS: what listens, what a crash leaves behind, what stopping removes."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from fargatectl.local import environment, paths, process, stack
from fargatectl.local.ministack_patches import contract

from .conftest import Said

pytestmark = pytest.mark.e2e


@pytest.fixture
def own_stack(
    own_directories: Path, local_aws: stack.LocalAws, local_data: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """A second local AWS beside the session's, with the session's installation."""
    monkeypatch.setenv("XDG_DATA_HOME", str(local_data))
    yield
    stack.stop(print)


def client(aws: stack.LocalAws) -> Any:
    return boto3.client(
        "ecs",
        endpoint_url=aws.endpoint_url,
        region_name=aws.region,
        aws_access_key_id=aws.access_key,
        aws_secret_access_key=aws.secret_key,
    )


def run_task(aws: stack.LocalAws, image: str) -> None:
    """One task with a volume, RUNNING."""
    ecs = client(aws)
    ecs.create_cluster(clusterName="c")
    sleeper = {
        "name": "one",
        "image": image,
        "command": ["sleep", "600"],
        "mountPoints": [{"sourceVolume": "scratch", "containerPath": "/scratch"}],
    }
    ecs.register_task_definition(
        family="one",
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        volumes=[{"name": "scratch"}],
        containerDefinitions=[sleeper],
    )
    network = {"awsvpcConfiguration": {"subnets": ["subnet-1"], "assignPublicIp": "ENABLED"}}
    answer = ecs.run_task(
        cluster="c", taskDefinition="one", launchType="FARGATE", networkConfiguration=network
    )
    arn = answer["tasks"][0]["taskArn"]
    deadline = time.monotonic() + 60
    while (task := ecs.describe_tasks(cluster="c", tasks=[arn])["tasks"][0])["lastStatus"] != "RUNNING":
        assert task["lastStatus"] != "STOPPED", task["stoppedReason"]
        assert time.monotonic() < deadline
        time.sleep(0.2)


def owned(engine: Any) -> tuple[int, int]:
    """How many containers and volumes bear this test's label."""
    label = {"label": "ministack.instance"}
    prefix = f"{process.instance()}:"
    found = []
    for collection in (
        engine.containers.list(all=True, sparse=True, filters=label),
        engine.volumes.list(filters=label),
    ):
        labels = [item.attrs.get("Labels") or {} for item in collection]
        found.append(sum(one["ministack.instance"].startswith(prefix) for one in labels))
    return found[0], found[1]


def listening(pid: int) -> set[str]:
    """The local addresses of the process's listening TCP sockets, in the kernel's hexadecimal."""
    targets = (str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir())
    inodes = {target[8:-1] for target in targets if target.startswith("socket:[")}
    rows = [
        row.split()
        for table in ("tcp", "tcp6")
        for row in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]
    ]
    return {row[1].split(":")[0] for row in rows if row[3] == "0A" and row[9] in inodes}


@pytest.mark.usefixtures("own_stack")
def test_it_listens_on_loopback_only(said: Said, busybox: str) -> None:
    aws = stack.ensure(said)
    run_task(aws, busybox)
    assert listening(aws.pid) == {"0100007F"}  # 127.0.0.1


@pytest.mark.usefixtures("own_stack")
def test_stop_leaves_nothing(said: Said, busybox: str, engine: Any) -> None:
    run_task(stack.ensure(said), busybox)
    assert owned(engine) == (1, 1)
    found = stack.status()
    assert found is not None
    assert found.containers == 1
    assert stack.stop(said) is True
    assert owned(engine) == (0, 0)


@pytest.mark.usefixtures("own_stack")
def test_after_kill_9_the_next_start_leaves_nothing_of_the_old_one(
    said: Said, busybox: str, engine: Any, local_aws: stack.LocalAws
) -> None:
    crashed = stack.ensure(said)
    run_task(crashed, busybox)
    os.kill(crashed.pid, signal.SIGKILL)
    assert owned(engine) == (1, 1)
    assert stack.ensure(said).pid != crashed.pid
    assert owned(engine) == (0, 0)
    assert process.start_mark(local_aws.pid) is not None, "the other local AWS lives on"


@pytest.mark.usefixtures("own_stack")
def test_reset_empties_it(said: Said, busybox: str, engine: Any) -> None:
    aws = stack.ensure(said)
    run_task(aws, busybox)
    stack.reset(said)
    assert owned(engine) == (0, 0)
    assert client(aws).list_clusters()["clusterArns"] == []
    found = stack.status()
    assert found is not None
    assert (found.pid, found.containers, found.outdated) == (aws.pid, 0, False)


def test_every_pin_is_that_of_the_installed_ministack(local_aws: stack.LocalAws) -> None:
    python = environment.directory() / "bin" / "python"
    printed = subprocess.run(
        [str(python), "-I", str(paths.WRAPPER), "--print-pins"], capture_output=True, text=True, check=True
    ).stdout
    assert printed == "".join(f'    "{name}": "{pin}",\n' for name, pin in contract.PINS.items())
