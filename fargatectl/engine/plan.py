"""The difference between what the spec asks for and what AWS has, as data."""

from __future__ import annotations

import graphlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fargatectl import secrecy
from fargatectl.dataclass import dataclass
from fargatectl.engine.outputs import Outputs, Pending
from fargatectl.engine.overrides import differences, leaves
from fargatectl.engine.resource import (
    KINDS,
    FieldChange,
    Live,
    Lookup,
    Resource,
    compared,
    dependencies,
)
from fargatectl.errors import ForeignError, UsageError
from fargatectl.text import label


@dataclass(frozen=True)
class Change:
    """One thing to do.

    Attributes:
        action: create, update, replace or delete.
        kind, id, name: Of the resource.
        fields: What differs, for an update or a replacement.
        cause: Why, in a few words.
        resource: What is wanted; None for a deletion.
        live: What is there; None for a creation.
    """

    action: str
    kind: str
    id: str
    name: str
    fields: tuple[FieldChange, ...] = ()
    cause: str = ""
    resource: Resource | None = None
    live: Live | None = None

    def document(self) -> dict[str, object]:
        """As in ``plan -o json``."""
        return {
            "action": self.action,
            "kind": self.kind,
            "id": self.id,
            "name": self.name,
            "fields": [
                {"field": change.field, **{side: shown(change, side) for side in ("old", "new")}}
                for change in self.fields
            ],
            "cause": self.cause,
        }


@dataclass(frozen=True)
class Plan:
    """What to do, and what there is.

    Attributes:
        changes: In an order in which they could be done one after another.
        desired: Every wanted resource, dependencies first.
        outputs: What the wanted resources that are there have to offer.
        world: Everything observed.
        kept: What nobody wants any more and holds people's data (see `Resource.data`).
    """

    changes: tuple[Change, ...]
    desired: tuple[Resource, ...]
    outputs: Outputs
    world: tuple[Live, ...]
    kept: tuple[Live, ...] = ()

    @property
    def lost(self) -> tuple[Change, ...]:
        """The deletions of what holds people's data."""
        return tuple(one for one in self.changes if one.action == "delete" and KINDS[one.kind].data)

    def documents(self) -> list[dict[str, object]]:
        """The changes as in ``plan -o json``."""
        return [change.document() for change in self.changes]

    def kept_documents(self) -> list[dict[str, object]]:
        """What is kept, as in ``down -o json``."""
        return [
            {"kind": one.kind, "name": one.name, "why": f"{KINDS[one.kind].data} stay until {_WORD}"}
            for one in self.kept
        ]


_WORD = "fargatectl down --delete-data"


def make_plan(
    desired: Sequence[Resource],
    world: Iterable[Live],
    outputs: Outputs,
    *,
    delete_data: bool = False,
    prune: bool = True,
) -> Plan:
    """Compare; change nothing.

    Args:
        delete_data: People's data may go too.
        prune: Remove what is ours and not wanted.

    Raises:
        ForeignError: Names that we want are held by resources that are not ours: all of them.
        UsageError: An override is for a new one only, and this one must stay.
    """
    ordered = in_order(desired)
    lives = list(world)
    matched: list[Live] = []
    foreign: list[Live] = []
    changes: list[Change] = []
    for resource in ordered:
        if isinstance(resource, Lookup):
            continue
        same = [one for one in lives if one.kind == resource.kind and one.address == resource.address]
        owned = [one for one in same if one.owned]
        if not owned:
            foreign += same
            changes.append(_creation(resource))
            continue
        live, fields = closest(resource, owned, outputs)
        matched.append(live)
        outputs.put(resource, live)
        if not fields:
            continue
        replace = any(change.fixed for change in fields)
        _refuse_to_replace(resource, live, fields)
        if replace or resource.renews:
            outputs.expect(resource)
        changes.append(
            Change(
                "replace" if replace else "update",
                resource.kind,
                resource.id,
                resource.name,
                tuple(fields),
                "AWS cannot change it in place" if replace else "",
                resource,
                live,
            )
        )
    if foreign:
        raise _not_ours(foreign)
    orphans = [one for one in lives if prune and one.owned and not any(one is other for other in matched)]
    kept = [one for one in orphans if KINDS[one.kind].data and not delete_data]
    cause = "no longer in the spec" if desired else ""
    changes += [
        Change("delete", one.kind, one.id, one.name, (), str(one.extra.get("cause", cause)), None, one)
        for one in orphans
        if one not in kept
    ]
    return Plan(tuple(changes), tuple(ordered), outputs, tuple(lives), tuple(kept))


def in_order(desired: Sequence[Resource]) -> list[Resource]:
    """Every resource and all that they depend on, dependencies first; the same order for the same input."""
    graph: dict[Resource, list[Resource]] = {}
    pending = list(desired)
    while pending:
        resource = pending.pop(0)
        if resource not in graph:
            graph[resource] = dependencies(resource)
            pending += graph[resource]
    return list(graphlib.TopologicalSorter(graph).static_order())


