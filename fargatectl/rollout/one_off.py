"""Follows a one-off task to its end: its log line by line, its exit code, and why it failed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from fargatectl.aws.errors import DeniedError
from fargatectl.engine.events import Notice
from fargatectl.engine.resource import NotYet, Settled
from fargatectl.errors import DeployError, FargatectlError
from fargatectl.rollout.context import evidence_of, revision
from fargatectl.rollout.explain import explain
from fargatectl.rollout.gather import exit_code, stopped
from fargatectl.rollout.text import clean, duration
from fargatectl.rollout.traces import telling

if TYPE_CHECKING:
    from fargatectl.engine.outputs import Outputs
    from fargatectl.engine.resource import Live
    from fargatectl.engine.tools import Tools
    from fargatectl.resources.before_deploy import BeforeDeploy
    from fargatectl.rollout.evidence import Evidence, Explanation

ECS_SHOWS = 30.0  # seconds that ECS may take to show a task that it has just started
LAST_LINES = 1.5  # seconds without a new line after which a stopped task's log counts as complete
LAST_LINES_AT_MOST = 8.0
MOST_LINES = 500  # of its log that are shown
_KEPT = 60  # of its last lines, of which an error shows the telling ones
_OFTEN, _QUICKLY, _SLOWLY = 20.0, 1.0, 2.5
MOST_TRIES = 3
"""Of a task that AWS could not start, where the next one may well: ECS starts no other by itself."""
PASSES = 10.0  # seconds before the next
_RAN = frozenset({"RUNNING", "DEACTIVATING", "STOPPING", "DEPROVISIONING", "STOPPED"})


class OneOffError(DeployError):
    """A command before a deployment failed; `details` holds the service, the task and its last log lines."""

    default_code = "before_deploy.failed"


class OneOff:
    """One task, from the answer that began it (`fargatectl.engine.resource.Watch`)."""

    def __init__(self, one: BeforeDeploy, tools: Tools, live: Live, outputs: Outputs) -> None:
        self._one, self._tools, self._outputs = one, tools, outputs
        self._arn = live.outputs["arn"]
        self._begun = self._heard = tools.clock()
        self._stopped_at = 0.0
        self._token = ""
        self._shown = 0
        self._last: list[str] = []
        self._denied: DeniedError | None = None
        self._tries = 1
        self._again = False

    def poll(self) -> NotYet | Settled:
        """Look once.

        Raises:
            OneOffError: It did not end well.
        """
        now = self._tools.clock()
        if self._again:
            self._again = False
            self._arn = self._one.create(self._tools, self._outputs).outputs["arn"]
            self._begun = self._heard = now
            self._stopped_at = 0.0
        answer = self._tools.aws.call(
            "ecs", "DescribeTasks", cluster=self._one.cluster.name, tasks=[self._arn]
        )
        if not answer["tasks"]:
            if now - self._begun < ECS_SHOWS:
                return NotYet("waiting for ECS to show the task", _QUICKLY)
            raise OneOffError(
                f"ECS no longer knows the task {self._one.name}",
                hint="The service was not touched. Run fargatectl up again.",
            )
        task = answer["tasks"][0]
        status = str(task["lastStatus"])
        if status in _RAN and self._read():
            self._heard = now
        if status != "STOPPED":
            text = "running" if status == "RUNNING" else "stopping" if status in _RAN else "starting"
            return NotYet(text, _QUICKLY if now - self._begun < _OFTEN else _SLOWLY)
        self._stopped_at = self._stopped_at or now
        quiet = now - max(self._heard, self._stopped_at)
        if quiet < LAST_LINES and now - self._stopped_at < LAST_LINES_AT_MOST and task.get("startedAt"):
            return NotYet("reading the last of its log", 0.5)
        code = exit_code(task, self._one.task_definition.container)
        if code != 0:
            why = explain(self._evidence(task)) if code is None else None
            if why and why.passing and not task.get("startedAt") and self._tries < MOST_TRIES:
                self._tries += 1
                self._again = True
                self._tools.emit(Notice(f"{self._one.name}: {why.cause} It is tried again.", "warning"))
                return NotYet("AWS could not start it; it is tried again", PASSES)
            raise self._failure(task, code, why)
        self._one.succeeded(self._tools, self._outputs)
        if self._denied is not None:
            self._tools.emit(Notice(f"The log of {self._one.name}: {self._denied.message}", "warning"))
        return Settled(f"ended well{_after(task)}")

    def abandon(self) -> str:
        """What goes on without us."""
        return f"the task {self._one.name} goes on"

    def _read(self) -> bool:
        """Show what its log has got since the last time; whether there was anything."""
        definition = self._one.task_definition
        where = {"nextToken": self._token} if self._token else {}
        try:
            answer = self._tools.aws.call(
                "logs",
                "GetLogEvents",
                logGroupName=definition.log_group.name,
                logStreamName=f"{definition.id}/{definition.container}/{self._arn.rpartition('/')[2]}",
                startFromHead=True,
                **where,
            )
        except DeniedError as error:
            self._denied = error
            return False
        except FargatectlError:  # no stream: it has not written yet
            return False
        self._token = str(answer.get("nextForwardToken", ""))
        lines = [clean(str(event["message"])) for event in answer.get("events", ())]
        for line in lines:
            self._shown += 1
            if self._shown <= MOST_LINES:
                self._tools.emit(Notice(f"  {definition.id} | {line}"))
            elif self._shown == MOST_LINES + 1:
                more = f"and more: fargatectl logs {definition.id}"
                self._tools.emit(Notice(f"  {definition.id} | {more}"))
        self._last = [*self._last, *lines][-_KEPT:]
        return bool(lines)

    def _evidence(self, task: Mapping[str, Any]) -> Evidence:
        one, wanted = self._one, self._outputs.need(self._one.task_definition)
        return evidence_of(
            self._tools, self._outputs, one.task_definition, one.network,
            tasks=(stopped(task, tuple(self._last)),), wanted=wanted, began=self._begun,
        )  # fmt: skip

    def _failure(self, task: Mapping[str, Any], code: int | None, why: Explanation | None) -> OneOffError:
        one, wanted = self._one, self._outputs.need(self._one.task_definition)
        untouched = f"The service {one.task_definition.id} was not touched."
        unread = f" Its log could not be read: {self._denied.message}." if self._denied else ""
        place, line = f"services.{one.task_definition.id}.before_deploy", 0
        context = self._tools.context
        if context is not None:
            line = context.lines.get(f"{place}[{one.number}]", 0) or context.lines.get(place, 0)
            place = f"{place}[{one.number}] in {context.path}" + (f":{line}" if line else "")
        known = "before_deploy.failed"
        if code is None:
            known = why.code if why else known
            cause = why.cause if why else f"ECS says: {clean(str(task.get('stoppedReason', 'nothing')))}."
            said = f"{one.name} (before the deployment of {_name(wanted)}) did not run: {cause}"
            hint = why.fix if why else f"Correct {place}, then run fargatectl up again."
        else:
            ended = "was killed: out of memory" if _starved(task) else f"ended with exit code {code}"
            said = f"{one.name} (before the deployment of {_name(wanted)}) {ended}{_after(task)}."
            hint = f"Correct what it says, or {place}, then run fargatectl up again."
        failure = OneOffError(
            f"{said} {untouched}{unread}",
            hint=hint,
            code=known,
            brief=untouched if code is None else f"exit code {code}. {untouched}",
            details=[
                {
                    "service": one.task_definition.id,
                    "task": self._arn,
                    "task_definition": wanted,
                    "exit_code": code,
                    "log": list(telling([line for line in self._last if line.strip()])),
                }
            ],
        )
        if self._denied is not None:
            failure.take_in(self._denied)
        return failure


def _name(arn: str) -> str:
    return f"{arn.rpartition('/')[2].rpartition(':')[0]}:{revision(arn)}"


def _starved(task: Mapping[str, Any]) -> bool:
    return any("OutOfMemory" in str(one.get("reason", "")) for one in task.get("containers", ()))


def _after(task: Mapping[str, Any]) -> str:
    started, ended = task.get("startedAt"), task.get("stoppedAt")
    if not isinstance(started, datetime) or not isinstance(ended, datetime):
        return ""
    return f" after {duration((ended - started).total_seconds())}"
