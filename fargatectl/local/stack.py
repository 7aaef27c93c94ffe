"""The local AWS: one per user, living on between commands, real containers on Docker Engine.

Usage:
    aws = ensure(print)     # started if need be
    boto3.client("ecs", endpoint_url=aws.endpoint_url, region_name=aws.region, ...)
"""

from __future__ import annotations

from collections.abc import Callable

from fargatectl.dataclass import dataclass
from fargatectl.errors import UnreachableError
from fargatectl.local import containers, environment, paths, process, record
from fargatectl.local.limits import LIMITS

__all__ = ["LIMITS", "LocalAws", "LocalStatus", "ensure", "reset", "start", "status", "stop"]

Say = Callable[[str], None]


@dataclass(frozen=True)
class LocalAws:
    """How to reach it. The access key is the account id: MiniStack takes a request's account from it."""

    endpoint_url: str
    region: str
    account: str
    access_key: str
    secret_key: str
    pid: int


@dataclass(frozen=True)
class LocalStatus:
    """What runs.

    Attributes:
        version: MiniStack's version.
        endpoint_url: Where it answers.
        pid: Its process.
        containers: How many containers it has in Docker Engine, or None while the engine does not answer.
        since: When it was started, ISO 8601 with the offset.
        outdated: True where this fargatectl would start another version or other patches.
    """

    version: str
    endpoint_url: str
    pid: int
    containers: int | None
    since: str
    outdated: bool


def _endpoint(running: record.Record) -> str:
    return f"http://{process.HOST}:{running.port}"


def _address(running: record.Record) -> LocalAws:
    return LocalAws(
        endpoint_url=_endpoint(running),
        region=process.REGION,
        account=process.ACCOUNT,
        access_key=process.ACCOUNT,
        secret_key="local",  # noqa: S106  not checked by anybody
        pid=running.pid,
    )


def _running() -> record.Record | None:
    found = record.read()
    return found if found is not None and process.is_running(found) else None


def _warn_if_outdated(running: record.Record, say: Say) -> None:
    if running.build != process.build():
        say(
            "the local AWS that runs was started by another version of fargatectl: "
            "restart it with fargatectl local stop (what it holds is lost)"
        )


def ensure(say: Say) -> LocalAws:
    """The running local AWS; started first where none runs.

    Raises:
        UnreachableError: Docker Engine does not answer, or the local AWS cannot be installed or started.
    """
    running = _running()
    if running is None:
        return start(say)
    _warn_if_outdated(running, say)
    return _address(running)


def start(say: Say) -> LocalAws:
    """Start it; where it runs already, that one is returned.

    What a crashed one left behind is ended and removed first. Two at once: one starts it, the other waits
    and gets the same.

    Raises:
        UnreachableError: As in `ensure`.
    """
    with record.locked(say):
        running = _running()
        if running is not None:
            _warn_if_outdated(running, say)
            return _address(running)
        left = record.read()
        if left is not None:
            process.end(left)  # alive, and no longer answering
        orphans = containers.remove_all(process.instance(), *_engine_of(left))
        if orphans:
            say(f"removed {orphans} container{'s' * (orphans != 1)} of a local AWS that crashed")
        record.remove()
        python = environment.prepare(say)
        say("starting the local AWS")
        started = process.launch(python, paths.WRAPPER)
        say(f"the local AWS answers at {_endpoint(started)}")
        return _address(started)


def stop(say: Say) -> bool:
    """End it and remove its containers, volumes and networks.

    Returns:
        False where it was not running; what an earlier one left behind is removed all the same.

    Raises:
        UnreachableError: Docker Engine does not answer: the process has ended, containers may be left.
    """
    with record.locked(say):
        found = record.read()
        running = found is not None and process.is_alive(found)
        if found is not None:
            process.end(found)
        try:
            removed = containers.remove_all(process.instance(), *_engine_of(found))
        except UnreachableError:
            if found is None:
                return False  # none was started, so there is nothing to remove
            raise
        finally:
            record.remove()
        if running:
            say(f"the local AWS is stopped; {removed} container{'s' * (removed != 1)} removed")
        return running


def _engine_of(found: record.Record | None) -> tuple[str, str]:
    """The registry's address and the Docker Engine of a local AWS; empty where none is known."""
    return (f"{process.HOST}:{found.port}", found.docker_host) if found is not None else ("", "")


def status() -> LocalStatus | None:
    """What runs, or None."""
    running = _running()
    if running is None:
        return None
    try:
        number = containers.count(running.instance, running.docker_host)
    except UnreachableError:
        number = None
    return LocalStatus(
        version=running.version,
        endpoint_url=_endpoint(running),
        pid=running.pid,
        containers=number,
        since=running.since,
        outdated=running.build != process.build(),
    )


def reset(say: Say) -> None:
    """Empty the running local AWS: every resource and container is gone, the process stays.

    Raises:
        UnreachableError: It is not running, or does not answer.
    """
    with record.locked(say):
        running = _running()
        if running is None:
            raise UnreachableError(
                "the local AWS is not running",
                hint="Start it with fargatectl local start, or use --local, which does",
                code="local.stopped",
            )
        process.reset(running)
        containers.remove_all(running.instance, *_engine_of(running))
        say("the local AWS is empty")
