"""Building images with Docker Engine and looking at them."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from threading import Lock
from typing import TYPE_CHECKING, Any

from fargatectl.dataclass import dataclass
from fargatectl.images.archive import archive
from fargatectl.images.build_errors import build_failed, needs_buildkit, wrong_architecture
from fargatectl.images.build_output import BuildOutput
from fargatectl.images.connection import brief, connect, image_details, lost_connection, news
from fargatectl.images.context import BuildContext, BuildSpec, content_hash, scan
from fargatectl.images.dockerfile import buildkit_needs, platform_args
from fargatectl.images.pusher import PushedImage, push
from fargatectl.images.weight import LARGE, heaviest_step, warning

if TYPE_CHECKING:
    import docker

Show = Callable[[str, int | None, int | None], None]
"""Told of progress: a line, how much is done, of how much."""

_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass(frozen=True)
class BuiltImage:
    """An image that Docker Engine holds.

    Attributes:
        id: ``sha256:...``, the Engine's id; not the digest that a registry gives it.
        architecture: ``amd64`` or ``arm64``.
        os: ``linux``.
        size: Bytes, unpacked.
        seconds: How long the build took.
        cached: Whether nothing had to be built.
    """

    id: str
    architecture: str
    os: str
    size: int
    seconds: float
    cached: bool


class ImageBuilder:
    """Builds each content once, however many services share it; safe to use from several threads.

    Args:
        client_factory: Makes the client, at the first use; by default for the Engine that docker itself uses.
        sleep: Waits, in seconds, between two tries of a push.
    """

    def __init__(
        self,
        client_factory: Callable[[], docker.DockerClient] | None = None,
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._connect = client_factory or connect
        self._sleep = sleep
        self._lock = Lock()
        self._docker: docker.DockerClient | None = None
        self._builds: dict[str, Future[BuiltImage]] = {}
        self._pushes: dict[str, Lock] = {}

    def build(self, build: BuildSpec, progress: Show) -> BuiltImage:
        """Build an image, or wait for the same build that another thread has begun.

        Args:
            build: What to build.
            progress: Told of each step: text, step, steps.

        Raises:
            UsageError: The context or Dockerfile is missing or unreadable.
            DeployError: ``image.build_failed`` or ``image.wrong_architecture``.
            UnreachableError: Docker Engine does not answer.
        """
        key = content_hash(build)
        with self._lock:
            begun = self._builds.get(key)
            if begun is None:
                ours = self._builds[key] = Future()
        if begun is not None:
            return begun.result()
        try:
            image = self._build(build, progress)
        except BaseException as error:
            with self._lock:
                del self._builds[key]  # a later try may succeed
            ours.set_exception(error)
            raise
        ours.set_result(image)
        return image

    def inspect(self, reference: str) -> BuiltImage | None:
        """The image that the Engine holds under a name or id, or None.

        Raises:
            UnreachableError: Docker Engine does not answer.
        """
        with lost_connection():
            found = image_details(self._client(), reference)
            if found is None:
                return None
            architecture = found["Architecture"]
            return BuiltImage(
                id=found["Id"],
                architecture=_ARCHITECTURES.get(architecture, architecture),
                os=found["Os"],
                size=int(found["Size"]),
                seconds=0.0,
                cached=True,
            )

    def weighed(self, image: BuiltImage, name: str) -> str:
        """What to tell of an image that is large; empty where it is not.

        Args:
            name: Of what it was built for.

        Raises:
            UnreachableError: Docker Engine does not answer.
        """
        if image.size < LARGE:
            return ""
        return warning(name, image.size, heaviest_step(self._client(), image.id))

    def push(
        self,
        image: BuiltImage,
        repository_uri: str,
        tag: str,
        credentials: Callable[[], tuple[str, str]],
        progress: Show,
    ) -> PushedImage:
        """Push an image; see `fargatectl.images.pusher.push`. One push to the same name follows the other."""
        with self._lock:
            turn = self._pushes.setdefault(f"{repository_uri}:{tag}", Lock())
        with turn:
            return push(self._client(), image.id, repository_uri, tag, credentials, progress, self._sleep)

    def _client(self) -> docker.DockerClient:
        with self._lock:
            if self._docker is None:
                self._docker = self._connect()
            return self._docker

    def _build(self, build: BuildSpec, progress: Show) -> BuiltImage:
        began = time.monotonic()
        context = scan(build)
        client = self._client()
        with lost_connection():
            engine: dict[str, Any] = client.api.version()
            podman = any("podman" in part.get("Name", "").lower() for part in engine.get("Components") or ())
            native = _ARCHITECTURES.get(engine["Arch"], str(engine["Arch"]))
        if not podman and (needs := buildkit_needs(context.dockerfile.text)):
            raise needs_buildkit(context.dockerfile, needs)
        if native != build.architecture:
            progress(f"building for {build.architecture} on {native}: RUN needs emulation", None, None)
        tag = local_tag(build)
        previous = self.inspect(tag)
        output = self._run(build, context, tag, progress)
        image = self.inspect(output.image_id) if output.image_id and not output.error else None
        if image is None:
            output.error = output.error or "Docker Engine reported no image"
            raise build_failed(output, build, context.dockerfile)
        if previous is not None and previous.id != image.id:
            self._remove_superseded(previous.id)
        if image.architecture != build.architecture:
            raise wrong_architecture(image.architecture, build)
        return replace(image, seconds=time.monotonic() - began, cached=output.cached)

    def _run(self, build: BuildSpec, context: BuildContext, tag: str, progress: Show) -> BuildOutput:
        from docker.errors import DockerException

        output = BuildOutput()
        sent = archive(context)
        try:
            with lost_connection():
                # The archive is ours: what is sent is what was hashed. pull=False: base images here are used.
                messages = self._client().api.build(
                    fileobj=iter(sent),  # type: ignore[arg-type]  # requests sends any iterator of bytes
                    custom_context=True,
                    dockerfile=sent.dockerfile,
                    tag=tag,
                    buildargs=platform_args(context.dockerfile.text, build.platform) | dict(build.args),
                    target=build.target or "",
                    platform=build.platform,
                    rm=True,
                    forcerm=True,
                    pull=False,
                    decode=True,
                )
            for shown in news(messages, output.feed):
                progress(*shown)
        except DockerException as error:
            output.error = brief(error)
        return output

    def _remove_superseded(self, image_id: str) -> None:
        """Remove what this build made before, unless something still names or uses it."""
        from docker.errors import APIError

        client = self._client()
        with lost_connection(), suppress(APIError):  # gone already, or a container runs it
            found = image_details(client, image_id)
            if found and not found["RepoTags"] and not found["RepoDigests"]:
                client.api.remove_image(image_id)


def local_tag(build: BuildSpec) -> str:
    """The name under which the Engine keeps the newest image of a build, such as ``fargatectl/web:5f3a0c…``.

    It depends on what is built and not on its content: the newest image stays, safe from ``docker image
    prune``, and keeps the layer cache warm; there is never more than one.
    """
    parts = (str(build.context.resolve()), build.dockerfile, build.args, build.target, build.platform)
    name = re.sub(r"[^a-z0-9]+", "-", build.context.resolve().name.lower()).strip("-") or "app"
    return f"fargatectl/{name}:{sha256(repr(parts).encode()).hexdigest()[:12]}"
