"""How one piece of work is done: the same for every kind."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Protocol

from fargatectl.dataclass import dataclass
from fargatectl.engine.graph import Node
from fargatectl.engine.in_turn import InTurn
from fargatectl.engine.observe import Look
from fargatectl.engine.outputs import Outputs
from fargatectl.engine.overrides import Overriding
from fargatectl.engine.plan import closest, diff
from fargatectl.engine.resource import (
    KINDS,
    FieldChange,
    Live,
    NotYet,
    Resource,
    Settled,
    Watch,
    compared,
)
from fargatectl.engine.tools import Tools
from fargatectl.errors import DeployError, ForeignError
from fargatectl.text import label


@dataclass(frozen=True)
class Patience:
    """An error that passes by itself: for how many seconds in all to try again, and what to tell.

    Attributes:
        shared: All who wait for this reason wait for their turn at the same thing, such as a rate limit.
    """

    seconds: float
    reason: str
    shared: bool = False


class Verdicts(Protocol):
    """What an error of AWS means; the engine itself knows none."""

    def exists(self, error: BaseException) -> bool:
        """The thing to be made is already there."""

    def gone(self, error: BaseException) -> bool:
        """The thing to be removed is not there."""

    def unsure(self, error: BaseException) -> bool:
        """Nobody knows whether AWS has done it."""

    def patience(self, error: BaseException, fresh: frozenset[str]) -> Patience | None:
        """Whether it passes, given the kinds that this run has made; None: it is final."""


class Steps:
    """Does the work of a node, one step at a time; a step makes AWS calls and never waits.

    Args:
        made: Told, by the thread that made it, what is there by now; it may lack settings still.
    """

    def __init__(
        self, tools: Tools, outputs: Outputs, verdicts: Verdicts, made: Callable[[Node], None]
    ) -> None:
        self._tools = tools
        self._outputs = outputs
        self._verdicts = verdicts
        self._made = made
        self._unsure: set[Resource] = set()  # perhaps made by a try whose end nobody knows

    def begin(self, node: Node) -> Watch | None:
        """Do what the node is for; whoever follows it until it has settled, or None."""
        if node.action == "delete":
            return self._delete(node)
        resource = node.resource
        assert resource is not None
        if node.action == "prepare":
            resource.prepare(self._tools)
            return None
        if node.action == "tidy":
            assert node.live is not None
            resource.tidy(self._tools, node.live, self._differences(resource, node.live), self._outputs)
            return None
        live = self._outputs.live(resource) or (node.live if node.action == "update" else None)
        if resource in self._unsure:
            live = self._made_by_the_try_before(resource, live) or live
        try:
            if live is None:
                live = self._create(resource)
                self._made(node)
            if node.action != "settle":
                planned = node.change.fields if node.change and live is node.live else ()
                live = self._complete(resource, live, planned, tidy=node.action != "update")
        except Exception as error:
            if resource.doubles and self._verdicts.unsure(error):
                self._unsure.add(resource)
            raise
        self._outputs.put(resource, live)
        watch = resource.watch(self._tools, live, self._outputs)
        rest = resource.leaves(self._tools, live, self._outputs) if watch and node.gives_way else None
        return InTurn(watch, rest) if watch and rest else watch

    def summary(self, node: Node) -> str:
        """How it came to be, where its kind says so."""
        live = (
            self._outputs.live(node.resource)
            if node.resource and node.action not in ("prepare", "tidy")
            else None
        )
        return live.summary if live is not None else ""

    def _create(self, resource: Resource) -> Live:
        try:
            live = resource.create(self._tools_for(resource), self._outputs)
        except Exception as error:
            # A retried call whose first answer was lost, or another run that was quicker.
            if not self._verdicts.exists(error):
                raise
            live = self._find_again(resource, error)
        else:
            live = dataclasses.replace(live, raw={**resource.overrides.made_with, **live.raw})
        # Known before it is complete: a retry of the rest must not create it twice.
        self._outputs.put(resource, live)
        return live

    def _made_by_the_try_before(self, resource: Resource, before: Live | None) -> Live | None:
        known = before.outputs if before is not None else None
        made = [
            one
            for one in self._look(resource)
            if one.owned and one.fingerprint == resource.fingerprint and one.outputs != known
        ]
        self._unsure.discard(resource)
        return made[0] if made else None

    def _look(self, resource: Resource) -> list[Live]:
        look = Look(self._tools.aws, self._tools.scope, [resource], thorough=False)
        return [one for one in type(resource).find(look, [resource]) if one.address == resource.address]

    def _complete(
        self, resource: Resource, live: Live, planned: Sequence[FieldChange], *, tidy: bool
    ) -> Live:
        # What was to be made anew when it was planned is there by now, and no fingerprint tells of it.
        known = {one.root: one for one in planned if one.root in type(resource).remade}
        fields = known | self._differences(resource, live)
        overridden = self._overridden(resource, live, fields)
        complete = live
        if fields:
            complete = resource.update(self._tools_for(resource), live, fields, self._outputs)
        for operation, parameters in resource.overrides.further(overridden, _known(live)):
            assert resource.overrides.what is not None
            self._tools.aws.call(resource.overrides.what.service, operation, **parameters)
        if tidy and fields:  # nobody can use yet what is new
            resource.tidy(self._tools, live, fields, self._outputs)
        return complete

    def _overridden(self, resource: Resource, live: Live, fields: dict[str, FieldChange]) -> set[str]:
        """The overridden members that differ; `fields` becomes what the kind has to set for its part."""
        if "overrides" not in fields:
            return set()
        changes = diff(resource, live, self._outputs)
        members = {one.field.split(".")[1] for one in changes if one.root == "overrides"}
        try:
            chosen = resource.overrides.with_fields(members)
        except LookupError:
            del fields["overrides"]
            return members
        # What is overridden is merged into what the kind sets: it has to set what it is merged into.
        wanted = resource.values(self._outputs)
        for spec in compared(type(resource)):
            named = chosen is None or spec.name in chosen
            if named and spec.name in wanted and not spec.metadata.get("fixed"):
                whole = FieldChange(spec.name, live.fields.get(spec.name), wanted[spec.name])
                fields.setdefault(spec.name, whole)
        return members

    def _differences(self, resource: Resource, live: Live) -> dict[str, FieldChange]:
        fields: dict[str, FieldChange] = {}
        for change in diff(resource, live, self._outputs):
            fields.setdefault(change.root, change)
        return fields

    def _tools_for(self, resource: Resource) -> Tools:
        if not resource.overrides.fields:
            return self._tools
        return dataclasses.replace(self._tools, aws=Overriding(self._tools.aws, resource.overrides))

    def _find_again(self, resource: Resource, error: Exception) -> Live:
        found = self._look(resource)
        owned = [live for live in found if live.owned]
        if owned:
            live, fields = closest(resource, owned, self._outputs)
            if not any(change.fixed for change in fields):  # else it is the one that is to be replaced
                return live
        if found:
            raise ForeignError(
                f"not ours: the {label(resource.kind)} {resource.address}, made by somebody else meanwhile",
                hint="Choose another name, or remove it if nobody needs it, then run it again.",
            ) from error
        raise DeployError(
            f"AWS says that the {label(resource.kind)} {resource.name} exists, but does not show it: {error}",
            hint="Run it again in a minute.",
        ) from error

    def _delete(self, node: Node) -> Watch | None:
        live = node.live
        assert live is not None
        cls = KINDS[node.kind]
        try:
            cls.delete(self._tools, live)
        except Exception as error:
            if not self._verdicts.gone(error):
                raise
            return None
        if cls.gone.__func__ is Resource.gone.__func__:  # type: ignore[attr-defined]
            return None
        return _Gone(cls, self._tools, live, self._verdicts)


def _known(live: Live) -> dict[str, str]:
    """What names a thing in a call."""
    return {**{name: str(value) for name, value in live.extra.items()}, **live.outputs, "name": live.name}


class _Gone:
    """Follows a deletion until it is complete."""

    def __init__(self, cls: type[Resource], tools: Tools, live: Live, verdicts: Verdicts) -> None:
        self._cls, self._tools, self._live, self._verdicts = cls, tools, live, verdicts

    def poll(self) -> NotYet | Settled:
        try:
            return self._cls.gone(self._tools, self._live)
        except Exception as error:
            if not self._verdicts.gone(error):
                raise
            return Settled()

    def abandon(self) -> str:
        return f"AWS is still removing the {label(self._cls.kind)} {self._live.name}"
