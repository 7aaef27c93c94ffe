"""Raw fields of a request that the spec gives itself: merged into the calls that make or change a resource.

Which fields there are, and in which calls, is known to whoever checked them; here they are only merged and
compared. Maps are merged, lists replaced; `ByName` merges those items of a list that it names.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any

from fargatectl.dataclass import dataclass


@dataclass(frozen=True)
class Overridable:
    """What of a kind may be overridden.

    A call may go on with the member of its request in which its members lie: ``UpdateService.Service``.

    Attributes:
        service: The API, such as ``elbv2``.
        create: The call that makes one. A member that no other call takes is given at creation only.
        updates: The calls with which the kind itself changes one, which then take the members along.
        further: Calls that only an override asks for -> the parameters that name the thing, with ``{arn}``
            and the like of its outputs, ``{name}`` or what its `Live.extra` says. One member in each call, as
            EC2 wants it.
        shown: Where it is shown: the call, then the members of its answer, lists descended into.
        told: Members that the kind finds out in another way, as `Live.raw`.
        later: Members of `create` that the kind's `update` sets by a call of another form.
        by: Member -> the fields whose setting takes it along; any other member is set with all fields.
        instead: Member -> the field that it takes the place of: what the spec says of that counts no more.
        present: Members that go only into those requests that have them anyway.
        keeps: Why one that is there is never replaced, as a sentence; a kind with `data` never is.
        reserved: Path of a member (``*`` for any name in a list) -> what sets it.
    """

    service: str
    create: str
    updates: tuple[str, ...] = ()
    further: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    shown: tuple[tuple[str, ...], ...] = ()
    told: tuple[str, ...] = ()
    later: tuple[str, ...] = ()
    by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    instead: Mapping[str, str] = field(default_factory=dict)
    present: tuple[str, ...] = ()
    keeps: str = ""
    reserved: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Overrides:
    """What the spec says of one resource, checked.

    Attributes:
        fields: Member of a request -> its value.
        what: Of its kind; None where the spec says nothing.
        calls: Call -> those of the members that it takes.
        shown: Those members that AWS shows, which are compared.
        where: Member -> where the spec says it, for people.
    """

    fields: Mapping[str, Any] = field(default_factory=dict)
    what: Overridable | None = None
    calls: Mapping[str, frozenset[str]] = field(default_factory=dict)
    shown: frozenset[str] = frozenset()
    where: Mapping[str, str] = field(default_factory=dict)

    def above(self, before: Overrides) -> Overrides:
        """These, and those of `before` that they say nothing of."""
        calls = {call: members | before.calls.get(call, frozenset()) for call, members in self.calls.items()}
        fields, where = {**before.fields, **self.fields}, {**before.where, **self.where}
        return dataclasses.replace(self, fields=fields, calls=calls, where=where)

    def merged(self, call: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """A call's parameters with those that are overridden."""
        found = dict(parameters)
        for name in self._own:
            operation, _, inside = name.partition(".")
            if operation != call:
                continue
            if not inside:
                found = self.merged_into(name, found)
            elif isinstance(found.get(inside), Mapping):
                found[inside] = self.merged_into(name, found[inside])
        return found

    def merged_into(self, call: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """The part of a request that a call's members lie in, with those that are overridden."""
        present = self.what.present if self.what else ()
        given = {
            name: value
            for name, value in self.fields.items()
            if name in self.calls.get(call, ()) and (name not in present or name in parameters)
        }
        return _merged(parameters, given) if given else dict(parameters)

    @property
    def made_with(self) -> dict[str, Any]:
        """What the call that makes it carries, as AWS would show it."""
        return _merged({}, {name: self.fields[name] for name in self.calls.get(self._create, ())})

    @property
    def fixed(self) -> frozenset[str]:
        """The members that AWS takes only for a new one."""
        changed = {name for call in self.calls if call != self._create for name in self.calls[call]}
        if self.what is not None:
            changed |= {*self.what.later, *(self.fields if self._create in self.what.updates else ())}
        return frozenset(self.fields) - changed

    @property
    def replaced(self) -> frozenset[str]:
        """The fields that are as an override says, whatever the spec says."""
        return frozenset(self.what.instead[name] for name in self.fields if name in self.what.instead
                         ) if self.what else frozenset()  # fmt: skip

    def with_fields(self, members: Iterable[str]) -> frozenset[str] | None:
        """The fields that the kind has to set for these members to be set; None for all of them.

        Raises:
            LookupError: No call of the kind's own sets any of them.
        """
        what = self.what
        own = {name for call in what.updates for name in self.calls.get(call, ())} if what else set()
        asked = (own | set(what.later if what else ())) & set(members)
        if not asked or what is None:
            raise LookupError
        by = {**{name: (one,) for name, one in what.instead.items()}, **what.by}
        return frozenset(one for name in asked for one in by[name]) if asked <= set(by) else None

    def further(
        self, members: Iterable[str], known: Mapping[str, str]
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """The calls beyond the kind's own that set these members, and their parameters.

        Args:
            known: What names the thing, see `Overridable.further`.
        """
        for call, names in self.what.further.items() if self.what else ():
            operation, _, inside = call.partition(".")
            for member in sorted(self.calls.get(call, frozenset()) & set(members)):
                itself = {name: text.format_map(known) for name, text in names.items()}
                value = _merged({}, {member: self.fields[member]})
                yield operation, {**itself, **({inside: value} if inside else value)}

    def operations(self) -> tuple[str, ...]:
        """The calls that are only asked for because of what is overridden."""
        return tuple(call.partition(".")[0] for call in (self.what.further if self.what else ())
                     if self.calls.get(call))  # fmt: skip

    @property
    def _create(self) -> str:
        return self.what.create if self.what else ""

    @property
    def _own(self) -> tuple[str, ...]:
        return (*dict.fromkeys((self.what.create, *self.what.updates)),) if self.what else ()


NONE = Overrides()


class ByName(dict[str, Any]):
    """Items of a list, by the member that names them.

    Attributes:
        key: That member, such as ``name``.
    """

    def __init__(self, key: str, items: Mapping[str, Any]) -> None:
        super().__init__(items)
        self.key = key


class Overriding:
    """The API for one resource: its calls carry what is overridden."""

    def __init__(self, aws: Any, overrides: Overrides) -> None:
        self._aws = aws
        self._overrides = overrides

    def call(self, service: str, operation: str, /, **parameters: Any) -> Any:
        """As of the API itself."""
        return self._aws.call(service, operation, **self._overrides.merged(operation, parameters))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._aws, name)


def leaves(given: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Path and value of all that is overridden."""
    if isinstance(given, Mapping) and given:
        for name, value in given.items():
            yield from leaves(value, f"{path}.{name}")
    else:
        yield path, given


def differences(wanted: Any, there: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    """Path, what is there and what is wanted, for all that is overridden and differs.

    What AWS leaves out counts as false, 0 or empty.
    """
    if isinstance(wanted, ByName):
        items = {str(one.get(wanted.key)): one for one in there or () if isinstance(one, Mapping)}
        for name, value in wanted.items():
            yield from differences(value, items.get(name), f"{path}.{name}")
    elif isinstance(wanted, Mapping):
        found = there if isinstance(there, Mapping) else {}
        for name, value in wanted.items():
            yield from differences(value, found.get(name), f"{path}.{name}")
    elif not _same(wanted, there):
        yield path, there, wanted


def _same(wanted: Any, there: Any) -> bool:
    if isinstance(wanted, str) and isinstance(there, str) and wanted[:1] == there[:1] == "{":
        return bool(_document(wanted) == _document(there))  # a policy, which AWS may lay out anew
    if isinstance(wanted, Mapping):  # within a list: AWS adds its defaults
        return not list(differences(wanted, there, ""))
    if isinstance(wanted, list):
        found = there if isinstance(there, Sequence) and not isinstance(there, str) else []
        return len(found) == len(wanted) and all(map(_same, wanted, found))
    return bool(wanted == there or (not wanted and not there))


def _document(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    found = _merge(base, over)
    assert isinstance(found, dict)
    return found


def _merge(base: Any, over: Any) -> Any:
    if isinstance(over, ByName):
        items = [dict(one) for one in base or ()]
        known = {str(one.get(over.key)): position for position, one in enumerate(items)}
        for name, value in over.items():
            if name in known:
                items[known[name]] = _merge(items[known[name]], value)
            else:
                items.append({over.key: name, **_merge({}, value)})
        return items
    if isinstance(over, Mapping):
        found = dict(base) if isinstance(base, Mapping) else {}
        return {**found, **{name: _merge(found.get(name), value) for name, value in over.items()}}
    return over
