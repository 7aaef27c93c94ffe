"""ELBv2's answers about listeners, rules and target groups where MiniStack's differ from AWS's.

Errors are those of the API reference: TargetGroupNotFound, DuplicateListener, TargetGroupAssociationLimit,
PriorityInUse, ResourceInUse, DuplicateTargetGroupName, RuleNotFound, ListenerNotFound, ValidationError.
"""

from __future__ import annotations

from typing import Any

from ministack.services import alb

from . import elb_rules, elb_targets
from .patching import Function, replace

Parameters = dict[str, Any]
_GROUP_FIELDS = (
    "Protocol", "Port", "VpcId", "TargetType", "HealthCheckProtocol", "HealthCheckPort", "HealthCheckPath",
    "HealthCheckIntervalSeconds", "HealthCheckTimeoutSeconds", "HealthyThresholdCount",
    "UnhealthyThresholdCount",
)  # fmt: skip
_HTTP = ("HTTP", "HTTPS")
_GROUP_ATTRIBUTES = {
    "load_balancing.algorithm.type": "round_robin",
    "load_balancing.cross_zone.enabled": "use_load_balancer_configuration",
    "slow_start.duration_seconds": "0",
    "stickiness.lb_cookie.duration_seconds": "86400",
}


def _named_groups(actions: list[dict[str, Any]]) -> list[str]:
    return [arn for action in actions for arn in elb_rules.weights(action)]


def _refusal(actions: list[dict[str, Any]], load_balancer: str) -> Any:
    """AWS's error where actions name groups that they cannot; None where they can."""
    for arn in _named_groups(actions):
        if arn not in alb._tgs:
            return alb._error("TargetGroupNotFound", f"Target groups '{arn}' not found")
        others = [one for one in elb_targets.load_balancers(arn) if one != load_balancer]
        if others:
            return alb._error(
                "TargetGroupAssociationLimit",
                f"The following target groups cannot be associated with more than one load balancer: {arn}",
            )
    return None


def _refusing_listeners(original: Function) -> Function:
    def create_listener(parameters: Parameters) -> Any:
        arn, port = alb._p(parameters, "LoadBalancerArn"), int(alb._p(parameters, "Port", "80"))
        load_balancer = alb._lbs.get(arn)
        if load_balancer is None:
            return alb._error("LoadBalancerNotFound", f"Load balancers '[{arn}]' not found")
        mine = [one for one in alb._listeners.values() if one["LoadBalancerArn"] == arn]
        if any(int(one["Port"]) == port for one in mine):
            message = f"A listener already exists on this port for this load balancer '{arn}'"
            return alb._error("DuplicateListener", message)
        protocol = alb._p(parameters, "Protocol", "HTTP")
        if (protocol in _HTTP) != (load_balancer["Type"] == "application"):
            allowed = "HTTP, HTTPS" if load_balancer["Type"] == "application" else "TCP, TLS, UDP, TCP_UDP"
            return alb._error("ValidationError", f"Listener protocol must be one of '{allowed}'")
        if protocol in ("HTTPS", "TLS") and not alb._parse_certificate_arns(parameters):
            message = f"A certificate must be specified for {protocol} listeners"
            return alb._error("ValidationError", message)
        refused = _refusal(alb._parse_actions(parameters), arn)
        return refused or _of_its_type(original(parameters), load_balancer)

    return create_listener


def _of_its_type(answer: Any, load_balancer: dict[str, Any]) -> Any:
    """MiniStack writes ``app`` into every ARN; a Network Load Balancer's have ``net``."""
    kind = load_balancer["LoadBalancerArn"].split("/")[1]
    if answer[0] != 200 or kind == "app":
        return answer
    for store in (alb._listeners, alb._rules, alb._tags, alb._listener_attrs):
        for arn in list(store.keys()):
            own = arn.replace("/app/", f"/{kind}/", 1)
            if ":listener" not in arn or load_balancer["LoadBalancerName"] != arn.split("/")[2]:
                continue
            record = store.pop(arn)
            if isinstance(record, dict):
                for field in ("ListenerArn", "RuleArn"):
                    if field in record:
                        record[field] = record[field].replace("/app/", f"/{kind}/", 1)
            store[own] = record
    return answer[0], answer[1], answer[2].replace(b"/app/", f"/{kind}/".encode())


