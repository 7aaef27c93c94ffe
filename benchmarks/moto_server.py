"""AWS's API in memory on a loopback port: moto, with the tests' shims (tests/support/shims.py).

Run as ``python -m benchmarks.moto_server``; it prints its port.
"""

from __future__ import annotations

import os
import threading
from typing import Any

TASKS_LATER = 1.0
"""Seconds until a service runs what it wants: on AWS too, a command that does not wait has ended by then."""


class _Patches:
    """What the shims need of pytest's monkeypatch; nothing is ever undone here."""

    def setattr(self, target: Any, name: str, value: Any, raising: bool = True) -> None:  # noqa: ARG002
        setattr(target, name, value)

    def setenv(self, name: str, value: str) -> None:
        os.environ[name] = value


def main() -> None:
    """Serve until the process is ended."""
    os.environ["MOTO_ECS_SERVICE_RUNNING"] = "1"
    from benchmarks import moto_tasks
    from tests.support import shims

    shims.install(_Patches())
    moto_tasks.install(_Patches(), later=TASKS_LATER)
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication
    from moto.server import ThreadedMotoServer

    # One call at a time: moto's models are not made for threads, and Python would not run two at once anyway.
    answer, turn = DomainDispatcherApplication.__call__, threading.Lock()

    def one_at_a_time(self: Any, environ: Any, start_response: Any) -> Any:
        with turn:
            return answer(self, environ, start_response)

    DomainDispatcherApplication.__call__ = one_at_a_time  # type: ignore[method-assign]
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    print(server.get_host_and_port()[1], flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
