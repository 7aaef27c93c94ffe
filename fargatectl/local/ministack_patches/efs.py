"""EFS with files: each folder that an access point shows is a named Docker volume, gone with its file system.

On EFS all is done as the access point's POSIX user, whichever user a container has. Docker knows no such
thing: here the folder is open to all users instead, and files are those of whoever makes them.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import threading
import time
from typing import Any

from ministack.core.concurrency import spawn_background
from ministack.core.container_reaper import own_labels
from ministack.core.responses import get_account_id, get_region
from ministack.services import ecs, efs

from .failures import StartError
from .labels import FILE_SYSTEM
from .patching import Function, replace

_FOLDER = "mnt"
_TRIES = 250  # half a second each: longer than the longest stop timeout
_one_at_a_time = threading.Lock()

Definition = dict[str, Any]


def volume_of(elastic: Definition, image: str) -> str:
    """The Docker volume that holds what an EFS volume of a task shows, made when it is first asked for.

    Args:
        elastic: ECS's efsVolumeConfiguration.
        image: Any that is here: Docker Engine changes a volume's mode only by way of a container.

    Raises:
        StartError: As Fargate fails where it cannot mount it.
    """
    system = str(elastic["fileSystemId"])
    point_id = (elastic.get("authorizationConfig") or {}).get("accessPointId")
    point = efs._access_points.get(point_id) if point_id else None
    if system not in efs._file_systems or (point_id and (not point or point["FileSystemId"] != system)):
        raise _failed(f"{point_id or system} was not found")
    if not any(one["FileSystemId"] == system for one in efs._mount_targets.values()):
        raise _failed(f"{system} has no mount target in the task's zone")
    path = (point or {}).get("RootDirectory", {}).get("Path") or elastic.get("rootDirectory") or "/"
    name = f"fargatectl-{system}-{hashlib.sha256(path.encode()).hexdigest()[:8]}"
    with _one_at_a_time:
        _make(name, system, image)
    return name


def _failed(why: str) -> StartError:
    return StartError(
        f"ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: {why}"
    )


def _make(name: str, system: str, image: str) -> None:
    from docker.errors import NotFound

    client = ecs._get_docker()
    try:
        client.volumes.get(name)
    except NotFound:
        client.volumes.create(name=name, labels=own_labels("ecs", **{FILE_SYSTEM: _known_as(system)}))
    else:
        return
    carrier = client.containers.create(
        image, command=["none"], volumes=[f"{name}:/{_FOLDER}:rw,nocopy"], labels=own_labels("ecs")
    )
    try:
        carrier.put_archive("/", _open_to_all())
    finally:
        carrier.remove(force=True, v=True)  # with what its image declares as VOLUME; a named one stays


def _known_as(system: str) -> str:
    """Unique among all accounts of this local AWS."""
    return f"{get_account_id()}/{get_region()}/{system}"


def _open_to_all() -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        entry = tarfile.TarInfo(_FOLDER)
        entry.type, entry.mode = tarfile.DIRTYPE, 0o777
        tar.addfile(entry)
    return archive.getvalue()


def _remove(known: str) -> None:
    """Remove a file system's volumes; containers that have just ended still hold them for a moment."""
    from docker.errors import APIError

    client = ecs._get_docker()
    for volume in client.volumes.list(filters={"label": f"{FILE_SYSTEM}={known}"}):
        for _ in range(_TRIES):
            try:
                volume.remove(force=True)
                break
            except APIError as error:
                if error.status_code != 409:
                    break
                time.sleep(0.5)


def _once(original: Function) -> Function:
    """AWS refuses a token that it knows, with a code of its own; and backs up where it is asked to."""

    def create_file_system(body: Definition) -> Any:
        token = body.get("CreationToken")
        if any(one.get("CreationToken") == token for one in efs._file_systems.values()):
            return efs._error(409, "FileSystemAlreadyExists", f"A file system with {token} exists already.")
        answer = original(body)
        if body.get("Backup"):
            efs._backup_policies[json.loads(answer[2])["FileSystemId"]] = {"Status": "ENABLED"}
        return answer

    return create_file_system


def _once_a_point(original: Function) -> Function:
    def create_access_point(body: Definition) -> Any:
        token = body.get("ClientToken")
        if any(one.get("ClientToken") == token for one in efs._access_points.values()):
            return efs._error(409, "AccessPointAlreadyExists", f"One with {token} exists already.")
        return original(body)

    return create_access_point


def _with_its_files(original: Function) -> Function:
    def delete_file_system(system: str) -> Any:
        answer = original(system)
        if answer[0] == 204 and ecs._get_docker():
            known = _known_as(system)
            spawn_background(lambda: _remove(known), thread_name="fargatectl-files")
        return answer

    return delete_file_system


def install() -> None:
    """Replace what makes and removes file systems and access points."""
    replace(efs, "_create_file_system", _once)
    replace(efs, "_create_access_point", _once_a_point)
    replace(efs, "_delete_file_system", _with_its_files)
