"""What an HTTP request asks of AWS."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from urllib.parse import unquote_plus

from tests.support.watched import READS

from .wire import Message

_CREDENTIAL = re.compile(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/")
_ACTION = re.compile(r"(?:^|[&?])Action=(\w+)")
_SERVICES = {
    "tagging": "resourcegroupstaggingapi", "elasticfilesystem": "efs", "elasticloadbalancing": "elbv2",
    "monitoring": "cloudwatch",
}  # fmt: skip
"""Names that requests are signed with, where botocore calls the service otherwise."""


@dataclass(frozen=True)
class Request:
    """One HTTP request to AWS.

    Attributes:
        service: botocore's name.
        operation: AWS's name.
        path: With the query.
    """

    service: str
    operation: str
    path: str
    body: str

    @property
    def writes(self) -> bool:
        return not self.operation.startswith(READS)

    @property
    def action(self) -> str:
        """The IAM action that it takes."""
        prefix = {"resourcegroupstaggingapi": "tag", "elbv2": "elasticloadbalancing"}
        return f"{prefix.get(self.service, self.service)}:{self.operation}"

    @property
    def locks(self) -> bool:
        """Whether it takes or leaves a lock: what every run does, even one that changes nothing."""
        return self.service == "ssm" and self.operation in ("PutParameter", "DeleteParameter")


def recognise(message: Message) -> Request:
    """The service and operation: by target header, query protocol, or REST path."""
    method, path, _ = message.first.split(" ")
    signed = _CREDENTIAL.search(message.headers.get("authorization", ""))
    assert signed, f"not signed: {message.first}"
    service = _SERVICES.get(signed[1], signed[1])
    body = message.body.decode(errors="replace")
    if target := message.headers.get("x-amz-target"):
        operation = target.rpartition(".")[2]
    elif found := _ACTION.search(body) or _ACTION.search(path):
        operation = found[1]
    else:
        operation = _by_path(service, method, path)
    return Request(service, operation, path, body)


def _by_path(service: str, method: str, path: str) -> str:
    asked = unquote_plus(path.partition("?")[0]).rstrip("/")
    for verb, pattern, operation in _paths(service):
        if verb == method and pattern.fullmatch(asked):
            return operation
    raise AssertionError(f"no operation of {service} is {method} {path}")


@cache
def _paths(service: str) -> list[tuple[str, re.Pattern[str], str]]:
    """(method, path, operation) of a REST service, the most literal paths first."""
    from botocore.session import Session

    model = Session().get_service_model(service)
    found = []
    for name in model.operation_names:
        http = model.operation_model(name).http
        uri = http["requestUri"].partition("?")[0].rstrip("/")
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.sub(r"\\\{\w+\\\+\\\}", ".+", re.escape(uri)))
        found.append((http["method"], re.compile(pattern), uri.count("{"), name))
    found.sort(key=lambda one: one[2])
    return [(method, pattern, name) for method, pattern, _, name in found]
