"""Runs that together ask for every permission of a policy, but for those that the local AWS cannot."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

from fargatectl.aws.holder import this_run

REGION = "us-east-1"

APP = """\
app: shop
services:
  web: {build: ., port: 8080, count: 0}
"""
OLD = "  old: {build: ., count: 0}\n"  # a service that goes
FIRST = APP + OLD
CHANGED = APP.replace("8080", "9090").replace("count: 0", "count: 1") + "logs: {retention_days: 7}\n"
EARLIER = CHANGED.replace("logs:", f"{OLD}logs:")
FAILING = CHANGED.replace("count: 1", "count: 1, command: [/bin/busybox, sh, -c, 'echo No luck; exit 3']")


class Root(Protocol):
    """AWS past fargatectl."""

    def call(self, service: str, operation: str, /, **parameters: Any) -> dict[str, Any]:
        """Make one API call."""


@dataclass(frozen=True)
class Step:
    """One command.

    Attributes:
        code: What it ends with.
        before: What happens behind its back first.
    """

    spec: str
    arguments: tuple[str, ...]
    code: int = 0
    before: Callable[[Root], object] = lambda _: None

    @property
    def command(self) -> str:
        return " ".join(self.arguments[: 2 if self.arguments[0] == "secret" else 1])


Journey = tuple[Step, ...]
"""Begins with an empty AWS."""


def strangers(root: Root) -> None:
    """Things under our names that no index of tags knows."""
    root.call("ecr", "CreateRepository", repositoryName="shop")
    root.call("logs", "CreateLogGroup", logGroupName="/ecs/shop")


def no_default_subnets(root: Root) -> None:
    """The default VPC has one subnet of somebody's own making, and that is not a default one."""
    subnets = root.call("ec2", "DescribeSubnets")["Subnets"]
    for one in subnets:
        root.call("ec2", "DeleteSubnet", SubnetId=one["SubnetId"])
    root.call("ec2", "CreateSubnet", VpcId=subnets[0]["VpcId"], CidrBlock=subnets[0]["CidrBlock"])


def meddle(root: Root) -> None:
    """Change what no spec changes."""
    root.call("ecr", "PutImageTagMutability", repositoryName="shop", imageTagMutability="MUTABLE")
    root.call(
        "ecr", "PutImageScanningConfiguration", repositoryName="shop",
        imageScanningConfiguration={"scanOnPush": False},
    )  # fmt: skip
    trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    root.call(
        "iam", "UpdateAssumeRolePolicy", RoleName=f"shop-task-{REGION}",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    )  # fmt: skip
    root.call(
        "ecs", "PutClusterCapacityProviders", cluster="shop", capacityProviders=["FARGATE"],
        defaultCapacityProviderStrategy=[],
    )  # fmt: skip
    filters = [{"Name": "group-name", "Values": ["shop-web"]}]
    [group] = root.call("ec2", "DescribeSecurityGroups", Filters=filters)["SecurityGroups"]
    everything = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    little = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
    root.call("ec2", "RevokeSecurityGroupEgress", GroupId=group["GroupId"], IpPermissions=[everything])
    root.call("ec2", "AuthorizeSecurityGroupEgress", GroupId=group["GroupId"], IpPermissions=[little])
    once_scaled(root)
    leave_a_role(root)


def leave_a_role(root: Root) -> None:
    """Of a service that the spec no longer has, with whatever a role can have."""
    role = {"RoleName": f"shop-gone-task-{REGION}"}
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "ecs-tasks.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    rights = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    trusts, allows = (json.dumps({"Version": "2012-10-17", "Statement": [one]}) for one in (trust, rights))
    path = f"/fargatectl/{REGION}/shop/default/"
    root.call("iam", "CreateRole", Path=path, AssumeRolePolicyDocument=trusts, **role)
    root.call("iam", "PutRolePolicy", PolicyName="fargatectl", PolicyDocument=allows, **role)
    made = root.call("iam", "CreatePolicy", PolicyName="of-a-role", PolicyDocument=allows)["Policy"]
    root.call("iam", "AttachRolePolicy", PolicyArn=made["Arn"], **role)


def leave_a_lock(root: Root) -> None:
    """As a killed run of this machine does: the next one looks at it, and takes it over."""
    dead = replace(this_run("up", {}), token="another", process="999999999 1").text()
    root.call("ssm", "PutParameter", Name="/fargatectl/shop/default/lock", Value=dead, Type="String")


