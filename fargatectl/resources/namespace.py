"""The Cloud Map namespace in which services of an app find each other by Service Connect."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Self

from fargatectl.aws.errors import AwsError
from fargatectl.engine.observe import Look
from fargatectl.engine.outputs import Outputs
from fargatectl.engine.resource import FieldChange, Live, NotYet, Resource, Settled, Watch
from fargatectl.engine.rights import Operation, Right, Territory
from fargatectl.engine.scope import TAG_ID
from fargatectl.engine.tools import Tools
from fargatectl.errors import DeployError
from fargatectl.resources._connect import connected
from fargatectl.resources._tags import read, upper
from fargatectl.resources.account import Account

_LISTS = ("servicediscovery:ListNamespaces", "servicediscovery:ListTagsForResource")


@dataclass(frozen=True, kw_only=True, eq=False)
class Namespace(Resource):
    """An HTTP namespace of Cloud Map. ECS puts the services of Service Connect into it, and takes them out.

    AWS makes and removes it in the background. It is looked for where a service is wanted in one or is in
    one, and by `down`.

    Outputs: ``arn``.
    """

    kind: ClassVar[str] = "servicediscovery.namespace"

    account: Account

    def values(self, outputs: Outputs) -> dict[str, object]:
        return {}

    @classmethod
    def searches(cls, territory: Territory) -> Sequence[Right]:
        return (Right((Operation.SEARCH,), _LISTS),)

    def rights(self, territory: Territory) -> Sequence[Right]:
        # Its id is AWS's own invention, and Cloud Map lets no policy ask for the tags of what is there.
        every = (territory.arn("servicediscovery", "namespace/*"),)
        making = ("servicediscovery:CreateHttpNamespace", "servicediscovery:TagResource")
        removing = ("servicediscovery:DeleteNamespace", "servicediscovery:GetNamespace")
        return (
            Right((Operation.FIND, Operation.FOLLOW), _LISTS),
            Right((Operation.CREATE,), making, when=territory.tagged("aws:RequestTag")),
            Right((Operation.FOLLOW,), ("servicediscovery:GetOperation",), every),
            Right((Operation.DELETE, Operation.PRUNE), removing, every),
        )

    @classmethod
    def find(cls, look: Look, wanted: Sequence[Self]) -> Iterable[Live]:
        if not (wanted or look.thorough or connected(look)):
            return []
        names = {one.name for one in wanted}
        every = look.aws.items("servicediscovery", "ListNamespaces", "Namespaces")
        prefix = look.scope.prefix
        here = [one for one in every if one["Type"] == "HTTP" and str(one["Name"]).startswith(prefix)]
        tags = look.gather(*[partial(_tags, look, str(one["Arn"])) for one in here])
        lives = [
            Live(
                cls.kind, own.get(TAG_ID, ""), str(one["Name"]), str(one["Name"]), look.scope.owns(own), {},
                {"arn": str(one["Arn"])}, extra={"id": str(one["Id"])},
            )
            for one, own in zip(here, tags, strict=True)
        ]  # fmt: skip
        return [live for live in lives if live.owned or live.name in names]

    def create(self, tools: Tools, outputs: Outputs) -> Live:
        operation = tools.aws.call(
            "servicediscovery",
            "CreateHttpNamespace",
            Name=self.name,
            CreatorRequestId=uuid.uuid4().hex,  # makes the retry of a lost answer safe
            Tags=upper(tools.scope.tags(self.id)),
        )["OperationId"]
        return Live(
            self.kind, self.id, self.name, self.address, True, settled=False, extra={"operation": operation}
        )

    def update(self, tools: Tools, live: Live, fields: Mapping[str, FieldChange], outputs: Outputs) -> Live:
        return live

    def watch(self, tools: Tools, live: Live, outputs: Outputs) -> Watch | None:
        return None if live.settled else _Making(self, tools, live, outputs)

    @classmethod
    def delete(cls, tools: Tools, live: Live) -> None:
        tools.aws.call("servicediscovery", "DeleteNamespace", Id=live.extra["id"])

    @classmethod
    def gone(cls, tools: Tools, live: Live) -> NotYet | Settled:
        tools.aws.call("servicediscovery", "GetNamespace", Id=live.extra["id"])  # an error once it is gone
        return NotYet("AWS is removing the namespace")


@dataclass(frozen=True)
class _Making:
    namespace: Namespace
    tools: Tools
    live: Live
    outputs: Outputs

    def poll(self) -> NotYet | Settled:
        scope = self.tools.scope
        operation: Mapping[str, Any] = self.tools.aws.call(
            "servicediscovery", "GetOperation", OperationId=self.live.extra["operation"]
        )["Operation"]
        if operation.get("Status") == "FAIL":
            raise DeployError(
                f"AWS could not make the namespace {self.namespace.name}: {operation.get('ErrorMessage')}",
                hint="Run it again.",
            )
        if operation.get("Status") != "SUCCESS":
            return NotYet("AWS is making the namespace", 1.0)
        look = Look(self.tools.aws, scope, [self.namespace], thorough=False)
        found = [one for one in Namespace.find(look, [self.namespace]) if one.owned]
        if not found:
            return NotYet("waiting for the new namespace to appear", 1.0)
        self.outputs.put(self.namespace, dataclasses.replace(found[0], settled=True))
        return Settled()

    def abandon(self) -> str:
        return f"AWS is still making the namespace {self.namespace.name}"


def _tags(look: Look, arn: str) -> dict[str, str]:
    try:
        return read(look.aws.call("servicediscovery", "ListTagsForResource", ResourceARN=arn).get("Tags"))
    except AwsError as error:
        if error.gone:  # between the two calls
            return {}
        raise
