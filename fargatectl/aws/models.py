"""botocore's models of AWS's services, cut down to what runs of fargatectl ask for, and kept from run to run.

To make a client, botocore reads the model of the whole service: 4 MB of JSON for EC2's 750 operations, of
which a deployment needs five. That takes longer than all calls of a run together. So what a run has asked for
is kept in the user's cache folder, and the next run reads only that.

What is kept counts only for the very files of botocore that it was cut from. Where anything is missing, odd
or not ours alone, botocore's own files are read.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import botocore
from botocore.exceptions import DataNotFoundError
from botocore.loaders import Loader

from fargatectl import cache

FORMAT = 1  # raise it when what is kept changes its shape
_MODEL = "service-2"
_TYPES = (_MODEL, "endpoint-rule-set-1", "paginators-1")
_COMMON = ("endpoints", "partitions")
_OPEN = ("sts",)  # botocore itself asks it for credentials, by any of its operations


def cache_file(environ: Mapping[str, str]) -> Path | None:
    """Where models are kept; None where there is no place for them.

    Whoever has models of their own (AWS_DATA_PATH, ~/.aws/models: "Loaders Reference", botocore) means those.
    """
    root = cache.folder(environ)
    if root is None or environ.get("AWS_DATA_PATH") or os.path.exists(Loader.CUSTOMER_DATA_PATH):  # noqa: PTH110
        return None
    return Path(root, f"models-{botocore.__version__}.json")


class Models(Loader):  # type: ignore[misc]
    """botocore's loader, which reads what is kept in place of what it was cut from.

    Args:
        file: Where it is kept.
    """

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._file = file
        self._kept = _read(file)
        self._asked: dict[str, set[str]] = {}
        self._whole: set[str] = set()
        self._endpoints: dict[str, Any] | None = None

    def asked(self, service: str, operation: str) -> None:
        """Note that a run needs an operation."""
        self._asked.setdefault(service, set()).add(operation)

    def needed(self, service: str, operation: str) -> None:
        """Before a client is made: read all of a service where what is kept lacks an operation."""
        kept = self._kept["services"].get(service)
        if kept is not None and operation not in kept["operations"]:
            self._whole.add(service)

    def remember(self) -> None:
        """Keep what was asked for and is not kept yet, for the next run; never fails for want of it."""
        kept = self._kept["services"]
        new = {
            service for service, operations in self._asked.items()
            if service not in kept or not operations <= set(kept[service]["operations"])
        }  # fmt: skip
        if new:
            with suppress(OSError, ValueError, KeyError, TypeError, DataNotFoundError):
                for service in new:
                    self._whole.add(service)
                    before = kept[service]["operations"] if service in kept else ()
                    kept[service] = self._cut(service, {*before, *self._asked[service]})
                self._keep_common()
                _write(self._file, self._kept)

    def load_service_model(self, service_name: str, type_name: str, api_version: str | None = None) -> Any:
        if service_name not in self._whole and type_name in _TYPES:
            kept = self._kept["services"].get(service_name)
            if kept is not None and (type_name in kept["types"] or type_name != _MODEL):
                if type_name in kept["types"]:
                    return kept["types"][type_name]
                raise DataNotFoundError(data_path=f"{service_name}/{type_name}")
            self._whole.add(service_name)
        if self._endpoints is not None:
            # Those that are kept know nothing of this service: whoever has them gets the others.
            found, _ = super().load_data_with_path("endpoints")
            self._endpoints["partitions"] = found["partitions"]
            self._endpoints = None
        return super().load_service_model(service_name, type_name, api_version)

    def load_data_with_path(self, name: str) -> Any:
        found = self._kept["common"].get(name)
        if found is None:
            return super().load_data_with_path(name)
        if name == "endpoints":
            self._endpoints = found["data"]
        return found["data"], found["from"][0]

    def _cut(self, service: str, operations: set[str]) -> dict[str, Any]:
        version = self.determine_latest_version(service, _MODEL)
        types: dict[str, Any] = {}
        files = []
        for name in _TYPES:
            try:
                types[name] = super().load_service_model(service, name, version)
            except DataNotFoundError:
                continue
            files.append(_origin(super().load_data_with_path(f"{service}/{version}/{name}")[1]))
        model = types[_MODEL]
        if service in _OPEN:
            operations = set(model["operations"])
        types[_MODEL] = cut(model, operations)
        pages = types.get("paginators-1", {}).get("pagination", {})
        types["paginators-1"] = {
            "pagination": {name: how for name, how in pages.items() if name in operations}
        }
        return {"operations": sorted(operations), "types": types, "from": files}

    def _keep_common(self) -> None:
        names = set(self._kept["services"])
        for service in self._kept["services"].values():
            names.add(service["types"][_MODEL]["metadata"].get("endpointPrefix", ""))
        for name in _COMMON:
            data, path = super().load_data_with_path(name)
            if name == "endpoints":
                data = {**data, "partitions": [_of_services(one, names) for one in data["partitions"]]}
            self._kept["common"][name] = {"data": data, "from": _origin(path)}


def cut(model: Mapping[str, Any], operations: Iterable[str]) -> dict[str, Any]:
    """A service's model with these operations only, the shapes that they need, and no documentation."""
    chosen = {
        name: _undocumented(model["operations"][name]) for name in sorted(operations)
        if name in model["operations"]
    }  # fmt: skip
    todo = [
        one["shape"] for operation in chosen.values()
        for one in (operation.get("input"), operation.get("output"), *operation.get("errors", ())) if one
    ]  # fmt: skip
    shapes: dict[str, Any] = {}
    while todo:
        name = todo.pop()
        if name in shapes:
            continue
        shape = _undocumented(model["shapes"][name])
        if "members" in shape:
            shape["members"] = {key: _undocumented(one) for key, one in shape["members"].items()}
        for key in ("member", "key", "value"):
            if key in shape:
                shape[key] = _undocumented(shape[key])
        shapes[name] = shape
        todo += [one["shape"] for one in shape.get("members", {}).values()]
        todo += [shape[key]["shape"] for key in ("member", "key", "value") if key in shape]
    rest = {name: value for name, value in model.items() if name not in ("operations", "shapes", "examples")}
    return {**_undocumented(rest), "operations": chosen, "shapes": shapes}


