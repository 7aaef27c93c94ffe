"""The example `production` on the local AWS: files that outlive all but ``--delete-data``, a secret and a
parameter, a sidecar at localhost, a read-only root, a user who is not root; and a secret that nobody shows.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import secrets
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import docker
import pytest

from tests.e2e.harness import ROOT, Cloud, Result, fetch, stand_in, until

pytestmark = pytest.mark.e2e

EXAMPLE = ROOT / "examples/production"
SIDECAR = "public.ecr.aws/docker/library/python:3.12-slim"
FILES = ["first", "second", "worker.log"]


@pytest.fixture
def sidecar_image() -> Iterator[None]:
    """The sidecar's image: Python, as the services are built from."""
    with stand_in(SIDECAR):
        yield


class App:
    """The example in a folder of the test's own; keeps all that fargatectl ever printed."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud, self.printed = cloud, list[str]()
        self.spec = cloud.folder / "production" / "fargate.yml"
        shutil.copytree(EXAMPLE, self.spec.parent)

    def run(self, *words: str, stdin: str | None = None) -> Result:
        arguments = [*words, "--local", "-f", str(self.spec)]
        if stdin is None:
            done = self.cloud.run(*arguments)
        else:
            process = subprocess.run(
                self.cloud._command(tuple(arguments)), env=self.cloud.environment, input=stdin,
                capture_output=True, text=True, check=True,
            )  # fmt: skip
            done = Result(process.returncode, process.stdout, process.stderr, 0)
        self.printed += [done.out, done.err]
        return done

    def up(self) -> dict[str, dict[str, Any]]:
        document = self.run("up", "-o", "json", "-v").json
        return {one["name"]: one for one in document["services"]}

    def change(self, old: str, new: str) -> None:
        text = self.spec.read_text()
        assert old in text
        self.spec.write_text(text.replace(old, new))

    def url(self, service: str) -> str:
        document = json.loads(self.run("status", "-o", "json").out)
        (found,) = [one for one in document["services"] if one["name"] == service]
        return str(found["url"])

    def facts(self, service: str) -> dict[str, Any]:
        """What the app knows of itself; a task that runs does not listen yet at once."""
        deadline = time.monotonic() + 15
        while True:
            try:
                found: dict[str, Any] = json.loads(fetch(self.url(service)))
            except (OSError, http.client.HTTPException):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.5)
            else:
                return found

    def put(self, service: str, name: str, text: str) -> int:
        request = urllib.request.Request(f"{self.url(service)}/files/{name}", text.encode(), method="PUT")
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    def get(self, service: str, name: str) -> str:
        return fetch(f"{self.url(service)}/files/{name}")

    @staticmethod
    def stray_volumes() -> set[str]:
        """Volumes without a name or a label that no container has: left behind by one that is gone."""
        engine = docker.from_env()
        try:
            found = engine.volumes.list(filters={"dangling": "true"})
            return {one.name for one in found if not one.attrs["Labels"] and len(one.name) == 64}
        finally:
            engine.close()

    def definitions(self) -> str:
        """Every revision of every task definition, as AWS shows it."""
        ecs = self.cloud.client("ecs")
        arns = [
            arn
            for status in ("ACTIVE", "INACTIVE")
            for arn in ecs.list_task_definitions(status=status)["taskDefinitionArns"]
        ]
        assert arns
        shown = [ecs.describe_task_definition(taskDefinition=arn, include=["TAGS"]) for arn in arns]
        return json.dumps(shown, default=str)


def hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_production(cloud: Cloud, sidecar_image: None, figure: Callable[[str], None]) -> None:
    before = cloud.everything()
    app = App(cloud)
    stray = app.stray_volumes()
    canary, greeting = f"canary-{secrets.token_hex(12)}", f"greeting-{secrets.token_hex(4)}"
    cloud.client("ssm").put_parameter(Name="/production/greeting", Value=greeting, Type="String")
    app.run("secret", "set", "API_KEY", stdin=canary)
    app.run("plan")
    app.run("plan", "-o", "json", "-v")
    begun = time.monotonic()
    services = app.up()
    figure(f"production: three services, a sidecar, a file system: up in {time.monotonic() - begun:.0f} s")
    assert {name: one["running"] for name, one in services.items()} == {"web": 1, "reader": 1, "worker": 1}

    # What the app sees.
    web, reader = app.facts("web"), app.facts("reader")
    assert web["secret"] == hashed(canary)
    assert web["parameter"] == greeting
    assert web["visits"] == "1", "the sidecar answers at localhost"
    assert app.facts("web")["visits"] == "2"
    assert web["user"] == reader["user"] == 1000
    assert web["root"] == reader["root"] == "Read-only file system"
    assert web["scratch"] == reader["scratch"] == "yes"
    assert reader["secret"] == hashed(""), "what one service reads is not the other's"

    # Files are shared, and read-only where the spec says so.
    assert until(lambda: "worker.log" in app.facts("web")["files"])
    assert app.put("web", "first", "kept") == 200
    assert app.get("reader", "first") == "kept"
    assert app.put("reader", "no", "not kept") == 403

    # A task that dies takes no file with it.
    (task,) = services["web"]["tasks"]
    engine = docker.from_env()
    label = "com.amazonaws.ecs.container-name=web"
    for container in engine.containers.list(filters={"label": label}, ignore_removed=True):
        if container.labels["com.amazonaws.ecs.task-arn"].endswith(task["id"]):
            container.kill()
    engine.close()

    def replaced() -> bool:
        (now,) = [one for one in json.loads(app.run("status", "-o", "json").out)["services"]
                  if one["name"] == "web"]  # fmt: skip
        return bool(now["running"] == 1 and now["state"] == "steady" and now["tasks"][0]["id"] != task["id"])

    assert until(replaced)
    assert app.facts("web")["visits"] == "1", "a new sidecar"
    assert app.get("web", "first") == "kept"

    # Nor does a deployment; it also brings a changed secret.
    second = f"canary-{secrets.token_hex(12)}"
    app.run("secret", "set", "API_KEY", stdin=second)
    app.change("VERSION: one", "VERSION: two")
    app.up()
    web = app.facts("web")
    assert (web["version"], web["secret"]) == ("two", hashed(second))
    assert app.put("web", "second", "kept too") == 200
    assert app.facts("reader")["files"] == FILES
    assert until(lambda: app.get("web", "worker.log").split() == ["one", "two"])
    definitions = app.definitions()
    changes = app.run("up", "-o", "json").json["changes"]
    assert not changes, json.dumps(changes)

    # `down` keeps them, says so, and the next `up` has them again.
    kept = app.run("down", "--yes", "-o", "json").json["kept"]
    assert {one["kind"] for one in kept} >= {"efs.file_system", "ssm.secret"}
    assert all("--delete-data" in one["why"] for one in kept), kept
    assert until(lambda: cloud.containers() == []), cloud.containers()
    app.up()
    assert app.facts("web")["files"] == FILES
    assert app.facts("web")["secret"] == hashed(second)
    assert [app.get("reader", name) for name in FILES[:2]] == ["kept", "kept too"]

    # And with --delete-data nothing is left: in AWS, in Docker Engine.
    definitions += app.definitions()
    app.run("down", "--yes", "--delete-data")
    assert until(lambda: cloud.everything() == before), cloud.everything()
    assert cloud.client("efs").describe_file_systems()["FileSystems"] == []
    names = [one["Name"] for one in cloud.client("ssm").describe_parameters()["Parameters"]]
    assert names == ["/production/greeting"], "what others made stays"
    assert until(lambda: app.cloud.volumes() == []), app.cloud.volumes()
    assert until(lambda: app.stray_volumes() <= stray), app.stray_volumes() - stray

    # The secrets' values are nowhere but in the store and the tasks.
    written = [
        path.read_text("utf-8", "replace") for path in _logs(Path(cloud.environment["XDG_STATE_HOME"]))
    ]
    assert written, "the local AWS keeps a log"
    assert "valueFrom" in definitions
    for value in (canary, second):
        for text in (*app.printed, definitions, *written):
            assert value not in text


def _logs(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.suffix in (".log", ".json")]
