"""What MiniStack does not read of actions and conditions, or does not show of them.

Weighted target groups (ForwardConfig), query strings (QueryStringConfig), and text with ``&`` or ``<`` in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ministack.services import alb

from .patching import Function, replace

Parameters = dict[str, Any]


def _with_forward_config(original: Function) -> Function:
    def parse_actions(parameters: Parameters, prefix: str = "DefaultActions") -> list[dict[str, Any]]:
        actions: list[dict[str, Any]] = original(parameters, prefix)
        for number, action in enumerate(actions, start=1):
            if action["Type"] == "forward":
                config = _forward_config(parameters, f"{prefix}.member.{number}.ForwardConfig", action)
                action["ForwardConfig"] = config
                if len(config["TargetGroups"]) == 1:
                    action["TargetGroupArn"] = config["TargetGroups"][0]["TargetGroupArn"]
                else:
                    action.pop("TargetGroupArn", None)
        return actions

    return parse_actions


def _forward_config(parameters: Parameters, base: str, action: Mapping[str, Any]) -> dict[str, Any]:
    groups: list[dict[str, Any]] = []
    while arn := alb._p(parameters, f"{base}.TargetGroups.member.{len(groups) + 1}.TargetGroupArn"):
        weight = alb._p(parameters, f"{base}.TargetGroups.member.{len(groups) + 1}.Weight", "1")
        groups.append({"TargetGroupArn": arn, "Weight": int(weight)})
    if not groups and action.get("TargetGroupArn"):
        groups.append({"TargetGroupArn": action["TargetGroupArn"], "Weight": 1})
    sticky = f"{base}.TargetGroupStickinessConfig"
    return {
        "TargetGroups": groups,
        "Sticky": alb._p(parameters, f"{sticky}.Enabled", "false").lower() == "true",
        "StickySeconds": alb._p(parameters, f"{sticky}.DurationSeconds"),
    }


def _showing_actions_whole(original: Function) -> Function:
    def action_xml(action: dict[str, Any]) -> str:
        if action["Type"] == "forward":
            return f"<member><Type>forward</Type>{_order(action)}{_forward_xml(action)}</member>"
        if action["Type"] == "fixed-response":
            config = action["FixedResponseConfig"]
            inner = "".join(
                f"<{name}>{alb._esc(config.get(name) or '')}</{name}>"
                for name in ("StatusCode", "ContentType", "MessageBody")
            )
            config_xml = f"<FixedResponseConfig>{inner}</FixedResponseConfig>"
            return f"<member><Type>fixed-response</Type>{_order(action)}{config_xml}</member>"
        return str(original(action))

    return action_xml


def _order(action: Mapping[str, Any]) -> str:
    return f"<Order>{action.get('Order', 1)}</Order>"


def _forward_xml(action: Mapping[str, Any]) -> str:
    config = action.get("ForwardConfig") or {}
    groups = config.get("TargetGroups") or [{"TargetGroupArn": action["TargetGroupArn"], "Weight": 1}]
    members = "".join(
        f"<member><TargetGroupArn>{one['TargetGroupArn']}</TargetGroupArn>"
        f"<Weight>{one['Weight']}</Weight></member>"
        for one in groups
    )
    seconds = config.get("StickySeconds")
    duration = f"<DurationSeconds>{seconds}</DurationSeconds>" if seconds else ""
    sticky = f"<Enabled>{str(bool(config.get('Sticky'))).lower()}</Enabled>{duration}"
    single = f"<TargetGroupArn>{groups[0]['TargetGroupArn']}</TargetGroupArn>" if len(groups) == 1 else ""
    return (
        f"{single}<ForwardConfig><TargetGroups>{members}</TargetGroups>"
        f"<TargetGroupStickinessConfig>{sticky}</TargetGroupStickinessConfig></ForwardConfig>"
    )


def _with_query_strings(original: Function) -> Function:
    def parse_conditions(parameters: Parameters, prefix: str = "Conditions") -> list[dict[str, Any]]:
        conditions: list[dict[str, Any]] = original(parameters, prefix)
        for number, condition in enumerate(conditions, start=1):
            if condition["Field"] != "query-string":
                continue
            base = f"{prefix}.member.{number}.QueryStringConfig.Values"
            pairs: list[dict[str, str]] = []
            while value := alb._p(parameters, f"{base}.member.{len(pairs) + 1}.Value"):
                key = alb._p(parameters, f"{base}.member.{len(pairs) + 1}.Key")
                pairs.append({"Key": key, "Value": value} if key else {"Value": value})
            condition["QueryStringConfig"] = {"Values": pairs}
        return conditions

    return parse_conditions


def _showing_conditions_whole(_original: Function) -> Function:
    def condition_xml(condition: dict[str, Any]) -> str:
        kind = condition["Field"]
        values = _members(condition.get("Values") or [])
        inner = f"<Field>{kind}</Field>"
        config = alb._CONDITION_VALUE_KEYS.get(kind)
        if kind in ("path-pattern", "host-header"):
            inner += f"<Values>{values}</Values>"  # the older form, which AWS shows for these two only
        if config:
            inner += f"<{config}><Values>{values}</Values></{config}>"
        if kind == "http-header":
            header = condition["HttpHeaderConfig"]
            name = f"<HttpHeaderName>{alb._esc(header['HttpHeaderName'])}</HttpHeaderName>"
            values = _members(header["Values"])
            inner += f"<HttpHeaderConfig>{name}<Values>{values}</Values></HttpHeaderConfig>"
        if kind == "query-string":
            pairs = "".join(
                "<member>" + "".join(f"<{k}>{alb._esc(v)}</{k}>" for k, v in pair.items()) + "</member>"
                for pair in condition["QueryStringConfig"]["Values"]
            )
            inner += f"<QueryStringConfig><Values>{pairs}</Values></QueryStringConfig>"
        return f"<member>{inner}</member>"

    return condition_xml


def _members(values: list[str]) -> str:
    return "".join(f"<member>{alb._esc(one)}</member>" for one in values)


def install() -> None:
    """Replace the reading and the showing of actions and conditions."""
    replace(alb, "_parse_actions", _with_forward_config)
    replace(alb, "_action_xml", _showing_actions_whole)
    replace(alb, "_parse_conditions", _with_query_strings)
    replace(alb, "_condition_xml", _showing_conditions_whole)
