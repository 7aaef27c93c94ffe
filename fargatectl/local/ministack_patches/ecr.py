"""A registry address that both Docker Engine and ECS can reach: the loopback port that MiniStack serves.

Docker Engine takes registries on 127.0.0.0/8 as insecure without configuration, so plain HTTP works there.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from typing import Any

from docker.errors import APIError
from ministack.services import ecr, ecs

from .patching import Function, replace


def registry() -> str:
    """Host and port of the registry, as image references name it."""
    return f"127.0.0.1:{os.environ['GATEWAY_PORT']}"


def _with_proxy_endpoint(original: Function) -> Function:
    def get_authorization_token(data: dict[str, Any]) -> Any:
        status, _headers, body = original(data)
        answer = json.loads(body)
        for authorization in answer["authorizationData"]:
            authorization["proxyEndpoint"] = f"http://{registry()}"
        return ecr.json_response(answer, status)

    return get_authorization_token


def _with_image_size(original: Function) -> Function:
    """The size of an image is that of its layers and configuration, not of its manifest."""

    def describe_images(data: dict[str, Any]) -> Any:
        answer = original(data)
        if answer[0] != 200:
            return answer
        body = json.loads(answer[2])
        manifests = {image["imageDigest"]: image for image in ecr._images.get(data["repositoryName"], [])}
        for detail in body["imageDetails"]:
            manifest = json.loads(manifests[detail["imageDigest"]]["imageManifest"])
            parts = [manifest.get("config", {}), *manifest.get("layers", [])]
            detail["imageSizeInBytes"] = sum(int(part.get("size", 0)) for part in parts)
        return ecr.json_response(body)

    return describe_images


def _with_pulled_images(original: Function) -> Function:
    """What ECS pulled from a repository goes with it: on AWS it would lie on no machine of the user's."""

    def delete_repository(data: dict[str, Any]) -> Any:
        answer = original(data)
        if answer[0] == 200:
            remove_pulled(f"{registry()}/{data.get('repositoryName', '')}@")
        return answer

    return delete_repository


def remove_pulled(prefix: str) -> None:
    """Remove the references in Docker Engine that begin with `prefix`; other names of an image stay."""
    client = ecs._get_docker()
    # images.list() looks at each of them, and fails if one is gone by then.
    for image in client.api.images() if client is not None else ():
        for reference in image.get("RepoDigests") or ():
            if reference.startswith(prefix):
                with suppress(APIError):
                    client.images.remove(reference, force=True)


def install() -> None:
    """Replace ECR's addresses, the size of a pushed image, and what a repository's end takes with it."""
    replace(ecr, "_delete_repository", _with_pulled_images)
    replace(ecr, "_repo_uri", lambda _original: lambda name: f"{registry()}/{name}")
    replace(ecr, "_get_authorization_token", _with_proxy_endpoint)
    replace(ecr, "_describe_images", _with_image_size)
