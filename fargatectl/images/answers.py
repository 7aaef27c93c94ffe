"""What Docker Engine answers: read within bounds, and not taken for an answer where it is none.

docker-py reads as long as something comes and trusts what it gets.
"""

from __future__ import annotations

import codecs
import json
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from fargatectl.errors import FargatectlError, UnreachableError

if TYPE_CHECKING:
    import docker

MOST_BYTES = 64 * 1024 * 1024  # of an answer that is no stream
MOST_SECONDS = 120.0  # the same
MOST_MESSAGE = 4 * 1024 * 1024  # bytes of one message of a stream: a line of a build's output
_CHUNK = 16 * 1024


def no_sense(why: str) -> UnreachableError:
    """The error for an answer that cannot be Docker Engine's."""
    return UnreachableError(
        f"what answers in Docker Engine's place makes no sense: {why}",
        hint="Check it with: docker version. Something else may listen there; see DOCKER_HOST.",
        code="docker.unreachable",
    )


@contextmanager
def understood() -> Iterator[None]:
    """For a block that only reads an answer: whatever it stumbles over is not the Engine's.

    Raises:
        UnreachableError: It stumbled.
    """
    import requests
    from docker.errors import APIError, StreamParseError

    try:
        yield
    except (StreamParseError, requests.JSONDecodeError) as error:
        raise no_sense("it is no JSON") from error
    except (FargatectlError, APIError, requests.RequestException):
        raise
    except RecursionError as error:
        raise no_sense("JSON without end") from error
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise no_sense(_why(error)) from error


def bound(client: docker.DockerClient) -> None:
    """Make a client read answers within bounds."""
    api: Any = client.api  # a requests.Session
    send, stream = api.send, api._stream_helper

    def sending(request: Any, **options: Any) -> Any:
        streamed = options.get("stream", False)
        response = send(request, **(options | {"stream": True}))
        if not (streamed and _chunked(response)):
            response._content, response._content_consumed = _read(response), True
        return response

    def messages(response: Any, decode: bool = False) -> Iterator[Any]:
        if decode and _chunked(response):
            return split(stream(response, False))
        return iter(stream(response, decode))

    api.send, api._stream_helper = sending, messages


def split(chunks: Iterable[bytes | str]) -> Iterator[Mapping[str, Any]]:
    """The messages of a stream, which come with or without line breaks between them.

    Raises:
        UnreachableError: It is no stream of JSON objects, or breaks off in one of them.
    """
    decoder, text = json.JSONDecoder(), ""
    characters = codecs.getincrementaldecoder("utf-8")("replace")
    for chunk in chunks:
        text = (text + (chunk if isinstance(chunk, str) else characters.decode(chunk))).lstrip()
        while text:
            if not text.startswith("{"):
                raise no_sense("a message is no JSON")
            try:
                message, end = decoder.raw_decode(text)
            except ValueError:  # the rest is yet to come
                break
            yield message
            text = text[end:].lstrip()
        if len(text) > MOST_MESSAGE:
            raise no_sense("a message does not end")
    if text:
        raise no_sense("a message breaks off")


def _chunked(response: Any) -> bool:
    return bool(getattr(getattr(response.raw, "_fp", None), "chunked", False))


def _read(response: Any) -> bytes:
    parts, size, deadline = [], 0, time.monotonic() + MOST_SECONDS
    for part in response.iter_content(_CHUNK):
        parts.append(part)
        size += len(part)
        if size > MOST_BYTES or time.monotonic() > deadline:
            response.close()
            raise no_sense("it does not end")
    return b"".join(parts)


def _why(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"it has no {error.args[0]}"
    return "a part of it is of another kind"
