"""What of the local AWS is removed from a Docker Engine that others use too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import unquote

import pytest

from fargatectl.local import containers

REGISTRY = "127.0.0.1:4510"
PULLED = f"{REGISTRY}/app@sha256:{'a' * 64}"
OTHERS = f"127.0.0.1:5000/app@sha256:{'b' * 64}"


class Engine(BaseHTTPRequestHandler):
    """Lists two images that are gone when one looks at them, as when somebody else removes them."""

    removed: list[str]
    listed: dict[str, Any] = {
        "/version": {"ApiVersion": "1.44", "Version": "27", "Arch": "amd64", "Os": "linux"},
        "/containers/json": [],
        "/volumes": {"Volumes": []},
        "/networks": [],
        "/images/json": [
            {"Id": f"sha256:{'1' * 64}", "RepoDigests": [OTHERS]},
            {"Id": f"sha256:{'2' * 64}", "RepoDigests": [PULLED]},
        ],
    }

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        found = next((value for name, value in self.listed.items() if path.endswith(name)), None)
        self._say(200, found) if found is not None else self._say(404, {"message": "no such image"})

    def do_DELETE(self) -> None:
        self.removed.append(unquote(self.path.partition("?")[0].partition("/images/")[2]))
        self._say(404, {"message": "no such image"})

    def _say(self, status: int, value: Any) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def removed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What such an engine was asked to remove."""
    found: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Asked", (Engine,), {"removed": found}))
    Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{server.server_port}")
    yield found
    server.shutdown()
    server.server_close()


def test_images_that_vanish_meanwhile_do_not_end_the_removal(removed: list[str]) -> None:
    assert containers.remove_all("whoever", REGISTRY) == 0
    assert removed == [PULLED]
