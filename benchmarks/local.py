"""The local AWS of the benchmarks: real containers, on a port and in a state of its own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.cloud import REGION, ROOT, aws_environment
from benchmarks.contest import FARGATECTL, Broken


@dataclass(frozen=True)
class LocalCloud:
    """A running one.

    Attributes:
        environment: For `fargatectl --local`, and for docker, whose logins stay in a folder of their own.
        registry: Where docker pushes to.
    """

    environment: dict[str, str]
    endpoint: str
    account: str

    @property
    def registry(self) -> str:
        """Host and port."""
        return self.endpoint.partition("://")[2]

    def client(self, service: str) -> Any:
        """boto3's, to look at it and to set things up."""
        import boto3

        return boto3.client(
            service, region_name=REGION, endpoint_url=self.endpoint,
            aws_access_key_id=self.account, aws_secret_access_key="test",
        )  # fmt: skip


@contextmanager
def local_cloud() -> Iterator[LocalCloud]:
    """Start it, and stop it with the block.

    Raises:
        Broken: Docker Engine does not answer, or it does not start.
    """
    if subprocess.run(["docker", "version"], capture_output=True, check=False).returncode:
        raise Broken("Docker Engine does not answer")
    with tempfile.TemporaryDirectory(prefix="fargatectl-bench-") as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        environment = aws_environment("")
        environment = {name: value for name, value in environment.items() if not name.startswith("AWS_")}
        environment |= {
            "XDG_STATE_HOME": folder, "FARGATECTL_LOCAL_PORT": str(port),
            "DOCKER_CONFIG": str(Path(folder) / "docker"), "PYTHONPATH": str(ROOT),
        }  # fmt: skip
        command = [*FARGATECTL, "local"]
        started = subprocess.run(
            [*command, "start", "-o", "json"], env=environment, capture_output=True, text=True, check=False
        )
        if started.returncode:
            raise Broken(f"the local AWS did not start: {started.stderr[-500:]}")
        found = json.loads(started.stdout)
        try:
            cloud = LocalCloud(environment, found["endpoint_url"], found["account"])
            _docker_login(cloud)
            yield cloud
        finally:
            subprocess.run([*command, "stop"], env=environment, check=False, stdout=subprocess.DEVNULL)


def base_image() -> None:
    """See that Docker Engine has python:3.12-slim, which service/Dockerfile begins with.

    Raises:
        Broken: It can be had in no way.
    """
    environment = {**os.environ, "FARGATECTL_SETUP": "dev"}
    script = [str(ROOT / "scripts" / "python"), "-m", "devtools.base_image"]
    if subprocess.run(script, env=environment, stdout=subprocess.DEVNULL, check=False).returncode:
        raise Broken("there is no python:3.12-slim")


def _docker_login(cloud: LocalCloud) -> None:
    subprocess.run(
        ["docker", "login", "--username", "AWS", "--password-stdin", cloud.registry], input="any",
        env=cloud.environment, text=True, capture_output=True, check=True,
    )  # fmt: skip
