"""An image that the spec or ``--image`` names, in ECR of this account and region: only looked at."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from functools import partial
from typing import Any, ClassVar, Self

from fargatectl.aws.errors import AwsError, DeniedError
from fargatectl.dataclass import dataclass
from fargatectl.engine.observe import Look
from fargatectl.engine.resource import IDENTITY, Live, Lookup
from fargatectl.engine.rights import Operation, Right, Territory
from fargatectl.errors import Problem, SpecError
from fargatectl.resources._references import EcrImage
from fargatectl.resources._revisions import said
from fargatectl.resources._services import services
from fargatectl.resources.account import account_of
from fargatectl.resources.image import MANIFESTS
from fargatectl.resources.task_definition import TaskDefinition
from fargatectl.rollout.deployments import settled

UNCHECKED = "unchecked"
"""In `Live.extra`: why nobody knows whether it is there."""

_BATCH = 100  # ECR API reference, BatchGetImage
_MISSING = {"ImageNotFound", "InvalidImageDigest", "InvalidImageTag"}  # of its ImageFailureCode
_ARCHITECTURE = {"x86_64": "amd64", "arm64": "arm64"}
_ROOT = "ROOT"  # ECR API reference, CreatePullThroughCacheRule: a prefix that is that of all repositories


@dataclass(frozen=True)
class Use:
    """Where an image is wanted.

    Attributes:
        service: Address of the service that runs it, ``<cluster>/<name>``.
        place: Where the spec says so: file, line, key.
        architecture: Of its tasks, as in the spec.
    """

    service: str
    place: tuple[str, int, str]
    architecture: str


@dataclass(frozen=True, kw_only=True, eq=False)
class GivenImage(Lookup):
    """An image in ECR that nobody builds here: of this account and region, it must be there.

    ECS would say so only minutes after all else is made (CannotPullContainerError). Not asked for where the
    services that want it already run steadily with all that the spec says. An image that a pull through
    cache rule would fetch is not there before the first pull.

    Attributes:
        name: Its reference.
        image: What that names.
    """

    kind: ClassVar[str] = "ecr.given_image"

    image: EcrImage = field(metadata=IDENTITY)
    uses: tuple[Use, ...] = field(metadata=IDENTITY)

    def rights(self, territory: Territory) -> Sequence[Right]:
        if (self.image.account, self.image.region) != (territory.account, territory.region):
            return ()
        repository = (territory.arn("ecr", f"repository/{self.image.repository}"),)
        return (
            Right((Operation.FIND,), ("ecr:BatchGetImage",), repository),
            Right((Operation.FIND,), ("ecr:DescribePullThroughCacheRules",)),
        )

    @classmethod
    def find(cls, look: Look, wanted: Sequence[Self]) -> Iterable[Live]:
        here = [one for one in wanted if one.image.region == look.aws.region]
        states = _states(look, here) if here else {}
        problems = [
            Problem(*use.place, f"{one.name} {fault}")
            for one in here
            for use in one.uses
            if (fault := states.get((one.image, use.service), _WELL).fault_for(use.architecture))
        ]
        if problems:
            hint = "Push the image first, or correct its reference. Nothing was changed."
            raise SpecError(problems, hint=hint)
        return [
            Live(cls.kind, one.id, one.name, one.address, True, extra=_extra(one, states)) for one in wanted
        ]


@dataclass(frozen=True)
class _State:
    """What ECR says of an image.

    Attributes:
        missing: Why it cannot be pulled; empty where it is there.
        unchecked: Why nobody knows.
        architectures: Those that it is made for, where its manifest shows that; in Docker's words.
    """

    missing: str = ""
    unchecked: str = ""
    architectures: frozenset[str] = frozenset()

    def fault_for(self, architecture: str) -> str:
        """Why tasks of a CPU architecture cannot run it."""
        if self.architectures and _ARCHITECTURE[architecture] not in self.architectures:
            return (
                f"is made for {', '.join(sorted(self.architectures))} only, and tasks have "
                f"{architecture}: build it for that too, or set the service's architecture"
            )
        return self.missing


_WELL = _State()
_States = Mapping[EcrImage, _State]


def _extra(one: GivenImage, states: Mapping[tuple[EcrImage, str], _State]) -> dict[str, Any]:
    why = [states[one.image, use.service].unchecked for use in one.uses if (one.image, use.service) in states]
    return {UNCHECKED: why[0]} if any(why) else {}


def _states(look: Look, here: Sequence[GivenImage]) -> dict[tuple[EcrImage, str], _State]:
    """Of each image and service that wants it and does not run it yet."""
    definitions = {one.service: one.fingerprint for one in look.wanted(TaskDefinition)}
    early: list[Any]
    found, account, *early = look.gather(
        lambda: {one.address: one for one in services(look, definitions)},
        lambda: account_of(look),
        *([lambda: _asked(look, {one.image for one in here})] if look.at_once else []),
    )

    def runs(address: str) -> bool:
        service = found.get(address)
        known = said(service) if service and service.owned and settled(service.raw) else None
        running = service is not None and service.raw.get("runningCount")
        return bool(running and known and known[1] == definitions[address])

    unsure = [
        (one.image, use.service)
        for one in here
        for use in one.uses
        if one.image.account == account and use.service in definitions and not runs(use.service)
    ]
    asked: _States = early[0] if early else _asked(look, {image for image, _ in unsure})
    cached = _cached(look) if any(asked[image].missing for image, _ in unsure) else ()
    return {(image, service): _judged(image, asked[image], cached) for image, service in unsure}


def _judged(image: EcrImage, state: _State, cached: Sequence[str] | None) -> _State:
    """A missing image may be one that a pull through cache rule would fetch.

    Args:
        cached: The prefixes of those repositories; None where nobody may know.
    """
    if not state.missing:
        return state
    if cached is None:
        return _State(unchecked="ecr:DescribePullThroughCacheRules is not permitted")
    fetched = any(one == _ROOT or image.repository.startswith(f"{one}/") for one in cached)
    return _WELL if fetched else state


def _cached(look: Look) -> Sequence[str] | None:
    try:
        rules = look.aws.items("ecr", "DescribePullThroughCacheRules", "pullThroughCacheRules")
        return [str(one["ecrRepositoryPrefix"]) for one in rules]
    except DeniedError:
        return None


def _asked(look: Look, images: Iterable[EcrImage]) -> _States:
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


def _of_repository(look: Look, images: Sequence[EcrImage]) -> _States:
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
        return dict.fromkeys(images, _State(unchecked="ecr:BatchGetImage is not permitted"))
    except AwsError as error:
        if not error.gone:
            raise
        missing = _State(f"is not there: ECR has no repository {name} in {look.aws.region}")
        return dict.fromkeys(images, missing)
    return {one: _state(one, answer) for one in images}


def _state(image: EcrImage, answer: Mapping[str, Any]) -> _State:
    member, value = image.image_id
    for one in answer.get("images", ()):
        if one["imageId"].get(member) == value:
            return _State(architectures=_architectures(one.get("imageManifest", "")))
    failed = [one for one in answer.get("failures", ()) if one["imageId"].get(member) == value]
    if not any(one.get("failureCode") in _MISSING for one in failed):
        return _WELL  # an image with several tags may be answered under another one
    what = f"image {image.digest}" if image.digest else f"tag {image.tag}"
    return _State(f"is not there: the repository {image.repository} has no {what}")


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
