"""`overrides` of a spec: checked against AWS's models, then given to the resources that they speak of."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from fargatectl.engine.overrides import Overrides
from fargatectl.engine.plan import in_order
from fargatectl.engine.resource import KINDS, Resource
from fargatectl.errors import Problem, SpecError
from fargatectl.resources._overridable import NOTHING
from fargatectl.resources.registry import load_kinds

if TYPE_CHECKING:
    from fargatectl.spec.models import LoadedSpec

_Tell = Callable[[Sequence[str | int], str], None]

EVERY = "*"
"""In place of an id: all of the kind."""


def overridden(loaded: LoadedSpec, desired: Sequence[Resource]) -> Callable[[Any], Any]:
    """What gives the resource that takes a resource's place: itself, where nothing of it is overridden.

    Raises:
        SpecError: AWS's models do not know a field, or not such a value; or it is not the spec's to set.
    """
    if not loaded.spec.overrides:
        return lambda resource: resource
    ordered = in_order(desired)
    given = _checked(loaded, ordered)
    placed: dict[Any, Resource] = {}
    for resource in ordered:  # dependencies first
        changes: dict[str, Any] = {}
        for spec in dataclasses.fields(resource):
            value = getattr(resource, spec.name)
            if isinstance(value, Resource):
                changes[spec.name] = placed[value]
            elif isinstance(value, tuple) and any(isinstance(one, Resource) for one in value):
                changes[spec.name] = tuple(placed.get(one, one) for one in value)
        if resource in given:
            changes["overrides"] = given[resource]
        moved = any(value is not getattr(resource, name) for name, value in changes.items())
        placed[resource] = dataclasses.replace(resource, **changes) if moved else resource
    return lambda resource: placed.get(resource, resource)


def _checked(loaded: LoadedSpec, ordered: Sequence[Resource]) -> dict[Resource, Overrides]:
    load_kinds()
    problems: list[Problem] = []

    def tell(at: Sequence[str | int], text: str) -> None:
        key = "overrides" + "".join(f"[{one}]" if isinstance(one, int) else f".{one}" for one in at)
        problems.append(Problem(str(loaded.path), loaded.line_of(key), key, text))

    def told(*at: str) -> str:
        key = ".".join(("overrides", *at))
        return f"{loaded.path}:{loaded.line_of(key)}: {key}"

    found: dict[Resource, Overrides] = {}
    able = sorted(kind for kind, cls in KINDS.items() if cls.overridable)
    for kind, ids in loaded.spec.overrides.items():
        if kind not in able:
            tell([kind], f"nothing can be overridden there{_why(kind, able)}")
            continue
        here = [one for one in ordered if one.kind == kind]
        for id_, written in sorted(ids.items(), key=lambda item: item[0] != EVERY):  # an id's own come last
            chosen = [one for one in here if id_ in (one.id, EVERY)]
            if not chosen:
                known = [*(one.id for one in here), *([EVERY] if here else [])]
                tell([kind, id_], f"the app has none{_meant(id_, known)}")
            for one in chosen:
                checked = _one(one, written, partial(_below, tell, (kind, id_)))
                where = {member: told(kind, id_, member) for member in written}
                checked = dataclasses.replace(checked, where=where)
                found[one] = checked.above(found.get(one, Overrides()))
    if problems:
        raise SpecError(
            list(dict.fromkeys(problems)),
            hint="overrides are the fields of AWS's own requests, spelt as in its API reference.",
        )
    return found


def _below(tell: _Tell, above: tuple[str, ...], at: Sequence[str | int], text: str) -> None:
    tell([*above, *at], text)


def _one(resource: Resource, written: Mapping[str, Any], fault: _Tell) -> Overrides:
    from fargatectl.aws.fields import checked

    assert resource.overridable is not None
    return checked(resource.overridable, written, resource.parts, fault)


def _why(kind: str, able: Iterable[str]) -> str:
    return f": {NOTHING[kind]}" if kind in NOTHING else _meant(kind, able)


def _meant(word: str, choices: Iterable[str]) -> str:
    import difflib

    known = list(dict.fromkeys(choices))
    near = difflib.get_close_matches(word, known, 1)
    return f": did you mean {near[0]}?" if near else f" (there are {', '.join(known) or 'none'})"
