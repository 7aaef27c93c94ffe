"""Application Auto Scaling, which MiniStack lacks: it keeps what it is told, and never scales by itself.

Targets, policies, scheduled actions and tags are kept as AWS shows them. Of what they mean one thing
happens: RegisterScalableTarget sets a service's count to within the limits, as on AWS. No policy and no
scheduled action is ever carried out. Source: Application Auto Scaling API reference.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from ministack.core import iam_actions, router
from ministack.core.responses import (
    AccountRegionScopedDict,
    error_response_json,
    get_account_id,
    get_region,
    json_response,
    new_uuid,
)
from ministack.services import ecs

from .patching import Function, replace

Data = dict[str, Any]

SERVICE = "application-autoscaling"
_TARGET_PREFIX = "AnyScaleFrontendService."
_SUSPENDED = ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended")
_targets = AccountRegionScopedDict()
"""Resource id -> the target as DescribeScalableTargets shows it, with what belongs to it."""


class Refused(Exception):
    """An error of AWS's.

    Args:
        code: Its code.
        message: Its message.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def _target(data: Data) -> Data:
    found: Data | None = _targets.get(data.get("ResourceId", ""))
    if found is None:
        raise Refused(
            "ObjectNotFoundException",
            f"No scalable target registered for resource ID: {data.get('ResourceId')}",
        )
    return found


def _by_arn(data: Data) -> Data:
    for target in _targets.values():
        if target["shown"]["ScalableTargetARN"] == data["ResourceARN"]:
            return dict(target)
    raise Refused("ResourceNotFoundException", f"No resource found for {data['ResourceARN']}")


def _service(resource_id: str) -> Data:
    parts = resource_id.split("/")
    service = ecs._services.get("/".join(parts[1:])) if len(parts) == 3 and parts[0] == "service" else None
    if service is None or service["status"] != "ACTIVE":
        raise Refused("ValidationException", f"ECS service doesn't exist: {resource_id}")
    return dict(service)


def _register(data: Data) -> Data:
    resource_id = data["ResourceId"]
    service = _service(resource_id)
    known: Data | None = _targets.get(resource_id)
    shown: Data = dict(known["shown"]) if known else {
        "ServiceNamespace": "ecs",
        "ScalableDimension": data["ScalableDimension"],
        "ResourceId": resource_id,
        "RoleARN": f"arn:aws:iam::{get_account_id()}:role/aws-service-role/"
        "ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService",
        "CreationTime": time.time(),
        "ScalableTargetARN": f"arn:aws:{SERVICE}:{get_region()}:{get_account_id()}:scalable-target/"
        f"{new_uuid().replace('-', '')}",
        "SuspendedState": dict.fromkeys(_SUSPENDED, False),
    }  # fmt: skip
    for name in ("MinCapacity", "MaxCapacity"):
        if data.get(name) is not None:
            shown[name] = int(data[name])
        elif name not in shown:
            raise Refused("ValidationException", f"{name} is required for a new scalable target")
    if shown["MinCapacity"] > shown["MaxCapacity"]:
        raise Refused("ValidationException", "Maximum capacity cannot be less than minimum capacity")
    shown["SuspendedState"] = {**shown["SuspendedState"], **(data.get("SuspendedState") or {})}
    tags = {**(known["tags"] if known else {}), **(data.get("Tags") or {})}
    parts = {name: known[name] if known else {} for name in ("policies", "actions")}
    _targets[resource_id] = {"shown": shown, "tags": tags, **parts}
    wanted = min(max(service["desiredCount"], shown["MinCapacity"]), shown["MaxCapacity"])
    if wanted != service["desiredCount"]:
        _, cluster, name = resource_id.split("/")
        ecs._update_service({"cluster": cluster, "service": name, "desiredCount": wanted})
    return {"ScalableTargetARN": shown["ScalableTargetARN"]}


def _deregister(data: Data) -> Data:
    _target(data)
    del _targets[data["ResourceId"]]
    return {}


