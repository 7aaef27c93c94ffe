"""Serves the local AWS: MiniStack with the patches of `ministack_patches`, on a loopback port.

A script, run as ``python -I ministack_wrapper.py`` by the Python of MiniStack's own environment; it and its
patches cannot import `fargatectl`. The environment says all it needs (see `fargatectl.local.process`):
GATEWAY_PORT, BIND_HOST, MINISTACK_HOSTNAME, FARGATECTL_LOCAL_TOKEN. ``GET /_fargatectl/identity`` answers
with that token, so that whoever finds the port open knows whether this is the process it started.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

IDENTITY_PATH = "/_fargatectl/identity"
EXIT_CONTRACT = 3
PATCHES = (
    "ec2", "ec2_networks", "ec2_endpoints", "ecr", "tagging", "placement", "container_options", "failures",
    "lifecycle", "task_start", "ecs_api", "ecs_targets", "ecs_scheduler", "ecs_deployments",
    "ecs_deployments_api", "ecs_shift", "elb_actions", "elb_targets", "elb_health", "elb_balancers",
    "elb_api", "elb_listeners", "authorization", "scaling", "efs",
    "cloud_map",
)  # fmt: skip


def with_identity(app: App, identity: dict[str, object]) -> App:
    """`app`, with `identity` answered at `IDENTITY_PATH`."""
    body = json.dumps(identity).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]

    async def outer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != IDENTITY_PATH:
            await app(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return outer


def serve(app: App, host: str, port: int) -> None:
    """Serve `app` until SIGTERM."""
    from hypercorn.asyncio import serve as hypercorn_serve  # type: ignore[import-not-found, unused-ignore]
    from hypercorn.config import Config  # type: ignore[import-not-found, unused-ignore]

    config = Config()
    config.bind = [f"{host}:{port}"]
    config.keep_alive_timeout = 75
    config.graceful_timeout = 1
    config.loglevel = "WARNING"
    asyncio.run(hypercorn_serve(app, config))


def main(arguments: list[str]) -> int:
    """Check the contract, install the patches, serve."""
    sys.path.append(str(Path(__file__).parent))  # last, so that nothing of ours hides a library
    contract = importlib.import_module("ministack_patches.contract")
    if arguments == ["--print-pins"]:
        for name in contract.PINS:
            print(f'    "{name}": "{contract.source_hash(name)}",')
        return 0
    try:
        contract.check()
    except contract.ContractError as broken:
        print(f"fargatectl: {broken}", file=sys.stderr)
        return EXIT_CONTRACT
    for patch in PATCHES:
        importlib.import_module(f"ministack_patches.{patch}").install()
    identity: dict[str, object] = {
        "token": os.environ["FARGATECTL_LOCAL_TOKEN"],
        "pid": os.getpid(),
        "version": contract.VERSION,
    }
    app: App = importlib.import_module("ministack.app").app
    serve(with_identity(app, identity), os.environ["BIND_HOST"], int(os.environ["GATEWAY_PORT"]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
