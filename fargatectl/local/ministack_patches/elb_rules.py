"""Which rule of a listener a request meets, and what its actions say.

Elastic Load Balancing, "Listener rules": priorities ascend, the default rule is last; all conditions of a
rule must hold, one value of each is enough. Nothing of MiniStack in here: the tests run it as it is.
"""

from __future__ import annotations

import ipaddress
import random
import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

from .elb_http import Answer
from .elb_wire import Head, Headers

Rule = Mapping[str, Any]
_DEFAULT_PORTS = (80, 443)


@dataclass(frozen=True)
class Asked:
    """A request as conditions see it."""

    head: Head
    client: str

    @property
    def method(self) -> str:
        return self.head.words[0]

    @property
    def path(self) -> str:
        return self._target.partition("?")[0]

    @property
    def query(self) -> str:
        return self._target.partition("?")[2]

    @property
    def host(self) -> str:
        """Without its port."""
        return re.sub(r":\d+$", "", self.head.get("host"))

    @property
    def _target(self) -> str:
        target = self.head.words[1]
        return re.sub(r"^https?://[^/]*", "", target) or "/"


@lru_cache(maxsize=1024)
def _pattern(text: str, flags: int) -> re.Pattern[str]:
    """AWS's wildcards: ``*`` is any characters, ``?`` exactly one; nothing else is special."""
    return re.compile(re.escape(text).replace(r"\*", ".*").replace(r"\?", "."), flags | re.DOTALL)


def _like(text: str, patterns: Iterable[str], flags: int = re.IGNORECASE) -> bool:
    return any(_pattern(one, flags).fullmatch(text) for one in patterns)


def _in_network(address: str, blocks: Iterable[str]) -> bool:
    client = ipaddress.ip_address(address)
    return any(client in ipaddress.ip_network(block, strict=False) for block in blocks)


def _query_holds(query: str, pairs: Iterable[Mapping[str, str]]) -> bool:
    given = parse_qsl(query, keep_blank_values=True)
    return any(
        _like(value, [pair["Value"]]) and (not pair.get("Key") or _like(key, [pair["Key"]]))
        for pair in pairs
        for key, value in given
    )


def _holds(condition: Mapping[str, Any], asked: Asked) -> bool:
    kind, values = condition["Field"], condition.get("Values") or []
    if kind == "path-pattern":
        return _like(asked.path, values, 0)  # paths alone tell case apart
    if kind == "host-header":
        return _like(asked.host, values)
    if kind == "http-request-method":
        return asked.method in values
    if kind == "source-ip":
        return _in_network(asked.client, values)
    if kind == "query-string":
        return _query_holds(asked.query, condition.get("QueryStringConfig", {}).get("Values", []))
    if kind == "http-header":
        config = condition.get("HttpHeaderConfig") or {}
        found = asked.head.all(config.get("HttpHeaderName", "").lower())
        return any(_like(value, config.get("Values") or values) for value in found)
    return False


def first_match(rules: Iterable[Rule], asked: Asked) -> Rule | None:
    """The rule that a request meets: by priority, the default one last."""

    def order(rule: Rule) -> tuple[bool, int]:
        default = bool(rule.get("IsDefault"))
        return default, 0 if default else int(rule["Priority"])

    for rule in sorted(rules, key=order):
        if rule.get("IsDefault") or all(_holds(one, asked) for one in rule.get("Conditions", [])):
            return rule
    return None


def last_action(rule: Rule) -> Mapping[str, Any]:
    """The action that answers; authentication, which may stand before it, is passed by."""
    found: Mapping[str, Any] = max(rule["Actions"], key=lambda action: int(action.get("Order") or 1))
    return found


def weights(action: Mapping[str, Any]) -> dict[str, int]:
    """The target groups that a forward action names, with their weights."""
    groups = (action.get("ForwardConfig") or {}).get("TargetGroups") or []
    if groups:
        return {one["TargetGroupArn"]: int(one.get("Weight", 1)) for one in groups}
    return {action["TargetGroupArn"]: 1} if action.get("TargetGroupArn") else {}


def choose(groups: Mapping[str, int], draw: Callable[[], float] = random.random) -> str | None:
    """One of the groups by weight, as each request draws it anew; None where none may be drawn."""
    place = draw() * sum(groups.values())
    for arn, weight in groups.items():
        place -= weight
        if place < 0:
            return arn
    return None


def fixed_response(config: Mapping[str, str]) -> Answer:
    body, kind = config.get("MessageBody", ""), config.get("ContentType") or "text/plain"
    return Answer(int(config["StatusCode"]), body, kind)


def redirect(config: Mapping[str, str], asked: Asked, protocol: str, port: int) -> Answer:
    """A redirect action's answer ("Redirect actions": #{protocol}, #{host}, #{port}, #{path}, #{query})."""
    own = {
        "protocol": protocol.lower(), "host": asked.host, "port": str(port),
        "path": asked.path.removeprefix("/"), "query": asked.query,
    }  # fmt: skip

    def filled(name: str, default: str) -> str:
        return re.sub(r"#\{(\w+)\}", lambda word: own.get(word[1], ""), config.get(name) or default)

    query = filled("Query", "#{query}")
    place = f"{filled('Host', '#{host}')}:{filled('Port', '#{port}')}{filled('Path', '/#{path}')}"
    location = f"{filled('Protocol', '#{protocol}').lower()}://{place}{'?' if query else ''}{query}"
    return Answer(int(config["StatusCode"].removeprefix("HTTP_")), headers=(("Location", location),))


def target_headers(
    asked: Asked, protocol: str, port: int, *, xff: str = "append", preserve_host: bool = False
) -> Headers:
    """A request's fields as a target gets them ("HTTP headers and Application Load Balancers").

    Args:
        xff: routing.http.xff_header_processing.mode.
        preserve_host: routing.http.preserve_host_header.enabled.
    """
    replaced = ["x-forwarded-proto", "x-forwarded-port", "x-amzn-trace-id"]
    came = asked.head.get("x-forwarded-for")
    if xff != "preserve":
        replaced.append("x-forwarded-for")
    headers = asked.head.without(*replaced)
    if not preserve_host:
        host = asked.host if port in _DEFAULT_PORTS else f"{asked.host}:{port}"
        headers = [(name, host if name.lower() == "host" else value) for name, value in headers]
    if xff == "append":
        headers.append(("X-Forwarded-For", f"{came}, {asked.client}" if came else asked.client))
    return [
        *headers,
        ("X-Forwarded-Proto", protocol.lower()),
        ("X-Forwarded-Port", str(port)),
        ("X-Amzn-Trace-Id", _trace(asked.head.get("x-amzn-trace-id"))),
    ]


def _trace(came: str) -> str:
    """ "Request tracing": a Root where there is none, else Self before what came."""
    own = f"1-{int(time.time()):08x}-{random.getrandbits(96):024x}"
    if not came:
        return f"Root={own}"
    rest = [part for part in came.split(";") if part.strip() and not part.strip().startswith("Self=")]
    return ";".join([f"Self={own}", *rest])
