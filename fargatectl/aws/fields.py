"""Fields of AWS's requests as people write them, checked against botocore's models of AWS's APIs."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from fargatectl.engine.overrides import ByName, Overridable, Overrides

Fault = Callable[[Sequence[str | int], str], None]
"""Told the path below the resource, and what is wrong there."""

_NAMES = ("name", "Name", "key", "Key")
_TRUTH = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_MOST_NAMED = 30  # members in a message


def checked(
    what: Overridable, written: Mapping[str, Any], parts: Callable[[str], Iterable[str]], fault: Fault
) -> Overrides:
    """What the spec says of one resource, in the types of AWS's model.

    Args:
        what: Of its kind.
        written: Texts, lists and maps.
        parts: Member -> the names that a map in place of its list may have; empty: any.
        fault: Called for each fault; what has one is left out.
    """
    takes = {name: _input(what.service, name) for name in (what.create, *what.updates, *what.further)}
    in_turn = [takes[name] for name in (*what.updates, *what.further, what.create)]
    seen = frozenset(name for path in what.shown for name in _shown(what.service, path))
    found: dict[str, Any] = {}
    for member, value in written.items():
        shapes = [shape.members[member] for shape in in_turn if member in shape.members]
        if not shapes:
            fault([member], _unknown(what, member, takes))
            continue
        check = _Check(what.reserved, parts(member), fault)
        found[member] = check.read(shapes[0], value, (member,), (member,))
    calls = {
        name: frozenset(member for member in found if member in shape.members)
        for name, shape in takes.items()
    }
    return Overrides(found, what, calls, seen | frozenset(what.told))


def settable(what: Overridable) -> Overrides:
    """As if every member that may be overridden were, in part or as a whole: for documents and tests."""
    calls = {name: _input(what.service, name) for name in (what.create, *what.updates, *what.further)}
    every = {name: frozenset(set(shape.members) - set(what.reserved)) for name, shape in calls.items()}
    fields = dict.fromkeys(sorted(member for names in every.values() for member in names))
    seen = {name for path in what.shown for name in _shown(what.service, path)}
    return Overrides(fields, what, every, frozenset(seen) | frozenset(what.told))


class _Check:
    def __init__(self, reserved: Mapping[str, str], parts: Iterable[str], fault: Fault) -> None:
        self._reserved = reserved
        self._parts = sorted(parts)
        self._fault = fault

    def read(self, shape: Any, value: Any, at: tuple[str | int, ...], path: tuple[str, ...]) -> Any:
        """The value as AWS's model has it.

        Args:
            at: Where it stands in the spec.
            path: The same as `Overridable.reserved` has it.
        """
        own = self._reserved.get(".".join(path))
        if own is not None:
            self._fault(at, f"cannot be overridden: {own}")
            return None
        if value is None:
            self._fault(at, "has no value: give one, or leave the field out")
            return None
        kind = str(shape.type_name)
        read = {"structure": self._structure, "list": self._list, "map": self._map}.get(kind)
        return read(shape, value, at, path) if read else self._scalar(shape, kind, value, at)

    def _structure(self, shape: Any, value: Any, at: tuple[str | int, ...], path: tuple[str, ...]) -> Any:
        if not isinstance(value, Mapping):
            self._fault(at, f"must be a map with {_some(shape.members)}")
            return None
        found = {}
        for name, inner in value.items():
            if name in shape.members:
                found[name] = self.read(shape.members[name], inner, (*at, name), (*path, name))
            else:
                self._fault((*at, name), f"AWS knows no such field here{_meant(name, shape.members)}")
        return found

    def _list(self, shape: Any, value: Any, at: tuple[str | int, ...], path: tuple[str, ...]) -> Any:
        members = getattr(shape.member, "members", {})
        key = next((name for name in _NAMES if name in members), None)
        below = (*path, "*")
        if isinstance(value, Mapping) and key:
            for name in value:
                own = self._reserved.get(".".join((*path, name)))
                if own is not None:
                    self._fault((*at, name), f"cannot be overridden: {own}")
                elif self._parts and len(path) == 1 and name not in self._parts:
                    self._fault((*at, name), f"there is none of that name{_meant(name, self._parts)}")
            items = {name: self.read(shape.member, one, (*at, name), below) for name, one in value.items()}
            return ByName(key, items)
        if not isinstance(value, list):
            self._fault(at, "must be a list" + (", or a map by name" if key else ""))
            return None
        if key and any(one.startswith(f"{'.'.join(path)}.") for one in self._reserved):
            self._fault(at, f"must be a map by name, such as {{{next(iter(self._parts), 'web')}: ...}}")
            return None
        self._in_range(shape, len(value), at, " items")
        return [self.read(shape.member, one, (*at, number), below) for number, one in enumerate(value)]

    def _map(self, shape: Any, value: Any, at: tuple[str | int, ...], path: tuple[str, ...]) -> Any:
        if not isinstance(value, Mapping):
            self._fault(at, "must be a map (NAME: value)")
            return None
        for name in value:
            own = self._reserved.get(".".join((*path, name)))
            if own is not None:
                self._fault((*at, name), f"cannot be overridden: {own}")
        return {
            name: self.read(shape.value, one, (*at, name), (*path, "*"))
            for name, one in value.items()
            if self._scalar(shape.key, str(shape.key.type_name), name, (*at, name)) is not None
        }

    def _scalar(self, shape: Any, kind: str, value: Any, at: tuple[str | int, ...]) -> Any:
        if not isinstance(value, str):
            self._fault(
                at, f"must be one value ({kind}), not a {'map' if isinstance(value, dict) else 'list'}"
            )
            return None
        if kind == "boolean":
            if value.lower() not in _TRUTH:
                self._fault(at, f"must be true or false, not {_said(value)}")
            return _TRUTH.get(value.lower())
        if kind in ("integer", "long", "float", "double"):
            whole = kind in ("integer", "long")
            if not re.fullmatch(r"-?\d{1,18}" if whole else r"-?\d{1,18}(\.\d{1,12})?", value, re.ASCII):
                self._fault(at, f"must be a {'whole ' if whole else ''}number, not {_said(value)}")
                return None
            number = int(value) if whole else float(value)
            self._in_range(shape, number, at, "")
            return number
        if kind != "string":
            self._fault(at, f"AWS wants a {kind} here, which a spec cannot hold")
            return None
        allowed = list(shape.enum)
        if allowed and value not in allowed:
            self._fault(at, f"{_said(value)} is none of AWS's values{_meant(value, allowed)}")
            return None
        self._in_range(shape, len(value), at, " characters")
        pattern = _compiled(str(shape.metadata.get("pattern", "")))
        if pattern is not None and not pattern.search(value):
            self._fault(at, f"{_said(value)} does not match what AWS takes: {pattern.pattern}")
        return value

    def _in_range(self, shape: Any, size: float, at: tuple[str | int, ...], unit: str) -> None:
        low, high = shape.metadata.get("min"), shape.metadata.get("max")
        if (low is not None and size < low) or (high is not None and size > high):
            bounds = [f"at least {low}"] * (low is not None) + [f"at most {high}"] * (high is not None)
            self._fault(at, f"must {'have' if unit else 'be'} {' and '.join(bounds)}{unit}, not {size}")


def _unknown(what: Overridable, member: str, takes: Mapping[str, Any]) -> str:
    if member in what.reserved:
        return f"cannot be overridden: {what.reserved[member]}"
    known = {name for shape in takes.values() for name in shape.members if name not in what.reserved}
    calls = " and ".join(takes)
    return f"no such field in {calls}{_meant(member, known)}"


def _meant(word: str, choices: Iterable[str]) -> str:
    known = sorted(choices)
    lower = {one.lower(): one for one in known}
    near = [lower[one] for one in difflib.get_close_matches(word.lower(), lower, 3, 0.6)]
    return f": did you mean {' or '.join(near)}?" if near else f" (there are {_some(known)})"


def _some(names: Iterable[str]) -> str:
    every = sorted(names)
    return ", ".join(every[:_MOST_NAMED]) + (", ..." if len(every) > _MOST_NAMED else "")


def _said(value: str) -> str:
    return repr(value if len(value) <= 60 else f"{value[:57]}...")


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """AWS writes them for Java: what Python cannot read is left to AWS."""
    try:
        return re.compile(rf"\A(?:{pattern.removeprefix('^').removesuffix('$')})\Z") if pattern else None
    except re.error:
        return None


@cache
def _model(service: str) -> Any:
    from botocore.loaders import Loader
    from botocore.model import ServiceModel

    # Not the one that keeps what runs ask for: all of the model is needed.
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


def _input(service: str, call: str) -> Any:
    operation, *inside = call.split(".")
    shape = _model(service).operation_model(operation).input_shape
    for name in inside:
        shape = shape.members[name]
        shape = shape.member if shape.type_name == "list" else shape
    return shape


def _shown(service: str, path: Sequence[str]) -> Iterable[str]:
    shape = _model(service).operation_model(path[0]).output_shape
    for name in path[1:]:
        shape = shape.members[name]
        shape = shape.member if shape.type_name == "list" else shape
    return [str(name) for name in shape.members]
