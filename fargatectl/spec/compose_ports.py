"""The ports of a service of a Compose file: which it opens to everybody, and which not.

Source: the Compose specification, "ports" and "expose".
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from fargatectl.dataclass import dataclass

_AT_ONE_ADDRESS = "Compose publishes it at one address of its machine only"
_EXPOSED = "Compose shows it to its other services only"
_REFERENCE = re.compile(r"\$\{\w+(?::?-([^}$]*))?[^}]*\}", re.ASCII)
_CONTAINERS = re.compile(r"(\d{1,5})(?:-\d{1,5})?(?:/tcp)?", re.ASCII)


@dataclass(frozen=True)
class Ports:
    """The TCP ports of the container that matter to a spec.

    Attributes:
        open: The first that is published at every address; None without one.
        private: Where none is, the first of the others; None without one.
        why: What makes that one private.
        left: What of `ports` is not taken over: "ports", "further ports", or nothing.
    """

    open: int | None = None
    private: int | None = None
    why: str = ""
    left: str = ""


def listened(ports: object, expose: object) -> Ports:
    """What a service's `ports` and `expose` say."""
    published = list(_ports(ports))
    first = next((port for port, everywhere in published if everywhere), None)
    number = len(ports) if isinstance(ports, list) else 0
    left = "" if number <= bool(published) else "further ports" if published else "ports"
    if first is not None:
        return Ports(open=first, left=left)
    if published:
        return Ports(private=published[0][0], why=_AT_ONE_ADDRESS, left=left)
    exposed = next((port for port, _ in _ports(expose)), None)
    return Ports(private=exposed, why=_EXPOSED if exposed else "", left=left)


def _ports(raw: object) -> Iterator[tuple[int, bool]]:
    """Each TCP port of the container, and whether it is published at every address.

    Of `80:8080`, `127.0.0.1:80:8080/tcp`, `[::1]::8080`, {target: 8080, host_ip: 127.0.0.1}.
    """
    for item in raw if isinstance(raw, list) else []:
        if isinstance(item, dict):
            target = item.get("target") if item.get("protocol", "tcp") == "tcp" else None
            address = item.get("host_ip") or ""
        else:
            text = item if isinstance(item, str) else ""
            known = _REFERENCE.sub(lambda found: "$" if found[1] is None else found[1], text)
            before, _, target = known.rpartition(":")
            address = before.rpartition(":")[0]
        match = _CONTAINERS.fullmatch(target) if isinstance(target, str) else None
        if match and 1 <= int(match[1]) <= 65535:
            yield int(match[1]), _everywhere(address)


def _everywhere(address: object) -> bool:
    """Whether whoever reaches the machine reaches what is published there; an address not known is none."""
    if not address:
        return True
    try:
        known = ipaddress.ip_address(str(address).strip("[]"))
    except ValueError:
        return False
    return known.is_unspecified or known.is_global
