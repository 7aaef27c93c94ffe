"""Apps to deploy: a spec's text in, plans and runs out, as `fargatectl.cli` does it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fargatectl import operations
from fargatectl.app import App, build, scope_of
from fargatectl.aws.errors import AwsError
from fargatectl.aws.session import Aws
from fargatectl.engine.events import Event
from fargatectl.guard import Guard
from fargatectl.operations import Planned
from fargatectl.run import Run
from fargatectl.spec.load import LoadedSpec, load
from fargatectl.status import status

from .watched import REGION, WatchedAws
from .worlds import World

_DEPLOYED: dict[tuple[str, str], World] = {}
"""Where, and a spec -> what AWS holds after its first `up`."""

ONE = """\
app: shop
services:
  web:
    build: .
    port: 8080
    env: {GREETING: hello}
"""


def changed(documents: list[dict[str, Any]]) -> list[tuple[str, str, list[str]]]:
    """The changes of a plan's document, short: action, kind, fields."""
    return [(one["action"], one["kind"], [change["field"] for change in one["fields"]]) for one in documents]


def many(count: int) -> str:
    """The spec of an app of so many services."""
    lines = ["app: shop", "services:"]
    for number in range(count):
        lines += [f"  web{number:02}:", "    image: public.example/web:1", f"    port: {8000 + number}"]
    return "\n".join(lines) + "\n"


@dataclass
class Deployer:
    """Runs of the program, one after another, on the same AWS.

    Attributes:
        where: The folder of the tests, all of which begin with the same account.
    """

    folder: Path
    shared: WatchedAws
    builder: Builder
    where: str = ""
    contents: str = "the app's files, version 1"
    events: list[Event] = field(default_factory=list)

    def aws(self) -> WatchedAws:
        """The AWS of a new run."""
        return WatchedAws(self.shared)

    def load(self, text: str, environment: str | None = None) -> LoadedSpec:
        path = self.folder / "fargate.yml"
        path.write_text(text)
        (self.folder / "Dockerfile").write_text("FROM scratch\n")
        return load(path, environment=environment, environ={})

    def app(self, loaded: LoadedSpec, images: Mapping[str, str] | None = None) -> App:
        def content_hash(source: Any) -> str:
            return hashlib.sha256(f"{self.contents} {source.args}".encode()).hexdigest()

        return build(loaded, region=REGION, content_hash=content_hash, images=images)

    def run(self, loaded: LoadedSpec, aws: WatchedAws | None = None) -> Run:
        return Run(aws or self.aws(), scope_of(loaded), self.events.append, loaded)

    def plan(self, text: str = ONE, aws: WatchedAws | None = None, **given: Any) -> Planned:
        loaded = self.load(text, given.pop("environment", None))
        return operations.plan(self.run(loaded, aws), self.app(loaded, **given))

    def up(self, text: str = ONE, aws: WatchedAws | None = None, **given: Any) -> dict[str, Any]:
        loaded = self.load(text, given.pop("environment", None))
        return self.up_to(self.run(loaded, aws), self.app(loaded, given.pop("images", None)), **given)

    def up_to(self, run: Run, app: App, *, eager: bool = False, **given: Any) -> dict[str, Any]:
        deadline = operations.time.monotonic() + 900
        with Guard(run, "up", deadline, eager=eager) as guard:
            planned = guard.look(lambda: operations.plan(run, app), lambda found: not found.is_done)
            return operations.up(run, app, planned, deadline=deadline, **given)

    def deployed(self, text: str = ONE) -> None:
        """The first `up` of a spec, in an account where nobody has done anything yet.

        What AWS holds then is kept, and simply there again when another test of this process begins with it.
        """
        key = (self.where, text)
        if key in _DEPLOYED:
            _DEPLOYED[key].enter()
        else:
            self.up(text)
            _DEPLOYED[key] = World.of_now()

    def status(self, text: str = ONE, aws: WatchedAws | None = None) -> dict[str, Any]:
        loaded = self.load(text)
        return status(self.run(loaded, aws), tuple(loaded.spec.services), cluster=loaded.spec.cluster)

    def down(
        self,
        text: str = ONE,
        aws: WatchedAws | None = None,
        environment: str | None = None,
        *,
        delete_data: bool = True,
    ) -> dict[str, Any]:
        """As with nothing but the app's name: the spec is only read for that."""
        run = self.run(self.load(text, environment), aws)
        with Guard(run, "down", operations.time.monotonic() + 900, eager=True) as guard:
            return self.down_by(
                run, guard.look(lambda: operations.removal(run, delete_data=delete_data), lambda _: True)
            )

    def down_by(self, run: Run, planned: Planned) -> dict[str, Any]:
        return operations.down(run, planned, deadline=operations.time.monotonic() + 900)


@dataclass(frozen=True)
class Built:
    """See `fargatectl.images.builder.BuiltImage`."""

    cached: bool = False
    seconds: float = 1.0


@dataclass(frozen=True)
class Pushed:
    """See `fargatectl.images.pusher.PushedImage`."""

    digest: str
    layers: int = 1
    layers_pushed: int = 1
    bytes_pushed: int = 12


class Builder:
    """Stands for Docker Engine: a push puts a manifest into the repository, through ECR's own API.

    Attributes:
        aws: Where it pushes to.
        noise: What makes a build another one, though it is of the same files.
    """

    def __init__(self, aws: Aws) -> None:
        self.aws = aws
        self.noise = ""
        self.builds = 0
        self.pushes = 0

    def build(self, source: Any, tell: Any) -> Built:
        self.builds += 1
        tell("step 1 of 1", 1, 1)
        return Built()

    def weighed(self, _built: Built, _name: str) -> str:
        return ""

    def push(self, built: Built, uri: str, tag: str, credentials: Any, tell: Any) -> Pushed:
        user, password = credentials()
        assert user == "AWS"
        assert password
        self.pushes += 1
        digest = hashlib.sha256(f"{tag}{self.noise}".encode()).hexdigest()
        manifest = json.dumps(
            {
                "schemaVersion": 2,
                "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
                "config": {"digest": f"sha256:{digest}", "size": 1},
                "layers": [],
            }
        )
        name = uri.partition("/")[2]
        try:
            answer = self.aws.call(
                "ecr", "PutImage", repositoryName=name, imageManifest=manifest, imageTag=tag,
                imageManifestMediaType="application/vnd.docker.distribution.manifest.v2+json",
            )  # fmt: skip
        except AwsError as error:
            # The registry's own protocol takes a manifest a second time, after an answer was lost.
            if error.error != "ImageAlreadyExistsException":
                raise
            asked = self.aws.call("ecr", "BatchGetImage", repositoryName=name, imageIds=[{"imageTag": tag}])
            answer = {"image": asked["images"][0]}
        return Pushed(answer["image"]["imageId"]["imageDigest"])
