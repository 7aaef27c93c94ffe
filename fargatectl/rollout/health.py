"""Tasks that run and are not found healthy: by the load balancer, or by their own health check."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fargatectl.rollout import listening, logs
from fargatectl.rollout.case import AGAIN, Case, Finding, Rank
from fargatectl.rollout.traces import telling

_BY_LOAD_BALANCER = re.compile(
    r"failed elb health checks|is (?:unhealthy|not healthy) in \(?(?:target-group|elb)", re.IGNORECASE
)
_BY_CONTAINER = re.compile(r"failed container health checks", re.IGNORECASE)
_ASKED = re.compile(r"(?:localhost|127\.0\.0\.1|\[::1\]|0\.0\.0\.0):(\d{2,5})\b")
_CODES = re.compile(r"health checks failed with these codes: \[(?P<codes>[\d, ]{1,60})\]", re.IGNORECASE)
_TIMEOUT = re.compile(r"timed out|target\.timeout", re.IGNORECASE)
_ZONE = re.compile(r"availability zone that is not enabled", re.IGNORECASE)
_FAILED = re.compile(r"health checks failed|target\.failedhealthchecks", re.IGNORECASE)


def of_task(case: Case) -> Finding | None:
    """Why this task was stopped, if a health check did it."""
    reason = case.task.stopped_reason if case.task else ""
    if _BY_CONTAINER.search(reason):
        return _asks_elsewhere(case) or listening.read(case) or _container(case)
    if _BY_LOAD_BALANCER.search(reason):
        return listening.read(case) or of_targets(case) or _load_balancer(case)
    return None


def of_targets(case: Case) -> Finding | None:
    """What the load balancer says about its targets, or ECS about it in an event; None if nothing failed."""
    for text in _texts(case):
        codes, path = _CODES.search(text), case.evidence.health_path
        if codes:
            asked = f"health check of {path}" if path else "health check"
            return _found(
                case,
                f"the app answers the load balancer's {asked} with HTTP {codes['codes'].strip()}",
                f"Name a path that answers 200, or that code: {case.at['load_balancer.health_check']}{AGAIN}",
            )
        if _ZONE.search(text):
            return _found(
                case,
                "the load balancer does not serve the availability zone of its tasks",
                f"Give the load balancer a subnet in each zone of {case.at['network.subnets']}{AGAIN}",
            )
        if _TIMEOUT.search(text):
            return _found(
                case,
                f"the load balancer's health check{_port(case, ' on')} gets no answer in time",
                f"See that the app listens on 0.0.0.0{_port(case)} ({case.at['port']}) and answers within "
                f"{case.key['load_balancer.health_check.timeout']}, and that no security group of the app's "
                f"own keeps the load balancer out{AGAIN}",
            )
        if _FAILED.search(text):
            return _load_balancer(case)
    return None


def _texts(case: Case) -> Iterator[str]:
    for code, description in case.evidence.target_health:
        yield f"{code} {description}"
    for event in case.evidence.events:
        if _BY_LOAD_BALANCER.search(event):
            yield event


def _load_balancer(case: Case) -> Finding:
    return _found(
        case,
        f"nothing answers the load balancer's health check{_port(case, ' on')}",
        f"Let the app listen on 0.0.0.0{_port(case)} ({case.at['port']}), or if it starts slowly, raise "
        f"{case.at['grace_period']}{AGAIN}",
        rank=Rank.PLAIN,
    )


def _port(case: Case, word: str = "") -> str:
    return "" if case.evidence.port is None else f"{word} port {case.evidence.port}"


def _found(case: Case, why: str, fix: str, rank: Rank = Rank.CAUSE) -> Finding:
    said = logs.read(case)  # an app that waits for its database, say, is up and ailing
    if said is not None:
        fix, lines = said.fix, said.lines
    else:
        lines = telling(case.log)
    return Finding("health.load_balancer", case.ailing(why), fix, rank=rank, lines=lines)


def _asks_elsewhere(case: Case) -> Finding | None:
    """A check that asks another port than the app listens on."""
    asked = _ASKED.search(case.evidence.health_command)
    heard = sorted(listening.ports(case))
    if not asked or not heard or int(asked[1]) in heard:
        return None
    return Finding(
        "health.port",
        case.ailing(f"its container health check asks port {asked[1]}, where nothing listens"),
        f"The app listens on port {heard[0]}: let {case.at['health_check.command']} ask that one{AGAIN}",
        lines=telling(case.log),
    )


def _container(case: Case) -> Finding:
    tool = re.search(r"\b(curl|wget|nc|python3?)\b", case.evidence.health_command)
    needs = f"{tool[1]}, which its check needs" if tool else "the program of its check"
    fix = f"See that the image holds {needs}, or raise {case.at['health_check.start_period']}{AGAIN}"
    return Finding(
        "health.container",
        case.ailing(f"its container health check fails{case.after}"),
        fix,
        rank=Rank.PLAIN,
        lines=telling(case.log),
    )
