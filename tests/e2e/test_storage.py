"""Files in a file system, written through an app: they outlive its tasks, its deployments and `down`."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.e2e.harness import Cloud, until

pytestmark = pytest.mark.e2e

DOCKERFILE = """\
FROM python:3.12-slim
COPY app.py /app.py
VOLUME /tmp
USER 65532:65532
CMD ["python", "-u", "/app.py"]
"""
APP = """\
import http.server, os, pathlib

class Files(http.server.BaseHTTPRequestHandler):
    def do_PUT(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        pathlib.Path(self.path).write_bytes(body)
        self.answer(200, os.environ["RELEASE"].encode())

    def do_GET(self):
        path = pathlib.Path(self.path)
        self.answer(200, path.read_bytes()) if path.is_file() else self.answer(404, b"")

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

http.server.ThreadingHTTPServer(("", 8080), Files).serve_forever()
"""
SPEC = """\
app: stored
file_systems:
  uploads: {}
services:
  web:
    build: %s
    port: 8080
    read_only: true
    env: {RELEASE: "%d"}
    mounts: {uploads: /uploads, scratch: /tmp}
"""


def ask(url: str, path: str, body: bytes | None = None) -> bytes:
    """What the app answers; it may still be starting."""
    request = urllib.request.Request(f"{url}{path}", body, method="PUT" if body else "GET")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                found: bytes = answer.read()
                return found
        except urllib.error.HTTPError as error:
            return str(error.code).encode()
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"{url} does not answer")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    (tmp_path / "app.py").write_text(APP)
    return tmp_path


def test_files_outlive_tasks_deployments_and_down_until_they_are_given_up(cloud: Cloud, source: Path) -> None:
    before, volumes = cloud.everything(), cloud.volumes()

    def spec(release: int) -> str:
        return cloud.spec("stored", SPEC % (source, release))

    path = spec(1)
    url = address(cloud, path)
    assert ask(url, "/uploads/note", b"kept") == b"1"
    assert ask(url, "/tmp/note", b"lost") == b"1"
    assert cloud.run("up", "--local", "-f", path, "-o", "json").json["changes"] == []

    # A task of its own accord.
    ecs = cloud.client("ecs")
    [task] = ecs.list_tasks(cluster="stored", serviceName="web")["taskArns"]
    ecs.stop_task(cluster="stored", task=task)
    url = other_address(cloud, path, task)
    assert ask(url, "/uploads/note") == b"kept"
    assert ask(url, "/tmp/note") == b"404"

    # A new release.
    path = spec(2)
    url = address(cloud, path)
    assert ask(url, "/uploads/second", b"of two") == b"2"
    assert ask(url, "/uploads/note") == b"kept"

    # Everything but the files.
    down = cloud.run("down", "--local", "--yes", "-f", path, "-o", "json").json
    [kept] = down["kept"]
    assert (kept["kind"], kept["name"]) == ("efs.file_system", "stored-uploads")
    assert kept["why"] == f"files stay until fargatectl down --local --file {path} --delete-data"
    assert {"efs.mount_target", "efs.access_point"} <= {one["kind"] for one in down["deleted"]}
    efs = cloud.client("efs")
    [system] = efs.describe_file_systems()["FileSystems"]
    assert system["NumberOfMountTargets"] == 0
    assert cloud.everything() == before

    # And again.
    up = cloud.run("up", "--local", "-f", path, "-o", "json").json
    assert "efs.file_system" not in {one["kind"] for one in up["changes"]}
    assert ask(up["services"][0]["url"], "/uploads/note") == b"kept"
    assert ask(up["services"][0]["url"], "/uploads/second") == b"of two"

    cloud.run("down", "--local", "--yes", "--delete-data", "-f", path, "-o", "json")
    assert efs.describe_file_systems()["FileSystems"] == []
    assert cloud.everything() == before
    # A container that has just ended holds them for a moment.
    assert until(lambda: cloud.volumes() == volumes), cloud.volumes()

    # Nothing of them is left.
    url = address(cloud, path)
    assert ask(url, "/uploads/note") == b"404"
    cloud.run("down", "--local", "--yes", "--delete-data", "-f", path)
    assert until(lambda: cloud.volumes() == volumes), cloud.volumes()


def address(cloud: Cloud, path: str) -> str:
    return str(cloud.run("up", "--local", "-f", path, "-o", "json").json["services"][0]["url"])


def other_address(cloud: Cloud, path: str, old: str) -> str:
    """Of the task that took the place of another."""
    for _ in range(100):
        [web] = cloud.run("status", "--local", "-f", path, "-o", "json").json["services"]
        running = [one for one in web["tasks"] if one["status"] == "RUNNING" and one["id"] not in old]
        if running and web["url"]:
            return f"http://{running[0]['public_ip']}:8080"
        time.sleep(0.1)
    raise AssertionError("no task took its place")
