"""TLS: the trusted authorities are read once in a run, and what it refuses is final."""

from __future__ import annotations

import threading
from collections.abc import Callable

Load = Callable[..., None]


class UnreadableAuthorities(OSError):
    """The file or folder of trusted authorities cannot be read."""


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
