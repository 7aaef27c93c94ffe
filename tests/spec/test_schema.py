"""The JSON Schema agrees with what is loaded, and explains every key."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from fargatectl.errors import SpecError
from fargatectl.spec.capacity import Spot
from fargatectl.spec.load import load
from fargatectl.spec.load_balancer import LoadBalancer, ServiceLoadBalancer, TargetHealth
from fargatectl.spec.models import Build, Deployment, HealthCheck, Logs, Network, Service, Spec
from fargatectl.spec.scaling import Cooldown, Metric, Scaling, Scheduled, Step
from fargatectl.spec.schema import json_schema

from .conftest import Loader

SCALING = [Scaling, Cooldown, Step, Metric, Scheduled]
ROOT = Path(__file__).parents[2]

EVERYTHING = """\
app: shop
region: eu-central-1
cluster: Shop_1
repository: team/shop
network:
  vpc: vpc-0a1b2c3d
  subnets: [subnet-0a1b2c3d4e5f60718]
  security_groups: [sg-0a1b2c3d]
logs: {retention_days: 365}
load_balancer: {domain: shop.example.com, certificate: "arn:aws:iam::123456789012:server-certificate/shop",
  public: false, allow: [10.0.0.0/8, sg-0a1b2c3d], idle_timeout: 1m, subnets: [subnet-0a1b2c3d]}
