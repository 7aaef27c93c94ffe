"""One TLS context for all connections of a run.

urllib3 reads the trusted authorities anew for each connection: with certifi's, 20 ms of processor time each.
At twenty connections that is nearly as much as all the rest of a run.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

Load = Callable[..., None]


class UnreadableAuthorities(OSError):
    """The file or folder of trusted authorities cannot be read."""


class Tls:
    """The context that botocore's clients share, made with the first of them. Not thread-safe."""

    def __init__(self) -> None:
        self._context: Any = None

    def share(self, http_session: Any) -> None:
        """Let a `botocore.httpsession.URLLib3Session` that has no connection yet use the context.

        botocore offers no other way to it. A proxy that is spoken to by TLS keeps a context of its own.
        """
        if self._context is None:
            self._context = http_session._get_ssl_context()
            self._context.load_verify_locations = once(self._context.load_verify_locations)
        pools = http_session._get_pool_manager_kwargs

        def sharing(**more: Any) -> dict[str, Any]:
            return {**pools(**more), "ssl_context": self._context}

        http_session._get_pool_manager_kwargs = sharing
        http_session._manager.connection_pool_kw["ssl_context"] = self._context


def once(load: Load) -> Load:
    """`ssl.SSLContext.load_verify_locations`, which does nothing where the same was loaded before.

    Thread-safe. Raises UnreadableAuthorities, which names the file; urllib3 takes it for an error of TLS.
    """
    lock = threading.Lock()
    loaded: set[tuple[object, ...]] = set()

    def loading(
        cafile: str | None = None, capath: str | None = None, cadata: str | bytes | None = None
    ) -> None:
        with lock:
            if (cafile, capath, cadata) in loaded:
                return
            try:
                load(cafile, capath, cadata)
            except OSError as error:
                raise UnreadableAuthorities(f"{cafile or capath}: {error.strerror or error}") from error
            loaded.add((cafile, capath, cadata))

    return loading


def is_final(error: object) -> bool:
    """Whether a `botocore.exceptions.SSLError` would come again: neither side changes."""
    import ssl

    from botocore.exceptions import SSLError
    from urllib3.util.ssl_match_hostname import CertificateError

    if not isinstance(error, SSLError):
        return False
    causes = getattr(error.kwargs.get("error"), "args", ())
    kinds = (ssl.SSLCertVerificationError, CertificateError, UnreadableAuthorities)
    return any(isinstance(cause, kinds) for cause in causes)