def _refusing_changes(original: Function) -> Function:
    def modify_listener(parameters: Parameters) -> Any:
        listener = alb._listeners.get(alb._p(parameters, "ListenerArn"))
        if listener is not None:
            refused = _refusal(alb._parse_actions(parameters), listener["LoadBalancerArn"])
            if refused:
                return refused
        return original(parameters)

    return modify_listener


def _refusing_rules(original: Function) -> Function:
    def create_rule(parameters: Parameters) -> Any:
        listener = alb._listeners.get(alb._p(parameters, "ListenerArn"))
        if listener is None:
            return original(parameters)
        priority = alb._p(parameters, "Priority")
        for rule in alb._rules.values():
            if rule["ListenerArn"] == listener["ListenerArn"] and rule["Priority"] == priority:
                return alb._error("PriorityInUse", f"Priority '{priority}' is currently in use")
        actions = alb._parse_actions(parameters, "Actions")
        return _refusal(actions, listener["LoadBalancerArn"]) or original(parameters)

    return create_rule


def _refusing_rule_changes(original: Function) -> Function:
    def modify_rule(parameters: Parameters) -> Any:
        rule = alb._rules.get(alb._p(parameters, "RuleArn"))
        listener = alb._listeners.get(rule["ListenerArn"]) if rule else None
        if listener is not None:
            actions = alb._parse_actions(parameters, "Actions")
            refused = _refusal(actions, listener["LoadBalancerArn"])
            if refused:
                return refused
        return original(parameters)

    return modify_rule


def _naming_the_missing(what: str, store: str, member: str, error: str) -> Any:
    """Describe calls that name something that is not there are refused, not answered without it."""

    def build(original: Function) -> Function:
        def describe(parameters: Parameters) -> Any:
            for arn in alb._parse_member_list(parameters, member):
                if arn not in getattr(alb, store):
                    return alb._error(error, f"One or more {what} not found")
            return original(parameters)

        return describe

    return build


def _of_a_parent(store: str, parameter: str, error: str, what: str) -> Any:
    def build(original: Function) -> Function:
        def describe(parameters: Parameters) -> Any:
            arn = alb._p(parameters, parameter)
            if arn and arn not in getattr(alb, store):
                return alb._error(error, f"{what} '{arn}' not found")
            return original(parameters)

        return describe

    return build


def _once(original: Function) -> Function:
    """CreateTargetGroup answers with the group that is there where all settings are the same."""

    def create_tg(parameters: Parameters) -> Any:
        protocol = alb._p(parameters, "Protocol")
        given = dict(parameters)
        if protocol and protocol not in _HTTP:
            given.setdefault("HealthCheckProtocol", ["TCP"])
            given.setdefault("HealthCheckTimeoutSeconds", ["10"])
        if int(alb._p(given, "HealthCheckTimeoutSeconds", "5")) > int(
            alb._p(given, "HealthCheckIntervalSeconds", "30")
        ):
            message = "Health check timeout must be smaller than or equal to the interval"
            return alb._error("ValidationError", message)
        name = alb._p(parameters, "Name")
        for group in alb._tgs.values():
            if group["TargetGroupName"] != name:
                continue
            asked = {field: alb._p(given, field) for field in _GROUP_FIELDS if field in given}
            if all(str(group[field]) == value for field, value in asked.items()):
                shown = alb._tg_xml(group)
                return alb._xml(200, "CreateTargetGroup", f"<TargetGroups>{shown}</TargetGroups>")
            message = f"A target group with the same name '{name}' exists, but with different settings"
            return alb._error("DuplicateTargetGroupName", message)
        answer = original(given)
        _complete(name)
        return answer

    return create_tg


