"""Specs proposed from a Compose file: what it says of ports and health is kept, and nothing more opened."""

from __future__ import annotations

from pathlib import Path

import pytest

from fargatectl.spec.healthcheck import notices
from fargatectl.spec.init import propose

from .test_init import folder, proposed

CHECKED = "FROM python\nEXPOSE 8000\nHEALTHCHECK CMD curl -f localhost:8000\n"


def written(tmp_path: Path, compose: str, dockerfile: str = CHECKED) -> str:
    return propose(folder(tmp_path, compose_yaml=compose, Dockerfile=dockerfile), app=None, port=None)


def test_another_command_has_neither_the_port_nor_the_health_check_of_the_dockerfile(tmp_path: Path) -> None:
    compose = """\
services:
  web: {build: ., ports: ["8000:8000"]}
  worker: {build: ., command: celery worker}
  beat: {build: ., entrypoint: [celery, beat]}
"""
    made = folder(tmp_path, compose_yaml=compose, Dockerfile=CHECKED)
    loaded = proposed(made)
    services = loaded.spec.services
    assert {name: one.port for name, one in services.items()} == {"web": 8000, "worker": None, "beat": None}
    assert [name for name, one in services.items() if one.health_check] == ["web"]
    assert list(notices(loaded)) == []  # which would suggest to write it


@pytest.mark.parametrize("check", ["{disable: true}", "{test: NONE}", '{test: ["NONE"]}'])
def test_a_health_check_that_compose_turns_off_is_off(tmp_path: Path, check: str) -> None:
    compose = f'services: {{web: {{build: ., ports: ["8000:8000"], healthcheck: {check}}}}}'
    text = written(tmp_path, compose)
    assert "Not taken over" not in text
    assert "curl" not in text
    assert "    health_check: false  # as in the Compose file\n" in text


def test_a_health_check_of_composes_own_is_named_and_the_dockerfiles_not_taken(tmp_path: Path) -> None:
    text = written(tmp_path, "services: {web: {build: ., healthcheck: {test: probe}}}")
    assert "# Not taken over: healthcheck" in text
    assert "curl" not in text


@pytest.mark.parametrize(("more", "shown"), [("", "8000"), ("command: celery", "8080")])
def test_what_the_dockerfile_exposes_is_not_opened_unless_compose_publishes_it(
    tmp_path: Path, more: str, shown: str
) -> None:
    text = written(tmp_path, f"services: {{web: {{build: ., {more}}}}}")
    assert f"    # port: {shown}  # " in text


@pytest.mark.parametrize(
    "ports",
    [
        'expose: ["9000"]',
        "expose: [9000/tcp]",
        'ports: ["127.0.0.1:8000:9000"]',
        'ports: ["127.0.0.1::9000"]',
        'ports: ["[::1]:8000:9000/tcp"]',
        'ports: ["::1:8000:9000"]',
        'ports: ["localhost:8000:9000"]',
        'ports: ["192.168.1.5:8000:9000"]',
        'ports: ["${BIND:-127.0.0.1}:8000:9000"]',
        'ports: ["${BIND}:8000:9000"]',
        *(f'ports: [{{target: 9000, host_ip: "{ip}"}}]' for ip in ("127.0.0.1", "::1", "localhost")),
        'ports: ["127.0.0.1:8000:9000"], expose: [7000]',
    ],
)
def test_what_compose_keeps_private_is_not_opened(tmp_path: Path, ports: str) -> None:
    made = folder(tmp_path, compose_yaml=f"services: {{api: {{image: shop, {ports}}}}}")
    text = propose(made, app=None, port=None)
    assert "    allow: []  # Compose " in text
    assert "Not taken over" not in text
    api = proposed(made).spec.services["api"]
    assert (api.port, api.allow) == (9000, [])
    api = proposed(made, port=81).spec.services["api"]
    assert (api.port, api.allow) == (81, None)


@pytest.mark.parametrize(
    "ports",
    [
        'ports: ["9000"]',
        'ports: ["80:9000"]',
        'ports: ["0.0.0.0:80:9000"]',
        'ports: ["[::]:80:9000"]',
        'ports: ["${PORT:-80}:9000"]',
        'ports: ["$PORT:${INNER:-9000}"]',
        'ports: ["8.8.8.8:80:9000"]',
        "ports: [{target: 9000}]",
        "ports: [{target: 9000, host_ip: 0.0.0.0}]",
        'ports: ["127.0.0.1:5678:5678", "80:9000"]',
        'ports: ["80:9000"], expose: [7000]',
    ],
)
def test_what_compose_publishes_is_opened(tmp_path: Path, ports: str) -> None:
    made = folder(tmp_path, compose_yaml=f"services: {{api: {{image: shop, {ports}}}}}")
    assert proposed(made).spec.services["api"].port == 9000


def test_services_that_are_off_by_default_are_left_out_and_named(tmp_path: Path) -> None:
    compose = "services: {debug_ui: {image: shop, profiles: [debug]}, web: {image: shop, profiles: []}}"
    made = folder(tmp_path, compose_yaml=compose)
    assert "# Left out: debug-ui (profiles). It is off by default in Compose.\n" in propose(
        made, app=None, port=None
    )
    assert list(proposed(made).spec.services) == ["web"]


@pytest.mark.parametrize(
    ("image", "kind"),
    [
        ("bitnami/postgresql:16", "postgresql"),
        ("registry.example:5000/team/postgres@sha256:0", "postgres"),
        ("pgvector/pgvector:pg16", "pgvector"),
        ("ankane/pgvector", "pgvector"),
        ("timescale/timescaledb-ha:pg16", "timescaledb"),
        ("timescale", "timescale"),
        ("mcr.microsoft.com/mssql/server:2022-latest", "mssql"),
        ("mssql", "mssql"),
        ("redis/redis-stack-server", "redis-stack"),
        ("redis/redis-stack:latest", "redis-stack"),
        ("bitnami/valkey", "valkey"),
        ("clickhouse/clickhouse-server:24", "clickhouse"),
        ("mysql/mysql-server", "mysql"),
        ("quay.io/mariadb", "mariadb"),
        ("bitnami/mongodb", "mongodb"),
        ("mongodb/mongodb-community-server:7", "mongodb"),
        ("${REGISTRY:-docker.io}/mongo:${TAG}", "mongo"),
    ],
)
def test_data_stores_of_any_vendor_are_left_out(tmp_path: Path, image: str, kind: str) -> None:
    text = written(tmp_path, f'services: {{db: {{image: "{image}"}}, web: {{image: nginx}}}}')
    assert f"# Left out: db ({kind}). A task on Fargate loses its data" in text
    assert "  db:" not in text


@pytest.mark.parametrize("image", ["mongo-express", "redis/redisinsight", "minio/mc", "my-postgres-client"])
def test_tools_for_data_stores_are_none(tmp_path: Path, image: str) -> None:
    assert "Left out" not in written(tmp_path, f"services: {{tool: {{image: {image}}}}}")
