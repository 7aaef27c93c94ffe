"""What is told before anything is deployed, and stops nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from fargatectl.engine.resource import Resource
from fargatectl.resources._references import in_ecr
from fargatectl.resources.given_image import UNCHECKED, GivenImage
from fargatectl.resources.security_group import SecurityGroup
from fargatectl.resources.service import Service
from fargatectl.resources.task_definition import TaskDefinition

if TYPE_CHECKING:
    from fargatectl.engine.plan import Change, Plan
    from fargatectl.operations import Planned

RULES = 60
"""What a security group takes of one direction, unless raised; VPC user guide, "Amazon VPC quotas"."""
PREFIX_LIST = 55
"""How many of them a prefix list counts as: its most entries; CloudFront's, the only one of use here."""


def of(planned: Planned, given: Mapping[str, str]) -> Iterator[str]:
    """All there is to say of a plan.

    Args:
        given: Service name -> reference, of ``--image``.
    """
    plan = planned.plan
    if not plan.changes:
        yield from unwatched_images(plan, given)
        return
    yield from unchecked_images(plan)
    yield from far_images(plan.desired, planned.look.aws.region)
    yield from crowded_groups(plan.desired)
    yield from another_spec(plan)
    yield from left_elsewhere(planned)


def left_elsewhere(planned: Planned) -> Iterator[str]:
    """A sentence for each other region that has the app, where it is new in this one or removed from it."""
    plan = planned.plan
    if plan.desired and any(one.kind == "iam.role" and one.owned for one in plan.world):
        return  # it has been here before
    scope = planned.look.scope
    for region in sorted(planned.look.elsewhere):
        yield (
            f"{scope.app} ({scope.environment}) has resources in {region} too, which stay as they are. "
            f"If nobody needs them: fargatectl down --region {region}"
        )


def another_spec(plan: Plan) -> Iterator[str]:
    """A sentence where the spec has none of the services that run: it may be another repository's.

    Copilot's apps have services of several repositories; here a spec is all of an app's environment.
    """
    of_services = [one for one in plan.changes if one.kind == "ecs.service"]
    gone = sorted(one.id for one in of_services if one.action == "delete" and not _going(one))
    made = sorted(one.id for one in of_services if one.action == "create")
    wanted = [one.id for one in plan.desired if one.kind == "ecs.service"]
    if gone and made == sorted(wanted) and not {*gone} & {*made}:  # both in one: it moves to another cluster
        yield (
            f"None of the services that are there is in this spec: {', '.join(gone)} "
            f"{'is' if len(gone) == 1 else 'are'} removed once {', '.join(made)} "
            f"{'runs' if len(made) == 1 else 'run'}. If another repository deploys "
            f"{'it' if len(gone) == 1 else 'them'}, stop here and give one of the two another app name."
        )


def _going(service: Change) -> bool:
    """Whether a run that did not wait for its end has deleted it already."""
    return service.live is not None and bool(service.live.extra["draining"])


def unchecked_images(plan: Plan) -> Iterator[str]:
    """A sentence for each image of which nobody may know whether it is there."""
    for one in plan.desired:
        live = plan.outputs.live(one) if isinstance(one, GivenImage) else None
        if live is not None and UNCHECKED in live.extra:
            yield f"Whether the image {one.name} is there was not checked: {live.extra[UNCHECKED]}."


def unwatched_images(plan: Plan, given: Mapping[str, str]) -> Iterator[str]:
    """A sentence for each image named by hand whose tag may have been moved, where nothing is to be changed.

    Args:
        given: Service name -> reference, of ``--image``.
    """
    if plan.changes:
        return
    watched = {one.name for one in plan.desired if isinstance(one, GivenImage) and one.digest(plan.outputs)}
    services = [one for one in plan.desired if isinstance(one, Service)]
    running = {one.task_definition.image for one in services if one.count or one.scaled}
    for image in dict.fromkeys(given.values()):
        if image in running and image not in watched and "@" not in image:
            yield (
                f"The image {image} is what runs already, by its name: whether its tag was moved is not "
                "looked at. Name it by digest, or use a new tag."
            )


def far_images(desired: Iterable[Resource], region: str) -> Iterator[str]:
    """A sentence for each image in an ECR repository of another region than its tasks."""
    images = {
        one.image: one.id for one in desired if isinstance(one, TaskDefinition) and isinstance(one.image, str)
    }
    for image, service in images.items():
        found = in_ecr(image)
        if found and found.region != region:
            yield (
                f"The image of {service} is in {found.region}, its tasks run in {region}: each task pulls it "
                "from one region to the other, which takes longer and is charged by the GB. ECR can keep "
                f"a copy in {region}: private image replication."
            )


def crowded_groups(desired: Iterable[Resource]) -> Iterator[str]:
    """A sentence for each security group with more rules than AWS takes."""
    for one in desired:
        if not isinstance(one, SecurityGroup):
            continue
        weight = sum(PREFIX_LIST if rule.rpartition(" ")[2].startswith("pl-") else 1 for rule in one.ingress)
        if weight > RULES:
            yield (
                f"The security group {one.name} would have {weight} rules, one for each port and source (a "
                f"prefix list counts as {PREFIX_LIST}). AWS takes {RULES} unless that quota was raised "
                "(Service Quotas, rules per security group): else name fewer in allow."
            )
