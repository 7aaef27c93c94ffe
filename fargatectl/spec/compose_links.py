"""Services of a Compose file whose variables name others as hosts, which Service Connect is to let them find.

Source: ECS Developer Guide, "Service Connect components": only tasks that start after an endpoint was made
find it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import field

from fargatectl.dataclass import dataclass
from fargatectl.spec.compose import ComposeService

_NAME = r"(?P<host>[A-Za-z0-9._-]{1,63})"
_URL = re.compile(
    rf"(?P<scheme>https?)?://(?:[^/@\s]{{0,200}}@)?{_NAME}(?::(?P<port>\d{{1,5}}|\$\S*))?(?=[/?#,;\s}}\"']|$)",
    re.ASCII,
)
_WHOLE = re.compile(rf"(?:\$\{{\w+:-)?{_NAME}(?::(?P<port>\d{{1,5}}))?\}}?", re.ASCII)
_OF_HOSTS = re.compile(
    r"(?:^|_)(?:HOST|HOSTNAME|ADDR|ADDRESS|SERVER|ENDPOINT|UPSTREAM|BACKEND)S?$", re.IGNORECASE
)
_BY_SCHEME = {"http": 80, "https": 443}


@dataclass
class Links:
    """What a service has to do with others.

    Attributes:
        env: Its variables, with the names by which it finds the others.
        after: Those that it finds, as the spec calls them.
        found: Others find it.
        finds: It finds others.
        notes: What is to be said of its variables.
    """

    env: dict[str, str]
    after: list[str] = field(default_factory=list)
    found: bool = False
    finds: bool = False
    notes: list[str] = field(default_factory=list)


def links(services: Sequence[ComposeService], names: Mapping[str, str]) -> dict[str, Links]:
    """For each service that is written, by its name in Compose, what it has to do with the others.

    Args:
        services: All of the file, with the ports that they get.
        names: What the spec calls those that are written, by their names in Compose.
    """
    known = {one.name: one for one in services}
    made = {name: Links(dict(known[name].env)) for name in names}
    for name, link in made.items():
        for variable, value in known[name].env.items():
            parts, end = [], 0
            for match in _hosts(value):
                other = known.get(match["host"])
                if other is None or other.name == name or not _is_host(variable, match, other):
                    continue
                if called := _linked(made, names, name, variable, match, other):
                    parts += [value[end : match.start("host")], called]
                    end = match.end("host")
            link.env[variable] = "".join([*parts, value[end:]])
        link.notes = list(dict.fromkeys(link.notes))
    return made


def _linked(
    made: Mapping[str, Links],
    names: Mapping[str, str],
    name: str,
    variable: str,
    match: re.Match[str],
    other: ComposeService,
) -> str:
    """What the other is found as, once the two are linked; empty where they cannot be, which is noted."""
    link, text = made[name], f"{variable} names {other.name}"
    if other.name not in names:
        link.notes.append(f"{text}, which is left out: set it to where that is.")
        return ""
    called = names[other.name]
    waits = _waits(made, names, called, names[name])
    if not _listens(match, other):
        there = f"port: {port}" if (port := _port(match)) else "the port"
        here = "connect: true" if waits else f"connect: true and after: [{called}]"
        found = "" if called == other.name else f", as {called}"
        link.notes.append(f"{text}. To find it{found}: {there} and connect: true there, {here} here.")
        return ""
    made[other.name].found = link.finds = True
    if waits:
        link.notes.append(
            f"{text}, which waits for this service: it is found from this one's second deployment on."
        )
    elif called not in link.after:
        link.after.append(called)
    return called


def _hosts(value: str) -> list[re.Match[str]]:
    whole = _WHOLE.fullmatch(value)
    return [whole] if whole else list(_URL.finditer(value))


def _is_host(variable: str, match: re.Match[str], other: ComposeService) -> bool:
    """Whether a name that is the other's means it: in a URL always, alone by the variable or the port."""
    if match.re is _URL or _OF_HOSTS.search(variable):
        return True
    return match["port"] is not None and _port(match) in (other.ports.open, other.ports.private)


def _port(match: re.Match[str]) -> int | None:
    """The port that is named; None where it is not, or by a variable."""
    if match["port"] is not None:
        return int(match["port"]) if match["port"].isdigit() else None
    return _BY_SCHEME.get(match["scheme"] or "") if match.re is _URL else None


def _listens(match: re.Match[str], other: ComposeService) -> bool:
    """Whether the other is certain to be found there: it has this port, or its name alone is asked for."""
    there = other.ports.open or other.ports.private
    if match.re is _WHOLE and match["port"] is None:
        return there is not None
    return there is not None and there == _port(match)


def _waits(made: Mapping[str, Links], names: Mapping[str, str], one: str, other: str) -> bool:
    """Whether `one` waits for `other`, be it through more of them."""
    after = {names[name]: link.after for name, link in made.items()}
    todo, seen = [one], set[str]()
    while todo:
        if (name := todo.pop()) == other:
            return True
        if name not in seen:
            seen.add(name)
            todo += after[name]
    return False