def diff(resource: Resource, live: Live, outputs: Outputs) -> list[FieldChange]:
    """The fields of `live` that are not as `resource` wants them."""
    wanted = resource.values(outputs)
    if live.fingerprint and live.fingerprint == resource.fingerprint:
        # Made from these very fields: it differs only where what it refers to is about to be made anew.
        made = [FieldChange(name, None, new) for name, new in wanted.items() if isinstance(new, Pending)]
        given = type(resource).assigned & set(live.fields) - {one.field for one in made}
        return [
            *made,
            *(
                one
                for name in sorted(given)
                for one in _differences(name, live.fields[name], wanted[name], False)
            ),
        ]
    found: list[FieldChange] = []
    for spec in compared(type(resource)):
        if spec.name in wanted and spec.name not in resource.overrides.replaced:
            old = live.fields.get(spec.name)
            fixed = bool(spec.metadata.get("fixed")) and bool(old or not spec.metadata.get("once"))
            found += _differences(spec.name, old, wanted[spec.name], fixed)
    return found + _overridden(resource, live)


def _overridden(resource: Resource, live: Live) -> list[FieldChange]:
    """What of `Resource.overrides` AWS shows to be otherwise."""
    given = resource.overrides
    # Where AWS shows nothing of them, the one that is there is as good as another.
    left = {*given.fixed, *(given.what.present if given.what else ())}
    return [
        FieldChange(path, old, new, member in given.fixed)
        for member, value in given.fields.items()
        if member in given.shown and (member in live.raw or member not in left)
        for path, old, new in differences(value, live.raw.get(member), f"overrides.{member}")
    ]


def _refuse_to_replace(resource: Resource, live: Live, fields: Sequence[FieldChange]) -> None:
    """What AWS takes only for a new one makes none of what holds data, or cannot be there twice."""
    what = resource.overridable
    kept = f"Its {resource.data} would be lost." if resource.data else what.keeps if what else ""
    for change in fields:
        if kept and change.fixed and change.root == "overrides":
            where = resource.overrides.where[change.field.split(".")[1]]
            old, new = ("none" if (one := shown(change, side)) is None else one for side in ("old", "new"))
            raise UsageError(
                f"{where}: AWS takes it only for a new {label(resource.kind)}, and {live.name} is there: "
                f"it has {old}, not {new}",
                hint=f"It is not replaced. {kept} Set what it has, or take the override out. "
                f"To have a new one: fargatectl down{' --delete-data' * bool(resource.data)}, then up.",
                code="overrides.fixed",
            )


def closest(resource: Resource, owned: Sequence[Live], outputs: Outputs) -> tuple[Live, list[FieldChange]]:
    """The one of `owned` (at least one) that differs least from what is wanted, and how it differs.

    Several of one name can be ours: a security group in the old VPC and in the new.
    """
    options = [(one, diff(resource, one, outputs)) for one in owned]
    return min(options, key=lambda option: (sum(change.fixed for change in option[1]), len(option[1])))


def shown(change: FieldChange, side: str) -> Any:
    """The old or the new value for people and logs, secrets hidden."""
    value = plain(getattr(change, side))
    if change.root == "overrides":
        return secrecy.hide_below(change.field.split("."), value)
    if change.root != "env":
        return secrecy.hide_words(value)
    if isinstance(value, dict):  # where the other side has none at all
        return {name: secrecy.hide_variable(name, one) for name, one in value.items()}
    return secrecy.hide_variable(change.field.rpartition(".")[2], value)


def plain(value: object) -> Any:
    """A value as JSON can carry it."""
    if isinstance(value, Pending):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return value


def _creation(resource: Resource) -> Change:
    given = leaves(resource.overrides.fields, "overrides") if resource.overrides.fields else ()
    fields = tuple(FieldChange(path, None, new) for path, new in given)
    return Change("create", resource.kind, resource.id, resource.name, fields, resource=resource)


def _differences(name: str, old: object, new: object, fixed: bool) -> list[FieldChange]:
    if old == new:
        return []
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        found: list[FieldChange] = []
        for key in dict.fromkeys([*new, *old]):
            found += _differences(f"{name}.{key}", old.get(key), new.get(key), fixed)
        return found
    return [FieldChange(name, old, new, fixed)]


def _not_ours(foreign: Sequence[Live]) -> ForeignError:
    what = "; ".join(f"the {label(one.kind)} {one.address}" for one in foreign)
    ways = " ".join(dict.fromkeys(KINDS[one.kind].if_foreign for one in foreign))
    return ForeignError(
        f"not ours: {what}",
        hint=f"It was not made by this app and environment, and nothing was changed. {ways}",
        details=[{"kind": one.kind, "name": one.name, "address": one.address} for one in foreign],
    )
