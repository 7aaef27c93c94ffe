"""A program and its AWS: runs, what strikes them, and what they leave behind."""

from __future__ import annotations

import json
import urllib.request
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fargatectl.aws.session import Aws, Connection
from tests.support.dump import dump, shape
from tests.support.watched import ACCOUNT, REGION

from .asked import Request
from .faults import Fault
from .proxy import READ_TIMEOUT, Proxy, Script
from .runner import PATIENCE, Child, Launcher, Process

START = """\
app: shop
services:
  web:
    build: app
    port: 8080
    env: {GREETING: hello}
    before_deploy: [[migrate]]
  api:
    build: app
    port: 8081
"""
CHANGED = """\
app: shop
services:
  web:
    build: app
    port: 8080
    count: 2
    env: {GREETING: good evening}
    before_deploy: [[migrate]]
  backend:
    build: app
    port: 8081
  jobs:
    build: {context: app, args: {PART: jobs}}
"""
BALANCED = """\
app: shop
services:
  web:
    build: app
    port: 8080
    load_balancer: true
  api:
    build: app
    port: 8081
    load_balancer: {path: /api}
"""
BALANCED_CHANGED = """\
app: shop
load_balancer: {idle_timeout: 60, allow: [10.0.0.0/8]}
services:
  web:
    build: app
    port: 8082
    load_balancer: {health_check: {path: /up}, sticky: 1h}
  jobs:
    build: {context: app, args: {PART: jobs}}
    port: 8083
    load_balancer: {path: /jobs}
"""
SCALED = """\
app: shop
services:
  web:
    build: app
    scaling:
      max: 5
      cpu: 60
      steps: [{metric: cpu, above: 90, add: 2}]
      schedule: {night: {cron: "0 20 * * ? *", max: 2}}
  api:
    build: app
    scaling: {max: 3, memory: 70}
"""
SCALED_CHANGED = """\
app: shop
services:
  web:
    build: app
    scaling:
      max: 8
      cpu: 50
      memory: 75
      steps: [{metric: memory, above: 90, add: 2}]
      schedule: {day: {cron: "0 7 * * ? *", min: 1}}
  api:
    build: app
"""
OWN_NETWORK = """\
app: shop
network: {create: {private: nat, ipv6: true}}
services:
  web:
    build: app
    port: 8080
"""
OWN_NETWORK_CHANGED = """\
app: shop
network: {create: {private: endpoints, zones: 3}}
services:
  web:
    build: app
    port: 8080
"""
FILES = """\
app: shop
file_systems: {uploads: {infrequent_access_days: 30}}
services:
  web:
    build: app
    port: 8080
    mounts: {uploads: /uploads}
"""
FILES_CHANGED = """\
app: shop
file_systems: {uploads: {path: /elsewhere, throughput: 64, backup: false}}
services:
  web:
    build: app
    port: 8080
    mounts: {uploads: {path: /uploads, read_only: true}}
"""
UP = ("up", "-o", "json")
DOWN = ("down", "--yes", "--delete-data", "-o", "json")


@dataclass(frozen=True)
class Ended:
    """How a run ended.

    Attributes:
        code: Its exit code, 137 where it was killed.
        document: What it printed; empty where it was killed.
        err: Its standard error.
        requests: What it sent.
    """

    code: int
    document: dict[str, Any]
    err: str
    requests: list[Request] = field(repr=False)

    @property
    def changes(self) -> list[Any]:
        """What it said that it did."""
        return list(self.document.get("changes", self.document.get("deleted", ())))

    @property
    def error(self) -> dict[str, Any]:
        """What it said that went wrong."""
        return dict(self.document.get("error", {}))

    @property
    def writes(self) -> list[str]:
        """What it changed, as operations of AWS; a lock apart, which every run takes."""
        return [one.operation for one in self.requests if one.writes and not one.locks]

    def __str__(self) -> str:
        return f"exit {self.code}: {self.error or self.changes}\n{self.err}"


