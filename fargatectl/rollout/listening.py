"""Where the app says that it listens, compared with where the load balancer and users look for it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fargatectl.dataclass import dataclass
from fargatectl.rollout.case import AGAIN, Case, Finding
from fargatectl.rollout.traces import shorten_line

# The wordings of Flask, gunicorn, uvicorn, Express, Fastify, Go servers, Tomcat, Puma, PHP.
_SAYS = re.compile(
    r"running on|listening|started (?:on|server)|serving|server (?:at|is)|bound to", re.IGNORECASE
)
_ADDRESS = re.compile(
    r"(?P<host>\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:]{0,39}\]|localhost|\*|(?<=\s)(?=:))"
    r":(?P<port>\d{2,5})\b(?!:\d)",
    re.IGNORECASE,
)
_PORT = re.compile(r"\bport(?:\(s\))?:? (?P<port>\d{2,5})\b", re.IGNORECASE)
_LOOPBACK = re.compile(r"127\.|\[::1\]")  # not "localhost": many servers print it and listen everywhere


@dataclass(frozen=True)
class _Address:
    host: str
    port: int
    line: str


def read(case: Case) -> Finding | None:
    """A wrong port, or an address that only the task itself can reach; None if the log shows neither."""
    expected = case.evidence.port
    heard = list(_addresses(case.log))
    if expected is None or not heard:
        return None
    here = [address for address in heard if address.port == expected]
    if not here:
        return _wrong_port(case, heard[-1])
    everywhere = any("all addresses" in line for line in case.log)  # Flask prints this before 127.0.0.1
    if everywhere or not all(_LOOPBACK.match(address.host) for address in here):
        return None
    return Finding(
        "health.loopback",
        case.ailing(f"the app listens on {here[-1].host}, which only the task itself can reach"),
        f"Let the app listen on 0.0.0.0 port {expected}, often by --host or --bind in the Dockerfile's CMD "
        f"or {case.at['command']}{AGAIN}",
        lines=(shorten_line(here[-1].line),),
    )


def ports(case: Case) -> set[int]:
    """The ports that the app says it listens on."""
    return {address.port for address in _addresses(case.log)}


def _addresses(lines: tuple[str, ...]) -> Iterator[_Address]:
    for line in lines:
        if not _SAYS.search(line):
            continue
        found = [(match["host"], match["port"]) for match in _ADDRESS.finditer(line)]
        found = found or [("", match["port"]) for match in _PORT.finditer(line)]
        for host, port in found:
            if 0 < int(port) < 65536:
                yield _Address(host, int(port), line)


def _wrong_port(case: Case, address: _Address) -> Finding:
    port, expected = address.port, case.evidence.port
    fix = f"Set {case.key['port']} to {port} in {case.where['port']}{AGAIN}"
    if _LOOPBACK.match(address.host):
        fix = f"Let the app listen on 0.0.0.0 port {expected} instead of {address.host} port {port}{AGAIN}"
    return Finding(
        "health.port",
        case.ailing(f"the app listens on port {port} while {case.key['port']} is {expected}"),
        fix,
        lines=(shorten_line(address.line),),
    )
