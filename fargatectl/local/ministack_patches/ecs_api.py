"""ECS's answers where MiniStack's differ from AWS's: rollouts, lists, defaults and refusals.

API names: CreateService, UpdateService, DescribeServices, DeleteCluster, RegisterTaskDefinition,
ListTaskDefinitions, ListTaskDefinitionFamilies, DeleteTaskDefinitions, RunTask.
"""

from __future__ import annotations

import json
from typing import Any

from ministack.core.responses import error_response_json, json_response
from ministack.services import ecs

from .patching import Function, replace

Data = dict[str, Any]
# A change to one of these starts a new deployment (UpdateService, "triggers a new deployment").
_DEPLOYING_FIELDS = (
    "networkConfiguration",
    "platformVersion",
    "loadBalancers",
    "serviceRegistries",
    "capacityProviderStrategy",
    "serviceConnectConfiguration",
    "volumeConfigurations",
)
# What UpdateService stores and MiniStack does not.
_CONNECT = "serviceConnectConfiguration"
_PLAIN_FIELDS = ("propagateTags", "enableECSManagedTags", "serviceRegistries", _CONNECT)
_LIVE = frozenset(ecs._PRE_STOP_STATUSES)


def _cluster_exists(data: Data) -> bool:
    return ecs._resolve_cluster_name(data.get("cluster", "default")) in ecs._clusters


def _cluster_not_found() -> Any:
    return error_response_json("ClusterNotFoundException", "Cluster not found.", 400)


def _in_progress(original: Function) -> Function:
    """A new deployment is IN_PROGRESS until its tasks are steady, the first one too."""

    def make_deployment(task_definition: str, desired_count: int, status: str = "PRIMARY") -> Data:
        deployment: Data = original(task_definition, desired_count, status)
        deployment["rolloutState"] = "IN_PROGRESS"
        deployment["rolloutStateReason"] = f"ECS deployment {deployment['id']} in progress."
        return deployment

    return make_deployment


def _with_started_by(original: Function) -> Function:
    """The scheduler's tasks name their deployment in startedBy; nothing runs in a missing cluster."""

    def run_task(data: Data) -> Any:
        if not _cluster_exists(data):
            return _cluster_not_found()
        if data.get("_deploymentId"):
            data = {**data, "startedBy": data["_deploymentId"]}
        return original(data)

    return run_task


def _creating_in_a_cluster(original: Function) -> Function:
    def create_service(data: Data) -> Any:
        if not _cluster_exists(data):
            return _cluster_not_found()
        if ecs._resolve_td_key(data.get("taskDefinition", "")) not in ecs._task_defs:
            message = "TaskDefinition not found."
            return error_response_json("ClientException", message, 400)
        answer = original({"platformVersion": "LATEST", **data})
        made = _service({**data, "service": data.get("serviceName", "")})
        if answer[0] == 200 and made is not None and _CONNECT in data:
            made[_CONNECT] = data[_CONNECT]
        return answer

    return create_service


def _of_a_cluster(original: Function) -> Function:
    def listed(data: Data) -> Any:
        return original(data) if _cluster_exists(data) else _cluster_not_found()

    return listed


def _service(data: Data) -> Data | None:
    cluster = ecs._resolve_cluster_name(data.get("cluster", "default"))
    reference = ecs._resolve_service_ref(data.get("service", ""))
    service: Data | None = ecs._services.get(f"{cluster}/{reference[0]}") if reference else None
    return service


def _deploying_changes(original: Function) -> Function:
    def update_service(data: Data) -> Any:
        service = _service(data)
        if service is None:
            return original(data)
        if service["status"] != "ACTIVE":
            return error_response_json("ServiceNotActiveException", "Service was not ACTIVE.", 400)
        changes = any(field in data and data[field] != service.get(field) for field in _DEPLOYING_FIELDS)
        for field in _PLAIN_FIELDS:
            if field in data:
                service[field] = data[field]
        return original({**data, "forceNewDeployment": True} if changes else data)

    return update_service


def _as_described(original: Function) -> Function:
    """Tags only when asked for; rollout reasons in AWS's words; no failures of long ago.

    MiniStack keeps every failed deployment. Listed newest first, those after the PRIMARY are history.
    """

    def describe_services(data: Data) -> Any:
        answer = original(data)
        if answer[0] != 200:
            return answer
        body = json.loads(answer[2])
        for service in body["services"]:
            if "TAGS" not in data.get("include", []):
                service.pop("tags", None)
            # AWS shows it of the deployment. Here it is kept, and no proxy runs.
            connect = service.pop(_CONNECT, None)
            primary_seen, shown = False, []
            for deployment in service["deployments"]:
                deployment["rolloutStateReason"] = _rollout_reason(deployment)
                if connect and connect.get("enabled") and deployment["status"] == "PRIMARY":
                    deployment[_CONNECT] = connect
                if not (primary_seen and deployment["rolloutState"] == "FAILED"):
                    shown.append(deployment)
                primary_seen = primary_seen or deployment["status"] == "PRIMARY"
            service["deployments"] = shown
        return json_response(body)

    return describe_services


