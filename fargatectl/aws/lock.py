"""One run at a time for each environment of an app: a lock that lives in AWS.

An SSM parameter, since ``PutParameter`` without ``Overwrite`` either makes it or says that it exists: of
several runs exactly one gets it (SSM API reference, ParameterAlreadyExists). It says who holds it and since
when. It is a lease: its holder writes it anew every `RENEWAL` seconds, and one that nobody has written for
`LEASE` seconds of the waiting run's own clock is taken over, so that no two clocks need agree. The lock of
a process of this machine that has ended is taken over at once: a killed run does not make the next one wait.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from fargatectl.aws.errors import AwsError, DeniedError
from fargatectl.aws.holder import Holder
from fargatectl.aws.session import Aws
from fargatectl.dataclass import dataclass
from fargatectl.engine.events import Emit, Notice
from fargatectl.engine.interrupts import join
from fargatectl.engine.rights import Operation, Right, Territory
from fargatectl.engine.scope import Scope
from fargatectl.errors import DeployError, ForeignError, Interrupted, TimeoutExpired

LEASE, RENEWAL, POLL = 60.0, 15.0, 2.0  # seconds
_SKEW = 300.0  # seconds that a clock may differ from AWS's: signatures allow no more (SigV4)

_TOO_MANY = "TooManyUpdates"  # of a parameter that was deleted a moment ago, or that others write too
_VOID = "fargatectl: written in error; whoever holds the lock goes on"


def lock_name(scope: Scope) -> str:
    """Of the parameter."""
    return f"/fargatectl/{scope.app}/{scope.environment}/lock"


def lock_rights(territory: Territory) -> tuple[Right, ...]:
    """What taking, keeping and releasing it needs."""
    own = (territory.arn("ssm", f"parameter{lock_name(territory.scope)}"),)
    actions = ("ssm:AddTagsToResource", "ssm:DeleteParameter", "ssm:GetParameter", "ssm:PutParameter")
    return (Right((Operation.CREATE, Operation.DELETE), actions, own),)


@dataclass(frozen=True)
class _Held:
    holder: Holder | None  # None: a void one
    version: int
    age: float  # seconds by our clock, which may be wrong by `_SKEW`


class Lock:
    """The lock of one environment of an app, for one run.

    Args:
        me: This run.
        clock: Seconds of a monotonic clock.
        pause: Waits so many seconds; true when nobody wants the lock any more.
        lost: Called, in a thread of its own, when somebody else has taken the lock from this run.
    """

    def __init__(
        self,
        aws: Aws,
        scope: Scope,
        me: Holder,
        *,
        clock: Callable[[], float],
        pause: Callable[[float], object],
        emit: Emit,
        lost: Callable[[DeployError], None],
    ) -> None:
        self._aws, self._scope, self._me = aws, scope, me
        self._clock, self._pause, self._emit, self._lost = clock, pause, emit, lost
        self._name = lock_name(scope)
        self._confirmed_at = 0.0
        self._ended = threading.Event()
        self._renewer = threading.Thread(target=self._keep, name="lock", daemon=True)

    def take(self, deadline: float | None, *, at_any_rate: bool = False) -> None:
        """Get the lock, waiting while somebody else holds it.

        Args:
            deadline: On the clock.
            at_any_rate: Take it from whoever holds it.

        Raises:
            TimeoutExpired: Somebody else still holds it.
            ForeignError: Something else has the lock's name.
            Interrupted: `pause` said so.
        """
        if self._create():
            return
        told, version, seen_at, lagged = "", 0, self._clock(), False
        while not self._create():
            held = self._look()
            if held is None and not lagged:  # released between the two questions, or not shown yet
                lagged = True
                continue
            if held is not None:
                if held.holder == self._me:  # a lost answer
                    break
                if held.version != version:
                    version, seen_at = held.version, self._clock()
                dead = held.holder is not None and held.holder.is_dead
                if at_any_rate or dead or held.age > LEASE + _SKEW or self._clock() - seen_at > LEASE:
                    if self._take_over(held):
                        break
                    at_any_rate = False
                if held.holder is not None and str(held.holder) != told:
                    told = str(held.holder)
                    self._emit(Notice(f"Waiting for {told}. If that run is gone: --break-lock.", "warning"))
            if deadline is not None and self._clock() >= deadline:
                raise TimeoutExpired(
                    f"another run still holds the lock of {self._scope.app}: {told or 'unknown'}; "
                    "nothing was changed.",
                    hint="Run it again later. If that run is gone: --break-lock.",
                    code="lock.held",
                )
            if self._pause(POLL):
                raise Interrupted(f"stopped waiting for {told or 'the lock'}.")

    def keep(self) -> None:
        """Renew it in the background until `release`."""
        self._renewer.start()

    def release(self) -> None:
        """Let the next run have it. Where that fails it is only told: the lock ends by itself.

        Raises:
            DeniedError: This run may make locks and not remove them.
        """
        self._ended.set()
        if self._renewer.is_alive():
            join(self._renewer)
        try:
            if self._clock() - self._confirmed_at > LEASE / 2 and not self._is_mine():
                return
            self._aws.call("ssm", "DeleteParameter", Name=self._name)
        except DeniedError:
            raise
        except Exception as error:
            if not (isinstance(error, AwsError) and error.gone):
                text = f"The lock {self._name} could not be removed; it ends by itself in {LEASE:.0f} s."
                self._emit(Notice(text, "warning"))

    def _create(self) -> bool:
        tags = [{"Key": key, "Value": value} for key, value in self._scope.tags("lock").items()]
        try:
            self._put(Overwrite=False, Tags=tags)
        except AwsError as error:
            if not error.exists and error.error != _TOO_MANY:
                raise
            return False
        return True

    def _put(self, value: str = "", **more: object) -> Mapping[str, Any]:
        sent_at = self._clock()
        answer = self._aws.call(
            "ssm", "PutParameter", Name=self._name, Value=value or self._me.text(), Type="String", **more
        )
        self._confirmed_at = sent_at
        return answer

    def _look(self) -> _Held | None:
        try:
            found = self._aws.call("ssm", "GetParameter", Name=self._name)["Parameter"]
        except AwsError as error:
            if error.gone:
                return None
            raise
        holder = Holder.parse(found["Value"])
        if holder is None and found["Value"] != _VOID:
            raise ForeignError(
                f"not ours: the SSM parameter {self._name}, whose value is no lock of fargatectl's",
                hint="Nothing was changed. Look at it, and remove it if nobody needs it: "
                f"aws ssm get-parameter --name {self._name}",
            )
        age = (datetime.now(UTC) - found["LastModifiedDate"]).total_seconds()
        return _Held(holder, int(found["Version"]), age)

    def _take_over(self, held: _Held) -> bool:
        """Write our name over another's; False when somebody else was quicker to do the same."""
        try:
            version = self._put(Overwrite=True)["Version"]
        except AwsError as error:
            if error.error != _TOO_MANY:
                raise
            return False
        if version == held.version + 1:
            self._emit(Notice(f"Took over the lock of {held.holder or 'a run that is gone'}.", "warning"))
            return True
        # Theirs was the next version and counts: what stands there now must not be taken for a holder.
        self._put(_VOID, Overwrite=True)
        return False

    def _keep(self) -> None:
        while not self._ended.wait(RENEWAL):
            try:
                mine = self._renew()
            except Exception:
                # No answer: the lease still runs. When it is over, somebody else may have begun.
                mine = self._clock() - self._confirmed_at < LEASE
            if not mine:
                self._lost(_taken(self._name))
                return

    def _renew(self) -> bool:
        """Write it anew; False when it is somebody else's by now."""
        held = self._look()
        if held is None and self._create():  # removed in good faith: it is made again
            return True
        if held is None:  # it exists, so that read lagged
            held = self._look()
        if held is None:
            return self._clock() - self._confirmed_at < LEASE
        if held.holder not in (self._me, None):
            return False
        if self._ended.is_set():
            return True
        answer = self._put(Overwrite=True)
        if answer["Version"] == held.version + 1 or answer["ResponseMetadata"]["RetryAttempts"]:
            return True
        self._put(_VOID, Overwrite=True)  # we wrote over somebody who has just taken it by a word
        return False

    def _is_mine(self) -> bool:
        held = self._look()
        return held is not None and held.holder in (self._me, None)


def _taken(name: str) -> DeployError:
    return DeployError(
        f"the lock {name} was taken by another run, or could not be renewed in time: this one stopped.",
        hint="What was made is tagged. See what the other run does (fargatectl status), then run it again.",
        code="lock.lost",
    )
