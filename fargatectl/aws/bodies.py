"""The bodies of answers: read whole or not at all, and never without end.

botocore reads as long as something comes, and takes what came before a connection broke for the whole.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

MOST_BYTES = 64 * 1024 * 1024  # AWS pages its lists long before that
MOST_SECONDS = 120.0
_CHUNK = 16 * 1024

Send = Callable[[Any], Any]


class Endless(ValueError):
    """An answer that does not come to its end."""


def bounded(send: Send) -> Send:
    """`botocore.httpsession.URLLib3Session.send`, with bodies read here.

    A body that ends early is a connection that was closed: botocore tries again.
    """

    def sending(request: Any) -> Any:
        streamed, request.stream_output = request.stream_output, True  # so that nothing is read there
        response = send(request)
        if not streamed:
            response._content = _read(request, response)
        return response

    return sending


def _read(request: Any, response: Any) -> bytes:
    from botocore.exceptions import ConnectionClosedError, ReadTimeoutError
    from urllib3.exceptions import HTTPError
    from urllib3.exceptions import ReadTimeoutError as TimedOut

    parts: list[bytes] = []
    size, deadline = 0, time.monotonic() + MOST_SECONDS
    try:
        for part in response.raw.stream(_CHUNK):
            parts.append(part)
            size += len(part)
            if size > MOST_BYTES or time.monotonic() > deadline:
                response.raw.close()
                raise Endless("its answer does not end")
    except TimedOut as error:
        raise ReadTimeoutError(endpoint_url=request.url, error=error) from error
    except HTTPError as error:
        raise ConnectionClosedError(endpoint_url=request.url, request=request, error=error) from error
    length = response.headers.get("Content-Length", "")
    if request.method != "HEAD" and length.isdigit() and size < int(length):
        response.raw.close()
        raise ConnectionClosedError(endpoint_url=request.url, request=request)
    return b"".join(parts)
