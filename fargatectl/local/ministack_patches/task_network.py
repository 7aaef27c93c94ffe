"""What holds a task's network while its containers come and go, as the pause container does on Fargate.

A container's end takes its network with it, and an init container ends first. So the network of a task of
several containers belongs to one of its own, which only waits. It is made of the image of the task's first
container, with a program of a few bytes put into it: no image is needed that might not be there.
"""

from __future__ import annotations

import io
import tarfile
from typing import Any

from ministack.core.concurrency import resource_lock
from ministack.core.container_reaper import own_labels
from ministack.services import ecs

from . import placement
from .failures import StartError, discard, is_about_ports
from .labels import STOP_TIMEOUT
from .task_waiting import program

Task = dict[str, Any]
_PROGRAM = ".fargatectl-network"
_NAME = "~internal~ecs~pause"  # as the ECS agent calls its own


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
