"""What moto works out anew for every request, worked out once: half of the time of all tests with it.

Nothing here changes an answer; see `tests.support.shims` for what does.

- Which handler a URL belongs to: moto tries 200 patterns, and makes the handlers' patterns each time.
- werkzeug builds a request in a way of its own.
- Which methods a handler has: it inspects the whole class.
- Under which names an object may hold a member of an answer: six classes are asked for each member.
- At the end of a test it fills all that it is about to throw away anew.
- botocore signs what moto does not verify.
- For `requests`, which nothing here uses to call AWS, it registers 1288 answers for each test.
"""

from __future__ import annotations

import functools
import io
import sys
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, urlsplit

USUAL: list[tuple[Any, str, Any]] = []
"""What is written anew here, as moto has it: owner, name, and the thing itself."""


def install() -> None:
    """Patch moto for as long as this process lives; a second time does nothing."""
    from moto.core.botocore_stubber import BotocoreStubber

    if BotocoreStubber.process_request is _process_request:
        return
    import xmltodict
    from botocore.auth import SigV4Auth
    from moto.core import models, responses
    from moto.core.base_backend import AccountSpecificBackend
    from moto.core.serialize import ResponseSerializer

    for owner, name in ((BotocoreStubber, "process_request"), (ResponseSerializer, "get_value")):
        USUAL.append((owner, name, getattr(owner, name)))
    BotocoreStubber.process_request = _process_request
    responses.method_names_from_class = functools.cache(responses.method_names_from_class)
    ResponseSerializer.get_value = _get_value
    xmltodict._validate_name = functools.lru_cache(4096)(xmltodict._validate_name)
    AccountSpecificBackend.reset = lambda _: None  # BackendDict.reset drops it right afterwards
    models.RESPONSES_METHODS = []
    SigV4Auth.canonical_request = lambda *_: ""
    SigV4Auth.signature = lambda *_: "0" * 64


def serve() -> None:
    """The same for moto's server, which looks at its own folder 200 times for each request.

    Connections are kept, and nothing waits for an acknowledgement before the body is sent.
    """
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler

    known: Any = DomainDispatcherApplication.get_backend_for_host
    if not hasattr(known, "cache_info"):
        DomainDispatcherApplication.get_backend_for_host = functools.cache(known)
    handler: Any = MotoRequestHandler
    handler.protocol_version, handler.disable_nagle_algorithm = "HTTP/1.1", True
    handler.log_request = lambda *_, **__: None


@functools.lru_cache(4096)
def _handler(url: str) -> Callable[..., Any] | None:
    """What answers requests to a URL without its query."""
    import re

    from moto import backend_index, backends
    from moto.core import DEFAULT_ACCOUNT_ID
    from moto.core.utils import get_equivalent_url_in_aws_domain

    parsed, _ = get_equivalent_url_in_aws_domain(url)
    clean = f"{parsed.scheme}://{parsed.netloc}{parsed.path}"
    for service, pattern in backend_index.backend_url_patterns:
        if not pattern.match(clean):
            continue
        of_account = backends.get_backend(service)[DEFAULT_ACCOUNT_ID]  # type: ignore[call-overload]
        backend = of_account["us-east-1" if "us-east-1" in of_account else "aws"]
        for one, handler in backend.urls.items():
            if re.match(one, clean):
                return handler  # type: ignore[no-any-return]
    return None


def _process_request(self: Any, request: Any) -> Any:
    """As `BotocoreStubber.process_request`, without a recorder, and with all of AWS answered here."""
    from moto.core.exceptions import HTTPException

    handler = _handler(request.url.partition("?")[0])
    if handler is None:  # as moto: None lets the request go on to a server of the test's own
        return (404, {}, "Not yet implemented") if ".amazonaws.com/" in request.url else None
    normalized = _normalized(request)
    try:
        return handler(normalized, normalized.raw_url, normalized.headers)
    except HTTPException as error:
        return error.code, error.get_headers(), error.get_body()


def _normalized(request: Any) -> Any:
    """As `normalize_request`, of a request whose body is text or bytes: without werkzeug's long way there."""
    from moto.core.request import Request

    address = urlsplit(request.url)
    body = request.body or b""
    body = body if isinstance(body, bytes) else body.encode()
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(address.path).encode().decode("latin1"),
        "QUERY_STRING": address.query,
        "REQUEST_URI": address.path,
        "RAW_URI": address.path,
        "SERVER_NAME": address.hostname,
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": address.scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request.headers.items():
        text = value.decode("utf-8") if isinstance(value, bytes) else value
        environ[f"HTTP_{name.upper().replace('-', '_')}"] = text
    environ["HTTP_HOST"] = address.netloc
    environ.pop("HTTP_CONTENT_LENGTH", None)
    if (sort := environ.pop("HTTP_CONTENT_TYPE", None)) is not None:
        environ["CONTENT_TYPE"] = sort
    environ["CONTENT_LENGTH"] = str(len(body))
    environ["moto.preserved_header_names"] = {}
    return Request(environ)


def _get_value(self: Any, value: Any, key: str, shape: Any) -> Any:
    """As `ResponseSerializer.get_value` with an `XFormedAttributePicker`."""
    from moto.core.serialize import MISSING, get_value

    picker = self._value_picker
    kept = vars(shape).setdefault("_names", {})
    names = kept.get((key, type(value)))
    if names is None:
        names = kept[key, type(value)] = _names(self, picker, value, key, shape)
    for name in names:
        found = value.get(name, MISSING) if type(value) is dict else get_value(value, name, MISSING)
        if found is not MISSING:
            break
    else:
        found = None
    if picker.response_transformers:
        path = f"{'.'.join(self.path)}.{key}"
        for end, transform in picker.response_transformers.items():
            if path.endswith(end):
                return transform(found)
    return found


def _names(serializer: Any, picker: Any, value: Any, key: str, shape: Any) -> tuple[str, ...]:
    """The names that moto itself would try, in its order."""
    from moto.core.serialize import AttributePickerContext

    model = serializer.operation_model
    context = AttributePickerContext(value, key, shape, model, model.service_model)
    return tuple(dict.fromkeys(picker.get_possible_keys(context)))
