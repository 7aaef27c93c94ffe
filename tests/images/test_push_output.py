"""Push messages recorded from Docker Engine 20.10, and what is made of them."""

from __future__ import annotations

from typing import Any

import pytest

from fargatectl.errors import ExitCode, NotPermitted
from fargatectl.images.push_output import PushOutput, is_expired, is_immutable, is_transient, push_failed

DIGEST = "sha256:6f4ff939cc5c6ae1ccde21c47e93014dfb51e7ef73b1e6b20627e1fdbc1f0fdc"
URI = "123456789012.dkr.ecr.us-east-1.amazonaws.com/app"
HEAD_ACTION = "ecr:BatchCheckLayerAvailability"
EXPIRED = "denied: Your authorization token has expired. Reauthenticate and try again."
IMMUTABLE = (
    "tag invalid: The image tag 'v1' already exists in the 'app' repository and cannot be overwritten "
    "because the repository is immutable."
)


def layer(name: str, status: str, current: int = 0, total: int = 0) -> dict[str, Any]:
    amount = {"current": current, "total": total} if total else {}
    return {"status": status, "progressDetail": amount, "id": name}


PUSHED = [
    {"status": f"The push refers to repository [{URI}]"},
    layer("745c643868d0", "Preparing"),
    layer("91f4e3ab7ede", "Preparing"),
    layer("e0a19eb00c9a", "Preparing"),
    layer("e0a19eb00c9a", "Waiting"),
    layer("91f4e3ab7ede", "Layer already exists"),
    layer("745c643868d0", "Pushing", 33792, 1982256),
    layer("745c643868d0", "Pushing", 1984512, 1982256),
    layer("745c643868d0", "Pushed"),
    layer("e0a19eb00c9a", "Mounted from other/app"),
    {"status": f"v1: digest: {DIGEST} size: 528"},
    {"progressDetail": {}, "aux": {"Tag": "v1", "Digest": DIGEST, "Size": 528}},
]


def test_counts_what_was_sent() -> None:
    output = PushOutput()
    shown = [shown for message in PUSHED if (shown := output.feed(message))]
    assert output.digest == DIGEST
    assert (output.layers, output.layers_pushed, output.bytes_pushed) == (3, 1, 1982256)
    assert shown[-1] == ("3 of 3 layers", 1982256, 1982256)
    assert ("1 of 3 layers", 33792, 1982256) in shown
    assert not output.error


def test_the_digest_is_read_from_the_status_line_where_there_is_no_aux() -> None:
    output = PushOutput()
    for message in PUSHED[:-1]:
        output.feed(message)
    assert output.digest == DIGEST


def test_tells_of_progress_by_the_hundredth_only() -> None:
    output = PushOutput()
    total = 10_000_000
    shown = [output.feed(layer("a", "Pushing", sent, total)) for sent in range(0, total, 1000)]
    assert 90 <= sum(bool(one) for one in shown) <= 110


def test_keeps_the_registrys_words() -> None:
    output = PushOutput()
    output.feed(
        {"errorDetail": {"message": "no basic auth credentials"}, "error": "no basic auth credentials"}
    )
    assert output.error == "no basic auth credentials"
    assert not output.digest


@pytest.mark.parametrize(
    "error",
    [
        "read tcp 10.0.0.1:1->10.0.0.2:443: read: connection reset by peer",
        'Put "https://x/v2/": net/http: TLS handshake timeout',
        'Get "https://x/v2/": EOF',
        "unexpected EOF",
        "received unexpected HTTP status: 503 Service Unavailable",
        "toomanyrequests: Rate exceeded",
    ],
)
def test_errors_worth_another_try(error: str) -> None:
    assert is_transient(error)


@pytest.mark.parametrize("error", ["denied: not allowed", EXPIRED, IMMUTABLE, "no basic auth credentials"])
def test_errors_that_stay(error: str) -> None:
    assert not is_transient(error)


def test_knows_an_old_token_and_a_fixed_tag() -> None:
    assert is_expired(EXPIRED)
    assert not is_expired(IMMUTABLE)
    assert is_immutable(IMMUTABLE)
    assert not is_immutable(EXPIRED)


@pytest.mark.parametrize(
    ("error", "hint"),
    [
        ("denied: requested access to the resource is denied", "ecr:BatchCheckLayerAvailability"),
        ("no basic auth credentials", "does not accept the credentials"),
        ("unauthorized: authentication required", "does not accept the credentials"),
        ("name unknown: The repository with name 'app' does not exist in the registry", "made anew"),
        ("dial tcp 127.0.0.1:5099: connect: connection refused", "Nothing listens"),
        ("dial tcp: lookup x on 10.0.0.1:53: no such host", "check the region"),
        ("http: server gave HTTP response to HTTPS client", "insecure-registries"),
        (IMMUTABLE, "immutable"),
        (EXPIRED, "clock"),
        ("unexpected EOF", "run the command again"),
    ],
)
def test_each_refusal_has_its_way_out(error: str, hint: str) -> None:
    raised = push_failed(error, URI, "v1")
    assert raised.message == f"the image cannot be pushed to {URI}:v1: {error}"
    assert hint in raised.hint
    assert raised.code == "image.push_failed"


@pytest.mark.parametrize(
    ("error", "action"),
    [
        ("denied: User: x is not authorized to perform: ecr:PutImage on resource: y", "ecr:PutImage"),
        ('error parsing HTTP 403 response body: unexpected end of JSON input: ""', HEAD_ACTION),
        (
            "unknown: unexpected status from HEAD request to https://x/v2/app/blobs/y: 403 Forbidden",
            HEAD_ACTION,
        ),
    ],
)
def test_a_missing_permission_is_named(error: str, action: str) -> None:
    raised = push_failed(error, URI, "v1")
    assert isinstance(raised, NotPermitted)
    assert (raised.action, raised.ends_with, raised.code) == (action, ExitCode.CREDENTIALS, "aws.denied")
    assert error in raised.message
