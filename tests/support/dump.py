"""Everything there is in the account, as text: equal before and after means that nothing was changed.

The cases of `tests.lifecycle` say how each kind is listed, so a new kind is in here too.
"""

from __future__ import annotations

import json
import pickle
import re
from collections.abc import Callable
from typing import Any

from fargatectl.aws.session import Aws
from fargatectl.text import label
from tests.lifecycle import registry
from tests.support.requests import LEDGER
from tests.support.watched import WatchedAws


def _title(kind: str) -> str:
    """What many of a kind are called: ``log groups``."""
    one = label(kind)
    return f"{one[:-1]}ies" if one.endswith("ry") else f"{one}s"


NOTHING: dict[str, list[str]] = {"parameters": [], **{_title(case.kind): [] for case in registry.made()}}


def dump(aws: Aws) -> str:
    """What every list and describe call of every kind shows, tags included.

    As before where nothing but reading has come to the AWS of this process since.
    """
    kept, moment = vars(aws).get("_dumped", (None, "")), LEDGER.moment
    if kept[0] == moment and isinstance(aws, WatchedAws):
        return str(kept[1])
    text = json.dumps(_everything(aws), indent=1, sort_keys=True, default=str)
    vars(aws)["_dumped"] = (moment, text)
    return text


def remains(aws: Aws) -> dict[str, list[str]]:
    """The names of all things of our kinds that exist, kind by kind; those that AWS makes itself left out."""
    once: Any = _Once(aws)
    return {
        "parameters": [one["Name"] for one in _parameters(aws)],
        **{_title(case.kind): [thing.name for thing in case.own(once)] for case in registry.made()},
    }


def shape(text: str) -> str:
    """A dump, or a part of one, without what differs each time: ids, times, revisions."""
    found = json.loads(_REVISION.sub("N", _RANDOM.sub("X", text)))
    return json.dumps(_ordered(found), indent=1, sort_keys=True)


def _parameters(aws: Aws) -> list[dict[str, Any]]:
    """Where a lock that was left behind would be."""
    return list(aws.items("ssm", "DescribeParameters", "Parameters"))


class _Once:
    """An `Aws` of which several kinds ask the same: it is asked once."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws
        self._known: dict[str, bytes] = {}

    def call(self, *what: str, **parameters: Any) -> Any:
        return self._ask(lambda: self._aws.call(*what, **parameters), (what, parameters))

    def items(self, *what: str, **parameters: Any) -> Any:
        return iter(self._ask(lambda: list(self._aws.items(*what, **parameters)), (what, parameters)))

    def _ask(self, ask: Callable[[], Any], about: Any) -> Any:
        key = json.dumps(about, sort_keys=True)
        if key not in self._known:
            self._known[key] = pickle.dumps(ask())
        return pickle.loads(self._known[key])  # each its own: some take it apart


def _everything(asked: Aws) -> dict[str, Any]:
    aws: Any = _Once(asked)
    return {
        "parameters": _parameters(aws),
        **{
            _title(case.kind): [
                {"name": thing.name, "tags": dict(thing.tags), **thing.shown} for thing in case.things(aws)
            ]
            for case in registry.load().values()
        },
    }


def _ordered(value: Any) -> Any:
    """Without moments, and lists in an order of their own: AWS answers in that of creation."""
    if isinstance(value, dict):
        return {name: _ordered(item) for name, item in value.items() if not _MOMENT.fullmatch(name)}
    if isinstance(value, list):
        return sorted((_ordered(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
    return value


_RANDOM = re.compile(
    r"\b(sgr?|vpc|subnet|igw|eigw|rtb|rtbassoc|nat|eni|eipalloc|eipassoc|vpce|acl|dopt|fs|fsap|fsmt)-[0-9a-f]{8,}"
    r"|\b(vpc|subnet)-cidr-assoc-[0-9a-f]{8,}"
    r"|\bAROA\w+|ecs-svc/\d+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"|(?<=/)[0-9a-f]{16}\b|(?<=-)\d+(?=\.[a-z0-9-]+\.elb)"  # of load balancers
)
_REVISION = re.compile(r"(?<=task-definition/)([\w-]+):\d+|(?<=\")\d+(?=:[0-9a-f]{16}:)")
# moto counts tasks wrongly; addresses that AWS chooses are chance too
_MOMENT = re.compile(
    r"\w*[dD]ate|\w*Time(stamp)?|\w*At|revision|(running|pending)TasksCount"
    r"|PublicIp|PrivateIp\w*|Ipv6CidrBlock|DestinationIpv6CidrBlock|DnsEntries"
)
