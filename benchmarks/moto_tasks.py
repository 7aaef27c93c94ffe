"""Running tasks for moto's services, which have none by themselves: each has a public address."""

from __future__ import annotations

import time
from typing import Any


def install(patches: Any, later: float = 0.0) -> None:
    """Let services have as many running tasks as they want, of the revision that they want.

    Args:
        patches: pytest's monkeypatch, or what stands for it.
        later: Seconds after which they run; ECS takes some too.
    """
    from moto.ecs.models import EC2ContainerServiceBackend as Backend

    create, update, delete = Backend.create_service, Backend.update_service, Backend.delete_service
    services, tasks = Backend.describe_services, Backend.list_tasks

    def create_service(self: Any, cluster_str: str, *args: Any, **given: Any) -> Any:
        service = create(self, cluster_str, *args, **given)
        if later:
            _count(service, 0)
        return _begun(self, cluster_str, service)

    def update_service(self: Any, service_properties: dict[str, Any]) -> Any:
        cluster = service_properties.get("cluster", "default")
        return _begun(self, cluster, update(self, service_properties))

    def delete_service(self: Any, cluster_name: str, service_name: str, force: bool) -> Any:
        service = delete(self, cluster_name, service_name, force)
        service.__dict__.pop("tasks_due", None)
        _replace(self, cluster_name, service, [])
        return service

    def describe_services(self: Any, *args: Any, **given: Any) -> Any:
        _run_what_is_due(self)
        return services(self, *args, **given)

    def list_tasks(self: Any, *args: Any, **given: Any) -> Any:
        _run_what_is_due(self)
        return tasks(self, *args, **given)

    def _begun(backend: Any, cluster: str, service: Any) -> Any:
        service.tasks_due = (time.monotonic() + later, cluster)
        if not later:
            _run_what_is_due(backend)
        return service

    for one in (create_service, update_service, delete_service, describe_services, list_tasks):
        patches.setattr(Backend, one.__name__, one)


def _run_what_is_due(backend: Any) -> None:
    for service in list(backend.services.values()):
        due, cluster = service.__dict__.get("tasks_due", (None, ""))
        if due is not None and due <= time.monotonic():
            del service.tasks_due
            _count(service, service.desired_count or 0)
            _replace(backend, cluster, service, _tasks(backend, cluster, service))


def _count(service: Any, running: int) -> None:
    service.running_count, service.pending_count = running, (service.desired_count or 0) - running
    for one in service.deployments[:1]:
        one["runningCount"], one["pendingCount"] = running, service.pending_count
        one["rolloutState"] = "IN_PROGRESS" if service.pending_count else "COMPLETED"


def _tasks(backend: Any, cluster_name: str, service: Any) -> list[Any]:
    from moto.ec2.models import ec2_backends
    from moto.ecs.models import Task

    cluster = backend._get_cluster(cluster_name)
    definition = backend.describe_task_definition(service.task_definition)
    made = []
    for _ in range(service.desired_count or 0):
        task = Task(
            cluster, definition, None, {}, backend, f"service:{service.name}", "FARGATE",
            networking_configuration=service.network_configuration,
        )  # fmt: skip
        patched: Any = task
        patched.advance = lambda: None
        interfaces = ec2_backends[backend.account_id][backend.region_name]
        interfaces.get_network_interface(_interface(task)).public_ip = "203.0.113.7"
        made.append(task)
    return made


def _replace(backend: Any, cluster_name: str, service: Any, tasks: list[Any]) -> None:
    """Put tasks in the place of those of a service that run."""
    from moto.ec2.models import ec2_backends

    running = backend.tasks.setdefault(cluster_name.rpartition("/")[2], {})
    for arn in [arn for arn, task in running.items() if task.group == f"service:{service.name}"]:
        interfaces = ec2_backends[backend.account_id][backend.region_name]
        interfaces.enis.pop(_interface(running.pop(arn)), None)
    running.update({task.task_arn: task for task in tasks})


def _interface(task: Any) -> str:
    (attached,) = task.attachments
    return str(next(one["value"] for one in attached["details"] if one["name"] == "networkInterfaceId"))
