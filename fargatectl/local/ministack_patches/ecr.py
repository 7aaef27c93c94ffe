"""A registry address that both Docker Engine and ECS can reach: the loopback port that MiniStack serves.

Docker Engine takes registries on 127.0.0.0/8 as insecure without configuration, so plain HTTP works there.
"""

from __future__ import annotations

import json
import os
from typing import Any

from ministack.services import ecr

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


def install() -> None:
    """Replace ECR's addresses, and the size of a pushed image."""
    replace(ecr, "_repo_uri", lambda _original: lambda name: f"{registry()}/{name}")
    replace(ecr, "_get_authorization_token", _with_proxy_endpoint)
    replace(ecr, "_describe_images", _with_image_size)
