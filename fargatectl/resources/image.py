"""A container image, built from a build context and pushed to the app's repository."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from functools import partial
from itertools import groupby
from typing import Any, ClassVar, Self

from fargatectl.aws.errors import AwsError, DeniedError
from fargatectl.dataclass import dataclass
from fargatectl.engine.events import Notice
from fargatectl.engine.observe import Look
from fargatectl.engine.outputs import Outputs
from fargatectl.engine.resource import IDENTITY, FieldChange, Live, Resource
from fargatectl.engine.rights import Operation, Right, Territory
from fargatectl.engine.tools import Tools
from fargatectl.errors import NotPermitted
from fargatectl.resources.repository import Repository
from fargatectl.secrecy import KNOWN

_BATCH = 100  # ECR API reference, BatchGetImage
MANIFESTS = [
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.oci.image.index.v1+json",
]


# Amazon ECR User Guide, "IAM permissions for pushing an image": what Docker Engine's push asks of ECR.
PUSH = (
    "ecr:BatchCheckLayerAvailability",
    "ecr:CompleteLayerUpload",
    "ecr:InitiateLayerUpload",
    "ecr:PutImage",
    "ecr:UploadLayerPart",
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Image(Resource):
    """One image, its tag made of the content that it is built from: the same content is never built twice.

    Removed with its repository, or by the repository's lifecycle policy.
    Outputs: ``digest`` (``sha256:...``), known once it is pushed.
    """

    kind: ClassVar[str] = "ecr.image"
    needs_presence: ClassVar[bool] = True  # a repository takes images before its lifecycle policy is set

    repository: Repository = field(metadata=IDENTITY)
    tag: str = field(metadata=IDENTITY)
    build: Any = field(metadata=IDENTITY)

    @property
    def address(self) -> str:
        return f"{self.repository.name}:{self.tag}"

    def rights(self, territory: Territory) -> Sequence[Right]:
        repository = (territory.arn("ecr", f"repository/{self.repository.name}"),)
        return (
            Right((Operation.FIND,), ("ecr:BatchGetImage",), repository),
            Right((Operation.CREATE,), ("ecr:GetAuthorizationToken",)),
            Right((Operation.CREATE,), (*PUSH, "ecr:BatchGetImage"), repository),
        )

    @classmethod
    def find(cls, look: Look, wanted: Sequence[Self]) -> Iterable[Live]:
        def name_of(image: Self) -> str:
            return image.repository.name

        asks = []
        for name, images in groupby(sorted(wanted, key=name_of), key=name_of):
            tags = sorted({image.tag for image in images})
            asks += [
                lambda name=name, part=tags[start : start + _BATCH]: _pushed(look, name, part)
                for start in range(0, len(tags), _BATCH)
            ]
        digests = {address: digest for part in look.gather(*asks) for address, digest in part.items()}
        return [
            Live(cls.kind, image.id, image.name, image.address, True, {}, {"digest": digests[image.address]})
            for image in wanted
            if image.address in digests
        ]

    def prepare(self, tools: Tools) -> None:
        tools.images().build(self.build, _teller(tools, self, "steps"))

    def create(self, tools: Tools, outputs: Outputs) -> Live:
        builder = tools.images()
        built = builder.build(self.build, _teller(tools, self, "steps"))  # made by `prepare`: remembered

        def credentials() -> tuple[str, str]:
            data = tools.aws.call("ecr", "GetAuthorizationToken")["authorizationData"][0]
            user, _, password = base64.b64decode(data["authorizationToken"]).decode().partition(":")
            KNOWN.learn((data["authorizationToken"], password))
            return user, password

        if large := builder.weighed(built, self.id):
            tools.emit(Notice(large, "warning"))
        uri = outputs.need(self.repository, "uri")
        try:
            pushed = builder.push(built, uri, self.tag, credentials, _teller(tools, self, "bytes"))
        except NotPermitted as refusal:
            service, _, operation = refusal.action.partition(":")
            raise DeniedError("AccessDenied", refusal.text, service, operation, tools.aws.caller) from refusal
        return Live(
            self.kind,
            self.id,
            self.name,
            self.address,
            True,
            {},
            {"digest": pushed.digest},
            summary=_summary(built, pushed),
        )

    def update(self, tools: Tools, live: Live, fields: Mapping[str, FieldChange], outputs: Outputs) -> Live:
        raise TypeError("an image has nothing to update")

    @classmethod
    def delete(cls, tools: Tools, live: Live) -> None:
        raise TypeError("an image goes with its repository")


def _pushed(look: Look, repository: str, tags: Sequence[str]) -> dict[str, str]:
    """Address -> digest of the images that are in the repository."""
    try:
        answer = look.aws.call(
            "ecr",
            "BatchGetImage",
            repositoryName=repository,
            imageIds=[{"imageTag": tag} for tag in tags],
            acceptedMediaTypes=MANIFESTS,
        )
    except AwsError as error:
        if error.gone:
            return {}
        raise
    ids = [image["imageId"] for image in answer.get("images", ())]
    if len(tags) == 1:
        return {f"{repository}:{tags[0]}": str(one["imageDigest"]) for one in ids}
    found = {str(one.get("imageTag")): str(one["imageDigest"]) for one in ids}
    missing = {one["imageId"].get("imageTag") for one in answer.get("failures", ())}
    # An image with several tags may be answered under one of them.
    unsure = [tag for tag in tags if tag not in found and tag not in missing]
    singles = look.gather(*[partial(_pushed, look, repository, [tag]) for tag in unsure])
    pushed = {f"{repository}:{tag}": digest for tag, digest in found.items() if tag in tags}
    return pushed | {address: digest for one in singles for address, digest in one.items()}


def _summary(built: Any, pushed: Any) -> str:
    """Such as ``built 3.1 s, pushed 2 of 7 layers (12 MB)``."""
    making = "build cached" if built.cached else f"built {built.seconds:.1f} s"
    size = f" ({pushed.bytes_pushed / 1e6:.0f} MB)" if pushed.bytes_pushed else ""
    return f"{making}, pushed {pushed.layers_pushed} of {pushed.layers} layers{size}"


def _teller(tools: Tools, image: Image, unit: str) -> Any:
    def tell(text: str, done: int | None = None, total: int | None = None) -> None:
        tools.progress(image, text, done, total, unit)

    return tell
