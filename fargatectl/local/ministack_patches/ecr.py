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
    def put_manifest(name: str, reference: str, headers: dict[str, str], body: bytes) -> Any:
        answer = original(name, reference, headers, body)
        if answer[0] == 201:
            manifest = json.loads(body)
            parts = [manifest.get("config", {}), *manifest.get("layers", [])]
            for image in ecr._images.get(name, []):
                if image["imageDigest"] == answer[1]["Docker-Content-Digest"]:
                    image["imageSizeInBytes"] = sum(int(part.get("size", 0)) for part in parts)
        return answer

    return put_manifest


def install() -> None:
    """Replace ECR's addresses, and the size of a pushed image."""
    replace(ecr, "_repo_uri", lambda _original: lambda name: f"{registry()}/{name}")
    replace(ecr, "_get_authorization_token", _with_proxy_endpoint)
    replace(ecr, "_v2_put_manifest", _with_image_size)
