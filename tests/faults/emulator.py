"""An AWS in a process of its own: moto's server on a loopback port, with the shims of `tests.support`.

    python -m tests.faults.emulator [PORT]

Prints its address, and ends when its standard input does; with a port given, when it is stopped.
"""

from __future__ import annotations

import functools
import os
import sys
import threading
from typing import Any


def _install() -> None:
    import pytest
    from moto.core import responses
    from moto.ecs.models import EC2ContainerServiceBackend, Service
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler

    from tests.support import shims

    patch = pytest.MonkeyPatch()  # lasts as long as the process
    shims.install(patch)
    update = EC2ContainerServiceBackend.update_service

    def update_service(self: Any, properties: dict[str, Any]) -> Any:
        service = update(self, properties)
        for deployment in service.deployments:  # moto starts the tasks, and leaves the deployment's count
            deployment["runningCount"] = deployment["desiredCount"] = service.running_count
        return service

    patch.setattr(EC2ContainerServiceBackend, "update_service", update_service)
    make = Service.__init__

    def all_run(self: Any, *given: Any, **more: Any) -> None:
        make(self, *given, **more)  # moto starts as many tasks as its setting says, however many are wanted
        self.running_count, self.pending_count = self.desired_count, 0
        for deployment in self.deployments:
            deployment |= {"runningCount": self.desired_count, "pendingCount": 0, "rolloutState": "COMPLETED"}

    patch.setattr(Service, "__init__", all_run)
    # What moto works out anew for each request, with 200 looks at its own folder: half of its time.
    for owner, name in (
        (DomainDispatcherApplication, "get_backend_for_host"),
        (responses, "method_names_from_class"),
    ):
        patch.setattr(owner, name, functools.cache(getattr(owner, name)))
    # Kept connections, and no waiting for an acknowledgement before the body is sent.
    patch.setattr(MotoRequestHandler, "protocol_version", "HTTP/1.1")
    patch.setattr(MotoRequestHandler, "disable_nagle_algorithm", True)
    patch.setattr(MotoRequestHandler, "log_request", lambda *_, **__: None)


def main() -> None:
    """Serve until standard input ends."""
    os.environ["MOTO_ECS_SERVICE_RUNNING"] = "1"  # services count as running at once
    from moto.server import ThreadedMotoServer

    _install()
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=wanted, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    print(f"{host}:{port}", flush=True)
    if wanted:
        threading.Event().wait()
    sys.stdin.buffer.read()


if __name__ == "__main__":
    main()
