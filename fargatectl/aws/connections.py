"""Connections to AWS: shared by all clients of a run, and opened ahead where the run before needed them.

To open one takes two round trips, TCP's and TLS's. All that the last run of a command opened is opened while
the modules are loaded that this run needs before it has anything to ask.

botocore offers no way to any of it: what is used of it and of urllib3 here is theirs alone and may change.
Where it does, `tests/aws/test_connections.py` fails.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.request import getproxies

from botocore.awsrequest import AWSHTTPSConnection, AWSHTTPSConnectionPool
from botocore.httpsession import URLLib3Session
from botocore.utils import get_environ_proxies
from urllib3.poolmanager import PoolManager
from urllib3.util.connection import is_connection_dropped

from fargatectl.aws.bodies import bounded
from fargatectl.aws.tls import once

POOL = 32  # connections to one host; botocore's own 10 would make 16 workers and their fan-out wait
CONNECT_TIMEOUT, READ_TIMEOUT = 5, 60  # seconds
MOST_AHEAD, MOST_AHEAD_IN_ALL = 8, 40  # to one host; each is opened by a thread of its own
MOST_HOSTS = 100  # whose connections are kept: by urllib3 ten, fewer than a run may ask services
_NO_DELAY = [(6, 1, 1)]  # TCP, NODELAY, on: botocore's own wish where the AWS config file has none

Hosts = Mapping[str, int]
"""Address of a host, such as ``https://ecs.eu-west-1.amazonaws.com:443``, and how many connections."""


class _Connection(AWSHTTPSConnection):  # type: ignore[misc]
    """One that waits for its first request is not taken for closed.

    By TLS 1.3 a server sends tickets after the handshake. Where nothing has been read since, urllib3 sees
    that there is something to be read, which it takes for the end.
    """

    @property
    def is_connected(self) -> bool:
        return super().is_connected or (isinstance(self.sock, ssl.SSLSocket) and _has_tickets_only(self.sock))


def _has_tickets_only(sock: ssl.SSLSocket) -> bool:
    """Whether a connection is open and has nothing to read once TLS's own messages are read."""
    timeout = sock.gettimeout()
    try:
        sock.settimeout(0)
        sock.recv(1)
    except ssl.SSLWantReadError:
        return True
    except OSError:
        return False
    finally:
        sock.settimeout(timeout)
    return False  # its end, or an answer to nothing


class _Pool(AWSHTTPSConnectionPool):  # type: ignore[misc]
    """Gives out what was opened ahead where it would open one."""

    ConnectionCls = _Connection

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._ahead: list[tuple[Any, threading.Event]] = []

    @property
    def used(self) -> int:
        """How many connections were made for requests."""
        return int(self.num_connections) - len(self._ahead)

    def open_ahead(self, count: int) -> None:
        """Begin to open so many, each in a thread of its own; a fault is that of the request it is for."""
        for _ in range(count):
            connection, opened = super()._get_conn(), threading.Event()
            threading.Thread(target=_open, args=(connection, opened), name="ahead", daemon=True).start()
            self._ahead.append((connection, opened))  # once it has begun: what is here is waited for

    def _get_conn(self, timeout: float | None = None) -> Any:
        if self.pool is None or any(self.pool.queue):  # closed, or one is idle
            return super()._get_conn(timeout)
        try:
            connection, opened = self._ahead.pop(0)
        except IndexError:
            return super()._get_conn(timeout)
        opened.wait()
        if is_connection_dropped(connection):
            connection.close()  # urllib3 opens it anew, and says what is wrong
        return connection


def _open(connection: Any, opened: threading.Event) -> None:
    try:
        connection.connect()
    except Exception:
        connection.close()
    finally:
        opened.set()


class Connections:
    """Of one run. `ahead` comes before any client is made; the rest is thread-safe as `share` is called."""

    def __init__(self) -> None:
        self._sessions: dict[str, Any] = {}

    def ahead(self, hosts: Hosts, environ: Mapping[str, str]) -> None:
        """Open these, unless there is a proxy on the way. Never fails: whoever needs one opens it then.

        Should the clients be told otherwise by the AWS config file than the environment has it, about
        authorities to trust for one, then nothing of it is used.
        """
        verify = environ.get("AWS_CA_BUNDLE") or environ.get("REQUESTS_CA_BUNDLE") or True
        by_proxy = bool(getproxies())  # asked for each host it may look up names, one after another
        left = MOST_AHEAD_IN_ALL
        for url, count in hosts.items():
            with suppress(Exception):  # an address that is none, no more threads
                proxies = get_environ_proxies(url) if by_proxy else {}
                if "https" in proxies:
                    continue
                session = self._shared(
                    URLLib3Session(
                        verify=verify,
                        proxies=proxies,
                        timeout=(CONNECT_TIMEOUT, READ_TIMEOUT),
                        max_pool_connections=POOL,
                        socket_options=_NO_DELAY,
                    )
                )
                pool = session._manager.connection_from_url(url)
                session._setup_ssl_cert(pool, url, session._verify)
                count = min(count, MOST_AHEAD, left)
                left -= count
                pool.open_ahead(count)

    def share(self, client: Any) -> None:
        """Let a client that has sent nothing yet use what others use who are told the same."""
        client._endpoint.http_session = self._shared(client._endpoint.http_session)

    def hosts(self) -> Hosts:
        """To which hosts there were connections by TLS and with no proxy, and how many."""
        found = {}
        for session in list(self._sessions.values()):
            pools = session._manager.pools
            for pool in filter(None, map(pools.get, pools.keys())):
                if isinstance(pool, _Pool) and pool.used > 0:
                    host = f"[{pool.host}]" if ":" in pool.host else pool.host
                    found[f"{pool.scheme}://{host}:{pool.port}"] = min(pool.used, MOST_AHEAD)
        return found

    def _shared(self, session: Any) -> Any:
        key = repr(
            [
                session._verify,
                session._proxy_config._proxies,
                session._proxy_config.settings,
                session._timeout,
                session._max_pool_connections,
                session._socket_options,
                session._cert_file,
                session._key_file,
            ]
        )
        if key not in self._sessions:
            self._sessions[key] = _prepared(session)
        return self._sessions[key]


def _prepared(session: Any) -> Any:
    """With one TLS context for all connections, and answers read whole.

    urllib3 reads the trusted authorities anew for each connection: with certifi's, 20 ms of processor time
    each. A proxy that is spoken to by TLS keeps a context of its own.
    """
    context = session._get_ssl_context()
    context.load_verify_locations = once(context.load_verify_locations)
    pools = session._get_pool_manager_kwargs

    def sharing(**more: Any) -> dict[str, Any]:
        return {**pools(**more), "ssl_context": context, "num_pools": MOST_HOSTS}

    session._get_pool_manager_kwargs = sharing
    session._pool_classes_by_scheme = {**session._pool_classes_by_scheme, "https": _Pool}
    session._manager = PoolManager(**sharing())
    session._manager.pool_classes_by_scheme = session._pool_classes_by_scheme
    session.send = bounded(session.send)  # botocore offers no other way to bound what it reads
    return session
