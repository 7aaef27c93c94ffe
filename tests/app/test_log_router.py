"""A log router: what ECS and IAM are told of it."""

from __future__ import annotations

import json
from typing import Any

from tests.support.apps import Deployer
from tests.support.dump import NOTHING, remains
from tests.support.watched import WatchedAws

PLAIN = """\
app: shop
services:
  web:
    image: "public.example/web:1"
    port: 8080
    sidecars: {proxy: {image: "public.example/proxy:1"}}
"""
ROUTED = f"""{PLAIN}\
    log_router:
      options: {{Name: datadog, Host: logs.example.com}}
      secrets: {{apikey: "secretsmanager:datadog:key"}}
      buffer_lines: 5000
"""
DEFAULT = "public.ecr.aws/aws-observability/aws-for-fluent-bit:stable"


def containers(aws: WatchedAws) -> dict[str, dict[str, Any]]:
    shown = aws.call("ecs", "DescribeTaskDefinition", taskDefinition="shop-web")["taskDefinition"]
    return {one["name"]: one for one in shown["containerDefinitions"]}


def test_every_container_uses_it_and_its_own_lines_stay(deployer: Deployer, moto_aws: WatchedAws) -> None:
    deployer.up(ROUTED)
    found = containers(moto_aws)
    assert list(found) == ["web", "proxy", "log_router"]
    router = found["log_router"]
    assert router["image"] == DEFAULT
    assert router["essential"] is True
    assert router["firelensConfiguration"] == {
        "type": "fluentbit", "options": {"enable-ecs-log-metadata": "true"},
    }  # fmt: skip
    assert router["logConfiguration"]["logDriver"] == "awslogs"
    for name in ("web", "proxy"):
        logs = found[name]["logConfiguration"]
        assert logs["logDriver"] == "awsfirelens"
        assert logs["options"] == {
            "Name": "datadog", "Host": "logs.example.com", "log-driver-buffer-limit": "5000",
        }  # fmt: skip
        (secret,) = logs["secretOptions"]
        assert secret["name"] == "apikey"
        assert secret["valueFrom"].endswith(":secret:datadog:key::")
    (role,) = [one for one in moto_aws.items("iam", "ListRoles", "Roles") if "execution" in one["RoleName"]]
    (policy,) = moto_aws.items("iam", "ListRolePolicies", "PolicyNames", RoleName=role["RoleName"])
    document = moto_aws.call("iam", "GetRolePolicy", RoleName=role["RoleName"], PolicyName=policy)
    allowed = json.dumps(document["PolicyDocument"])
    assert "secretsmanager:GetSecretValue" in allowed
    assert ":secret:datadog-??????" in allowed

    assert deployer.plan(ROUTED).plan.documents() == []
    deployer.down(ROUTED)
    assert remains(moto_aws) == NOTHING


def test_it_comes_changes_and_goes(deployer: Deployer, moto_aws: WatchedAws) -> None:
    deployer.up(PLAIN)
    assert containers(moto_aws)["web"]["logConfiguration"]["logDriver"] == "awslogs"
    fluentd = f"""{PLAIN}\
    log_router:
      type: fluentd
      image: registry.example.com/fluentd:1
      config_file: /fluentd/etc/extra.conf
      metadata: false
"""
    for spec in (ROUTED, fluentd, PLAIN):
        (change,) = [
            one for one in deployer.plan(spec).plan.documents() if one["kind"] == "ecs.task_definition"
        ]
        assert all(field["field"].startswith("log_router") for field in change["fields"])
        deployer.up(spec)
        assert deployer.plan(spec).plan.documents() == []
        if spec == fluentd:
            assert containers(moto_aws)["log_router"]["firelensConfiguration"] == {
                "type": "fluentd",
                "options": {
                    "enable-ecs-log-metadata": "false",
                    "config-file-type": "file",
                    "config-file-value": "/fluentd/etc/extra.conf",
                },
            }
    assert list(containers(moto_aws)) == ["web", "proxy"]
