"""An AWS in a process of its own: moto's server on a loopback port, with the shims of `tests.support`.

    python -m tests.faults.emulator [PORT]

Prints its address, and ends when its standard input does; with a port given, when it is stopped. A line on
standard input, ``keep NAME`` or ``enter NAME``, is done and printed: see `tests.support.worlds`.
"""

from __future__ import annotations

import os
import sys
import threading
from typing import Any


def _install() -> None:
    import pytest
    from moto.ecs.models import EC2ContainerServiceBackend, Service

    from tests.support import quick, shims

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
    quick.install()
    quick.serve()


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
    _serve_worlds()


def _serve_worlds() -> None:
    from tests.support.worlds import World

    kept: dict[str, World] = {}
    for line in sys.stdin:
        what, name = line.split()
        if what == "keep":
            kept[name] = World.of_now()
        else:
            kept[name].enter()
        print(line, end="", flush=True)


if __name__ == "__main__":
    main()