def _rollout_reason(deployment: Data) -> str:
    state = deployment["rolloutState"]
    if state == "FAILED":
        return "ECS deployment circuit breaker: tasks failed to start."
    if state == "COMPLETED":
        return f"ECS deployment {deployment['id']} completed."
    if "rollback" in deployment["rolloutStateReason"]:
        return f"ECS deployment circuit breaker: rolling back to deploymentId {deployment['id']}."
    return f"ECS deployment {deployment['id']} in progress."


def _refusing_clusters_in_use(original: Function) -> Function:
    def delete_cluster(data: Data) -> Any:
        name = ecs._resolve_cluster_name(data.get("cluster", "default"))
        cluster = ecs._clusters.get(name)
        if cluster is None:
            return _cluster_not_found()
        arn = cluster["clusterArn"]
        if any(s["clusterArn"] == arn and s["status"] != "INACTIVE" for s in ecs._services.values()):
            message = "The Cluster cannot be deleted while Services are active."
            return error_response_json("ClusterContainsServicesException", message, 400)
        if any(t["clusterArn"] == arn and t["lastStatus"] in _LIVE for t in ecs._tasks.values()):
            message = "The Cluster cannot be deleted while Tasks are active."
            return error_response_json("ClusterContainsTasksException", message, 400)
        return original(data)

    return delete_cluster


def _with_defaults(original: Function) -> Function:
    """A task definition as AWS returns it: its defaults filled in, what was not given left out."""

    def register_task_definition(data: Data) -> Any:
        for container in data.get("containerDefinitions", []):
            for field in ("environment", "mountPoints", "volumesFrom", "portMappings", "systemControls"):
                container.setdefault(field, [])
            for mapping in container["portMappings"]:
                mapping.setdefault("protocol", "tcp")
                if data.get("networkMode") == "awsvpc":
                    mapping.setdefault("hostPort", mapping["containerPort"])
        answer = original(data)
        if answer[0] != 200:
            return answer
        body = json.loads(answer[2])
        key = ecs._resolve_td_key(body["taskDefinition"]["taskDefinitionArn"])
        stored = ecs._task_defs[key]
        for field in [name for name, value in stored.items() if value in ("", None)]:
            del stored[field]
        stored["compatibilities"] = sorted(set(stored["compatibilities"]))
        body["taskDefinition"] = stored
        return json_response(body)

    return register_task_definition


def list_task_definitions(data: Data) -> Any:
    """ListTaskDefinitions: familyPrefix is a whole family name; sorted by family and revision."""
    family, status = data.get("familyPrefix"), data.get("status", "ACTIVE")
    found = sorted(
        (definition["family"], definition["revision"], definition["taskDefinitionArn"])
        for definition in ecs._task_defs.values()
        if family in (None, "", definition["family"]) and definition["status"] == status
    )
    arns = [arn for *_, arn in found]
    if data.get("sort") == "DESC":
        arns.reverse()
    start = int(data.get("nextToken") or 0)
    end = start + int(data.get("maxResults") or 100)
    page: Data = {"taskDefinitionArns": arns[start:end]}
    if end < len(arns):
        page["nextToken"] = str(end)
    return json_response(page)


def list_task_definition_families(data: Data) -> Any:
    """ListTaskDefinitionFamilies: by default all; ACTIVE with, INACTIVE without an active revision."""
    prefix, wanted = data.get("familyPrefix", ""), data.get("status", "ALL")
    listed = [d for d in ecs._task_defs.values() if d["status"] != "DELETE_IN_PROGRESS"]
    families = {d["family"] for d in listed if d["family"].startswith(prefix)}
    active = {d["family"] for d in listed if d["status"] == "ACTIVE"}
    if wanted == "ACTIVE":
        families &= active
    elif wanted == "INACTIVE":
        families -= active
    return json_response({"families": sorted(families)})


def _deleting_only_inactive(original: Function) -> Function:
    def delete_task_definitions(data: Data) -> Any:
        refused: list[str] = []
        allowed: list[str] = []
        for reference in data.get("taskDefinitions", []):
            definition = ecs._task_defs.get(ecs._resolve_td_delete_key(reference))
            (refused if definition and definition["status"] == "ACTIVE" else allowed).append(reference)
        answer = original({**data, "taskDefinitions": allowed})
        body = json.loads(answer[2])
        reason = (
            "The specified task definition is still in ACTIVE status. "
            "Please deregister the target and try again."
        )
        body["failures"] += [{"arn": reference, "reason": reason} for reference in refused]
        return json_response(body)

    return delete_task_definitions


def install() -> None:
    """Replace the answers named above."""
    replace(ecs, "_make_deployment", _in_progress)
    replace(ecs, "_run_task", _with_started_by)
    replace(ecs, "_create_service", _creating_in_a_cluster)
    replace(ecs, "_update_service", _deploying_changes)
    replace(ecs, "_describe_services", _as_described)
    replace(ecs, "_list_services", _of_a_cluster)
    replace(ecs, "_list_tasks", _of_a_cluster)
    replace(ecs, "_delete_cluster", _refusing_clusters_in_use)
    replace(ecs, "_register_task_definition", _with_defaults)
    replace(ecs, "_list_task_definitions", lambda _original: list_task_definitions)
    replace(ecs, "_list_task_definition_families", lambda _original: list_task_definition_families)
    replace(ecs, "_delete_task_definitions", _deleting_only_inactive)
