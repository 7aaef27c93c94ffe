"""The command line against a local AWS of the tests' own, and what is left there, seen from outside."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import docker

ROOT = Path(__file__).parents[2]
SERVICE = ROOT / "service"
INSTANCE = "ministack.instance"  # the label of all that a local AWS makes in Docker Engine
GREETING = "🚀 Hello from AWS Fargate!"


@dataclass
class Result:
    """One finished command."""

    code: int
    out: str
    err: str
    seconds: float

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def calls(self) -> list[str]:
        """The AWS API calls that ``-v`` showed, as ``ecs:CreateService``."""
        said = f"{self.out}\n{self.err}"
        found = re.findall(r"^ +([a-z0-9]+) ([A-Z][A-Za-z]+) \d+\.\d+ s", said, re.MULTILINE)
        return [f"{service}:{operation}" for service, operation in found]


@dataclass
class Cloud:
    """A local AWS, and the means to look into it past fargatectl."""

    environment: dict[str, str]
    endpoint: str
    account: str
    folder: Path
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def run(self, *arguments: str, timeout: float = 240, check: int | None = 0) -> Result:
        """Run fargatectl; `check` is the exit code that must come out (None: any)."""
        begun = time.monotonic()
        done = subprocess.run(
            self._command(arguments), env=self.environment, cwd=self.folder, capture_output=True,
            text=True, timeout=timeout, stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        result = Result(done.returncode, done.stdout, done.stderr, time.monotonic() - begun)
        assert "Traceback" not in result.out + result.err, result
        if check is not None:
            assert result.code == check, f"exit {result.code}, not {check}\n{result.out}\n{result.err}"
        return result

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        """Start fargatectl and return at once."""
        process = subprocess.Popen(
            self._command(arguments), env=self.environment, cwd=self.folder, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        self.started.append(process)
        return process

    def kill(self, process: subprocess.Popen[str]) -> None:
        """``kill -9``, as a lost machine would."""
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()

    def spec(self, name: str, text: str) -> str:
        """Write a spec; its path."""
        path = self.folder / f"{name}.yml"
        path.write_text(text.replace("SERVICE", str(SERVICE)), encoding="utf-8")
        return str(path)

    def client(self, service: str) -> Any:
        """boto3, pointed at this AWS."""
        return boto3.client(
            service, region_name="us-east-1", endpoint_url=self.endpoint,
            aws_access_key_id=self.account, aws_secret_access_key="test",
        )  # fmt: skip

    def containers(self) -> list[str]:
        """The names of the containers that this local AWS has in Docker Engine, running or not."""
        engine = docker.from_env()
        try:
            # Sparse: else each is inspected, and one may be gone by then.
            labelled = engine.containers.list(all=True, sparse=True, filters={"label": INSTANCE})
            return sorted(one.attrs["Names"][0] for one in labelled if self._has(one))
        finally:
            engine.close()

    def volumes(self) -> list[str]:
        """The names of the volumes that this local AWS has in Docker Engine."""
        engine = docker.from_env()
        try:
            found = engine.volumes.list(filters={"label": INSTANCE})
            return sorted(one.name for one in found if self._has(one))
        finally:
            engine.close()

    def _has(self, thing: Any) -> bool:
        """Whether it is ours: other tests' local AWSs use the same Engine at the same time."""
        label: str = thing.attrs["Labels"][INSTANCE]
        return label.endswith(f":{self.endpoint.rpartition(':')[2]}")

    def everything(self) -> dict[str, list[str]]:
        """What every list call of every kind shows, the default VPC's own things left out."""
        ecs, ec2, ecr = self.client("ecs"), self.client("ec2"), self.client("ecr")
        iam, logs = self.client("iam"), self.client("logs")
        described = ecs.describe_clusters(clusters=ecs.list_clusters()["clusterArns"])["clusters"]
        clusters = [one["clusterArn"] for one in described if one["status"] != "INACTIVE"]
        groups = ec2.describe_security_groups()["SecurityGroups"]
        elb = self.client("elbv2")
        balancers = elb.describe_load_balancers()["LoadBalancers"]
        targets = elb.describe_target_groups()["TargetGroups"]
        interfaces = ec2.describe_network_interfaces()["NetworkInterfaces"]
        return {
            "clusters": clusters,
            "services": [arn for one in clusters for arn in ecs.list_services(cluster=one)["serviceArns"]],
            "tasks": [arn for one in clusters for arn in ecs.list_tasks(cluster=one)["taskArns"]],
            "active revisions": ecs.list_task_definitions(status="ACTIVE")["taskDefinitionArns"],
            "inactive revisions": ecs.list_task_definitions(status="INACTIVE")["taskDefinitionArns"],
            "repositories": [one["repositoryName"] for one in ecr.describe_repositories()["repositories"]],
            "log groups": [one["logGroupName"] for one in logs.describe_log_groups()["logGroups"]],
            "roles": [one["RoleName"] for one in iam.list_roles()["Roles"]],
            "security groups": sorted(one["GroupId"] for one in groups if one["GroupName"] != "default"),
            "interfaces": [one["NetworkInterfaceId"] for one in interfaces],
            "load balancers": [one["LoadBalancerName"] for one in balancers],
            "target groups": [one["TargetGroupName"] for one in targets],
            "containers": self.containers(),
        }

    def _command(self, arguments: tuple[str, ...]) -> list[str]:
        return [sys.executable, "-m", "fargatectl", *arguments]


@contextmanager
def stand_in(image: str) -> Iterator[None]:
    """While the block runs an image is there under this name: our Python's, where it cannot be pulled."""
    engine = docker.from_env()
    there = bool(engine.images.list(image))
    if not there:
        engine.images.get("python:3.12-slim").tag(image)
    try:
        yield
    finally:
        if not there:
            engine.images.remove(image)
        engine.close()


def until(what: Callable[[], Any], seconds: float = 60) -> Any:
    """The first true answer; the last one when the time is over."""
    deadline = time.monotonic() + seconds
    while not (answer := what()) and time.monotonic() < deadline:
        time.sleep(0.3)
    return answer


def fetch(url: str, timeout: float = 5) -> str:
    """The body that an address answers with."""
    with urllib.request.urlopen(url, timeout=timeout) as answer:
        return str(answer.read().decode())
