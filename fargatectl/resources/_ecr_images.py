"""What ECR says of images that nobody builds here."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from fargatectl.aws.errors import AwsError, DeniedError
from fargatectl.dataclass import dataclass
from fargatectl.engine.observe import Look
from fargatectl.resources._references import EcrImage
from fargatectl.resources.image import MANIFESTS

_BATCH = 100  # ECR API reference, BatchGetImage
_MISSING = {"ImageNotFound", "InvalidImageDigest", "InvalidImageTag"}  # of its ImageFailureCode
_ARCHITECTURE = {"x86_64": "amd64", "arm64": "arm64"}


@dataclass(frozen=True)
class State:
    """What ECR says of an image.

    Attributes:
        missing: Why it cannot be pulled; empty where it is there.
        unchecked: Why nobody knows.
        digest: Of the image or of the list of it for several CPUs; empty while it is not known.
        architectures: Those that it is made for, where its manifest shows that; in Docker's words.
    """

    missing: str = ""
    unchecked: str = ""
    digest: str = ""
    architectures: frozenset[str] = frozenset()

    def fault_for(self, architecture: str) -> str:
        """Why tasks of a CPU architecture cannot run it."""
        if self.architectures and _ARCHITECTURE[architecture] not in self.architectures:
            return (
                f"is made for {', '.join(sorted(self.architectures))} only, and tasks have "
                f"{architecture}: build it for that too, or set the service's architecture"
            )
        return self.missing


WELL = State()
States = Mapping[EcrImage, State]


def asked(look: Look, images: Iterable[EcrImage]) -> States:
    """As ECR answers for the account that asks, whatever account an image names."""
    by_repository: dict[str, list[EcrImage]] = {}
    for image in sorted(images, key=str):
        by_repository.setdefault(image.repository, []).append(image)
    parts = [
        every[start : start + _BATCH]
        for every in by_repository.values()
        for start in range(0, len(every), _BATCH)
    ]
    answers = look.gather(*[partial(_of_repository, look, part) for part in parts])
    return {image: state for answer in answers for image, state in answer.items()}


def _of_repository(look: Look, images: Sequence[EcrImage]) -> States:
    name = images[0].repository
    try:
        answer = look.aws.call(
            "ecr",
            "BatchGetImage",
            repositoryName=name,
            imageIds=[dict([one.image_id]) for one in images],
            acceptedMediaTypes=MANIFESTS,
        )
    except DeniedError:
        return dict.fromkeys(images, State(unchecked="ecr:BatchGetImage is not permitted"))
    except AwsError as error:
        if not error.gone:
            raise
        missing = State(f"is not there: ECR has no repository {name} in {look.aws.region}")
        return dict.fromkeys(images, missing)
    known = {one: _state(one, answer, alone=len(images) == 1) for one in images}
    # An image with several tags may be answered under one of them.
    unsure = [one for one, state in known.items() if state == WELL and len(images) > 1]
    singles = look.gather(*[partial(_of_repository, look, [one]) for one in unsure])
    return known | {image: state for single in singles for image, state in single.items()}


def _state(image: EcrImage, answer: Mapping[str, Any], *, alone: bool) -> State:
    member, value = image.image_id
    for one in answer.get("images", ()):
        if alone or one["imageId"].get(member) == value:
            digest = str(one["imageId"].get("imageDigest", ""))
            return State(digest=digest, architectures=_architectures(one.get("imageManifest", "")))
    failed = [one for one in answer.get("failures", ()) if one["imageId"].get(member) == value]
    if not any(one.get("failureCode") in _MISSING for one in failed):
        return WELL
    what = f"image {image.digest}" if image.digest else f"tag {image.tag}"
    return State(f"is not there: the repository {image.repository} has no {what}")


def _architectures(manifest: str) -> frozenset[str]:
    """The CPU architectures for Linux of an image of several platforms; empty where it does not say.

    Source: OCI Image Format Specification, "OCI Image Index".
    """
    try:
        parts = json.loads(manifest).get("manifests", ())
        platforms = [part.get("platform") for part in parts]
        if not platforms or not all(platforms):
            return frozenset()
        return frozenset(str(one.get("architecture")) for one in platforms if one.get("os") == "linux")
    except (ValueError, AttributeError, TypeError):
        return frozenset()
