"""Checks each registered target at its group's interval and notes how it fares."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ministack.core.concurrency import spawn_background
from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import alb

from . import elb_loop, elb_targets
from .elb_check import Check, Streak
from .elb_targets import Group, Target

_FIRST_CHECK = 0.3  # seconds after registration; AWS's first one comes within a few
_LOOK = 0.5  # seconds between two looks at a group that no listener forwards to
listeners: list[Callable[[str, Target], None]] = []
"""Called in a thread when a target turned healthy, and after each check that finds it unhealthy."""


def _check(group: Group) -> Check:
    protocol = group.get("HealthCheckProtocol") or "HTTP"
    return Check(
        protocol=protocol if protocol in ("HTTP", "HTTPS") else "TCP",
        path=group.get("HealthCheckPath") or "/",
        timeout=float(group["HealthCheckTimeoutSeconds"]),
        codes=(group.get("Matcher") or {}).get("HttpCode") or "200",
    )


async def _watch(account: str, region: str, arn: str, target: Target) -> None:
    with request_scope(account, region):
        await asyncio.sleep(_FIRST_CHECK)
        streak = Streak(0, 0)
        while (group := alb._tgs.get(arn)) is not None:
            if target["_health"] is elb_targets.DRAINING or not elb_targets.is_registered(arn, target):
                return
            if not group["HealthCheckEnabled"]:
                elb_targets.set_health(target, elb_targets.DISABLED)
                await asyncio.sleep(_LOOK)
                continue
            if not elb_targets.load_balancers(arn):
                await asyncio.sleep(_LOOK)
                continue
            begun = asyncio.get_running_loop().time()
            await _look(arn, group, target, streak)
            spent = asyncio.get_running_loop().time() - begun
            await asyncio.sleep(max(0.05, float(group["HealthCheckIntervalSeconds"]) - spent))


async def _look(arn: str, group: Group, target: Target, streak: Streak) -> None:
    streak.healthy_after = int(group["HealthyThresholdCount"])
    streak.unhealthy_after = int(group["UnhealthyThresholdCount"])
    if target["_health"] is elb_targets.REGISTERING:
        elb_targets.set_health(target, elb_targets.CHECKING)
    own = group.get("HealthCheckPort") or "traffic-port"
    port = elb_targets.port_of(arn, target) if own == "traffic-port" else int(own)
    failure = await _check(group).run(target["Id"], port)
    healthy = streak.note(failure is None)
    if healthy is None:
        return
    if healthy:
        turned = elb_targets.set_health(target, elb_targets.HEALTHY)
    elif failure is not None:
        elb_targets.set_health(target, ("unhealthy", *failure))
        turned = True  # who waits for a grace period to end wants to hear it again
    else:
        return  # it passes again, and not often enough yet
    if turned:
        for tell in listeners:
            spawn_background(tell, arn, target, thread_name="fargatectl-target-health")


def _begin(arn: str, target: Target) -> None:
    elb_loop.submit(_watch(get_account_id(), get_region(), arn, target))


def install() -> None:
    """Check every target from its registration on."""
    elb_targets.registered.append(_begin)
