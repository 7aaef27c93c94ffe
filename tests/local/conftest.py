"""A local AWS of the tests' own: its directories and port are never those of the user's."""

from __future__ import annotations

import io
import os
import shutil
import socket
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fargatectl.local import stack

from .app import App, Clients

MINUTE = 3  # seconds that a minute of bake time takes in the session's local AWS
BUSYBOX_IMAGE = f"fargatectl-test-busybox:{os.getpid()}"  # one per test process


@pytest.fixture
def own_directories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Empty XDG directories for one test."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("FARGATECTL_LOCAL_PORT", str(free_port()))
    return tmp_path


def free_port() -> int:
    """A TCP port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Said(list[str]):
    """Collects progress lines."""

    def __call__(self, line: str) -> None:
        self.append(line)


@pytest.fixture
def said() -> Said:
    return Said()


@pytest.fixture(scope="session")
def local_data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The data directory of the session's local AWS; FARGATECTL_TEST_DATA_HOME keeps its installation."""
    root = tmp_path_factory.mktemp("local-aws")
    data = Path(os.environ.get("FARGATECTL_TEST_DATA_HOME") or root / "data")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("XDG_DATA_HOME", str(data))
        environment.setenv("XDG_STATE_HOME", str(root / "state"))
        environment.setenv("FARGATECTL_LOCAL_PORT", str(free_port()))
        environment.setenv("FARGATECTL_LOCAL_MINUTE", str(MINUTE))
        environment.delenv("AWS_PROFILE", raising=False)
        yield data


@pytest.fixture(scope="session")
def local_aws(local_data: Path, busybox: str) -> Iterator[stack.LocalAws]:
    """A running local AWS with real containers; it ends before their image is removed."""
    aws = stack.ensure(print)
    yield aws
    stack.stop(print)


@pytest.fixture(scope="session")
def client(local_aws: stack.LocalAws) -> Clients:
    """boto3 clients by service name."""
    import boto3

    session = boto3.session.Session(
        aws_access_key_id=local_aws.access_key,
        aws_secret_access_key=local_aws.secret_key,
        region_name=local_aws.region,
    )
    return lambda service: session.client(service, endpoint_url=local_aws.endpoint_url)


@pytest.fixture(scope="session")
def engine() -> Iterator[Any]:
    import docker

    connection = docker.from_env()
    yield connection
    connection.close()


@pytest.fixture(scope="session")
def busybox(engine: Any) -> Iterator[str]:
    """An image without a registry: one static program, which is a shell and a web server."""
    program = shutil.which("busybox")
    assert program, "these tests need a statically linked busybox (Debian: busybox-static)"
    content = Path(program).resolve().read_bytes()
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for folder in ("bin", "tmp", "www"):
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o777
            tar.addfile(entry)
        entry = tarfile.TarInfo("bin/busybox")
        entry.size, entry.mode = len(content), 0o755
        tar.addfile(entry, io.BytesIO(content))
        for name in (
            "sh",
            "httpd",
            "id",
            "pwd",
            "cat",
            "sleep",
            "test",
            "env",
            "touch",
            "wget",
            "echo",
            "rm",
        ):
            entry = tarfile.TarInfo(f"bin/{name}")
            entry.type, entry.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(entry)
    name, tag = BUSYBOX_IMAGE.split(":")
    engine.api.import_image_from_data(archive.getvalue(), repository=name, tag=tag)
    identity = engine.images.get(BUSYBOX_IMAGE).id
    yield BUSYBOX_IMAGE
    # By id: with it goes what the tests pushed to, and pulled from, the local registry.
    engine.images.remove(identity, force=True)


@pytest.fixture(scope="session")
def image(client: Clients, engine: Any, busybox: str) -> str:
    """busybox in the local ECR, by digest."""
    uri = client("ecr").create_repository(repositoryName="team/web")["repository"]["repositoryUri"]
    token = client("ecr").get_authorization_token()["authorizationData"][0]
    assert token["proxyEndpoint"].removeprefix("http://") == uri.split("/")[0]
    engine.images.get(busybox).tag(uri, tag="v1")
    digest = ""
    credentials = {"username": "AWS", "password": "any"}
    for line in engine.images.push(uri, tag="v1", auth_config=credentials, stream=True, decode=True):
        assert "error" not in line, line
        digest = line.get("aux", {}).get("Digest", digest)
    engine.images.remove(f"{uri}:v1")
    detail = client("ecr").describe_images(repositoryName="team/web")["imageDetails"][0]
    assert detail["imageDigest"] == digest
    assert detail["imageSizeInBytes"] > 100_000
    return f"{uri}@{digest}"


@pytest.fixture
def app(client: Clients, image: str, request: pytest.FixtureRequest) -> Iterator[App]:
    name = request.node.name.replace("test_", "").replace("_", "-")[:24]
    made = App(client, name, image)
    yield made
    made.delete()
