"""What holds a task's network while its containers come and go, as the pause container does on Fargate.

A container's end takes its network with it, and an init container ends first. So the network of a task of
several containers belongs to one of its own, which only waits. It is made of the image of the task's first
container, with a program of a few bytes put into it: no image is needed that might not be there.
"""

from __future__ import annotations

import io
import struct
import tarfile
from typing import Any

from ministack.core.concurrency import resource_lock
from ministack.core.container_reaper import own_labels
from ministack.services import ecs

from . import placement
from .failures import StartError, discard, is_about_ports
from .labels import STOP_TIMEOUT

Task = dict[str, Any]
_PROGRAM = ".fargatectl-network"
_NAME = "~internal~ecs~pause"  # as the ECS agent calls its own

# Machine code that asks the kernel to wait for ever, and again after each signal; by image architecture:
# (ELF's e_machine, code). The calls: pause(2) is 34 on x86-64; arm64 has ppoll(2), 73, with no descriptors.
_CODE = {
    "amd64": (62, bytes.fromhex("b8220000000f05ebf7")),
    "arm64": (183, struct.pack(
        "<8I", 0xD2800928, 0xD2800000, 0xD2800001, 0xD2800002, 0xD2800003, 0xD2800004, 0xD4000001, 0x17FFFFF9
    )),
}  # fmt: skip
_BASE = 0x400000


def program(architecture: str) -> bytes | None:
    """A static ELF program that waits until it is killed; None for a machine that is not known here."""
    if architecture not in _CODE:
        return None
    machine, code = _CODE[architecture]
    size = 64 + 56 + len(code)
    identification = b"\x7fELF\x02\x01\x01" + bytes(9)
    header = struct.pack(
        "<16sHHIQQQIHHHHHH", identification, 2, machine, 1, _BASE + 120, 64, 0, 0, 64, 56, 1, 0, 0, 0
    )
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0, _BASE, _BASE, size, size, 0x1000)
    return header + segment + code


def hold(task: Task, task_definition: dict[str, Any], client: Any, image: str) -> None:
    """Start the container that has the task's network; nothing where one container is all there is.

    Raises:
        StartError: Docker Engine refuses.
    """
    alone = len(task_definition.get("containerDefinitions", ())) < 2
    if alone or task_definition.get("networkMode") != "awsvpc" or task["_docker_ids"]:
        return
    waiting = program(client.images.get(image).attrs["Architecture"])
    if waiting is None:
        return  # then the first container has the network, as long as it lives
    container = _start(task, task_definition, client, image, waiting)
    with resource_lock("ecs-task", task["taskArn"]):
        active = ecs._task_is_active(task["taskArn"], task)
        if active:
            task["_docker_ids"].append(container.id)
    if not active:
        container.remove(force=True, v=True)
        return
    ecs._record_task_ip(task, container, None)


def _start(task: Task, task_definition: dict[str, Any], client: Any, image: str, waiting: bytes) -> Any:
    from docker.errors import APIError

    task_id = task["taskArn"].rsplit("/", 1)[-1]
    options: dict[str, Any] = {
        "name": f"ministack-ecs-{task_id[:8]}.network",
        "entrypoint": [f"/{_PROGRAM}"],
        "user": "0",
        "working_dir": "/",
        "healthcheck": {"test": ["NONE"]},
        "labels": {
            **own_labels("ecs"),
            "com.amazonaws.ecs.cluster": task["clusterArn"],
            "com.amazonaws.ecs.container-name": _NAME,
            "com.amazonaws.ecs.task-arn": task["taskArn"],
            STOP_TIMEOUT: "0",
        },
    }
    published = placement.network_options(task, task_definition)
    for more in (published, {}):
        try:
            container = client.containers.create(image, **options, **more)
            container.put_archive("/", _archive(waiting))
            container.start()
        except APIError as error:
            discard(client, options["name"])
            if more and is_about_ports(error):
                task.pop("_public_ip", None)
                continue
            text = error.explanation or str(error)
            raise StartError(f"ResourceInitializationError: failed to set up the network: {text}") from error
        return container
    raise AssertionError("the second try has no ports")


def _archive(waiting: bytes) -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        entry = tarfile.TarInfo(_PROGRAM)
        entry.size, entry.mode = len(waiting), 0o755
        tar.addfile(entry, io.BytesIO(waiting))
    return archive.getvalue()
