"""Service deployments: a record of each, from the call that begins it to how it ended.

How it stands is read off MiniStack's own deployment (DescribeServices), and kept once it has ended. The
statuses are those of DescribeServiceDeployments.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from typing import Any

from ministack.core.concurrency import resource_lock
from ministack.core.responses import get_account_id, get_region
from ministack.services import ecs

from .patching import Function, replace

Service = dict[str, Any]
Record = dict[str, Any]
ENDED = frozenset({"SUCCESSFUL", "STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"})
begun: list[Callable[[str, Service, Record], None]] = []
"""Called with the service's key, the service and the record of each new deployment."""


def records(service: Service) -> list[Record]:
    """A service's, newest first."""
    found: list[Record] = service.setdefault("_service_deployments", [])
    return found


def current(service: Service) -> Record | None:
    return next(iter(records(service)), None)


def _arn(service: Service, kind: str, number: str) -> str:
    base, _, path = str(service["serviceArn"]).rpartition(":")
    return f"{base}:{kind}/{path.removeprefix('service/')}/{number}"


def note(key: str) -> None:
    """Begin a record where a service has a deployment without one."""
    with resource_lock("fargatectl-deployments", key):
        begin = _note(key)
        if begin is not None:
            for tell in begun:
                tell(key, *begin)


def _note(key: str) -> tuple[Service, Record] | None:
    service = ecs._services.get(key)
    primary = ecs._primary_deployment(service) if service else None
    if primary is None or any(one["deployment"] is primary for one in records(service)):
        return None
    before = current(service)
    if before is not None:
        settle(service)
        if before["status"] not in ENDED:
            _end(before, "STOPPED", "A new service deployment was started.")
    number = secrets.token_hex(10)
    record: Record = {
        "arn": _arn(service, "service-deployment", number),
        "revision": _arn(service, "service-revision", str(int(time.time() * 1e7))),
        "deployment": primary,
        "source": _serving(service),
        "configuration": json.loads(json.dumps(service.get("deploymentConfiguration") or {})),
        "definition": {
            name: service.get(name)
            for name in (
                "taskDefinition", "launchType", "capacityProviderStrategy", "platformVersion",
                "platformFamily", "loadBalancers", "serviceRegistries", "networkConfiguration",
            )
        },
        "status": "IN_PROGRESS", "reason": "", "created": time.time(), "finished": None,
        "stage": "", "hooks": [], "weight": None, "asked": "", "rollback": None,
    }  # fmt: skip
    records(service).insert(0, record)
    return service, record


def _serving(service: Service) -> Record | None:
    """The record of the deployment that serves until the new one does."""
    for one in records(service):
        if one["status"] == "SUCCESSFUL":
            return one
    return None


def _end(record: Record, status: str, reason: str) -> None:
    record.update(status=status, reason=record["reason"] or reason, finished=time.time())


def _status(service: Service, record: Record) -> str:
    deployment, primary = record["deployment"], ecs._primary_deployment(service)
    if service["status"] != "ACTIVE" or primary is None:
        return "STOPPED"
    if primary is deployment:
        if record["asked"]:
            return f"{'STOP' if record['asked'] == 'ABORT' else 'ROLLBACK'}_REQUESTED"
        state = deployment["rolloutState"]
        return {"COMPLETED": "SUCCESSFUL", "FAILED": "STOPPED"}.get(state, "IN_PROGRESS")
    if deployment["rolloutState"] != "FAILED":
        return "STOPPED"
    return "ROLLBACK_SUCCESSFUL" if primary["rolloutState"] == "COMPLETED" else "ROLLBACK_IN_PROGRESS"


def settle(service: Service) -> None:
    """Note of every record how it stands, and keep how it ended."""
    for record in records(service):
        if record["status"] in ENDED:
            continue
        status = _status(service, record)
        if status.startswith("ROLLBACK") and record["rollback"] is None:
            back = _serving(service)
            reason = record["reason"] or "Service deployment circuit breaker was triggered."
            record["rollback"] = {
                "reason": reason,
                "startedAt": time.time(),
                "serviceRevisionArn": back["revision"] if back else None,
            }
            record["reason"] = reason
        if status in ENDED:
            _end(record, status, record["deployment"].get("rolloutStateReason", ""))
        record["status"] = status


def give_up(key: str, record: Record, reason: str, *, back: bool = True) -> bool:
    """End a deployment that is under way; the last one that was completed serves again.

    Returns:
        False where there is none to go back to.
    """
    with resource_lock("ecs-service", key):
        service = ecs._services.get(key)
        deployment = record["deployment"]
        if service is None or ecs._primary_deployment(service) is not deployment:
            return False
        before = next(
            (
                one
                for one in service["deployments"]
                if one is not deployment and one.get("rolloutState") == "COMPLETED"
            ),
            None,
        )
        record["reason"] = reason
        if back and before is None:
            return False
        deployment.update(rolloutState="FAILED", rolloutStateReason=reason, updatedAt=ecs._iso())
        if back and before is not None:
            # First the one, then the other: without a PRIMARY every task would count as stale.
            before.update(
                status="PRIMARY", desiredCount=service["desiredCount"], rolloutState="IN_PROGRESS",
                rolloutStateReason="ECS deployment rollback in progress.", updatedAt=ecs._iso(),
            )  # fmt: skip
            deployment.update(status="ACTIVE", desiredCount=0)
            service["taskDefinition"] = before["taskDefinition"]
    cluster = key.split("/", 1)[0]
    ecs._reconcile_service_tasks(cluster, key)
    ecs._schedule_service_deployment_completion(cluster, key, get_account_id(), get_region())
    return True


def find(arn: str) -> tuple[str, Service, Record] | None:
    """The service's key, the service and the record of a service deployment."""
    for key, service in ecs._services.items():
        for record in records(service):
            if record["arn"] == arn:
                return key, service, record
    return None


def _keeping_the_end(original: Function) -> Function:
    def complete_service_deployment(
        cluster: str, key: str, expected_deployment_id: str | None = None
    ) -> None:
        original(cluster, key, expected_deployment_id)
        service = ecs._services.get(key)
        if service is not None:
            settle(service)

    return complete_service_deployment


def install() -> None:
    """Keep how each deployment ended."""
    replace(ecs, "_complete_service_deployment", _keeping_the_end)