def _complete(name: str) -> None:
    for arn, group in alb._tgs.items():
        if group["TargetGroupName"] == name:
            known = {one["Key"] for one in alb._tg_attrs[arn]}
            alb._tg_attrs[arn] += [
                {"Key": key, "Value": value} for key, value in _GROUP_ATTRIBUTES.items() if key not in known
            ]


def _showing_use(original: Function) -> Function:
    """LoadBalancerArns from the rules that there are; no HTTP settings for a TCP check."""

    def tg_xml(group: dict[str, Any]) -> str:
        arns = elb_targets.load_balancers(group["TargetGroupArn"])
        shown = str(original({**group, "LoadBalancerArns": arns}))
        if group.get("HealthCheckProtocol") not in _HTTP:
            path, code = group.get("HealthCheckPath"), group.get("Matcher", {}).get("HttpCode")
            shown = shown.replace(f"<HealthCheckPath>{path}</HealthCheckPath>", "")
            shown = shown.replace(f"<Matcher><HttpCode>{code}</HttpCode></Matcher>", "")
        version = "<ProtocolVersion>HTTP1</ProtocolVersion>" if group.get("Protocol") in _HTTP else ""
        return f"{shown.removesuffix('</member>')}{version}<IpAddressType>ipv4</IpAddressType></member>"

    return tg_xml


def _describing_groups(original: Function) -> Function:
    def describe_tgs(parameters: Parameters) -> Any:
        names = alb._parse_member_list(parameters, "Names")
        there = {group["TargetGroupName"] for group in alb._tgs.values()}
        if any(name not in there for name in names):
            return alb._error("TargetGroupNotFound", "One or more target groups not found")
        arn = alb._p(parameters, "LoadBalancerArn")
        if arn:
            if arn not in alb._lbs:
                return alb._error("LoadBalancerNotFound", f"Load balancers '[{arn}]' not found")
            for key, group in alb._tgs.items():
                group["LoadBalancerArns"] = elb_targets.load_balancers(key)
        return original(parameters)

    return describe_tgs


def _refusing_groups_in_use(original: Function) -> Function:
    def delete_tg(parameters: Parameters) -> Any:
        arn = alb._p(parameters, "TargetGroupArn")
        if arn in alb._tgs and elb_targets.load_balancers(arn):
            message = f"Target group '{arn}' is currently in use by a listener or a rule"
            return alb._error("ResourceInUse", message)
        return original(parameters)

    return delete_tg


def install() -> None:
    """Replace the answers named above."""
    replace(alb, "_create_listener", _refusing_listeners)
    replace(alb, "_modify_listener", _refusing_changes)
    replace(alb, "_create_rule", _refusing_rules)
    replace(alb, "_modify_rule", _refusing_rule_changes)
    replace(alb, "_create_tg", _once)
    replace(alb, "_tg_xml", _showing_use)
    replace(alb, "_describe_tgs", _naming_the_missing(
        "target groups", "_tgs", "TargetGroupArns", "TargetGroupNotFound"
    ))  # fmt: skip
    replace(alb, "_describe_tgs", _describing_groups)
    replace(alb, "_delete_tg", _refusing_groups_in_use)
    replace(alb, "_describe_listeners", _naming_the_missing(
        "listeners", "_listeners", "ListenerArns", "ListenerNotFound"
    ))  # fmt: skip
    replace(alb, "_describe_listeners", _of_a_parent(
        "_lbs", "LoadBalancerArn", "LoadBalancerNotFound", "Load balancer"
    ))  # fmt: skip
    replace(alb, "_describe_rules", _naming_the_missing("rules", "_rules", "RuleArns", "RuleNotFound"))
    replace(alb, "_describe_rules", _of_a_parent("_listeners", "ListenerArn", "ListenerNotFound", "Listener"))
