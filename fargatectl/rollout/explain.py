"""Why a rollout fails: of all that AWS and the container say, the one cause that a person can act on.

A task's own reason beats a service event, and both beat ECS's summaries ("unable to consistently start
tasks", "circuit breaker"), which only repeat that tasks fail.
"""

from __future__ import annotations

import re
from dataclasses import replace

from fargatectl.rollout import causes, exits, health
from fargatectl.rollout.case import AGAIN, Case, Finding, Rank, never_ran
from fargatectl.rollout.evidence import Evidence, Explanation, StoppedContainer, StoppedTask
from fargatectl.rollout.rules import first
from fargatectl.rollout.text import MAX_LENGTH, clean, shorten
from fargatectl.rollout.traces import MAX_LINES

__all__ = ["Evidence", "Explanation", "StoppedContainer", "StoppedTask", "explain"]

# Tasks that somebody stopped on purpose: a rollback, a smaller count, a user.
_ON_PURPOSE = re.compile(
    r"^scaling activity initiated by|^task stopped by|^stopped by|deployment .{0,80}(?:rollback|rolled back)",
    re.IGNORECASE,
)
_SYMPTOM = re.compile(
    r"consistently start tasks|deployment failed|circuit breaker|rolling back|tasks failed to start",
    re.IGNORECASE,
)
_UNPLACED = re.compile(
    r"failed to launch a task|was unable to|unable to assume|misconfigured|being throttled"
    r"|target (?:group )?is not found",
    re.IGNORECASE,
)


def explain(evidence: Evidence) -> Explanation | None:
    """The most telling cause of what went wrong so far; None while nothing failed that can be explained.

    Targets that a load balancer finds unhealthy are a failure, but never a fatal one: an app that starts
    slowly looks the same. Nothing raises, whatever the texts hold.
    """
    by_task = [found for task in evidence.tasks if (found := _of_task(Case(evidence, task))) is not None]
    told_by_task = any(finding.rank >= Rank.PLAIN for finding in by_task)
    findings = by_task if told_by_task else [*by_task, *_of_events(Case(evidence))]
    if not findings:
        return None
    best = max(findings, key=lambda finding: finding.rank)  # the first of equals, so the newest
    # One timeout on the way to a registry may pass; the second time it is the network's doing.
    stuck = best.code == "network.no_route" and sum(finding.code == best.code for finding in by_task) > 1
    return _told(replace(best, fatal=best.fatal or stuck))


def _of_task(case: Case) -> Finding | None:
    task = case.task
    assert task is not None
    reason = clean(task.stopped_reason)
    if task.stop_code == "UserInitiated" or _ON_PURPOSE.search(reason):
        return None
    ended = health.of_task(case)
    if ended is not None:
        return ended
    reasons = [clean(container.reason) for container in task.containers if not never_ran(container.reason)]
    said = " ".join(filter(None, [*reasons, reason]))
    return (
        first(causes.ALL, f"{said[:MAX_LENGTH]} {task.stop_code}", case)
        or exits.read(case)
        or _unknown(case, clean(case.culprit.reason if case.culprit else "") or reason)
    )


def _of_events(case: Case) -> list[Finding]:
    findings = []
    for event in map(clean, case.evidence.events):
        if _UNPLACED.search(event):
            findings.append(first(causes.ALL, event, case) or _unknown(case, event))
        elif _SYMPTOM.search(event):
            why = "its tasks keep failing, and ECS does not say why"
            fix = f"See what they print: fargatectl logs {case.evidence.service}."
            findings.append(Finding("unknown", case.starting(why), fix, rank=Rank.SYMPTOM))
    targets = health.of_targets(case)
    return [*(finding for finding in findings if finding is not None), *([targets] if targets else [])]


def _unknown(case: Case, text: str) -> Finding | None:
    """AWS's own words, where they are not known."""
    words = re.sub(r"^\(?service [^)\s]{1,255}\)?\s*(?:was unable to place a task\. Reason: )?", "", text)
    if not words:
        return None
    return Finding(
        "unknown",
        case.starting(f"AWS says: {shorten(words).rstrip('.')}"),
        f"See what the task printed (fargatectl logs {case.evidence.service}), correct it{AGAIN}",
        rank=Rank.SYMPTOM,
    )


def _told(finding: Finding) -> Explanation:
    return Explanation(
        code=finding.code,
        cause=shorten(finding.cause, 600),
        fix=shorten(finding.fix, 800),
        log_lines=finding.lines[:MAX_LINES],
        fatal=finding.fatal,
        passing=finding.rank is Rank.PASSING or finding.spreading,
        symptom=finding.rank is Rank.SYMPTOM,
    )