class World:
    """One AWS and one app.

    Attributes:
        counts: Of the session.
        script: Of the run of the moment, or of the last.
    """

    def __init__(
        self,
        emulator: Process,
        address: str,
        proxy: Proxy,
        launcher: Launcher,
        folder: Path,
        counts: Counter[str],
    ) -> None:
        self._emulator, self._address = emulator, f"http://{address}"
        self._proxy, self._launcher, self._folder = proxy, launcher, folder
        self._aws = Aws(
            Connection(region=REGION, endpoint_url=self._address, access_key=ACCOUNT, secret_key="test")
        )
        self.counts = counts
        self.script = Script()
        self.folder = folder
        self.workers = 1

    def settle_in(self, folder: Path) -> None:
        """An empty AWS, and the app's files in a new folder."""
        self.folder = folder
        (folder / "app").mkdir()
        (folder / "app" / "Dockerfile").write_text("FROM scratch\n")
        self.reset()

    def reset(self) -> None:
        """An empty AWS."""
        self._proxy.begin(Script())
        urllib.request.urlopen(f"{self._address}/moto-api/reset", data=b"").close()

    def up(self, text: str, fault: Fault | None = None, **script: Any) -> Ended:
        """`up` of a spec; see `Script` for what may happen to it."""
        return self._run(UP, text, fault, **script)

    def down(self, fault: Fault | None = None, **script: Any) -> Ended:
        return self._run(DOWN, START, fault, **script)

    def plan(self, text: str) -> Ended:
        return self._run(("plan", "-o", "json"), text, None)

    def together(self, *runs: tuple[Sequence[str], str]) -> list[Ended]:
        """Runs that are started at the same moment: each a command and its spec."""
        self.script = Script()
        self._proxy.begin(self.script)
        begun = []
        for number, (command, text) in enumerate(runs):
            folder = self.folder / f"run{number}"
            folder.mkdir(exist_ok=True)
            (folder / "fargate.yml").write_text(
                text.replace(": app\n", ": ../app\n").replace(": app,", ": ../app,")
            )
            begun.append((folder, [*command, "-f", "fargate.yml"]))
        children = [self._launcher.start(folder, arguments, workers=16) for folder, arguments in begun]
        ended = [_ended(child, child.status.result(PATIENCE), []) for child in children]
        self.counts["runs"] += len(runs)
        self._proxy.settle()
        self._launcher.take()
        return ended

    def keep(self, name: str) -> None:
        """Keep all that is in the account, for `enter`."""
        self._world(f"keep {name}")

    def enter(self, name: str) -> None:
        """Nothing but what was in the account at `keep`, ids and times included."""
        self._world(f"enter {name}")

    def _world(self, order: str) -> None:
        self._proxy.settle()
        self._emulator.write(f"{order}\n")
        assert self._emulator.read() == f"{order}\n"

    def everything(self) -> str:
        """All that is in the account, exactly."""
        self._proxy.settle()
        return dump(self._aws)

    def shape(self) -> str:
        """All that is in the account but what differs each time: ids, times, revisions.

        A killed run's lock apart: it stands in nobody's way, and goes with the next change or removal.
        """
        found = json.loads(self.everything())
        found.pop("parameters")
        return shape(json.dumps(found))

    def _run(self, command: Sequence[str], text: str, fault: Fault | None, **script: Any) -> Ended:
        self.counts["runs"] += 1
        late = fault is not None and fault.kind == "answer late"
        self.script = Script(fault, **script)
        self._proxy.begin(self.script)
        (self.folder / "fargate.yml").write_text(text)
        child = self._launcher.start(
            self.folder, [*command, "-f", "fargate.yml"], workers=self.workers,
            read_timeout=READ_TIMEOUT if late else None,
        )  # fmt: skip
        self.script.kill = child.kill
        status = child.status.result(PATIENCE)
        self._proxy.settle()
        self._launcher.take()
        return _ended(child, status, self.script.requests)


def _ended(child: Child, status: int, requests: list[Request]) -> Ended:
    out, err = child.out, child.err
    assert "Traceback" not in err, err
    if status == -9:
        return Ended(137, {}, err, requests)
    return Ended(status, json.loads(out), err, requests)
