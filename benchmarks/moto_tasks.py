"""Running tasks for moto's services, which have none by themselves: each has a public address."""

from __future__ import annotations

from typing import Any


def install(patches: Any) -> None:
    """Let services have as many running tasks as they want, of the revision that they want, at once.

    Args:
        patches: pytest's monkeypatch, or what stands for it.
    """
    from moto.ecs.models import EC2ContainerServiceBackend as Backend

    create, update, delete = Backend.create_service, Backend.update_service, Backend.delete_service

    def create_service(self: Any, cluster_str: str, *args: Any, **given: Any) -> Any:
        service = create(self, cluster_str, *args, **given)
        _run(self, cluster_str, service)
        return service

    def update_service(self: Any, service_properties: dict[str, Any]) -> Any:
        cluster = service_properties.get("cluster", "default")
        service = update(self, service_properties)
        _run(self, cluster, service)
        return service

    def delete_service(self: Any, cluster_name: str, service_name: str, force: bool) -> Any:
        service = delete(self, cluster_name, service_name, force)
        _stop(self, cluster_name, service, [])
        return service

    patches.setattr(Backend, "create_service", create_service)
    patches.setattr(Backend, "update_service", update_service)
    patches.setattr(Backend, "delete_service", delete_service)


def _run(backend: Any, cluster_name: str, service: Any) -> None:
    from moto.ec2 import ec2_backends
    from moto.ecs.models import Task

    cluster = backend._get_cluster(cluster_name)
    definition = backend.describe_task_definition(service.task_definition)
    made = []
    for _ in range(service.desired_count or 0):
        task = Task(
            cluster, definition, None, {}, backend, f"service:{service.name}", "FARGATE",
            networking_configuration=service.network_configuration,
        )  # fmt: skip
        task.advance = lambda: None
        interfaces = ec2_backends[backend.account_id][backend.region_name]
        interfaces.get_network_interface(_interface(task)).public_ip = "203.0.113.7"
        made.append(task)
    _stop(backend, cluster_name, service, made)


def _stop(backend: Any, cluster_name: str, service: Any, instead: list[Any]) -> None:
    """Put tasks in the place of those that run."""
    from moto.ec2 import ec2_backends

    running = backend.tasks.setdefault(cluster_name.rpartition("/")[2], {})
    for arn in [arn for arn, task in running.items() if task.group == f"service:{service.name}"]:
        interfaces = ec2_backends[backend.account_id][backend.region_name]
        interfaces.enis.pop(_interface(running.pop(arn)), None)
    running.update({task.task_arn: task for task in instead})


def _interface(task: Any) -> str:
    (attached,) = task.attachments
    return str(next(one["value"] for one in attached["details"] if one["name"] == "networkInterfaceId"))