services:
  inner: {image: nginx, port: 80, allow: [10.0.0.0/8, pl-0a1b2c3d]}
  web:
    build:
      context: src
      dockerfile: Dockerfile.prod
      args: {V: 1.10, DEBUG: true}
      target: prod
      platform: linux/arm64
    port: 8080
    role: {policies: [ReadOnlyAccess]}
    connect: {name: shop, listen: 80, protocol: http}
    discovery: {name: shop, type: srv, ttl: 1m}
    tracing: {config: "receivers: {}"}
    working_directory: /app
    read_only: true
    mounts: {tmp: /tmp, data: {path: /data, read_only: true}}
    ulimits: {nofile: 1024, core: {soft: 0, hard: 1}}
    capabilities: {drop: [net_raw], add: [sys_ptrace]}
    init_process: true
    env_files: ["arn:aws:s3:::bucket/web.env"]
    registry_credentials: secretsmanager:registry
    depends_on: {proxy: healthy}
    sidecars:
      proxy: {image: nginx, port: 80, env: {A: b}, health_check: {command: "true"}, user: "1"}
    cpu: 1 vCPU
    memory: 2 GB
    count: 2
    env: {GREETING: hello, LEVEL: 3}
    secrets: {TOKEN: "ssm:/shop/token"}
    command: [serve, 8]
    entrypoint: tini --
    container: App
    repository: team/web
    architecture: arm64
    operating_system: linux
    scaling:
      min: 2
      max: 9
      cpu: 60
      memory: 70
      requests: 500
      scale_in: false
      cooldown: {scale_out: 30, scale_in: 10m}
      steps:
        - {metric: cpu, above: 80, add: 2, minutes: 1}
        - {metric: {name: X, namespace: N}, below: 1.5, to: 0}
      schedule:
        night: {cron: "0 20 * * ? *", timezone: Europe/Berlin, min: 0, max: 0}
        hot: {rate: 1 day, min: 4}
    ephemeral_storage: 40 GB
    platform_version: 1.4.0
    public_ip: false
    load_balancer:
      path: [/api, /v1/*]
      host: api.example.com
      protocol: http
      health_check:
        {port: 8081, path: /up, codes: 200-299, interval: 15s, timeout: 5, healthy: 3, unhealthy: 4}
      deregistration_delay: 30s
      sticky: 1h
    health_check: {command: curl -f localhost, interval: 10s, timeout: 3, retries: 2, start_period: 1m}
    stop_timeout: 1m30s
    user: 1000:1000
    spot: true
    deployment:
      minimum_healthy_percent: 50
      maximum_percent: 150
      breaker: {bounded_percent: 25, reset_on_healthy_task: no}
      alarms: [errors]
      bake: 1h
      early_success: {healthy_percent: 75, cleanup: blocking}
    before_deploy: [[migrate, up], check --all]
    log_router: {type: fluentbit, options: {Name: datadog}, secrets: {apikey: "ssm:/key"}, buffer_lines: 5}
    after: [api]
    grace_period: 60
  api:
    build: .
    cpu: 0.5
    memory: 1024
    port: 80
    load_balancer: true
    health_check: no
    deployment: {breaker: {count: 5}, alarms: one, early_success: off}
  etl: {image: nginx, ephemeral_storage: 21, platform_version: LATEST, spot: {base: 1, percent: 50}}
  job: {image: nginx, count: "${JOBS:-1}", cpu: 256, port: "${PORT:-80}"}
environments:
  prod: {region: null, services: {web: {count: 4, env: {GREETING: null}}, job: null, new: {image: nginx}}}
  dev:
"""


@functools.cache
def validator() -> Any:
    """Made once: to check the schema itself takes half a second."""
    jsonschema = pytest.importorskip("jsonschema")
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def faults(text: str) -> list[str]:
    return [error.message for error in validator().iter_errors(yaml.safe_load(text))]


def models() -> list[type[BaseModel]]:
    return [
        Spec,
        Service,
        Build,
        HealthCheck,
        Deployment,
        Network,
        Logs,
        Spot,
        LoadBalancer,
        ServiceLoadBalancer,
        TargetHealth,
        *SCALING,
    ]


def test_it_is_json() -> None:
    schema = json_schema()
    assert json.loads(json.dumps(schema)) == schema
    assert "$id" not in schema


def test_the_spec_with_every_key_is_good_for_both(loaded: Loader) -> None:
    assert faults(EVERYTHING) == []
    spec = loaded(EVERYTHING).spec
    given = set().union(*(spec.services[name].model_fields_set for name in ("web", "inner")))
    assert given == set(Service.model_fields), "EVERYTHING should show every key"
    assert "new" in loaded(EVERYTHING, environment="prod").spec.services


@pytest.mark.parametrize(
    "path", sorted(ROOT.glob("examples/**/fargate.yml")), ids=lambda path: path.parent.name
)
def test_the_examples_are_good(path: Path) -> None:
    assert faults(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("app: shop\n", ""),
        ("app: shop", "app: Shop"),
        ("port: 8080", "prot: 8080"),
        ("port: 8080", "port: 70000"),
        ("count: 2", "count: many"),
        ("count: 2", "count: -1"),
        ("cpu: 1 vCPU", "cpu: 3"),
        ("memory: 2 GB", "memory: 2 PB"),
        ("retention_days: 365", "retention_days: 31"),
        ("architecture: arm64", "architecture: riscv"),
        ("spot: true", "spot: maybe"),
        ("{base: 1, percent: 50}", "{base: 1, percent: 0}"),
        ("max: 9", "max: 0"),
        ("cpu: 60", "cpu: 600"),
        ("above: 80", "above: high"),
        ("metric: cpu, ", ""),
        ("scale_out: 30", "scale_out: -1"),
        ("night: {cron", "Night: {cron"),
        ("operating_system: linux", "operating_system: windows"),
        ("ephemeral_storage: 40 GB", "ephemeral_storage: 40 TB"),
        ("ephemeral_storage: 21", "ephemeral_storage: 20"),
        ("platform_version: 1.4.0", "platform_version: 1.4"),
        ("GREETING: hello", "2ND: hello"),
        ("GREETING: hello", "GREETING: null"),
        ("user: 1000:1000", "user: a b"),
        ("load_balancer: true", "load_balancer: maybe"),
        ("path: [/api, /v1/*]", "path: [api]"),
        ("unhealthy: 4", "unhealthy: 1"),
        ("idle_timeout: 1m", "idle_timeout: none"),
        ("command: [serve, 8]", "command: []"),
        ("subnets: [subnet-0a1b2c3d4e5f60718]", "subnets: []"),
        ("interval: 10s", "intervall: 10s"),
        ("count: 4", "cuont: 4"),
        ("prod: {region: null", "Prod: {region: null"),
        ("prod: {region: null", "prod: {app: null"),
        ("      context: src\n", ""),
    ],
)
def test_what_the_schema_refuses_is_refused_on_loading(old: str, new: str, loaded: Loader) -> None:
    assert EVERYTHING.count(old) == 1
    text = EVERYTHING.replace(old, new)
    assert faults(text)
    with pytest.raises(SpecError):
        loaded(text, environment=None)


@pytest.mark.parametrize("model", models(), ids=lambda model: model.__name__)
def test_every_key_is_explained_in_a_sentence(model: type[BaseModel]) -> None:
    for name, field in model.model_fields.items():
        text = field.description or ""
        assert text[:1].isupper(), f"{model.__name__}.{name}"
        assert text.endswith("."), f"{model.__name__}.{name}"


def test_every_key_of_the_schema_is_explained() -> None:
    schema = json_schema()
    for name, definition in {"": schema, **schema["$defs"]}.items():
        for key, inner in definition["properties"].items():
            assert inner.get("description"), f"{name}.{key}"


def test_overlays_require_nothing_and_cannot_rename_the_app() -> None:
    definitions = json_schema()["$defs"]
    for name, definition in definitions.items():
        if name.endswith("Overlay"):
            assert "required" not in definition
    assert "app" not in definitions["SpecOverlay"]["properties"]
    assert set(definitions["SpecOverlay"]["properties"]) == set(Spec.model_fields) - {"app"}


def test_the_example_loads_as_the_schema_says() -> None:
    path = ROOT / "examples" / "flask-hello" / "fargate.yml"
    assert faults(path.read_text("utf-8")) == []
    assert load(path, environ={}).spec.app
