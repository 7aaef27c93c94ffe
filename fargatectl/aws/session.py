"""One session, its clients made when first needed, and the one way to call AWS."""

from __future__ import annotations

import gc
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fargatectl.aws.answers import checked, not_aws, refuse_text
from fargatectl.aws.errors import Caller, NoAnswerError, no_region, translate, translated
from fargatectl.aws.tls import is_final
from fargatectl.dataclass import dataclass
from fargatectl.engine.events import ApiCall, Emit, ignore
from fargatectl.errors import UnreachableError

if TYPE_CHECKING:
    from fargatectl.aws.connections import Connections

MOST_PAGES = 10_000  # of one list; far more than there are of anything
ONCE = {
    "ec2": ("AllocateAddress", "CreateInternetGateway", "CreateVpc"),
    "ecs": ("RegisterTaskDefinition",),
}
"""Operations that AWS does anew each time it is asked, with no token to tell a repetition by: botocore must
not repeat them. The engine does, after a look; see `fargatectl.engine.resource.Resource.doubles`."""


@dataclass(frozen=True)
class Connection:
    """Where AWS is and who we are there; None leaves it to the AWS environment.

    Attributes:
        region: Such as ``eu-central-1``.
        profile: A profile of the AWS config file.
        endpoint_url: Of an AWS that is not at its usual addresses.
        access_key, secret_key: For such an AWS; real credentials come from the AWS environment.
    """

    region: str | None = None
    profile: str | None = None
    endpoint_url: str | None = None
    access_key: str | None = None
    secret_key: str | None = None


class Aws:
    """AWS for one run. Thread-safe.

    Args:
        connection: Where and who.
        emit: Gets an `ApiCall` for every call answered.
        caller: For whom the calls are made.
        connections: To be used, where some are opened already.
    """

    def __init__(
        self,
        connection: Connection,
        emit: Emit = ignore,
        caller: Caller | None = None,
        connections: Connections | None = None,
    ) -> None:
        self.caller = caller or Caller()
        self._connection = connection
        self._emit = emit
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()
        self._session: Any = None
        self._connections = connections
        self.sending: Callable[[], object] = lambda: None
        """Called before a call is sent, in the thread that makes it."""

    @property
    def region(self) -> str:
        """The region's name; raises CredentialsError when none is set anywhere."""
        with self._lock:
            return self._region(self._open())

    def _region(self, session: Any) -> str:
        region = self._connection.region or session.get_config_variable("region")
        if not region:
            raise no_region()
        return str(region)

    def elsewhere(self, service: str) -> list[Aws]:
        """AWS in each other region of the partition where a service is, whether enabled for us or not."""
        here, partition = self.region, self.partition
        with self._lock:
            names = self._open().get_available_regions(service, partition)
        return [self._in(name) for name in names if name != here]

    def _in(self, region: str) -> Aws:
        # Connections of its own: what is opened ahead in the next run is for the own region.
        there = Aws(replace(self._connection, region=region), self._emit, self.caller)
        there._session, there._lock = self._session, self._lock
        return there

    @property
    def partition(self) -> str:
        """``aws``, ``aws-cn`` or ``aws-us-gov``."""
        region = self.region
        with self._lock:
            return str(self._open().get_partition_for_region(region))

    def call(self, service: str, operation: str, /, **parameters: Any) -> dict[str, Any]:
        """Make one API call.

        Args:
            service: botocore's name, such as ``ecs``.
            operation: AWS's name, such as ``CreateService``.
            parameters: As in AWS's API reference.

        Raises:
            AwsError: AWS refused; DeniedError when it was not permitted.
            CredentialsError: There are no usable credentials.
            UnreachableError: No answer.
        """
        from botocore import xform_name

        try:
            with translated(service, operation, self.caller):
                client = self._client(service, operation)
                self.sending()
                answer = getattr(client, xform_name(operation))(**parameters)
                return checked(answer, _shape(client, operation), service, operation)
        except UnreachableError as error:
            if operation in ONCE.get(service, ()):
                raise NoAnswerError(error.message, hint=error.hint, code=error.code) from error
            raise

    def items(self, service: str, operation: str, key: str, /, **parameters: Any) -> Iterator[Any]:
        """The items under `key` on every page of a list call; raises as `call` does."""
        from botocore import xform_name

        with translated(service, operation, self.caller):
            client = self._client(service, operation)
            self.sending()
            pages = client.get_paginator(xform_name(operation)).paginate(**parameters)
        # The block does not enclose the yield: what the caller raises there is not AWS's.
        for page in _each(pages, service, operation, self.caller):
            yield from checked(page, _shape(client, operation), service, operation)[key]

    def _open(self) -> Any:
        if self._session is None:
            try:
                self._session = _session(self._connection)
            except Exception as error:
                raise translate(error, "sts", "GetCallerIdentity") or error from error
        return self._session

    def _client(self, service: str, operation: str = "") -> Any:
        client = self._clients.get(service)
        if client is None or not _has(client, operation):
            client = self._make_client(service, operation)
        models = _models(self._session)
        if models is not None and operation:
            models.asked(service, operation)
        return client

    def _make_client(self, service: str, operation: str) -> Any:
        if not self._connection.region and not self._session:
            _ = self.region
        # One at a time: making clients in threads is slower than one after another.
        with self._lock:
            client = self._clients.get(service)
            if client is None or not _has(client, operation):
                client = self._clients[service] = self._make(service, operation)
            return client

    def close(self) -> Mapping[str, int]:
        """Keep for the next run what this one has learned of AWS's models; see `fargatectl.aws.models`.

        Returns:
            To which hosts there were connections: `fargatectl.aws.connections.Connections.hosts`.
        """
        models = _models(self._session)
        if models is not None:
            models.remember()
        return self._connections.hosts() if self._connections is not None else {}

    def _make(self, service: str, operation: str = "") -> Any:
        from botocore.config import Config

        from fargatectl import __version__
        from fargatectl.aws.connections import CONNECT_TIMEOUT, POOL, READ_TIMEOUT

        session = self._open()
        region = self._region(session)
        collecting = gc.isenabled()
        gc.disable()  # the service models are a great many small objects, none of them garbage
        try:
            models = _models(session)
            if models is not None and operation:
                models.needed(service, operation)
            client = session.create_client(
                service,
                region_name=region,
                endpoint_url=self._connection.endpoint_url,
                config=Config(
                    max_pool_connections=POOL,
                    connect_timeout=CONNECT_TIMEOUT,
                    read_timeout=READ_TIMEOUT,
                    retries={"mode": "standard", "max_attempts": 6},
                    user_agent_extra=f"fargatectl/{__version__}",
                ),
            )
        finally:
            if collecting:
                gc.enable()
        self._trace(client, service)
        # The first answer that is not None decides: False is "do not try again".
        client.meta.events.register_first(
            f"needs-retry.{service}",
            lambda caught_exception=None, **_: False if is_final(caught_exception) else None,
        )
        for operation in ONCE.get(service, ()):
            client.meta.events.register_first(f"needs-retry.{service}.{operation}", lambda **_: False)
        return client

    def _trace(self, client: Any, service: str) -> None:
        def before(context: dict[str, Any], **_: Any) -> None:
            context["fargatectl_started"] = time.monotonic()

        def after(context: dict[str, Any], model: Any, parsed: dict[str, Any], **_: Any) -> None:
            seconds = time.monotonic() - context.get("fargatectl_started", time.monotonic())
            error = str(parsed.get("Error", {}).get("Code", ""))
            self._emit(ApiCall(service, model.name, seconds, error))

        client.meta.events.register("before-call.*.*", before)
        client.meta.events.register("after-call.*.*", after)
        client.meta.events.register("before-parse.*.*", refuse_text)
        if self._connections is None:
            from fargatectl.aws.connections import Connections

            self._connections = Connections()
        self._connections.share(client)


