"""The example service: what it answers, and that its image is one that people can copy."""

from __future__ import annotations

import importlib.util
import json
import re
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import yaml

ROOT = Path(__file__).parents[2]
SERVICE = ROOT / "service"
GREETING = "🚀 Hello from AWS Fargate!"


def load_app() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hello_service", SERVICE / "app.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_root_answers_exactly_the_greeting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GREETING", raising=False)
    answer = load_app().app.test_client().get("/")
    assert (answer.status_code, answer.get_data(as_text=True)) == (200, GREETING)
    assert answer.content_type == "text/plain; charset=utf-8"


def test_the_environment_can_give_another_greeting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GREETING", "hello")
    assert load_app().app.test_client().get("/").get_data(as_text=True) == "hello"


def test_an_empty_greeting_counts_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GREETING", "")
    assert load_app().app.test_client().get("/").get_data(as_text=True) == GREETING


def test_health_answers_200() -> None:
    assert load_app().app.test_client().get("/health").status_code == 200


def test_every_requirement_is_pinned() -> None:
    lines = [line for line in (SERVICE / "requirements.txt").read_text().splitlines() if line.strip()]
    unpinned = [
        line for line in lines if not line.startswith("#") and not re.fullmatch(r"[\w.-]+==[\d.]+", line)
    ]
    assert unpinned == []


def dockerfile() -> list[list[str]]:
    lines = (SERVICE / "Dockerfile").read_text().splitlines()
    return [line.split(maxsplit=1) for line in lines if line and not line.startswith("#")]


def test_the_dockerfile_is_one_to_copy() -> None:
    steps = dockerfile()
    named = dict(steps)
    assert steps[0] == ["FROM", "python:3.12-slim"]
    assert all(int(part) > 0 for part in named["USER"].split(":")), "a number that is not root's"
    assert all(isinstance(part, str) for part in json.loads(named["CMD"])), "exec form"
    copies = [index for index, step in enumerate(steps) if step[0] == "COPY"]
    install = next(index for index, step in enumerate(steps) if step[0] == "RUN" and "pip install" in step[1])
    assert copies[0] < install < copies[1], "requirements have a layer of their own"
    assert "requirements.txt" in steps[copies[0]][1]


def test_the_dockerignore_lets_in_what_the_dockerfile_copies() -> None:
    copied = {name for step in dockerfile() if step[0] == "COPY" for name in step[1].split()[:-1]}
    let_in = {line[1:] for line in (SERVICE / ".dockerignore").read_text().splitlines() if line[:1] == "!"}
    assert let_in == copied


def test_the_example_has_the_missions_names() -> None:
    path = ROOT / "examples/flask-hello/fargate.yml"
    spec = yaml.safe_load(path.read_text())
    assert spec == {
        "app": "flask-fargate-app",
        "cluster": "FargateCluster",
        "repository": "flask-fargate-app",
        "services": {
            "web": {
                "container": "FlaskApp",
                "build": "../../service",
                "port": 8080,
                "cpu": 0.25,
                "memory": 512,
                "count": 1,
            }
        },
    }
    assert (path.parent / spec["services"]["web"]["build"] / "Dockerfile").is_file()


@pytest.fixture
def address() -> Iterator[tuple[object, str]]:
    """A container of the service, read-only as a careful task definition has it, and its address."""
    docker = pytest.importorskip("docker")
    client = docker.from_env()
    image, _ = client.images.build(path=str(SERVICE), rm=True, forcerm=True)
    container = client.containers.run(image.id, detach=True, read_only=True)
    try:
        container.reload()
        yield container, f"http://{container.attrs['NetworkSettings']['IPAddress']}:8080"
    finally:
        container.remove(force=True)
        client.close()


def fetch(url: str, seconds: float = 15) -> str:
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                return str(answer.read().decode())
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


@pytest.mark.e2e
def test_the_container_answers_and_stops_cleanly(address: tuple[object, str]) -> None:
    container, url = address
    assert fetch(f"{url}/") == GREETING
    assert fetch(f"{url}/health") == "ok"

    began = time.monotonic()
    container.stop(timeout=10)  # type: ignore[attr-defined]
    seconds = time.monotonic() - began

    container.reload()  # type: ignore[attr-defined]
    assert container.attrs["State"]["ExitCode"] == 0  # type: ignore[attr-defined]
    assert seconds < 2
    assert b'"GET / HTTP/1.1" 200' in container.logs()  # type: ignore[attr-defined]
