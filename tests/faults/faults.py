"""What can go wrong between the program and AWS, and the errors that AWS answers with."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from botocore.session import get_session

from .asked import Request
from .wire import response

Refusal = tuple[int, str, str]
"""HTTP status, AWS's error code, its message."""


@cache
def _is_xml(service: str) -> bool:
    """Whether a service answers in XML, by botocore's model of it."""
    return get_session().get_service_model(service).resolved_protocol in ("query", "ec2", "rest-xml")


@dataclass(frozen=True)
class Fault:
    """What happens at one request.

    Attributes:
        at: Its number, counted from 0 over the run, botocore's retries too; or the first of an operation.
    """

    kind: str
    at: int | str

    def __str__(self) -> str:
        return f"{self.kind} at {'request' if isinstance(self.at, int) else 'the first'} {self.at}"


def _denied(one: Request) -> bytes:
    code = {"ec2": "UnauthorizedOperation", "iam": "AccessDenied", "sts": "AccessDenied"}
    text = f"User: arn:aws:iam::123456789012:user/someone is not authorized to perform: {one.action}"
    status = 403 if _is_xml(one.service) else 400
    return refused(one, status, code.get(one.service, "AccessDeniedException"), text)


def _throttled(one: Request) -> bytes:
    status, code = {"ec2": (503, "RequestLimitExceeded"), "iam": (400, "Throttling")}.get(
        one.service, (400, "ThrottlingException")
    )
    return refused(one, status, code, "Rate exceeded")


ANSWERS: dict[str, Callable[[Request], bytes]] = {
    "500": lambda one: refused(one, 500, "InternalFailure", "An internal error occurred"),
    "500 though done": lambda one: refused(one, 500, "InternalFailure", "An internal error occurred"),
    "503": lambda one: refused(one, 503, "ServiceUnavailable", "Please try again"),
    "throttled": _throttled,
    "access denied": _denied,
    "session expired": lambda one: refused(one, 400, "ExpiredToken", "The security token is expired"),
}
"""Faults in which AWS answers with an error."""
KILLS = ("killed before", "killed after")
"""SIGKILL: AWS never gets the request, or does what it asks for and nobody hears of it."""
SILENT = ("answer lost", "answer late")
"""AWS does it; the connection breaks, or the answer comes when nobody waits for it any more."""
DONE = "500 though done"
"""AWS does it, and says that it failed."""
PASSING = ("500", DONE, "503", "throttled")
"""Those that pass by themselves."""
LASTING = ("session expired", "network gone")
"""From that request on, to the end of the run."""
FINAL = {"access denied": 5, "session expired": 5, "network gone": 6}
"""Those that a run cannot get over, and its exit code."""
KINDS = (*KILLS, *SILENT, *PASSING, "access denied", *LASTING)


def refused(one: Request, status: int, code: str, text: str) -> bytes:
    """An error as AWS sends it, in the protocol of its service."""
    if one.service == "ec2":
        body = (
            f"<Response><Errors><Error><Code>{code}</Code><Message>{text}</Message></Error></Errors>"
            "<RequestID>r</RequestID></Response>"
        )
    elif _is_xml(one.service):
        body = (
            f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{text}</Message></Error>"
            "<RequestId>r</RequestId></ErrorResponse>"
        )
    else:
        return response(
            status, "application/x-amz-json-1.1", json.dumps({"__type": code, "message": text}), code
        )
    return response(status, "text/xml", body)
