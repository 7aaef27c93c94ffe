"""What the kinds of Cloud Map have in common: its namespaces, asked for once, and their making.

Source: Cloud Map API reference (ListNamespaces, ListServices, GetOperation).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from fargatectl.aws.errors import AwsError
from fargatectl.dataclass import dataclass
from fargatectl.engine.observe import Look
from fargatectl.engine.outputs import Outputs
from fargatectl.engine.resource import Live, NotYet, Resource, Settled
from fargatectl.engine.rights import Operation, Right, Territory
from fargatectl.engine.tools import Tools
from fargatectl.errors import DeployError
from fargatectl.resources._tags import read

LISTS = ("servicediscovery:ListNamespaces", "servicediscovery:ListTagsForResource")
"""What it takes to see which namespaces there are, and whose."""

FOLLOWS = "servicediscovery:GetOperation"
"""What it takes to follow an operation. For every resource: the Service Authorization Reference named no type
for it for years and names the namespace today, and AWS has been seen to ask for ``arn:...:*/*``, which
``namespace/*`` does not match. (AccessDeniedException in aws-amplify/amplify-cli, issue 10116.)"""


def namespace_rights(territory: Territory, making: str, updates: Sequence[str]) -> tuple[Right, ...]:
    """What the life of a namespace takes, of whichever kind.

    Args:
        making: The call that makes it.
        updates: Actions that change it, for overrides.
    """
    # Its id is AWS's own invention, and Cloud Map lets no policy ask for the tags of what is there.
    every = (territory.arn("servicediscovery", "namespace/*"),)
    made = (f"servicediscovery:{making}", "servicediscovery:TagResource")
    removing = ("servicediscovery:DeleteNamespace", "servicediscovery:GetNamespace")
    return (
        Right((Operation.FIND, Operation.FOLLOW), LISTS),
        Right((Operation.CREATE,), made, when=territory.tagged("aws:RequestTag")),
        *((Right((Operation.UPDATE,), tuple(updates), every),) if updates else ()),
        Right((Operation.FOLLOW, Operation.DELETE, Operation.PRUNE), (FOLLOWS,)),
        Right((Operation.DELETE, Operation.PRUNE), removing, every),
    )


@dataclass(frozen=True)
class Shown:
    """A namespace or service as a list shows it, and its tags."""

    raw: Mapping[str, Any]
    tags: Mapping[str, str]


def namespaces(look: Look) -> list[Mapping[str, Any]]:
    """All of the account in this region."""
    return look.once(
        "namespaces", lambda: list(look.aws.items("servicediscovery", "ListNamespaces", "Namespaces"))
    )


def with_tags(look: Look, things: Sequence[Mapping[str, Any]]) -> list[Shown]:
    """Lists show no tags: they are asked for, all at once."""
    tags = look.gather(*[partial(_tags, look, str(one["Arn"])) for one in things])
    return [Shown(one, own) for one, own in zip(things, tags, strict=True)]


def private_namespaces(look: Look) -> list[Shown]:
    """Those with names in DNS inside a VPC: of any name, as the spec may have given ours another one."""
    return look.once(
        "private namespaces",
        lambda: with_tags(look, [one for one in namespaces(look) if one["Type"] == "DNS_PRIVATE"]),
    )


def services_in(look: Look) -> list[tuple[str, Shown]]:
    """The services in our private namespaces, each with the name of its namespace and how it is in there."""

    def ask() -> list[tuple[str, Shown]]:
        ours = [one for one in private_namespaces(look) if look.scope.owns(one.tags)]
        lists = look.gather(*[partial(_services, look, str(one.raw["Id"])) for one in ours])
        inside = [
            {**service, "Namespace": space.raw}
            for space, found in zip(ours, lists, strict=True)
            for service in found
        ]
        return [(str(one.raw["Namespace"]["Name"]), one) for one in with_tags(look, inside)]

    return look.once("discovery services", ask)


def _services(look: Look, namespace: str) -> list[Mapping[str, Any]]:
    inside = [{"Name": "NAMESPACE_ID", "Values": [namespace], "Condition": "EQ"}]
    try:
        return list(look.aws.items("servicediscovery", "ListServices", "Services", Filters=inside))
    except AwsError as error:
        if error.gone:  # the namespace, between the two calls
            return []
        raise


def _tags(look: Look, arn: str) -> dict[str, str]:
    try:
        return read(look.aws.call("servicediscovery", "ListTagsForResource", ResourceARN=arn).get("Tags"))
    except AwsError as error:
        if error.gone:  # between the two calls
            return {}
        raise


def handle(raw: Mapping[str, Any]) -> dict[str, Any]:
    """What it takes to remove a namespace, as `Live.extra`; in the list comes the id of the operation."""
    return {"id": str(raw["Id"]), "removal": []}


def remove(tools: Tools, live: Live) -> None:
    """Begin the removal of a namespace, unless something is under way: one that an earlier run began."""
    try:
        operation = tools.aws.call("servicediscovery", "DeleteNamespace", Id=live.extra["id"])["OperationId"]
    except AwsError as error:
        if error.error != "DuplicateRequest":
            raise
        return
    live.extra["removal"].append(operation)


def removed(tools: Tools, live: Live) -> NotYet:
    """How far the removal is; an error that says that it is gone, once it is.

    Raises:
        DeployError: AWS could not do it.
    """
    for operation in live.extra["removal"]:
        told: Mapping[str, Any] = tools.aws.call("servicediscovery", "GetOperation", OperationId=operation)
        if told["Operation"].get("Status") == "FAIL":
            raise DeployError(
                f"AWS could not remove the namespace {live.name}: {told['Operation'].get('ErrorMessage')}",
                hint="Remove what is in its way, then run it again.",
            )
    tools.aws.call("servicediscovery", "GetNamespace", Id=live.extra["id"])
    if not live.extra["removal"]:  # what was under way may have been its making
        remove(tools, live)
    return NotYet("AWS is removing the namespace")


@dataclass(frozen=True)
class Making:
    """Follows the operation by which AWS makes a namespace.

    Attributes:
        hint: What to do where it fails.
    """

    namespace: Resource
    tools: Tools
    live: Live
    outputs: Outputs
    hint: str = "Run it again."

    def poll(self) -> NotYet | Settled:
        operation: Mapping[str, Any] = self.tools.aws.call(
            "servicediscovery", "GetOperation", OperationId=self.live.extra["operation"]
        )["Operation"]
        if operation.get("Status") == "FAIL":
            raise DeployError(
                f"AWS could not make the namespace {self.namespace.name}: {operation.get('ErrorMessage')}",
                hint=self.hint,
            )
        if operation.get("Status") != "SUCCESS":
            return NotYet("AWS is making the namespace", 1.0)
        look = Look(self.tools.aws, self.tools.scope, [self.namespace], thorough=False)
        # By its id: while another VPC takes its place, the old one of that name is there too.
        new = operation["Targets"]["NAMESPACE"]
        found = type(self.namespace).find(look, [self.namespace])
        made = [one for one in found if one.owned and one.extra["id"] == new]
        if not made:
            return NotYet("waiting for the new namespace to appear", 1.0)
        self.outputs.put(self.namespace, dataclasses.replace(made[0], settled=True))
        return Settled()

    def abandon(self) -> str:
        return f"AWS is still making the namespace {self.namespace.name}"
