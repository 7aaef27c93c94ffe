"""What a service's `tracing` becomes, and a log group's class."""

from __future__ import annotations

import json

import pytest

from fargatectl.errors import SpecError, UsageError
from tests.support.apps import ONE, Deployer

TRACED = f"{ONE}    tracing: xray\n"


def test_a_collector_runs_beside_the_service(deployer: Deployer) -> None:
    aws = deployer.aws()
    deployer.up(TRACED, aws)
    (request,) = aws.of("RegisterTaskDefinition")
    own, beside = request["containerDefinitions"]
    assert {"name": "OTEL_EXPORTER_OTLP_ENDPOINT", "value": "http://127.0.0.1:4318"} in own["environment"]
    assert (beside["name"], beside["essential"]) == ("otel-collector", False)
    (config,) = beside["environment"]
    assert config["name"] == "AOT_CONFIG_CONTENT"
    assert "awsxray" in config["value"]
    assert deployer.plan(TRACED).plan.documents() == []


def test_its_role_may_write_to_xray_and_nothing_else(deployer: Deployer) -> None:
    aws = deployer.aws()
    deployer.up(TRACED, aws)
    policies = {one["RoleName"]: json.loads(one["PolicyDocument"]) for one in aws.of("PutRolePolicy")}
    (document,) = [one for name, one in policies.items() if name.startswith("shop-web-task")]
    (statement,) = document["Statement"]
    assert all(one.startswith("xray:") for one in statement["Action"])
    assert len(statement["Action"]) == 5


def test_what_the_spec_sets_itself_comes_first(deployer: Deployer) -> None:
    aws = deployer.aws()
    text = TRACED.replace("{GREETING: hello}", "{OTEL_SERVICE_NAME: mine}")
    text = text.replace("tracing: xray", "tracing: {config: 'receivers: {}'}")
    deployer.up(text, aws)
    (request,) = aws.of("RegisterTaskDefinition")
    own, beside = request["containerDefinitions"]
    assert {"name": "OTEL_SERVICE_NAME", "value": "mine"} in own["environment"]
    assert beside["environment"][0]["value"] == "receivers: {}"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("    tracing: jaeger\n", "must be xray"),
        ("    tracing: xray\n    sidecars: {otel-collector: {image: 'x:1'}}\n", "name of the collector"),
        ("logs: {log_class: delivery}\n", "must be STANDARD or INFREQUENT_ACCESS"),
    ],
)
def test_what_cannot_be_is_told(deployer: Deployer, lines: str, said: str) -> None:
    with pytest.raises(SpecError, match=said):
        deployer.load(f"{ONE}{lines}")


def test_a_log_group_is_made_of_its_class_and_keeps_it(deployer: Deployer) -> None:
    text = f"{ONE}logs: {{log_class: infrequent_access}}\n"
    aws = deployer.aws()
    deployer.up(text, aws)
    (request,) = aws.of("CreateLogGroup")
    assert request["logGroupClass"] == "INFREQUENT_ACCESS"
    assert deployer.plan(text).plan.documents() == []
    aws = deployer.aws()
    with pytest.raises(UsageError, match="which AWS cannot change to STANDARD"):
        deployer.up(ONE, aws)
    assert aws.of("DeleteLogGroup") == []
