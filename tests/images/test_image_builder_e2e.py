"""Building with the real Docker Engine, from nothing: no base image, no registry."""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from fargatectl.errors import DeployError
from fargatectl.images.builder import BuiltImage, ImageBuilder, local_tag
from fargatectl.images.connection import connect
from fargatectl.images.context import BuildSpec

pytestmark = pytest.mark.e2e


def nothing(*_: object) -> None:
    """A receiver of progress that shows nothing."""


@pytest.fixture(scope="module")
def client() -> Iterator[docker.DockerClient]:
    made = connect()
    yield made
    made.close()


@pytest.fixture
def context(tmp_path: Path, client: docker.DockerClient) -> Iterator[Path]:
    # Bytes of its own, so that no layer cached by an earlier run answers.
    (tmp_path / "page.txt").write_bytes(os.urandom(16).hex().encode())
    (tmp_path / "Dockerfile").write_text('FROM scratch\nCOPY . /srv/\nCMD ["/srv/page.txt"]\n')
    yield tmp_path
    for name in client.api.images(name=local_tag(BuildSpec(tmp_path)).partition(":")[0]):
        client.api.remove_image(name["Id"], force=True)


def contents(client: docker.DockerClient, image: BuiltImage) -> dict[str, tarfile.TarInfo]:
    """What a container of the image holds under /srv."""
    container = client.api.create_container(image.id)["Id"]
    try:
        data = b"".join(client.api.export(container))
    finally:
        client.api.remove_container(container)
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        return {
            member.name.removeprefix("srv/"): member
            for member in tar.getmembers()
            if member.name.startswith("srv/") and member.name != "srv/"
        }


def test_builds_and_then_finds_everything_cached(client: docker.DockerClient, context: Path) -> None:
    steps: list[tuple[object, ...]] = []
    first = ImageBuilder().build(BuildSpec(context), lambda *step: steps.append(step))
    assert first.id.startswith("sha256:")
    assert not first.cached
    assert (first.os, first.architecture) == ("linux", "amd64")
    assert first.size == sum(path.stat().st_size for path in context.iterdir())
    assert steps[1] == ("Step 2/3 : COPY . /srv/", 2, 3)
    os.utime(context / "page.txt", (1, 1))
    second = ImageBuilder().build(BuildSpec(context), nothing)
    assert second.cached
    assert second.id == first.id


def test_the_image_holds_what_dockerignore_leaves(client: docker.DockerClient, context: Path) -> None:
    (context / ".dockerignore").write_text("Dockerfile\n.dockerignore\n**/*.pyc\nsecret\ndocs\n!docs/api\n")
    for name in ("secret/key", "docs/guide.md", "docs/api/index.html", "a.pyc", "pkg/b.pyc", "pkg/b.py"):
        (context / name).parent.mkdir(parents=True, exist_ok=True)
        (context / name).write_text(name)
    (context / "run").write_text("#!/bin/sh\n")
    (context / "run").chmod(0o700)
    (context / "link").symlink_to("/etc/shadow")
    found = contents(client, ImageBuilder().build(BuildSpec(context), nothing))
    paths = {name.rstrip("/") for name in found}
    assert paths == {"page.txt", "run", "link", "pkg", "pkg/b.py", "docs", "docs/api", "docs/api/index.html"}
    assert found["run"].mode & 0o777 == 0o755
    assert found["page.txt"].mode & 0o777 == 0o644
    assert found["link"].linkname == "/etc/shadow"
    assert found["page.txt"].mtime == int((context / "page.txt").stat().st_mtime)


def test_a_dockerfile_from_outside_is_not_in_the_image(client: docker.DockerClient, context: Path) -> None:
    inner = context / "app"
    inner.mkdir()
    (context / "page.txt").rename(inner / "page.txt")
    (context / "Dockerfile").rename(context / "web.Dockerfile")
    build = BuildSpec(inner, dockerfile="../web.Dockerfile")
    try:
        assert set(contents(client, ImageBuilder().build(build, nothing))) == {"page.txt"}
    finally:
        client.api.remove_image(local_tag(build), force=True)


def test_a_new_version_leaves_one_image_behind(client: docker.DockerClient, context: Path) -> None:
    first = ImageBuilder().build(BuildSpec(context), nothing)
    (context / "page.txt").write_text("changed")
    second = ImageBuilder().build(BuildSpec(context), nothing)
    assert ImageBuilder().inspect(first.id) is None
    assert ImageBuilder().inspect(local_tag(BuildSpec(context))) is not None
    assert second.id != first.id


def test_failures_are_explained(context: Path) -> None:
    dockerfile = context / "Dockerfile"
    dockerfile.write_text("FROM scratch\nCOPY absent /x\n")
    with pytest.raises(DeployError, match="step 2/2 failed: COPY absent /x") as raised:
        ImageBuilder().build(BuildSpec(context), nothing)
    assert str(context) in raised.value.hint
    dockerfile.write_text("FROM scratch\nFOO bar\n")
    with pytest.raises(DeployError, match="unknown instruction: FOO"):
        ImageBuilder().build(BuildSpec(context), nothing)
    dockerfile.write_text("FROM 127.0.0.1:9/none:1\n")
    with pytest.raises(DeployError, match=r"the base image 127\.0\.0\.1:9/none:1 cannot be had"):
        ImageBuilder().build(BuildSpec(context), nothing)


def test_a_push_to_a_registry_that_is_not_there(client: docker.DockerClient, context: Path) -> None:
    builder = ImageBuilder()
    image = builder.build(BuildSpec(context), nothing)
    with pytest.raises(DeployError, match="connection refused"):
        builder.push(image, "127.0.0.1:9/app", "v1", lambda: ("AWS", "s3cr3t"), nothing)
    assert client.api.inspect_image(image.id)["RepoTags"] == [local_tag(BuildSpec(context))]
