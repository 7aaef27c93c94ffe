"""An image that the spec or ``--image`` names, in ECR of this account and region: only looked at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any, ClassVar, Self

from fargatectl.aws.errors import DeniedError
from fargatectl.dataclass import dataclass
from fargatectl.engine.observe import Look
from fargatectl.engine.outputs import Outputs
from fargatectl.engine.resource import IDENTITY, Live, Lookup
from fargatectl.engine.rights import Operation, Right, Territory
from fargatectl.errors import Problem, SpecError
from fargatectl.resources._ecr_images import WELL, State, States, asked
from fargatectl.resources._references import EcrImage
from fargatectl.resources._revisions import said
from fargatectl.resources._services import services
from fargatectl.resources.account import account_of
from fargatectl.rollout.deployments import settled

UNCHECKED = "unchecked"
"""In `Live.extra`: why nobody knows whether it is there."""

LATER = "later"
"""In place of a digest: a pull through cache rule will have fetched it once it is pulled."""

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

    ECS would say so only minutes after all else is made (CannotPullContainerError). It may be missing where
    the services that want it already run steadily with all that the spec says; one named by its digest is not
    even asked for then. An image that a pull through cache rule would fetch is not there before the first
    pull. A tag may be moved: task definitions are made of the digest that it has.

    Attributes:
        name: Its reference.
        image: What that names.

    Outputs: ``digest``, of what a tag names now: `LATER`, or empty where nobody knows.
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
        tags = tagged(look, here)
        problems = [
            Problem(*use.place, f"{one.name} {fault}")
            for one in here
            for use in one.uses
            if (fault := states.get((one.image, use.service), WELL).fault_for(use.architecture))
        ]
        if problems:
            hint = "Push the image first, or correct its reference. Nothing was changed."
            raise SpecError(problems, hint=hint)
        return [
            Live(
                cls.kind, one.id, one.name, one.address, True,
                outputs={"digest": _digest(one, states, tags)}, extra=_extra(one, states),
            )
            for one in wanted
        ]  # fmt: skip

    def pinned(self, outputs: Outputs) -> str:
        """Its reference for a task: by the digest that its tag has now, where that is known."""
        digest = self.digest(outputs)
        return f"{self.name.partition(':')[0]}@{digest}" if digest not in ("", LATER) else self.name

    def digest(self, outputs: Outputs) -> str:
        """What its tag names now; see the class's outputs."""
        live = outputs.live(self)
        return live.outputs["digest"] if live else ""


def tagged(look: Look, images: Iterable[GivenImage]) -> States:
    """What ECR says of all that are named by a tag, in this account and region.

    Args:
        images: Asked for where the look is at none: at a single resource.
    """
    return look.once("tagged images", lambda: _tagged(look, look.wanted(GivenImage) or images))


def _tagged(look: Look, images: Iterable[GivenImage]) -> States:
    here = {one.image for one in images if one.image.tag and one.image.region == look.aws.region}
    if not here:
        return {}
    if look.at_once:
        account, states = look.gather(lambda: account_of(look), lambda: asked(look, here))
    else:
        account = account_of(look)
        states = asked(look, {image for image in here if image.account == account})
    return {image: state for image, state in states.items() if image.account == account}


def _digest(one: GivenImage, states: Mapping[tuple[EcrImage, str], State], tags: States) -> str:
    state = tags.get(one.image, WELL)
    wanted = [states[one.image, use.service] for use in one.uses if (one.image, use.service) in states]
    return LATER if state.missing and wanted and all(each == WELL for each in wanted) else state.digest


def _extra(one: GivenImage, states: Mapping[tuple[EcrImage, str], State]) -> dict[str, Any]:
    why = [states[one.image, use.service].unchecked for use in one.uses if (one.image, use.service) in states]
    return {UNCHECKED: why[0]} if any(why) else {}


def _states(look: Look, here: Sequence[GivenImage]) -> dict[tuple[EcrImage, str], State]:
    """Of each image and service that wants it and does not run it yet."""
    from fargatectl.resources.task_definition import TaskDefinition  # which is made of such images

    definitions = {one.service: one for one in look.wanted(TaskDefinition)}
    by_digest = {one.image for one in here if one.image.digest}
    early: list[Any]
    found, account, tags, *early = look.gather(
        lambda: {one.address: one for one in services(look, definitions)},
        lambda: account_of(look),
        lambda: tagged(look, here),
        *([lambda: asked(look, by_digest)] if look.at_once else []),
    )

    def runs(address: str) -> bool:
        service = found.get(address)
        known = said(service) if service and service.owned and settled(service.raw) else None
        running = service is not None and service.raw.get("runningCount")
        return bool(running and known and definitions[address].is_made(known[1], look))

    unsure = [
        (one.image, use.service)
        for one in here
        for use in one.uses
        if one.image.account == account and use.service in definitions and not runs(use.service)
    ]
    rest = early[0] if early else asked(look, by_digest & {image for image, _ in unsure})
    states: States = {**tags, **rest}
    cached = _cached(look) if any(states[image].missing for image, _ in unsure) else ()
    return {(image, service): _judged(image, states[image], cached) for image, service in unsure}


def _judged(image: EcrImage, state: State, cached: Sequence[str] | None) -> State:
    """A missing image may be one that a pull through cache rule would fetch.

    Args:
        cached: The prefixes of those repositories; None where nobody may know.
    """
    if not state.missing:
        return state
    if cached is None:
        return State(unchecked="ecr:DescribePullThroughCacheRules is not permitted")
    fetched = any(one == _ROOT or image.repository.startswith(f"{one}/") for one in cached)
    return WELL if fetched else state


def _cached(look: Look) -> Sequence[str] | None:
    try:
        rules = look.aws.items("ecr", "DescribePullThroughCacheRules", "pullThroughCacheRules")
        return [str(one["ecrRepositoryPrefix"]) for one in rules]
    except DeniedError:
        return None
