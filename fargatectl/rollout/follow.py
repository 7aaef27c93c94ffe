"""Follows a service's deployment to its true outcome: done, or failed and why; a rollback is a failure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from fargatectl.aws.errors import DeniedError
from fargatectl.engine.observe import gather
from fargatectl.engine.resource import NotYet, Settled
from fargatectl.errors import DeployError
from fargatectl.rollout.context import evidence_of, revision
from fargatectl.rollout.deployments import begun, by_id, primary, redone
from fargatectl.rollout.evidence import Evidence, Explanation
from fargatectl.rollout.explain import explain
from fargatectl.rollout.gather import stopped_tasks, unhealthy, with_logs
from fargatectl.rollout.rollback import Rollback, roll_back
from fargatectl.rollout.service_deployment import ServiceDeployment
from fargatectl.rollout.tries import tries

if TYPE_CHECKING:
    from fargatectl.engine.outputs import Outputs
    from fargatectl.engine.resource import Live
    from fargatectl.engine.tools import Tools
    from fargatectl.resources.service import Service

# Tries of one deployment that may fail before it is given up. One may be bad luck, and what it waited for
# may come up; ECS's own breaker takes three at the least, and longer and longer pauses between them.
PATIENCE = 2
EVIDENCE_WAIT = 6.0  # seconds that a stopped task and its last log lines may take to show
ECS_SHOWS = 30.0  # seconds that ECS may take to show what it has just answered with
_OFTEN, _QUICKLY, _SLOWLY = 20.0, 1.0, 2.5  # poll every second for so many seconds, then more slowly


class RolloutError(DeployError):
    """A rollout failed; `details` holds the service, what serves now, and the last log lines."""

    default_code = "rollout.failed"


class Rollout:
    """One service, from the answer that began to change it (`fargatectl.engine.resource.Watch`).

    Either a deployment of its own was begun, which is followed and, when it fails, ended; or the one that
    serves only changes its count or replaces a task: then nothing is rolled back, and tasks that stopped
    before do not count.
    """

    def __init__(self, service: Service, tools: Tools, live: Live, outputs: Outputs) -> None:
        self._service, self._tools, self._outputs = service, tools, outputs
        self._raw: Mapping[str, Any] = live.extra["raw"]
        self._wanted = str(outputs.need(service.task_definition))
        self._previous = str(live.extra.get("previous") or "")
        self._ours = begun(self._raw, self._wanted)
        self._before = live.extra.get("before")
        new = self._before is not None and self._ours.get("id") != self._before
        self._deploys = new or self._ours.get("rolloutState") == "IN_PROGRESS"
        self._ecs = self._service_deployment(str(live.extra.get("before_deployment") or ""))
        self._past: frozenset[str] | None = None
        self._begun = tools.clock()
        self._failed_at = 0.0
        self._heard: tuple[str, tuple[str, ...]] | None = None  # whose last log lines were read before
        self._denied: DeniedError | None = None  # what kept us from reading a log
        # What the load balancer said last: a task's target is gone soon after the task has failed.
        self._unhealthy: tuple[tuple[str, str], ...] = ()

    def poll(self) -> NotYet | Settled:
        """Look once.

        Raises:
            RolloutError: It failed, and what serves now.
        """
        aws, service = self._tools.aws, self._service
        described, stopped, ailing, _ = gather(
            [
                lambda: aws.call(
                    "ecs", "DescribeServices", cluster=service.cluster.name, services=[service.name]
                )["services"],
                lambda: stopped_tasks(aws, service, self._wanted, str(self._ours.get("id", ""))),
                lambda: unhealthy(aws, self._target_groups()),
                lambda: self._ecs.look(self._raw) if self._deploys else None,
            ]
        )
        self._unhealthy = ailing or self._unhealthy
        if not described and self._is_early():
            return NotYet("waiting for ECS to show the service", _QUICKLY)
        if not described or described[0]["status"] != "ACTIVE":
            raise RolloutError(
                f"the service {service.name} was removed while it was deployed",
                hint="Somebody else may be working on it. Run fargatectl up again.",
            )
        self._raw = described[0]
        again = redone(self._raw, self._ours)
        if again is not self._ours:
            self._ours = again
            self._ecs = self._service_deployment(self._ecs.arn)
        if self._is_done():
            return Settled(f"{self._counts()}, steady")
        if self._ecs.waits and not self._ecs.is_over:
            name = self._service.id
            return Settled(
                f"{self._ecs.stage}: fargatectl promote {name}, or fargatectl abort {name}",
                holds=f"the service {name} is paused: fargatectl promote {name}, and then fargatectl up",
            )
        failure = self._failure(self._recent(stopped), self._is_over())
        if failure is not None:
            raise failure
        quick = self._tools.clock() - self._begun < _OFTEN
        why = next((text or reason for reason, text in ailing), "")
        news = f"{self._counts()}, the load balancer says: {why}" if why else self._counts()
        return NotYet(news, _QUICKLY if quick else _SLOWLY)

    def abandon(self) -> str:
        """What goes on without us."""
        return f"ECS goes on deploying the service {self._service.name}"

    def _target_groups(self) -> list[str]:
        both = [*self._service.target_groups, self._service.alternate]
        return [self._outputs.need(one) for one in both if one is not None]

    def _is_early(self) -> bool:
        return self._tools.clock() - self._begun < ECS_SHOWS

    def _recent(self, stopped: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """Without what stopped before we came, where no deployment of ours explains it."""
        if self._deploys:
            return stopped
        if self._past is None:
            self._past = frozenset(str(task["taskArn"]) for task in stopped)
        return [task for task in stopped if task["taskArn"] not in self._past]

    def _ecs_tells(self) -> bool:
        """Whether ECS tells of the deployment that is followed.

        What it gave up before this run changed anything is another one: what is under way now is the
        rollback, which has no service deployment of its own.
        """
        return self._ecs.is_known and not (self._before is None and self._ecs.is_over)

    def _is_over(self) -> bool:
        """Whether ECS has given our deployment up, or another took its place."""
        if not self._deploys:
            return False
        if self._ecs_tells():
            return self._ecs.is_over
        mine = by_id(self._raw, self._ours)
        if mine is not None:
            return bool(mine["status"] != "PRIMARY" or mine.get("rolloutState") == "FAILED")
        # ECS may show a service for a moment as it was before the change.
        stale = primary(self._raw).get("id") in (None, self._before)
        return not (stale and self._is_early())

    def _is_done(self) -> bool:
        now = primary(self._raw)
        if self._ecs_tells():
            return self._ecs.is_done and now.get("taskDefinition") == self._wanted
        return (
            now.get("id") == self._ours.get("id")
            and now.get("rolloutState", "COMPLETED") == "COMPLETED"
            and now.get("taskDefinition") == self._wanted
            and now.get("runningCount") == self._raw["desiredCount"]
        )

    def _counts(self) -> str:
        now = by_id(self._raw, self._ours) or primary(self._raw)
        text = f"{now.get('runningCount', 0)} of {self._raw['desiredCount']} running"
        pending = now.get("pendingCount", 0)
        text = f"{text}, {pending} starting" if pending else text
        return ", ".join(filter(None, [text, self._ecs.stage]))

    def _failure(self, stopped: Sequence[Mapping[str, Any]], over: bool) -> RolloutError | None:
        """The error to end with, or None while there is hope, or while the evidence may still come."""
        if not stopped and not over:
            return None
        evidence = self._evidence(stopped)
        explanation = explain(evidence)
        if not over:
            if explanation is None or explanation.passing:
                return None
            if not explanation.fatal and tries(stopped) < PATIENCE:
                return None
        now = self._tools.clock()
        self._failed_at = self._failed_at or now
        if self._may_still_come(evidence) and now - self._failed_at < EVIDENCE_WAIT:
            return None
        return self._error(explanation, self._end())

    def _may_still_come(self, evidence: Evidence) -> bool:
        """Whether the evidence is not all there: log lines come in batches, the telling ones last."""
        if not evidence.tasks:
            return True
        newest = evidence.tasks[0]
        heard = newest.id, newest.log_lines
        grew, self._heard = heard != self._heard, heard
        return bool(newest.started_at) and (grew or not newest.log_lines)

    def _end(self) -> Rollback:
        if not self._deploys:
            return Rollback("Nothing was rolled back: the same version was running before.", self._wanted)
        return roll_back(self._tools.aws, self._service, self._raw, self._ours, self._previous)

    def _error(self, explanation: Explanation | None, outcome: Rollback) -> RolloutError:
        service = self._service
        if explanation is not None and explanation.symptom and self._ecs.alarms:
            explanation = None  # of an alarm's rollback ECS's events say no more than of others
        said = explanation or Explanation(
            "rollout.failed",
            f"{service.id}:{revision(self._wanted)} was not deployed: "
            f"{self._ecs.reason or self._state_reason() or 'ECS gives no reason'}.",
            "See fargatectl logs, then run fargatectl up again.",
        )
        unread = f" Its log could not be read: {self._denied.message}." if self._denied else ""
        failure = RolloutError(
            f"{said.cause} {outcome.sentence}{unread}",
            hint=said.fix,
            code=said.code,
            brief=outcome.sentence,
            details=[
                {
                    "service": service.id,
                    "task_definition": self._wanted,
                    "serving": outcome.serving,
                    "log": list(said.log_lines),
                }
            ],
        )
        for error in (outcome.error, self._denied):
            if error is not None:
                failure.take_in(error)
        return failure

    def _state_reason(self) -> str:
        return str((by_id(self._raw, self._ours) or {}).get("rolloutStateReason", "")).rstrip(".")

    def _service_deployment(self, before: str) -> ServiceDeployment:
        service = self._service
        return ServiceDeployment(self._tools.aws, service.cluster.name, service.name, self._ours, before)

    def _note(self, denied: DeniedError) -> None:
        self._denied = denied

    def _events(self) -> tuple[str, ...]:
        """What ECS said of the service since our deployment began; it shows those of earlier ones too."""
        begun = self._ours.get("createdAt")
        recent = [
            event
            for event in self._raw.get("events", ())
            if not isinstance(begun, datetime) or event.get("createdAt", begun) >= begun
        ]
        return tuple(str(event.get("message", "")) for event in recent[:20])

    def _evidence(self, stopped: Sequence[Mapping[str, Any]]) -> Evidence:
        service = self._service
        return evidence_of(
            self._tools,
            self._outputs,
            service.task_definition,
            service.network,
            tasks=with_logs(self._tools.aws, service, stopped, self._note),
            wanted=self._wanted,
            previous=self._previous,
            events=self._events(),
            target_health=self._unhealthy,
            health_path=next((str(one.health_check.get("path", "")) for one in service.target_groups), ""),
        )