def _session(where: Connection) -> Any:
    import botocore.session

    from fargatectl.aws.models import Models, cache_file

    session = botocore.session.get_session()
    if where.profile is not None:
        session.set_config_variable("profile", where.profile)
    if where.access_key is not None:
        session.set_credentials(where.access_key, where.secret_key)
    # Every AWS tool reads AWS_REGION; botocore only AWS_DEFAULT_REGION and the config file.
    region = where.region or os.environ.get("AWS_REGION")
    if region:
        session.set_config_variable("region", region)
    session.get_scoped_config()  # raises where there is no such profile
    settings = set().union(*session.full_config["profiles"].values())
    if settings & {"role_arn", "sso_session", "sso_start_url"}:
        from fargatectl.aws.temporary import use_kept

        use_kept(session)
    if "mfa_serial" in settings:
        from fargatectl.aws.credentials import ask_for_codes

        ask_for_codes(session)
    file = cache_file(os.environ)
    if file is not None and not session.get_config_variable("data_path"):
        session.register_component("data_loader", Models(file))
    return session


def _models(session: Any) -> Any:
    """The session's `fargatectl.aws.models.Models`, where it has them."""
    loader = session.get_component("data_loader") if session is not None else None
    return loader if hasattr(loader, "remember") else None


def _has(client: Any, operation: str) -> bool:
    from botocore import xform_name

    return not operation or xform_name(operation) in client.meta.method_to_api_mapping


def _each(pages: Iterable[Any], service: str, operation: str, caller: Caller) -> Iterator[Any]:
    """Pages as they come; raises as `Aws.call` does."""
    rest = iter(pages)
    for _ in range(MOST_PAGES):
        with translated(service, operation, caller):
            page = next(rest, None)
        if page is None:
            return
        yield page
    raise not_aws(service, operation, f"its list has more than {MOST_PAGES} pages")


def _shape(client: Any, operation: str) -> Any:
    return client.meta.service_model.operation_model(operation).output_shape