def _undocumented(part: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in part.items() if name != "documentation"}


def _of_services(partition: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    services = {name: value for name, value in partition["services"].items() if name in names}
    return {**partition, "services": services}


def _origin(path: str) -> list[Any]:
    """A file of botocore's, and how it was when it was read."""
    for name in (path, f"{path}.json", f"{path}.json.gz"):
        with suppress(OSError):
            found = os.stat(name)  # noqa: PTH116 - forty of them: pathlib would cost as much as it saves
            if stat.S_ISREG(found.st_mode):
                return [path, name, found.st_mtime_ns, found.st_size]
    raise ValueError(f"{path} is no file")


def _is_current(origin: list[Any]) -> bool:
    _, name, changed, size = origin
    found = os.stat(name)  # noqa: PTH116
    return bool(found.st_mtime_ns == changed and found.st_size == size)


def _read(file: Path) -> dict[str, Any]:
    """What is kept and counts; empty where nothing is."""
    empty: dict[str, Any] = {"format": FORMAT, "services": {}, "common": {}}
    try:
        with file.open("rb") as opened:
            about = os.fstat(opened.fileno())
            # Addresses that credentials are sent to stand in it: nobody else may have written it.
            if about.st_uid != os.geteuid() or about.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
                return empty
            digest, _, text = opened.read().partition(b"\n")
        if digest != _digest(text):
            return empty
        kept: dict[str, Any] = json.loads(text)
        if kept["format"] != FORMAT:
            return empty
        origins = [one for service in kept["services"].values() for one in service["from"]]
        origins += [kept["common"][name]["from"] for name in _COMMON]
        return kept if all(map(_is_current, origins)) else empty
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return empty


def _digest(text: bytes) -> bytes:
    return hashlib.sha256(text).hexdigest().encode()


def _write(file: Path, kept: Mapping[str, Any]) -> None:
    text = json.dumps(kept, separators=(",", ":")).encode()
    cache.write(str(file), _digest(text) + b"\n" + text)
