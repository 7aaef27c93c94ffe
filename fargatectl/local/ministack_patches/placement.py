"""Where a task's network is: its interface, its addresses, and the ports published for it.

On Fargate every task has a network interface (awsvpc); its containers share one network namespace. Here
the first container owns the namespace and the others join it (see `task_network`). A task with a public
address gets a loopback address of its own, 127.x.y.z, on which all its container ports are published; where
that is impossible (ports below 1024 with a rootless engine, loopback aliases missing on macOS) the
container's address on the bridge stands in.
"""

from __future__ import annotations

import random
import secrets
import socket
from typing import Any

from ministack.core.concurrency import resource_lock
from ministack.core.responses import get_account_id, get_region, new_uuid
from ministack.services import ec2, ecs

from .patching import Function, replace

Task = dict[str, Any]
_ATTEMPTS = 50


class Placement(str):
    """A subnet id that also carries the awsvpcConfiguration it was asked for with.

    MiniStack hands the subnet from the request to the task's record and drops the rest; this way the
    security groups and assignPublicIp arrive with it.
    """

    __slots__ = ("assign_public_ip", "security_groups")

    assign_public_ip: bool
    security_groups: tuple[str, ...]


def _keeping_configuration(original: Function) -> Function:
    def requested_subnet(data: dict[str, Any]) -> Placement | None:
        subnet = original(data)
        if subnet is None:
            return None
        configuration = data["networkConfiguration"]["awsvpcConfiguration"]
        placement = Placement(subnet)
        placement.assign_public_ip = configuration.get("assignPublicIp") == "ENABLED"
        placement.security_groups = tuple(configuration.get("securityGroups") or (ec2._DEFAULT_SG_ID,))
        return placement

    return requested_subnet


def container_ports(task_definition: dict[str, Any]) -> list[tuple[int, str]]:
    """Every (port, protocol) that the task definition's containers map."""
    return sorted(
        {
            (int(mapping["containerPort"]), mapping.get("protocol") or "tcp")
            for container in task_definition.get("containerDefinitions", [])
            for mapping in container.get("portMappings", [])
        }
    )


def _can_bind(address: str, port: int, protocol: str) -> bool:
    kind = socket.SOCK_DGRAM if protocol == "udp" else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as probe:
        if kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


def loopback_address(ports: list[tuple[int, str]], taken: set[str]) -> str | None:
    """An address in 127.64.0.0/10 that no task has and whose `ports` are free; None where there is none."""
    for _ in range(_ATTEMPTS):
        address = f"127.{random.randint(64, 127)}.{random.randint(0, 255)}.{random.randint(1, 254)}"  # noqa: S311
        if address not in taken and all(_can_bind(address, port, protocol) for port, protocol in ports):
            return address
    return None


def network_options(task: Task, task_definition: dict[str, Any]) -> dict[str, Any]:
    """Docker options for the next container of an awsvpc task: the namespace to join, or ports to publish."""
    if task["_docker_ids"]:
        return {"network_mode": f"container:{task['_docker_ids'][0]}", "network": None}
    ports = container_ports(task_definition)
    placement = task.get("_subnet")
    if not ports or not getattr(placement, "assign_public_ip", False):
        return {}
    taken = {other["_public_ip"] for *_, other in _all_tasks() if other.get("_public_ip")}
    address = loopback_address(ports, taken)
    if address is None:
        return {}
    task["_public_ip"] = address
    return {"ports": {f"{port}/{protocol}": (address, port) for port, protocol in ports}}


def _all_tasks() -> list[tuple[Any, Task]]:
    return list(ecs._tasks.all_items())


def _attaching_interface(original: Function) -> Function:
    def record_task_ip(task: Task, container: Any, network: str | None) -> None:
        placement = task.get("_subnet")
        if task.get("_network_mode") != "awsvpc" or not isinstance(placement, Placement):
            original(task, container, network)
            return
        if task.get("attachments"):
            return
        address = ecs._container_ip(container, network)
        if not address:
            return
        with resource_lock("ecs-task", task["taskArn"]):
            # Under the lock that stopping takes first, so that no interface outlives its task.
            if ecs._task_is_active(task["taskArn"], task) and not task.get("attachments"):
                _attach(task, placement, address)

    return record_task_ip


def _attach(task: Task, placement: Placement, private_ip: str) -> None:
    interface_id = f"eni-{secrets.token_hex(9)[:17]}"
    attachment_id = new_uuid()
    mac = "0a:" + ":".join(f"{byte:02x}" for byte in secrets.token_bytes(5))
    subnet = ec2._subnets.get(str(placement), {})
    interface: dict[str, Any] = {
        "NetworkInterfaceId": interface_id,
        "SubnetId": str(placement),
        "VpcId": subnet.get("VpcId", ec2._DEFAULT_VPC_ID),
        "AvailabilityZone": subnet.get("AvailabilityZone", f"{get_region()}a"),
        "Description": f"arn:aws:ecs:{get_region()}:{get_account_id()}:attachment/{attachment_id}",
        "OwnerId": get_account_id(),
        "Status": "in-use",
        "PrivateIpAddress": private_ip,
        "InterfaceType": "interface",
        "SourceDestCheck": True,
        "MacAddress": mac,
        "Groups": [
            {"GroupId": group, "GroupName": ec2._security_groups.get(group, {}).get("GroupName", group)}
            for group in placement.security_groups
        ],
        "Attachment": None,
    }
    if placement.assign_public_ip:
        interface["Association"] = {"PublicIp": task.get("_public_ip") or private_ip}
    ec2._network_interfaces[interface_id] = interface
    task["_container_ip"] = private_ip
    details = {
        "subnetId": str(placement),
        "networkInterfaceId": interface_id,
        "macAddress": mac,
        "privateIPv4Address": private_ip,
    }
    task["attachments"] = [
        {
            "id": attachment_id,
            "type": "ElasticNetworkInterface",
            "status": "ATTACHED",
            "details": [{"name": name, "value": value} for name, value in details.items()],
        }
    ]
    for container in task["containers"]:
        container["networkInterfaces"] = [{"attachmentId": attachment_id, "privateIpv4Address": private_ip}]


def release(task: Task) -> None:
    """Remove a stopped task's interface and addresses, once its containers are gone."""
    task.pop("_public_ip", None)
    for attachment in task.get("attachments") or []:
        attachment["status"] = "DELETED"
        for detail in attachment["details"]:
            if detail["name"] == "networkInterfaceId":
                ec2._network_interfaces.pop(detail["value"], None)


def install() -> None:
    """Replace what reads a request's network configuration and what records a task's address."""
    replace(ecs, "_requested_subnet", _keeping_configuration)
    replace(ecs, "_record_task_ip", _attaching_interface)
