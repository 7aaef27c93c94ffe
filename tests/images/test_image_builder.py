"""Building and pushing against a small stand-in for Docker Engine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from fargatectl.errors import DeployError, UnreachableError, UsageError
from fargatectl.images.builder import BuiltImage, ImageBuilder, local_tag
from fargatectl.images.context import BuildSpec

URI = "123456789012.dkr.ecr.us-east-1.amazonaws.com/app"
DIGEST = "sha256:" + "6f" * 32
PASSED = [
    {"status": "Pushed", "progressDetail": {}, "id": "745c643868d0"},
    {"progressDetail": {}, "aux": {"Tag": "v1", "Digest": DIGEST, "Size": 528}},
]
EXPIRED = "denied: Your authorization token has expired. Reauthenticate and try again."
IMMUTABLE = "tag invalid: The image tag 'v1' already exists ... because the repository is immutable."


class Engine:
    """Names and images as Docker Engine keeps them; builds and pushes answer what a test prepared."""

    def __init__(self) -> None:
        self.api = self
        self.names: dict[str, str] = {}
        self.images: dict[str, dict[str, Any]] = {}
        self.builds: list[dict[str, Any]] = []
        self.build_answer: list[dict[str, Any]] | None = None
        self.hold: threading.Event | None = None
        self.pushes: list[tuple[str, dict[str, str]]] = []
        self.push_answers: list[list[dict[str, Any]] | Exception] = []
        self.remote_digest = ""
        self.engine = {"Arch": "amd64", "Components": [{"Name": "Engine"}]}

    def version(self) -> dict[str, Any]:
        return self.engine

    def add(self, image: str, name: str = "", architecture: str = "amd64") -> None:
        self.images[image] = {"Architecture": architecture, "RepoDigests": []}
        if name:
            self.names[name] = image

    def inspect_image(self, reference: str) -> dict[str, Any]:
        from docker.errors import ImageNotFound

        image = self.names.get(reference, reference)
        if image not in self.images:
            raise ImageNotFound("no such image")
        tags = [name for name, held in self.names.items() if held == image]
        return {"Id": image, "Os": "linux", "Size": 5, "RepoTags": tags, **self.images[image]}

    def history(self, image: str) -> list[dict[str, Any]]:
        return list(self.images[image].get("History", ()))

    def build(self, *, fileobj: Iterator[bytes], tag: str, **options: Any) -> Iterator[dict[str, Any]]:
        self.builds.append({"bytes": b"".join(fileobj), "tag": tag, **options})
        if self.hold:
            assert self.hold.wait(5)
        if self.build_answer is not None:
            yield from self.build_answer
            return
        image = f"sha256:{len(self.builds):064x}"
        self.add(image, tag, options["platform"].split("/")[1])
        yield {"stream": "Step 1/1 : FROM scratch"}
        yield {"aux": {"ID": image}}

    def tag(self, image: str, repository: str, tag: str) -> None:
        self.names[f"{repository}:{tag}"] = image

    def remove_image(self, reference: str, **_: Any) -> None:
        image = self.names.pop(reference, reference)
        if image not in self.names.values():
            del self.images[image]

    def push(
        self, repository: str, tag: str, *, auth_config: dict[str, str], **_: Any
    ) -> list[dict[str, Any]]:
        assert f"{repository}:{tag}" in self.names
        self.pushes.append((f"{repository}:{tag}", auth_config))
        answer = self.push_answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def inspect_distribution(self, name: str, auth_config: dict[str, str]) -> dict[str, Any]:
        return {"Descriptor": {"digest": self.remote_digest}}


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def builder(engine: Engine, pauses: list[float]) -> ImageBuilder:
    return ImageBuilder(lambda: engine, sleep=pauses.append)  # type: ignore[arg-type, return-value]


@pytest.fixture
def build(tmp_path: Path) -> BuildSpec:
    (tmp_path / "Dockerfile").write_text("FROM scratch\nARG TARGETARCH\n")
    return BuildSpec(tmp_path, args={"A": "1"})


def nothing(*_: object) -> None:
    """A receiver of progress that shows nothing."""


def refusal(text: str) -> list[dict[str, Any]]:
    return [{"errorDetail": {"message": text}, "error": text}]


@pytest.fixture
def image(engine: Engine) -> BuiltImage:
    engine.add("sha256:1", "fargatectl/app:x")
    return BuiltImage("sha256:1", "amd64", "linux", 5, 0.0, True)


# --- build


def test_builds_for_the_platform_with_the_arguments(
    engine: Engine, builder: ImageBuilder, build: BuildSpec
) -> None:
    steps: list[tuple[object, ...]] = []
    image = builder.build(build, lambda *step: steps.append(step))
    sent = engine.builds[0]
    assert sent["platform"] == "linux/amd64"
    assert sent["buildargs"] == {"A": "1", "TARGETARCH": "amd64"}
    assert sent["pull"] is False
    assert b"ARG TARGETARCH" in sent["bytes"]
    assert (image.architecture, image.os, image.size, image.cached) == ("amd64", "linux", 5, True)
    assert engine.names == {local_tag(build): image.id}
    assert ("Step 1/1 : FROM scratch", 1, 1) in steps


def test_the_same_content_is_built_once_even_at_the_same_time(
    engine: Engine, builder: ImageBuilder, build: BuildSpec
) -> None:
    engine.hold = threading.Event()
    with ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(builder.build, build, nothing) for _ in range(4)]
        engine.hold.set()
        images = {one.result(timeout=5).id for one in waiting}
    assert len(images) == len(engine.builds) == 1


def test_a_failed_build_may_be_tried_again(engine: Engine, builder: ImageBuilder, build: BuildSpec) -> None:
    engine.build_answer = [{"stream": "Step 1/2 : RUN x"}, *refusal("returned a non-zero code: 1")]
    with pytest.raises(DeployError, match="step 1/2 failed: RUN x"):
        builder.build(build, nothing)
    engine.build_answer = None
    assert builder.build(build, nothing).id in engine.images


def test_a_new_image_replaces_the_one_before(engine: Engine, builder: ImageBuilder, build: BuildSpec) -> None:
    first = builder.build(build, nothing)
    (build.context / "new").touch()
    second = builder.build(build, nothing)
    assert list(engine.images) == [second.id]
    assert first.id != second.id


def test_an_image_that_someone_else_named_is_left(
    engine: Engine, builder: ImageBuilder, build: BuildSpec
) -> None:
    first = builder.build(build, nothing)
    engine.names["mine:latest"] = first.id
    (build.context / "new").touch()
    builder.build(build, nothing)
    assert engine.names["mine:latest"] == first.id
    assert first.id in engine.images


def test_an_image_for_another_cpu_is_refused(engine: Engine, builder: ImageBuilder, build: BuildSpec) -> None:
    engine.add(DIGEST, architecture="arm64")
    engine.build_answer = [{"aux": {"ID": DIGEST}}]
    with pytest.raises(DeployError, match="built for arm64, but the task runs amd64"):
        builder.build(build, nothing)


def test_another_cpu_than_the_engines_is_announced(
    engine: Engine, builder: ImageBuilder, tmp_path: Path
) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    said: list[str] = []
    builder.build(BuildSpec(tmp_path, platform="linux/arm64"), lambda text, *_: said.append(text))
    assert said[0] == "building for arm64 on amd64: RUN needs emulation"


def test_buildkit_is_refused_before_anything_is_sent(
    engine: Engine, builder: ImageBuilder, build: BuildSpec
) -> None:
    (build.context / "Dockerfile").write_text("FROM scratch\nRUN --mount=type=cache,target=/x y\n")
    with pytest.raises(DeployError, match="Dockerfile:2: RUN --mount"):
        builder.build(build, nothing)
    assert not engine.builds


def test_podman_may_build_what_needs_buildkit(
    engine: Engine, builder: ImageBuilder, build: BuildSpec
) -> None:
    engine.engine = {"Arch": "amd64", "Components": [{"Name": "Podman Engine"}]}
    (build.context / "Dockerfile").write_text("FROM scratch\nRUN --mount=type=cache,target=/x y\n")
    assert builder.build(build, nothing).id in engine.images


def test_an_unknown_image_is_none(builder: ImageBuilder) -> None:
    assert builder.inspect("nowhere:1") is None


def test_a_missing_context_needs_no_engine(tmp_path: Path) -> None:
    def fail() -> Any:
        raise UnreachableError("asked for the Engine")

    with pytest.raises(UsageError, match="does not exist"):
        ImageBuilder(fail).build(BuildSpec(tmp_path / "none"), nothing)


def test_the_local_tag_depends_on_the_build_and_not_on_its_content(build: BuildSpec) -> None:
    before = local_tag(build)
    (build.context / "new").touch()
    assert local_tag(build) == before
    assert local_tag(BuildSpec(build.context, args={"A": "2"})) != before


# --- push


def test_a_push_names_the_digest_and_leaves_no_name(
    engine: Engine, builder: ImageBuilder, image: BuiltImage
) -> None:
    engine.push_answers = [PASSED]
    pushed = builder.push(image, URI, "v1", lambda: ("AWS", "token"), nothing)
    assert (pushed.digest, pushed.layers, pushed.layers_pushed) == (DIGEST, 1, 1)
    assert engine.pushes == [(f"{URI}:v1", {"username": "AWS", "password": "token"})]
    assert engine.names == {"fargatectl/app:x": image.id}


def test_a_name_that_was_there_before_stays(engine: Engine, builder: ImageBuilder, image: BuiltImage) -> None:
    engine.names[f"{URI}:v1"] = image.id
    engine.push_answers = [PASSED]
    builder.push(image, URI, "v1", lambda: ("AWS", "token"), nothing)
    assert f"{URI}:v1" in engine.names


def test_the_last_name_stays_so_that_the_image_does(
    engine: Engine, builder: ImageBuilder, image: BuiltImage
) -> None:
    engine.names.clear()
    engine.push_answers = [PASSED]
    builder.push(image, URI, "v1", lambda: ("AWS", "token"), nothing)
    assert image.id in engine.images


def test_tries_again_with_new_credentials(
    engine: Engine, builder: ImageBuilder, image: BuiltImage, pauses: list[float]
) -> None:
    engine.push_answers = [refusal(EXPIRED), refusal("read: connection reset by peer"), PASSED]
    tokens = iter(["old", "new", "newer"])
    assert builder.push(image, URI, "v1", lambda: ("AWS", next(tokens)), nothing).digest == DIGEST
    assert [auth["password"] for _, auth in engine.pushes] == ["old", "new", "newer"]
    assert pauses == [1.0, 2.0]


def test_gives_up_after_four_tries(
    engine: Engine, builder: ImageBuilder, image: BuiltImage, pauses: list[float]
) -> None:
    engine.push_answers = [refusal("unexpected EOF") for _ in range(4)]
    with pytest.raises(DeployError, match="unexpected EOF"):
        builder.push(image, URI, "v1", lambda: ("AWS", "token"), nothing)
    assert len(pauses) == 3
    assert engine.names == {"fargatectl/app:x": image.id}


def test_a_refusal_is_not_tried_again_and_tells_no_secret(
    engine: Engine, builder: ImageBuilder, image: BuiltImage, pauses: list[float]
) -> None:
    engine.push_answers = [refusal("denied: token s3cr3t is not enough")]
    with pytest.raises(DeployError) as raised:
        builder.push(image, URI, "v1", lambda: ("AWS", "s3cr3t"), nothing)
    assert "denied: token *** is not enough" in raised.value.message
    assert "s3cr3t" not in repr(raised.value.details)
    assert pauses == []


@pytest.mark.parametrize("same", [True, False])
def test_an_immutable_tag_is_fine_when_it_is_the_same_image(
    engine: Engine, builder: ImageBuilder, image: BuiltImage, same: bool
) -> None:
    engine.push_answers = [refusal(IMMUTABLE)]
    engine.remote_digest = DIGEST
    engine.images[image.id]["RepoDigests"] = [f"{URI}@{DIGEST if same else 'sha256:other'}"]
    if same:
        assert builder.push(image, URI, "v1", lambda: ("AWS", "token"), nothing).digest == DIGEST
    else:
        with pytest.raises(DeployError, match="immutable"):
            builder.push(image, URI, "v1", lambda: ("AWS", "token"), nothing)


def test_an_engine_that_goes_away_is_said_to_be_gone(
    engine: Engine, builder: ImageBuilder, image: BuiltImage
) -> None:
    import requests

    engine.push_answers = [requests.ConnectionError("aborted")]
    with pytest.raises(UnreachableError, match=r"connection to Docker Engine.* was lost"):
        builder.push(image, URI, "v1", lambda: ("AWS", "token"), nothing)


def test_a_large_image_is_told_with_its_size_and_its_heaviest_step(engine: Engine) -> None:
    builder = ImageBuilder(lambda: engine)  # type: ignore[arg-type, return-value]
    step = "/bin/sh -c pip install --no-cache-dir torch==2.9.0 torchvision torchaudio transformers accelerate"
    engine.add("sha256:1")
    engine.images["sha256:1"] |= {
        "Size": 2_100_000_000,
        "History": [
            {"CreatedBy": '/bin/sh -c #(nop)  CMD ["app"]', "Size": 0},
            {"CreatedBy": step, "Size": 1_900_000_000},
            {"CreatedBy": "/bin/sh -c #(nop) ADD file:1 in / ", "Size": 80_000_000},
        ],
    }
    image = builder.inspect("sha256:1")
    assert image is not None
    told = builder.weighed(image, "web")
    assert told.startswith(
        "The image of web is large: 2.1 GB unpacked, 1.9 GB of it by one step (RUN pip install --no-cache"
    )
    assert len(told) < 320


def test_an_ordinary_image_is_not_told(engine: Engine) -> None:
    builder = ImageBuilder(lambda: engine)  # type: ignore[arg-type, return-value]
    engine.add("sha256:1")
    engine.images["sha256:1"]["Size"] = 749_999_999
    image = builder.inspect("sha256:1")
    assert image is not None
    assert builder.weighed(image, "web") == ""
    engine.images["sha256:1"]["Size"] = 800_000_000  # the Engine tells no step of it
    image = builder.inspect("sha256:1")
    assert image is not None
    assert builder.weighed(image, "web").startswith("The image of web is large: 800 MB unpacked. Fargate")
