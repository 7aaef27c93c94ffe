"""The targets of target groups and how they fare: registered, checked, draining, gone.

States and reasons are those of ELBv2's TargetHealth. A target is a dictionary in MiniStack's own list of its
group: ``Id`` and ``Port``, and what is known of it under names with an underscore.
"""

from __future__ import annotations

import ipaddress
import itertools
import threading
from collections.abc import Callable, Iterable
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import alb

from . import elb_loop, elb_rules
from .patching import replace

Target = dict[str, Any]
Group = dict[str, Any]
Health = tuple[str, str, str]
"""State, reason and description; the last two are empty where there is nothing to say."""

REGISTERING: Health = ("initial", "Elb.RegistrationInProgress", "Target registration is in progress")
CHECKING: Health = ("initial", "Elb.InitialHealthChecking", "Initial health checks in progress")
HEALTHY: Health = ("healthy", "", "")
NOT_IN_USE: Health = (
    "unused", "Target.NotInUse",
    "Target group is not configured to receive traffic from the load balancer",
)  # fmt: skip
NOT_REGISTERED: Health = (
    "unused", "Target.NotRegistered", "Target is not registered to the target group"
)  # fmt: skip
DRAINING: Health = (
    "draining", "Target.DeregistrationInProgress", "Target deregistration is in progress"
)  # fmt: skip
DISABLED: Health = (
    "unavailable", "Target.HealthCheckDisabled", "Health checks are disabled for this target group"
)  # fmt: skip

registered: list[Callable[[str, Target], None]] = []
"""Called with a group's ARN and each target that is registered in it, in the request's account and region."""
_changing = threading.Lock()  # held for a few assignments, never across a call to anybody else
_turns = itertools.count()


def port_of(arn: str, target: Target) -> int:
    return int(target.get("Port") or (alb._tgs.get(arn) or {}).get("Port") or 80)


def load_balancers(arn: str) -> list[str]:
    """ARNs of the load balancers whose listeners and rules forward to a group."""
    found = []
    for rule in list(alb._rules.values()):
        if any(arn in elb_rules.weights(action) for action in rule["Actions"]):
            listener = alb._listeners.get(rule["ListenerArn"])
            if listener and listener["LoadBalancerArn"] not in found:
                found.append(listener["LoadBalancerArn"])
    return found


def attribute(arn: str, key: str, default: str) -> str:
    """A target group's attribute."""
    for one in alb._tg_attrs.get(arn) or ():
        if one["Key"] == key:
            return str(one["Value"])
    return default


def health(arn: str, target: Target) -> Health:
    """What DescribeTargetHealth says of a target."""
    known: Health = target["_health"]
    if known is DRAINING or load_balancers(arn):
        return known
    return NOT_IN_USE


def set_health(target: Target, found: Health) -> bool:
    """Note how a target fares, unless it drains; whether that is another state than before."""
    with _changing:
        before: Health = target["_health"]
        if before is DRAINING:
            return False
        target["_health"] = found
        return before[0] != found[0]


def of(arn: str) -> list[Target]:
    """A group's targets."""
    return list(alb._targets.get(arn) or ())


def find(arn: str, address: str, port: int) -> Target | None:
    for target in of(arn):
        if target["Id"] == address and port_of(arn, target) == port:
            return target
    return None


def register(arn: str, address: str, port: int) -> None:
    """Add a target, or take one back that drains; one that is registered stays as it is."""
    with _changing:
        targets = alb._targets.setdefault(arn, [])
        for target in list(targets):
            if target["Id"] == address and port_of(arn, target) == port:
                if target["_health"] is not DRAINING:
                    return
                targets.remove(target)
        fresh: Target = {"Id": address, "Port": port, "_health": REGISTERING}
        targets.append(fresh)
    for tell in registered:
        tell(arn, fresh)


def deregister(arn: str, target: Target) -> None:
    """No more requests for a target; it is gone after the group's deregistration delay.

    One that never got any, in a group that no listener forwards to, is gone at once.
    """
    delay = float(attribute(arn, "deregistration_delay.timeout_seconds", "300"))
    if not load_balancers(arn):
        delay = 0.0
    with _changing:
        if target["_health"] is DRAINING:
            return
        target["_health"] = DRAINING
    account, region = get_account_id(), get_region()

    def remove() -> None:
        with _changing:
            left = alb._targets.get_scoped(account, region, arn)
            if left and target in left:
                left[:] = [one for one in left if one is not target]

    if delay:
        elb_loop.later(delay, remove)
    else:
        remove()


