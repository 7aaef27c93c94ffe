"""A service behind a load balancer of the local AWS, made through boto3 as in AWS, and clients of it."""

from __future__ import annotations

import http.client
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from typing import Any

from .app import App

QUICK = {
    "HealthCheckIntervalSeconds": 5,
    "HealthCheckTimeoutSeconds": 2,
    "HealthyThresholdCount": 2,
    "UnhealthyThresholdCount": 2,
}


class Balanced:
    """A load balancer with one target group and one listener at port 80, for an app's services."""

    def __init__(self, app: App, *, drain: int = 3, kind: str = "application", **group: Any) -> None:
        self.app, self.elb = app, app.client("elbv2")
        protocol = "HTTP" if kind == "application" else "TCP"
        self.group = self.make_group(app.name, drain=drain, Protocol=protocol, **group)
        made = self.elb.create_load_balancer(
            Name=app.name[:32], Type=kind, Subnets=app.subnets, Tags=[{"Key": "app", "Value": app.name}],
            **({"SecurityGroups": [app.group]} if kind == "application" else {}),
        )  # fmt: skip
        self.arn = made["LoadBalancers"][0]["LoadBalancerArn"]
        self.host = made["LoadBalancers"][0]["DNSName"]
        self.listener = self.elb.create_listener(
            LoadBalancerArn=self.arn, Protocol=protocol, Port=80, DefaultActions=[self.forward(self.group)]
        )["Listeners"][0]["ListenerArn"]
        self.other = self.production = self.test = ""  # a deployment that shifts traffic has them

    def make_group(self, name: str, *, drain: int = 3, **more: Any) -> str:
        vpc = self.app.ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
        settings = {"Protocol": "HTTP", "Port": 8080, "VpcId": vpc, "TargetType": "ip", **QUICK, **more}
        made = self.elb.create_target_group(Name=name[:32], **settings)["TargetGroups"][0]["TargetGroupArn"]
        delay = {"Key": "deregistration_delay.timeout_seconds", "Value": str(drain)}
        self.elb.modify_target_group_attributes(TargetGroupArn=made, Attributes=[delay])
        return str(made)

    @staticmethod
    def forward(group: str) -> dict[str, Any]:
        return {"Type": "forward", "TargetGroupArn": group}

    def behind(self, port: int = 8080) -> dict[str, Any]:
        """What CreateService is told."""
        one = {"targetGroupArn": self.group, "containerName": "web", "containerPort": port}
        return {"loadBalancers": [one]}

    def health(self) -> list[tuple[str, str]]:
        """State and reason of each target."""
        described = self.elb.describe_target_health(TargetGroupArn=self.group)["TargetHealthDescriptions"]
        return sorted(
            (one["TargetHealth"]["State"], one["TargetHealth"].get("Reason", "")) for one in described
        )

    def states(self) -> list[str]:
        return [state for state, _ in self.health()]

    def get(self, path: str = "/", **headers: str) -> tuple[int, str]:
        """Status and body."""
        asked = urllib.request.Request(f"http://{self.host}{path}", headers=headers)
        try:
            with urllib.request.urlopen(asked, timeout=10) as answer:
                return answer.status, answer.read().decode().strip()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode().strip()

    def delete(self) -> None:
        self.elb.delete_load_balancer(LoadBalancerArn=self.arn)


class Load:
    """Requests, one after the other from each of a few clients, until it is left; what came of them."""

    def __init__(self, host: str, path: str = "/", clients: int = 4, pause: float = 0.05) -> None:
        self.host, self.path, self.pause = host, path, pause
        self.answers: Counter[str] = Counter()
        self.faults: list[str] = []
        self._over = threading.Event()
        self._begun = time.monotonic()
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(clients)]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(20)
        self.seconds = time.monotonic() - self._begun

    def _run(self) -> None:
        while not self._over.is_set():
            connection = http.client.HTTPConnection(self.host, timeout=20)
            try:
                connection.request("GET", self.path)
                answer = connection.getresponse()
                body = answer.read().decode().strip()
                if answer.status == 200:
                    self.answers[body] += 1
                else:
                    self.faults.append(f"{answer.status}")
            except (OSError, http.client.HTTPException) as error:
                self.faults.append(type(error).__name__)
            finally:
                connection.close()
            time.sleep(self.pause)
