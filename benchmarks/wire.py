"""What a request to AWS asks for, and AWS's refusal in the protocol of the service asked."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from urllib.parse import parse_qs

_SCOPE = re.compile(r"Credential=[^/]+/\d+/[^/]*/([^/]+)/aws4_request")
_RPC = re.compile(r"^/service/[^/]+/operation/([A-Za-z]+)")


def asked(method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[str, str]:
    """The service that a request is signed for, and the operation.

    Args:
        headers: With lower-case names.
    """
    scope = _SCOPE.search(headers.get("authorization", ""))
    service = scope[1] if scope else "unknown"
    target = headers.get("x-amz-target", "")  # JSON protocols
    if target:
        return service, target.rpartition(".")[2]
    rpc = _RPC.match(path)  # smithy-rpc-v2-cbor
    if rpc:
        return service, rpc[1]
    if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):  # query, ec2
        return service, parse_qs(body.decode("utf-8", "replace")).get("Action", ["?"])[0]
    return service, f"{method} {path.partition('?')[0]}"  # REST


def throttled(service: str, operation: str) -> tuple[int, str, bytes]:
    """AWS's answer to a call over its limit: HTTP status, content type, body."""
    if service == "ec2":
        text = (
            "<Response><Errors><Error><Code>RequestLimitExceeded</Code>"
            f"<Message>Request limit exceeded ({operation}).</Message></Error></Errors>"
            "<RequestID>bench</RequestID></Response>"
        )
        return 503, "text/xml", text.encode()
    if service in ("iam", "sts", "cloudformation"):
        text = (
            "<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code>"
            "<Message>Rate exceeded</Message></Error><RequestId>bench</RequestId></ErrorResponse>"
        )
        return 400, "text/xml", text.encode()
    document = {"__type": "ThrottlingException", "message": "Rate exceeded"}
    return 400, "application/x-amz-json-1.1", json.dumps(document).encode()
