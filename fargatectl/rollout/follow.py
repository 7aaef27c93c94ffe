"""Follows a service's deployment to its true outcome: done, or failed and why; a rollback is a failure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fargatectl.engine.observe import gather
from fargatectl.engine.resource import NotYet, Settled
from fargatectl.errors import DeployError
from fargatectl.rollout.evidence import Evidence, Explanation
from fargatectl.rollout.explain import explain
from fargatectl.rollout.gather import stopped_tasks, with_logs
from fargatectl.rollout.rollback import Rollback, roll_back

if TYPE_CHECKING:
    from fargatectl.engine.outputs import Outputs
    from fargatectl.engine.resource import Live
    from fargatectl.engine.tools import Tools
    from fargatectl.resources.service import Service

# Tasks of one deployment that may stop before it is given up. One may be bad luck, and what it waited for
# may come up; ECS's own breaker takes three at the least, and longer and longer pauses between them.
PATIENCE = 2
EVIDENCE_WAIT = 6.0  # seconds that a stopped task and its last log lines may take to show
IAM_SPREADS = 60.0  # seconds for which a denial may be due to a role just made
_OFTEN, _QUICKLY, _SLOWLY = 20.0, 1.0, 2.5  # poll every second for so many seconds, then more slowly


class RolloutError(DeployError):
    """A rollout failed; `details` holds the service, what serves now, and the last log lines."""

    default_code = "rollout.failed"


class Rollout:
    """One deployment, from the answer that began it (`fargatectl.engine.resource.Watch`)."""

    def __init__(self, service: Service, tools: Tools, live: Live, outputs: Outputs) -> None:
        from fargatectl.resources.service import primary

        self._primary = primary
        self._service, self._tools, self._outputs = service, tools, outputs
        self._raw: Mapping[str, Any] = live.extra["raw"]
        self._wanted = str(outputs.need(service.task_definition))
        self._deployment = self._begun_by_us()
        self._previous = str(live.extra.get("previous") or "")
        self._begun = tools.clock()
        self._failed_at = 0.0

    def poll(self) -> NotYet | Settled:
        """Look once.

        Raises:
            RolloutError: It failed, and what serves now.
        """
        aws, service = self._tools.aws, self._service
        described, stopped = gather(
            [
                lambda: aws.call(
                    "ecs", "DescribeServices", cluster=service.cluster.name, services=[service.name]
                )["services"],
                lambda: stopped_tasks(aws, service, self._wanted, self._deployment),
            ]
        )
        if not described or described[0]["status"] != "ACTIVE":
            raise RolloutError(
                f"the service {service.name} was removed while it was deployed",
                hint="Somebody else may be working on it. Run fargatectl up again.",
            )
        self._raw = described[0]
        primary = self._primary(self._raw)
        if primary.get("id") != self._deployment and primary.get("taskDefinition") == self._wanted:
            self._deployment = str(primary["id"])  # deployed anew by somebody, the same thing
        mine = next((one for one in self._raw["deployments"] if one["id"] == self._deployment), None)
        over = mine is None or mine["status"] != "PRIMARY" or mine.get("rolloutState") == "FAILED"
        if not over and self._is_done(primary):
            return Settled(f"{self._counts()}, steady")
        failure = self._failure(stopped, over)
        if failure is not None:
            raise failure
        quick = self._tools.clock() - self._begun < _OFTEN
        return NotYet(self._counts(), _QUICKLY if quick else _SLOWLY)

    def _begun_by_us(self) -> str:
        """The id of the deployment to follow: the newest of the wanted revision.

        It is the PRIMARY one, unless ECS has already given it up by the time it answers; empty where ECS
        does not even list it any more.
        """
        mine = [one for one in self._raw.get("deployments", ()) if one["taskDefinition"] == self._wanted]
        mine.sort(key=lambda one: (one.get("status") == "PRIMARY", one.get("createdAt", 0)))
        return str(mine[-1]["id"]) if mine else ""

    def abandon(self) -> str:
        """What goes on without us."""
        return f"ECS goes on deploying the service {self._service.name}"

    def _is_done(self, primary: Mapping[str, Any]) -> bool:
        desired = self._raw["desiredCount"]
        return (
            primary.get("rolloutState", "COMPLETED") == "COMPLETED"
            and primary.get("taskDefinition") == self._wanted
            and primary.get("runningCount") == desired
        )

    def _counts(self) -> str:
        primary = self._primary(self._raw)
        desired = self._raw["desiredCount"]
        text = f"{primary.get('runningCount', 0)} of {desired} running"
        pending = primary.get("pendingCount", 0)
        return f"{text}, {pending} starting" if pending else text

    def _failure(self, stopped: Sequence[Mapping[str, Any]], over: bool) -> RolloutError | None:
        """The error to end with, or None while there is hope, or while the logs may still come."""
        if not stopped and not over:
            return None
        now = self._tools.clock()
        evidence = self._evidence(stopped)
        explanation = explain(evidence)
        if explanation is None and not over:
            return None
        if not (over or (explanation and explanation.fatal) or len(stopped) >= PATIENCE):
            return None
        self._failed_at = self._failed_at or now
        silent = not evidence.tasks or (evidence.tasks[0].started_at and not evidence.tasks[0].log_lines)
        if silent and now - self._failed_at < EVIDENCE_WAIT:
            return None
        outcome = roll_back(self._tools.aws, self._service, self._raw, self._wanted, self._previous)
        return self._error(explanation, outcome)

    def _error(self, explanation: Explanation | None, outcome: Rollback) -> RolloutError:
        service = self._service
        said = explanation or Explanation(
            "rollout.failed",
            f"{service.id}:{_revision(self._wanted)} was not deployed: "
            f"{self._primary(self._raw).get('rolloutStateReason') or 'ECS gives no reason'}.",
            "See fargatectl logs, then run fargatectl up again.",
        )
        return RolloutError(
            f"{said.cause} {outcome.sentence}",
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

    def _evidence(self, stopped: Sequence[Mapping[str, Any]]) -> Evidence:
        service, definition = self._service, self._service.task_definition
        values = definition.values(self._outputs)
        context = self._tools.context
        others = [one for one in self._raw["deployments"] if one["taskDefinition"] != self._wanted]
        before = self._previous or (others[0]["taskDefinition"] if others else "")
        made_at = [
            live.extra["made_at"]
            for role in (definition.execution_role, definition.task_role)
            if (live := self._outputs.live(role)) is not None and "made_at" in live.extra
        ]
        secrets = values["secrets"]
        assert isinstance(secrets, dict)
        return Evidence(
            service=service.id,
            task_definition=f"{service.id}:{_revision(self._wanted)}",
            previous=f"{service.id}:{_revision(before)}" if before and before != self._wanted else None,
            tasks=with_logs(self._tools.aws, service, stopped),
            events=tuple(str(event.get("message", "")) for event in self._raw.get("events", ())[:20]),
            architecture=definition.architecture,
            cpu=definition.cpu,
            memory=definition.memory,
            port=definition.port,
            image=str(values["image"]),
            has_health_check=bool(definition.health_check),
            target_health=(),
            env_names=tuple(definition.env),
            secrets=secrets,
            spec_file=str(context.path) if context is not None else "fargate.yml",
            line_of=lambda key: context.lines.get(key, 0) if context is not None else 0,
            subnets=tuple(str(self._outputs.get(service.network, "subnets")).split(",")),
            health_command=" ".join(definition.health_check.get("command", ())),
            settling=any(self._tools.clock() - moment < IAM_SPREADS for moment in made_at),
        )


def _revision(arn: str) -> str:
    return arn.rpartition(":")[2]
