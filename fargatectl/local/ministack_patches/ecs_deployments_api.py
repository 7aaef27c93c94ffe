"""What ECS answers about service deployments.

ListServiceDeployments, DescribeServiceDeployments, DescribeServiceRevisions, StopServiceDeployment,
ContinueServiceDeployment; ``currentServiceDeployment`` of DescribeServices.
"""

from __future__ import annotations

import json
import time
from typing import Any

from ministack.core.responses import error_response_json, json_response
from ministack.services import ecs

from .ecs_deployments import ENDED, Record, Service, current, find, give_up, note, records, settle
from .patching import Function, replace

Data = dict[str, Any]


def _summary(record: Record, weight: float | None) -> Data:
    deployment = record["deployment"]
    shown: Data = {
        "arn": record["revision"],
        "requestedTaskCount": int(deployment.get("desiredCount", 0)),
        "runningTaskCount": int(deployment.get("runningCount", 0)),
        "pendingTaskCount": int(deployment.get("pendingCount", 0)),
    }
    if weight is not None:
        shown["requestedProductionTrafficWeight"] = float(weight)
    return shown


def _brief(service: Service, record: Record) -> Data:
    shown: Data = {
        "serviceDeploymentArn": record["arn"],
        "serviceArn": service["serviceArn"],
        "clusterArn": service["clusterArn"],
        "createdAt": record["created"],
        "startedAt": record["created"],
        "targetServiceRevisionArn": record["revision"],
        "status": record["status"],
    }
    if record["finished"]:
        shown["finishedAt"] = record["finished"]
    if record["reason"]:
        shown["statusReason"] = record["reason"]
    return shown


def _whole(service: Service, record: Record) -> Data:
    shown = _brief(service, record)
    del shown["targetServiceRevisionArn"]
    weight, source = record["weight"], record["source"]
    shown |= {
        "updatedAt": record["finished"] or time.time(),
        "targetServiceRevision": _summary(record, weight),
        "sourceServiceRevisions": [
            _summary(source, None if weight is None else 100 - weight)
        ] if source else [],
        "deploymentConfiguration": record["configuration"],
        "deploymentCircuitBreaker": _breaker(service, record),
        "alarms": {"status": "DISABLED", "alarmNames": [], "triggeredAlarmNames": []},
    }  # fmt: skip
    if record["stage"]:
        shown["lifecycleStage"] = record["stage"]
        shown["lifecycleHookDetails"] = [
            {name: value for name, value in hook.items() if not name.startswith("_")}
            for hook in record["hooks"]
        ]
    if record["rollback"]:
        shown["rollback"] = {name: value for name, value in record["rollback"].items() if value}
    return shown


def _breaker(service: Service, record: Record) -> Data:
    breaker = record["configuration"].get("deploymentCircuitBreaker") or {}
    failed, threshold = (
        int(record["deployment"].get("failedTasks", 0)),
        ecs._circuit_breaker_threshold(service),
    )
    if not breaker.get("enable"):
        status = "DISABLED"
    elif failed >= threshold:
        status = "TRIGGERED"
    else:
        status = "MONITORING_COMPLETE" if record["status"] in ENDED else "MONITORING"
    return {"status": status, "failureCount": failed, "threshold": threshold}


def list_service_deployments(data: Data) -> Any:
    cluster = ecs._resolve_cluster_name(data.get("cluster", "default"))
    if cluster not in ecs._clusters:
        return error_response_json("ClusterNotFoundException", "Cluster not found.", 400)
    reference = ecs._resolve_service_ref(data.get("service", ""))
    service = ecs._services.get(f"{cluster}/{reference[0]}") if reference else None
    if service is None:
        return error_response_json("ServiceNotFoundException", "Service not found.", 400)
    settle(service)
    asked, span = set(data.get("status") or ()), data.get("createdAt") or {}
    after, before = ecs._ts_to_epoch(span.get("after", 0)), ecs._ts_to_epoch(span.get("before", 1e12))
    found = [
        _brief(service, one)
        for one in records(service)
        if (not asked or one["status"] in asked) and float(after) <= one["created"] <= float(before)
    ]
    return json_response({"serviceDeployments": found[: int(data.get("maxResults") or 100)]})


def describe_service_deployments(data: Data) -> Any:
    shown, missing = [], []
    for arn in data.get("serviceDeploymentArns", []):
        found = find(arn)
        if found is None:
            missing.append({"arn": arn, "reason": "MISSING"})
            continue
        _, service, record = found
        settle(service)
        shown.append(_whole(service, record))
    return json_response({"serviceDeployments": shown, "failures": missing})


