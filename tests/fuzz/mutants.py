"""Answers of AWS's in which one thing is not as AWS would have it."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from typing import Any

STRANGE: list[Any] = [
    None, 5, -1, 10**30, 1.5, True, "", "x", "\x1b[31m\u202e", [], {}, [None], {"a": 1}, ["x", 5], "9" * 5000,
    "arn:", ":::::", "{", "../..", "INACTIVE", "1970-01-01",
]  # fmt: skip


def mutant(body: bytes, chance: random.Random) -> bytes:
    """The body of an answer with something left out, replaced or broken off."""
    if chance.random() < 0.1:
        return body[: chance.randrange(len(body) + 1)]
    try:
        document = json.loads(body)
    except ValueError:
        return _xml(body.decode(), chance).encode()
    places = list(_places(document))
    if not places:
        return json.dumps(chance.choice(STRANGE)).encode()
    holder, key = chance.choice(places)
    if chance.random() < 0.4:
        del holder[key]
    else:
        holder[key] = chance.choice(STRANGE)
    return json.dumps(document).encode()


def _places(value: Any) -> Any:
    """(list or map, position or key) of everything in a document."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield value, key
        yield from _places(item)


def _xml(text: str, chance: random.Random) -> str:
    leaves = re.finditer(r"<(\w+)>[^<]*</\1>", text)
    elements = [*leaves, *re.finditer(r"<(\w+)>.*?</\1>", text, re.DOTALL)]
    if not elements:
        return "<r/>"
    one = chance.choice(elements)
    words = ["", f"<{one[1]}>x</{one[1]}>", f"<{one[1]}/>", f"<{one[1]}>-1</{one[1]}>", one[0] * 2, "<item/>",
             f"<{one[1]}>&#27;[31m</{one[1]}>", "&nothing;"]  # fmt: skip
    return text[: one.start()] + chance.choice(words) + text[one.end() :]


class Meddler:
    """Stands between the program and moto; the answer to request number `at` becomes a mutant."""

    def __init__(self, moto: Callable[..., Any]) -> None:
        self._moto = moto
        self.at = -1
        self.requests = 0
        self.meddled = ""
        self.chance = random.Random(0)

    def begin(self, at: int, chance: random.Random) -> None:
        self.at, self.requests, self.meddled, self.chance = at, 0, "", chance

    def __call__(self, stubber: Any, event_name: str, request: Any, **more: Any) -> Any:
        from botocore.awsrequest import AWSResponse
        from moto.core.botocore_stubber import MockRawResponse

        answer = self._moto(stubber, event_name, request, **more)
        if answer is None:
            return None
        number, self.requests = self.requests, self.requests + 1
        if number != self.at:
            return answer
        body = mutant(answer.content, self.chance)
        self.meddled = f"{event_name}: {body.decode('utf-8', 'replace')[:500]}"
        return AWSResponse(answer.url, answer.status_code, answer.headers, MockRawResponse(body))