def is_registered(arn: str, target: Target) -> bool:
    """Whether the target, draining perhaps, is still in its group."""
    return any(one is target for one in alb._targets.get(arn) or ())


def pick(arn: str, preferred: tuple[str, int] | None = None) -> Target | None:
    """The target for the next request, the preferred one if it is fit, else in turn; None for none.

    A group whose targets all fail their checks gets requests all the same ("If a target group contains only
    unhealthy registered targets, the load balancer routes requests to all those targets").
    """
    states: dict[str, list[Target]] = {}
    for target in of(arn):
        states.setdefault(target["_health"][0], []).append(target)
    usable = states.get("healthy") or states.get("unavailable") or states.get("unhealthy")
    for target in usable or ():
        if preferred == (target["Id"], port_of(arn, target)):
            return target
    return usable[next(_turns) % len(usable)] if usable else None


def set_targets_for_group(
    arn: str, targets: Iterable[tuple[str, int]], previous_ids: Iterable[str] = ()
) -> bool:
    """Called by ECS with a service's tasks: those that are gone drain, those that are new are registered."""
    if arn not in alb._tgs:
        return False
    wanted = [(str(address), int(port)) for address, port in targets]
    withdrawn = set(previous_ids)
    for target in of(arn):
        if target["Id"] in withdrawn and (target["Id"], port_of(arn, target)) not in wanted:
            deregister(arn, target)
    for address, port in wanted:
        register(arn, address, port)
    return True


def _asked_for(parameters: dict[str, Any]) -> list[tuple[str, int | None]]:
    return [(one["Id"], one.get("Port")) for one in alb._parse_targets_param(parameters)]


def _register_targets(parameters: dict[str, Any]) -> Any:
    arn = alb._p(parameters, "TargetGroupArn")
    group = alb._tgs.get(arn)
    if group is None:
        return alb._error("TargetGroupNotFound", f"Target groups '{arn}' not found")
    asked = _asked_for(parameters)
    for address, _ in asked:
        if group["TargetType"] == "ip" and not _is_address(address):
            return alb._error("ValidationError", f"The IP address '{address}' is not a valid IPv4 address")
    for address, port in asked:
        register(arn, address, port or int(group["Port"]))
    return alb._empty("RegisterTargets")


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _deregister_targets(parameters: dict[str, Any]) -> Any:
    arn = alb._p(parameters, "TargetGroupArn")
    if arn not in alb._tgs:
        return alb._error("TargetGroupNotFound", f"Target groups '{arn}' not found")
    for address, port in _asked_for(parameters):
        for target in of(arn):
            if target["Id"] == address and port in (None, port_of(arn, target)):
                deregister(arn, target)
    return alb._empty("DeregisterTargets")


def _describe_target_health(parameters: dict[str, Any]) -> Any:
    arn = alb._p(parameters, "TargetGroupArn")
    group = alb._tgs.get(arn)
    if group is None:
        return alb._error("TargetGroupNotFound", f"Target groups '{arn}' not found")
    asked = _asked_for(parameters)
    shown: list[tuple[str, int, Health]] = []
    if asked:
        for address, given in asked:
            port = given or int(group["Port"])
            target = find(arn, address, port)
            shown.append((address, port, health(arn, target) if target else NOT_REGISTERED))
    else:
        shown = [(one["Id"], port_of(arn, one), health(arn, one)) for one in of(arn)]
    inner = "".join(_description(group, *one) for one in shown)
    return alb._xml(
        200, "DescribeTargetHealth", f"<TargetHealthDescriptions>{inner}</TargetHealthDescriptions>"
    )


def _description(group: Group, address: str, port: int, found: Health) -> str:
    state, reason, description = found
    check = group.get("HealthCheckPort") or "traffic-port"
    why = f"<Reason>{reason}</Reason><Description>{alb._esc(description)}</Description>" if reason else ""
    return (
        f"<member><Target><Id>{address}</Id><Port>{port}</Port></Target>"
        f"<HealthCheckPort>{port if check == 'traffic-port' else check}</HealthCheckPort>"
        f"<TargetHealth><State>{state}</State>{why}</TargetHealth></member>"
    )


def install() -> None:
    """Replace the registration of targets and what is said of their health."""
    replace(alb, "set_targets_for_group", lambda _original: set_targets_for_group)
    replace(alb, "_register_targets", lambda _original: _register_targets)
    replace(alb, "_deregister_targets", lambda _original: _deregister_targets)
    replace(alb, "_describe_target_health", lambda _original: _describe_target_health)