def _put_policy(data: Data) -> Data:
    policies, name = _target(data)["policies"], data["PolicyName"]
    arn = (
        f"arn:aws:autoscaling:{get_region()}:{get_account_id()}:scalingPolicy:{new_uuid()}:"
        f"resource/ecs/{data['ResourceId']}:policyName/{name}"
    )
    before = policies.get(name, {"PolicyARN": arn, "CreationTime": time.time(), "Alarms": []})
    policies[name] = {**data, **{key: before[key] for key in ("PolicyARN", "CreationTime", "Alarms")}}
    return {"PolicyARN": before["PolicyARN"], "Alarms": []}


def _put_action(data: Data) -> Data:
    actions, name = _target(data)["actions"], data["ScheduledActionName"]
    arn = (
        f"arn:aws:autoscaling:{get_region()}:{get_account_id()}:scheduledAction:{new_uuid()}:"
        f"resource/ecs/{data['ResourceId']}:scheduledActionName/{name}"
    )
    before = actions.get(name, {"ScheduledActionARN": arn, "CreationTime": time.time()})
    actions[name] = {**before, **data}
    return {}


def _delete(part: str, key: str) -> Callable[[Data], Data]:
    def delete(data: Data) -> Data:
        if _target(data)[part].pop(data[key], None) is None:
            raise Refused("ObjectNotFoundException", f"No {key} {data[key]} found")
        return {}

    return delete


def _list(part: str, key: str) -> Callable[[Data], Data]:
    def listed(data: Data) -> Data:
        resource_id = data.get("ResourceId")
        targets = [one for name, one in _targets.items() if resource_id in (None, name)]
        return {key: [shown for one in targets for shown in one[part].values()]}

    return listed


def _describe(data: Data) -> Data:
    wanted = data.get("ResourceIds")
    return {
        "ScalableTargets": [
            one["shown"] for name, one in _targets.items() if wanted is None or name in wanted
        ]
    }


def _tag(data: Data) -> Data:
    _by_arn(data)["tags"].update(data["Tags"])
    return {}


def _untag(data: Data) -> Data:
    tags = _by_arn(data)["tags"]
    for name in data["TagKeys"]:
        tags.pop(name, None)
    return {}


_ACTIONS: dict[str, Callable[[Data], Data]] = {
    "RegisterScalableTarget": _register,
    "DeregisterScalableTarget": _deregister,
    "DescribeScalableTargets": _describe,
    "PutScalingPolicy": _put_policy,
    "DeleteScalingPolicy": _delete("policies", "PolicyName"),
    "DescribeScalingPolicies": _list("policies", "ScalingPolicies"),
    "PutScheduledAction": _put_action,
    "DeleteScheduledAction": _delete("actions", "ScheduledActionName"),
    "DescribeScheduledActions": _list("actions", "ScheduledActions"),
    "DescribeScalingActivities": lambda _: {"ScalingActivities": []},
    "ListTagsForResource": lambda data: {"Tags": _by_arn(data)["tags"]},
    "TagResource": _tag,
    "UntagResource": _untag,
}


async def handle_request(_method: str, _path: str, headers: Any, body: bytes, _query: Any) -> Any:
    """Answer one request, of the JSON protocol."""
    name = str(headers.get("x-amz-target", "")).removeprefix(_TARGET_PREFIX)
    action = _ACTIONS.get(name)
    if action is None:
        return error_response_json("UnknownOperationException", f"{name} is not known here", 400)
    data = json.loads(body or b"{}")
    if data.get("ServiceNamespace", "ecs") != "ecs":
        return error_response_json(
            "ValidationException", "the local AWS scales nothing but ECS services", 400
        )
    try:
        return json_response(action(data))
    except Refused as refused:
        return error_response_json(refused.code, str(refused), 400)


def _forgetting_targets(original: Function) -> Function:
    def reset() -> None:
        _targets.clear()
        original()

    return reset


def install() -> None:
    """Answer for a service that MiniStack does not know. Last: it imports the application."""
    from ministack import app

    iam_actions.SERVICE_TO_IAM_NAMESPACE[SERVICE] = SERVICE  # else nobody is asked for a permission
    router.SERVICE_PATTERNS[SERVICE] = {"target_prefixes": [_TARGET_PREFIX], "credential_scope": SERVICE}
    app.SERVICE_HANDLERS[SERVICE] = handle_request
    replace(ecs, "reset", _forgetting_targets)
