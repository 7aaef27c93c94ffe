"""The Cloud Map namespace in which services of an app find each other by Service Connect."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, Self

from fargatectl.dataclass import dataclass
from fargatectl.engine.observe import Look
from fargatectl.engine.outputs import Outputs
from fargatectl.engine.resource import FieldChange, Live, NotYet, Resource, Settled, Watch
from fargatectl.engine.rights import Operation, Right, Territory
from fargatectl.engine.scope import TAG_ID
from fargatectl.engine.tools import Tools
from fargatectl.resources import _overridable
from fargatectl.resources._cloud_map import (
    LISTS,
    Making,
    handle,
    namespace_rights,
    namespaces,
    remove,
    removed,
    with_tags,
)
from fargatectl.resources._connect import connected
from fargatectl.resources._tags import upper
from fargatectl.resources.account import Account


@dataclass(frozen=True, kw_only=True, eq=False)
class Namespace(Resource):
    """An HTTP namespace of Cloud Map. ECS puts the services of Service Connect into it, and takes them out.

    AWS makes and removes it in the background. It is looked for where a service is wanted in one or is in
    one, and by `down`.

    Outputs: ``arn``.
    """

    kind: ClassVar[str] = "servicediscovery.namespace"
    overridable = _overridable.NAMESPACE

    account: Account

    def values(self, outputs: Outputs) -> dict[str, object]:
        return {}

    @classmethod
    def searches(cls, territory: Territory) -> Sequence[Right]:
        return (Right((Operation.SEARCH,), LISTS),)

    def rights(self, territory: Territory) -> Sequence[Right]:
        return namespace_rights(territory, "CreateHttpNamespace", self.overriding("servicediscovery"))

    @classmethod
    def find(cls, look: Look, wanted: Sequence[Self]) -> Iterable[Live]:
        if not (wanted or look.thorough or connected(look)):
            return []
        names = {one.name for one in wanted}
        prefix = look.scope.prefix
        here = [
            one for one in namespaces(look) if one["Type"] == "HTTP" and str(one["Name"]).startswith(prefix)
        ]
        lives = [
            Live(
                cls.kind, one.tags.get(TAG_ID, ""), str(one.raw["Name"]), str(one.raw["Name"]),
                look.scope.owns(one.tags), {}, {"arn": str(one.raw["Arn"])}, extra=handle(one.raw),
                raw=one.raw,
            )
            for one in with_tags(look, here)
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
        return None if live.settled else Making(self, tools, live, outputs)

    @classmethod
    def delete(cls, tools: Tools, live: Live) -> None:
        remove(tools, live)

    @classmethod
    def gone(cls, tools: Tools, live: Live) -> NotYet | Settled:
        return removed(tools, live)
