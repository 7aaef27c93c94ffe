"""The wire between the program and AWS, and what can go wrong on it.

It sits where botocore sends: every HTTP request counts, pages and botocore's own retries too, and what comes
back goes through botocore's own parsers and retries. A fault strikes at the n-th request, counted from 0.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from tests.support.watched import READS, Killed

XML = {"ec2", "iam", "sts"}

Answer = Callable[[], Any]
Refusal = tuple[int, str, str]
"""HTTP status, AWS's error code, its message."""


@dataclass(frozen=True)
class Request:
    """One HTTP request to AWS."""

    service: str
    operation: str
    url: str
    body: str

    @property
    def writes(self) -> bool:
        return not self.operation.startswith(READS)

    @property
    def action(self) -> str:
        """The IAM action that it takes."""
        return f"{'tag' if self.service.startswith('resource') else self.service}:{self.operation}"


@dataclass(frozen=True)
class Fault:
    """What happens at request number `at`."""

    kind: str
    at: int

    def __str__(self) -> str:
        return f"{self.kind} at request {self.at}"


class Wire:
    """Hands each request to moto, unless a fault strikes. One request at a time: moto is not thread-safe."""

    def __init__(self, moto: Callable[..., Any]) -> None:
        self._moto = moto
        self._lock = threading.RLock()
        self._dead = False
        self.struck: Counter[str] = Counter()
        self.begin(None)

    def begin(
        self,
        fault: Fault | None,
        refuse: Mapping[str, Sequence[Refusal]] = MappingProxyType({}),
        stale: Mapping[tuple[str, str], Any] = MappingProxyType({}),
    ) -> None:
        """A new run of the program.

        Args:
            fault: That strikes it.
            refuse: Operation -> the refusals that it gets first.
            stale: Old `answers`; each is given once more, in place of the true one.
        """
        with self._lock:
            self.fault = fault
            self.requests: list[Request] = []
            self.answers: dict[tuple[str, str], Any] = {}
            self._refuse = {operation: list(each) for operation, each in refuse.items()}
            self._stale = dict(stale)
            self._dead = False
            self._fired = False

    def handle(self, stubber: Any, event_name: str, request: Any, **_: Any) -> Any:
        """In place of `moto.core.botocore_stubber.BotocoreStubber.__call__`."""
        if not stubber.enabled:
            return None
        _, service, operation = event_name.split(".")
        one = Request(_SERVICES.get(service, service), operation, request.url, _text(request.body))
        with self._lock:
            if self._dead:
                raise Killed
            number = len(self.requests)
            self.requests.append(one)
            refusals = self._refuse.get(operation)
            if refusals:
                self.struck["a message of AWS's"] += 1
                return refused(one, *refusals.pop(0))
            real = lambda: self._moto(stubber, event_name, request)  # noqa: E731
            if self.fault is not None and self._strikes(self.fault, number):
                return self._strike(self.fault, one, real)
            if (one.service, one.body) in self._stale:
                self.struck["not yet shown"] += 1
                return _copy(self._stale.pop((one.service, one.body)))
            answer = real()
            if not one.writes:
                answer = _kept(answer)
                self.answers[one.service, one.body] = answer
                return _copy(answer)
            return answer

    @property
    def fired(self) -> bool:
        """Whether this run's fault struck."""
        return self._fired

    def _strikes(self, fault: Fault, number: int) -> bool:
        return number >= fault.at if fault.kind in LASTING else number == fault.at

    def _strike(self, fault: Fault, one: Request, real: Answer) -> Any:
        if not self._fired:
            self.struck[fault.kind] += 1
        self._fired = True
        if fault.kind == "killed before":
            self._dead = True
            raise Killed
        if fault.kind == "killed after":
            real()
            self._dead = True
            raise Killed
        return FAULTS[fault.kind](one, real)


def _lost(one: Request, real: Answer) -> Any:
    from botocore.exceptions import ReadTimeoutError

    real()
    raise ReadTimeoutError(endpoint_url=one.url)


def _unreachable(one: Request, _: Answer) -> Any:
    from botocore.exceptions import EndpointConnectionError

    raise EndpointConnectionError(endpoint_url=one.url)


def _denied(one: Request, _: Answer) -> Any:
    code = {"ec2": "UnauthorizedOperation", "iam": "AccessDenied", "sts": "AccessDenied"}
    text = f"User: arn:aws:iam::123456789012:user/someone is not authorized to perform: {one.action}"
    return refused(
        one, 403 if one.service in XML else 400, code.get(one.service, "AccessDeniedException"), text
    )


def _throttled(one: Request, _: Answer) -> Any:
    status, code = {"ec2": (503, "RequestLimitExceeded"), "iam": (400, "Throttling")}.get(
        one.service, (400, "ThrottlingException")
    )
    return refused(one, status, code, "Rate exceeded")


FAULTS: dict[str, Callable[[Request, Answer], Any]] = {
    "answer lost": _lost,
    "500": lambda one, _: refused(one, 500, "InternalFailure", "An internal error occurred"),
    "503": lambda one, _: refused(one, 503, "ServiceUnavailable", "Please try again"),
    "throttled": _throttled,
    "access denied": _denied,
    "session expired": lambda one, _: refused(one, 400, "ExpiredToken", "The security token is expired"),
    "network gone": _unreachable,
}
REFUSALS = ("500", "503", "throttled")
"""Those that pass by themselves."""
LASTING = ("session expired", "network gone")
"""From the n-th request on, to the end of the run."""
FINAL = {"access denied": 5, "session expired": 5, "network gone": 6}
"""Those that the run cannot get over, and its exit code."""
KINDS = ("killed before", "killed after", *FAULTS)

_SERVICES = {"resource-groups-tagging-api": "resourcegroupstaggingapi", "cloudwatch-logs": "logs"}


def refused(one: Request, status: int, code: str, text: str) -> Any:
    """An error as AWS sends it: XML from EC2, IAM and STS, JSON from the others."""
    if one.service == "ec2":
        body = (
            f"<Response><Errors><Error><Code>{code}</Code><Message>{text}</Message></Error></Errors>"
            "<RequestID>r</RequestID></Response>"
        )
    elif one.service in XML:
        body = (
            f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{text}</Message></Error>"
            "<RequestId>r</RequestId></ErrorResponse>"
        )
    else:
        body = json.dumps({"__type": code, "message": text})
    return _response(one.url, status, {}, body.encode())


def _response(url: str, status: int, headers: Any, body: bytes) -> Any:
    from botocore.awsrequest import AWSResponse
    from moto.core.botocore_stubber import MockRawResponse

    return AWSResponse(url, status, headers, MockRawResponse(body))


def _kept(answer: Any) -> tuple[Any, ...]:
    return (answer.url, answer.status_code, answer.headers, answer.content)


def _copy(kept: tuple[Any, ...]) -> Any:
    return _response(*kept)


def _text(body: Any) -> str:
    return body.decode() if isinstance(body, bytes) else str(body or "")
