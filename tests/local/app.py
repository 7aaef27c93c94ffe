"""An app in the local AWS, made and watched through boto3 as in AWS."""

from __future__ import annotations

import time
import urllib.request
from collections.abc import Callable
from typing import Any

Clients = Callable[[str], Any]
SERVE = 'echo "$GREETING" > /www/index.html; exec httpd -f -p 8080 -h /www'
ROLE = "arn:aws:iam::000000000000:role/execution"


def until(what: Callable[[], Any], seconds: float = 30) -> Any:
    """The first true answer; the last one when the time is over."""
    deadline = time.monotonic() + seconds
    while not (answer := what()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return answer


def get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=5) as answer:
        text: str = answer.read().decode().strip()
        return text


class App:
    """One cluster, one log group and one security group, and services in them."""

    def __init__(self, client: Clients, name: str, image: str) -> None:
        self.client, self.name, self.image = client, name, image
        self.ecs, self.ec2 = client("ecs"), client("ec2")
        self.ecs.create_cluster(clusterName=name)
        client("logs").create_log_group(logGroupName=f"/ecs/{name}", tags={"app": name})
        self.subnets = [subnet["SubnetId"] for subnet in self.ec2.describe_subnets()["Subnets"]]
        self.group = self.ec2.create_security_group(GroupName=name, Description=name)["GroupId"]

    def register(self, **container: Any) -> str:
        definition = {
            "name": "web",
            "image": self.image,
            "entryPoint": ["/bin/sh", "-c"],
            "command": [SERVE],
            "portMappings": [{"containerPort": 8080}],
            "environment": [{"name": "GREETING", "value": "hello"}],
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {
                    "awslogs-group": f"/ecs/{self.name}",
                    "awslogs-region": "us-east-1",
                    "awslogs-stream-prefix": "web",
                },
            },
            **container,
        }
        answer = self.ecs.register_task_definition(
            family=f"{self.name}-web",
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="256",
            memory="512",
            executionRoleArn=ROLE,
            containerDefinitions=[definition],
            tags=[{"key": "app", "value": self.name}],
        )
        arn: str = answer["taskDefinition"]["taskDefinitionArn"]
        return arn

    def network(self) -> dict[str, Any]:
        return {
            "awsvpcConfiguration": {
                "subnets": self.subnets[:2],
                "securityGroups": [self.group],
                "assignPublicIp": "ENABLED",
            }
        }

    def create(self, definition: str, service: str = "web", **more: Any) -> dict[str, Any]:
        answer = self.ecs.create_service(
            cluster=self.name,
            serviceName=service,
            taskDefinition=definition,
            desiredCount=1,
            launchType="FARGATE",
            networkConfiguration=self.network(),
            deploymentConfiguration={"deploymentCircuitBreaker": {"enable": True, "rollback": True}},
            tags=[{"key": "app", "value": self.name}],
            **more,
        )
        created: dict[str, Any] = answer["service"]
        return created

    def service(self, service: str = "web") -> dict[str, Any]:
        found = self.ecs.describe_services(cluster=self.name, services=[service], include=["TAGS"])
        described: dict[str, Any] = found["services"][0]
        return described

    def primary(self, service: str = "web") -> dict[str, Any]:
        deployments = self.service(service)["deployments"]
        return next(one for one in deployments if one["status"] == "PRIMARY")

    def rolled_out(self, service: str = "web") -> bool:
        return bool(self.primary(service)["rolloutState"] == "COMPLETED")

    def tasks(self, status: str = "RUNNING", **filters: Any) -> list[dict[str, Any]]:
        arns = self.ecs.list_tasks(cluster=self.name, desiredStatus=status, **filters)["taskArns"]
        if not arns:
            return []
        described: list[dict[str, Any]] = self.ecs.describe_tasks(cluster=self.name, tasks=arns)["tasks"]
        return described

    def stopped(self, deployment: str) -> dict[str, Any] | None:
        found = self.tasks("STOPPED", startedBy=deployment)
        return found[0] if found else None

    def interface(self, task: dict[str, Any]) -> dict[str, Any]:
        details = {item["name"]: item["value"] for item in task["attachments"][0]["details"]}
        answer = self.ec2.describe_network_interfaces(NetworkInterfaceIds=[details["networkInterfaceId"]])
        assert answer["NetworkInterfaces"][0]["PrivateIpAddress"] == details["privateIPv4Address"]
        found: dict[str, Any] = answer["NetworkInterfaces"][0]
        return found

    def interfaces(self) -> list[dict[str, Any]]:
        filters = [{"Name": "group-id", "Values": [self.group]}]
        found: list[dict[str, Any]] = self.ec2.describe_network_interfaces(Filters=filters)[
            "NetworkInterfaces"
        ]
        return found

    def log_lines(self) -> list[str]:
        events = self.client("logs").filter_log_events(logGroupName=f"/ecs/{self.name}")["events"]
        return [event["message"] for event in events]

    def delete(self) -> None:
        if not self.ecs.describe_clusters(clusters=[self.name])["clusters"]:
            return
        for arn in self.ecs.list_services(cluster=self.name)["serviceArns"]:
            self.ecs.delete_service(cluster=self.name, service=arn, force=True)