def describe_service_revisions(data: Data) -> Any:
    wanted, shown = list(data.get("serviceRevisionArns", [])), []
    for service in ecs._services.values():
        for record in records(service):
            if record["revision"] in wanted:
                wanted.remove(record["revision"])
                kept = {name: value for name, value in record["definition"].items() if value}
                own = {"serviceRevisionArn": record["revision"], "serviceArn": service["serviceArn"]}
                where = {"clusterArn": service["clusterArn"], "createdAt": record["created"]}
                shown.append({**own, **where, **kept})
    missing = [{"arn": arn, "reason": "MISSING"} for arn in wanted]
    return json_response({"serviceRevisions": shown, "failures": missing})


def _asked_of(data: Data) -> Any:
    """The deployment that a call is about: (key, service, record), or AWS's error."""
    arn = data.get("serviceDeploymentArn", "")
    found = find(arn)
    if found is None:
        message = f"The service deployment {arn} was not found."
        return error_response_json("ServiceDeploymentNotFoundException", message, 400)
    settle(found[1])
    return found


def stop_service_deployment(data: Data) -> Any:
    found = _asked_of(data)
    if not isinstance(found[0], str):
        return found
    key, _, record = found
    if record["status"] != "IN_PROGRESS":
        message = f"The service deployment is {record['status']} and cannot be stopped."
        return error_response_json("ConflictException", message, 400)
    kind = data.get("stopType") or "ROLLBACK"
    reason = "Service deployment was stopped by a user."
    if record["stage"]:
        record.update(asked=kind, reason=reason)  # whoever shifts its traffic does it
    elif not give_up(key, record, reason, back=kind == "ROLLBACK"):
        message = "There is no completed service deployment to roll back to."
        return error_response_json("InvalidParameterException", message, 400)
    return json_response({"serviceDeploymentArn": record["arn"]})


def continue_service_deployment(data: Data) -> Any:
    found = _asked_of(data)
    if not isinstance(found[0], str):
        return found
    record = found[2]
    for hook in record["hooks"]:
        if hook["hookId"] == data.get("hookId") and hook["status"] == "AWAITING_ACTION":
            hook["_action"] = data.get("action") or "CONTINUE"
            return json_response({"serviceDeploymentArn": record["arn"]})
    return error_response_json("InvalidParameterException", "No such lifecycle hook awaits an action.", 400)


def _noting(original: Function) -> Function:
    """CreateService and UpdateService begin a record, and answer with it."""

    def changed(data: Data) -> Any:
        answer = original(data)
        if answer[0] != 200:
            return answer
        body = json.loads(answer[2])
        arn = body["service"]["serviceArn"]
        for key, service in ecs._services.items():
            if service["serviceArn"] == arn:
                note(key)
                body["service"] |= _shown_of(service)
        return json_response(body)

    return changed


def _shown_of(service: Service) -> Data:
    record = current(service)
    if record is None:
        return {}
    settle(service)
    live = [
        one for one in records(service) if any(one["deployment"] is each for each in service["deployments"])
    ]
    return {
        "currentServiceDeployment": record["arn"],
        "currentServiceRevisions": [_summary(one, None) for one in live],
    }


def _showing(original: Function) -> Function:
    def describe_services(data: Data) -> Any:
        answer = original(data)
        if answer[0] != 200:
            return answer
        body = json.loads(answer[2])
        by_arn = {one["serviceArn"]: one for one in ecs._services.values()}
        for shown in body["services"]:
            shown |= _shown_of(by_arn[shown["serviceArn"]])
        return json_response(body)

    return describe_services


def install() -> None:
    """Replace the stubs, and add what MiniStack has not."""
    replace(ecs, "_create_service", _noting)
    replace(ecs, "_update_service", _noting)
    replace(ecs, "_describe_services", _showing)
    replace(ecs, "_list_service_deployments", lambda _original: list_service_deployments)
    replace(ecs, "_describe_service_deployments", lambda _original: describe_service_deployments)
    replace(ecs, "_describe_service_revisions", lambda _original: describe_service_revisions)
    ecs._ACTION_MAP["StopServiceDeployment"] = stop_service_deployment
    ecs._ACTION_MAP["ContinueServiceDeployment"] = continue_service_deployment