def leave_a_task(root: Root, *words: str) -> None:
    """A command before a deployment that a killed run left running; moto's goes on where it says ``wait``."""
    [subnet, *_] = root.call("ec2", "DescribeSubnets")["Subnets"]
    tags = {"fargatectl:app": "shop", "fargatectl:env": "default", "fargatectl:id": "web"}
    command = {"name": "web", "command": list(words) or ["wait"]}
    root.call(
        "ecs", "RunTask", cluster="shop", taskDefinition="shop-web", count=1, startedBy="fargatectl/web/0a",
        launchType="FARGATE", overrides={"containerOverrides": [command]},
        networkConfiguration={
            "awsvpcConfiguration": {"subnets": [subnet["SubnetId"]], "securityGroups": []}
        },
        tags=[{"key": key, "value": value} for key, value in tags.items()],
    )  # fmt: skip


def attach(root: Root) -> None:
    """Give a role of ours a policy: it must go before the role can. And somebody makes something."""
    allow = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": allow})
    made = root.call("iam", "CreatePolicy", PolicyName="theirs", PolicyDocument=document)["Policy"]
    root.call("iam", "AttachRolePolicy", RoleName=f"shop-task-{REGION}", PolicyArn=made["Arn"])
    # Others, too: only their tags or what is in them can say that they are not ours.
    vpc = root.call("ec2", "DescribeVpcs")["Vpcs"][0]["VpcId"]
    root.call(
        "elbv2", "CreateTargetGroup", Name="theirs", Protocol="HTTP", Port=80, TargetType="ip", VpcId=vpc
    )
    root.call("acm", "RequestCertificate", DomainName="theirs.example", ValidationMethod="DNS")
    root.call("route53", "CreateHostedZone", Name="theirs.example", CallerReference="theirs")
    root.call("sns", "CreateTopic", Name="shop-theirs")
    root.call("servicediscovery", "CreateHttpNamespace", Name="shop-theirs")
    root.call("cloudwatch", "PutDashboard", DashboardName="shop-theirs", DashboardBody='{"widgets": []}')
    scale_by_hand(root)


def scale_by_hand(root: Root) -> None:
    """Somebody else scales our service, and has an alarm of a name like ours: only their tags can tell."""
    root.call(
        "application-autoscaling", "RegisterScalableTarget", ServiceNamespace="ecs", MinCapacity=0,
        MaxCapacity=9, ScalableDimension="ecs:service:DesiredCount", ResourceId="service/shop/web",
    )  # fmt: skip
    root.call(
        "cloudwatch", "PutMetricAlarm", AlarmName="shop-theirs", Namespace="AWS/ECS",
        MetricName="CPUUtilization", Statistic="Average", Period=60, EvaluationPeriods=1, Threshold=1.0,
        ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip


def once_scaled(root: Root) -> None:
    """The tag of a service that an earlier spec scaled, which somebody else scales now."""
    [service] = root.call("ecs", "DescribeServices", cluster="shop", services=["web"])["services"]
    tag = {"key": "fargatectl:scaled", "value": "yes"}
    root.call("ecs", "TagResource", resourceArn=service["serviceArn"], tags=[tag])
    scale_by_hand(root)


THEIRS = {
    "scalable targets": ["service/shop/web"], "alarms": ["shop-theirs"], "target groups": ["theirs"],
    "certificates": ["theirs.example"], "topics": ["shop-theirs"], "namespaces": ["shop-theirs"],
    "dashboards": ["shop-theirs"],
}  # fmt: skip
"""What `attach` leaves behind, as `tests.support.dump.remains` names it."""

LOOKS: tuple[Journey, ...] = (
    (Step(APP, ("plan",), 4, strangers),),
    (Step(APP, ("plan",), 0, no_default_subnets),),
)
"""That need nothing to be there; first, as they are quick."""

DEPLOYS: tuple[Journey, ...] = (
    *LOOKS,
    (
        Step(FIRST, ("plan",)),
        Step(FIRST, ("up",), 0, leave_a_lock),
        Step(FIRST, ("up",)),
        Step(FIRST, ("status",)),
        Step(FIRST, ("logs",)),
        Step(CHANGED, ("plan",), 0, meddle),
        Step(CHANGED, ("up",)),
        Step(CHANGED, ("status",)),
        Step(FAILING, ("up",), 1),
    ),
)
"""The most that `up`, and what goes with it, is for."""

READS: Journey = (
    Step(CHANGED, ("status",)),
    Step(CHANGED, ("logs",)),
    Step(APP, ("plan",), 0, once_scaled),
)
"""Looking at what EARLIER has made."""
