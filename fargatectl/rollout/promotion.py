"""Deployments under way, by a person's word: a paused one goes on, or one is rolled back; and then followed.

Source: ECS API reference, ContinueServiceDeployment, StopServiceDeployment.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from fargatectl.dataclass import dataclass
from fargatectl.engine.events import Emit, Failed, Finished, Progress, Started
from fargatectl.engine.observe import Look
from fargatectl.errors import DeployError, FargatectlError, TimeoutExpired
from fargatectl.resources._services import Found, services
from fargatectl.rollout.service_deployment import hooks, stage_of
from fargatectl.text import label

_KIND = "ecs.service"
_POLL = 3.0  # seconds
_OPEN = ("PENDING", "IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS")


@dataclass(frozen=True)
class Underway:
    """A service deployment that has not ended."""

    cluster: str
    service: str
    arn: str
    shown: Mapping[str, Any]

    @property
    def state(self) -> str:
        """In a word: paused, deploying or rolling back."""
        if hooks(self.shown):
            return "paused"
        return "deploying" if self.shown.get("status") in ("PENDING", "IN_PROGRESS") else "rolling back"


def underway(look: Look, wanted: Iterable[str], names: Iterable[str]) -> list[Underway]:
    """What is under way for our services.

    Args:
        wanted: Addresses of the services that the spec has.
        names: Of the services that it is about; empty for all.
    """
    only = set(names)
    ours = [one for one in services(look, wanted) if one.owned and (not only or one.name in only)]
    found = look.gather(*[lambda one=one: _of(look.aws, one) for one in ours])
    return [one for one in found if one is not None]


def promote(aws: Any, one: Underway) -> None:
    """Let it go on from where it is paused."""
    for hook in hooks(one.shown):
        aws.call(
            "ecs", "ContinueServiceDeployment", serviceDeploymentArn=one.arn, hookId=hook["hookId"],
            action="CONTINUE",
        )  # fmt: skip


def abort(aws: Any, one: Underway) -> None:
    """Roll it back, wherever it is."""
    waiting = hooks(one.shown)
    for hook in waiting:
        aws.call(
            "ecs", "ContinueServiceDeployment", serviceDeploymentArn=one.arn, hookId=hook["hookId"],
            action="ROLLBACK",
        )  # fmt: skip
    if not waiting:
        aws.call("ecs", "StopServiceDeployment", serviceDeploymentArn=one.arn, stopType="ROLLBACK")


def follow(
    aws: Any,
    every: Iterable[Underway],
    emit: Emit,
    *,
    expected: str,
    deadline: float | None = None,
    sleep: Callable[[float], None] = time.sleep,
    now: Callable[[], float] = time.monotonic,
) -> dict[str, str]:
    """Wait until each has ended, or waits again; service -> how it is then.

    Args:
        expected: The status of one that ends as it was asked to.
        deadline: On the clock of `now`.

    Raises:
        DeployError: One ended otherwise: all that did.
        TimeoutExpired: The time is over.
    """
    left = {one.arn: one for one in every}
    done_at = {arn: {str(hook["hookId"]) for hook in hooks(one.shown)} for arn, one in left.items()}
    begun, ended, wrong = now(), {}, []
    for one in left.values():
        emit(Started(*_subject(one), action="settle"))
    while left:
        shown = _describe(aws, list(left))
        for arn, one in list(left.items()):
            state = shown.get(arn, {})
            status = str(state.get("status", ""))
            again = [hook for hook in hooks(state) if str(hook["hookId"]) not in done_at[arn]]
            if status in _OPEN and not (again and expected == "SUCCESSFUL"):
                text = stage_of(state) or status.lower().replace("_", " ")
                emit(Progress(*_subject(one), text=text, lasting=True))
                continue
            del left[arn]
            seconds = now() - begun
            if again:
                text = f"{stage_of(state)}: fargatectl promote {one.service}"
                ended[one.service] = "paused"
                emit(Finished(*_subject(one), action="settle", seconds=seconds, summary=text))
            elif status == expected:
                ended[one.service] = status.lower()
                text = "done" if expected == "SUCCESSFUL" else "rolled back"
                emit(Finished(*_subject(one), action="settle", seconds=seconds, summary=text))
            else:
                why = state.get("rollback", {}).get("reason") or state.get("statusReason") or status.lower()
                wrong.append(f"the deployment of {one.service} ended otherwise: {why}".rstrip("."))
                emit(Failed(*_subject(one), action="settle", seconds=seconds, error=str(why)))
        if left:
            if deadline is not None and now() >= deadline:
                names = ", ".join(one.service for one in left.values())
                raise TimeoutExpired(
                    f"the time is over. ECS goes on with {names}.", hint="See how it goes: fargatectl status."
                )
            sleep(_POLL)
    if wrong:
        raise DeployError("; ".join(wrong), hint="See fargatectl status and fargatectl logs.")
    return ended


def none_to(verb: str, every: Iterable[Underway]) -> FargatectlError:
    """Why there is nothing to promote or abort."""
    known = [f"{one.service} is {one.state}" for one in every]
    said = "; ".join(known) or "no deployment is under way"
    return FargatectlError(
        f"nothing to {verb}: {said}",
        hint="A deployment waits where deployment.pause says so; fargatectl up begins one.",
        code="deployment.none",
    )


def _of(aws: Any, one: Found) -> Underway | None:
    arn = str(one.raw.get("currentServiceDeployment") or "")
    if not arn:
        answer = aws.call(
            "ecs", "ListServiceDeployments", cluster=one.cluster, service=one.name, status=list(_OPEN)
        )
        arn = next((str(found["serviceDeploymentArn"]) for found in answer["serviceDeployments"]), "")
    shown = _describe(aws, [arn]).get(arn, {}) if arn else {}
    if shown.get("status") not in _OPEN:
        return None
    return Underway(one.cluster, one.name, arn, shown)


def _describe(aws: Any, arns: list[str]) -> dict[str, Mapping[str, Any]]:
    answer = aws.call("ecs", "DescribeServiceDeployments", serviceDeploymentArns=arns)
    return {str(one["serviceDeploymentArn"]): one for one in answer.get("serviceDeployments", ())}


def _subject(one: Underway) -> tuple[str, str, str, str]:
    return _KIND, one.service, label(_KIND), one.service
