"""Raw fields of a request that the spec gives itself: merged into the calls that make or change a resource.

Which fields there are, and in which calls, is known to whoever checked them; here they are only merged and
compared. Maps are merged, lists replaced; `ByName` merges those items of a list that it names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Overridable:
    """What of a kind may be overridden.

    Attributes:
        service: The API, such as ``elbv2``.
        create: The call that makes one.
        updates: The calls that change one; empty where each change makes a new one.
        shown: Where it is shown: the call, then the members of its answer, lists descended into.
        reserved: Path of a member (``*`` for any name in a list) -> what sets it.
    """

    service: str
    create: str
    updates: tuple[str, ...]
    shown: tuple[tuple[str, ...], ...]
    reserved: Mapping[str, str]


@dataclass(frozen=True)
class Overrides:
    """What the spec says of one resource, checked.

    Attributes:
        fields: Member of a request -> its value.
        calls: Call -> the members that it takes.
        shown: Those members that AWS shows, which are compared.
    """

    fields: Mapping[str, Any] = field(default_factory=dict)
    calls: Mapping[str, frozenset[str]] = field(default_factory=dict)
    shown: frozenset[str] = frozenset()

    def merged(self, call: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """A call's parameters with those that are overridden."""
        taken = self.calls.get(call, frozenset())
        given = {name: value for name, value in self.fields.items() if name in taken}
        return _merge(parameters, given) if given else dict(parameters)


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
    if isinstance(wanted, Mapping):  # within a list: AWS adds its defaults
        return not list(differences(wanted, there, ""))
    if isinstance(wanted, list):
        found = there if isinstance(there, Sequence) and not isinstance(there, str) else []
        return len(found) == len(wanted) and all(map(_same, wanted, found))
    return bool(wanted == there or (not wanted and not there))


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
