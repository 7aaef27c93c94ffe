"""`ec2.security_group`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fargatectl.resources._tags import read, upper
from tests.lifecycle.case import Case, Drift, Meddle, Tags, Thing
from tests.lifecycle.common import default_vpc
from tests.support.watched import WatchedAws

NAME = "shop-web"
EVERYTHING = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}


def things(aws: WatchedAws) -> Iterator[Thing]:
    for group in aws.items("ec2", "DescribeSecurityGroups", "SecurityGroups"):
        name = group["GroupName"]
        yield Thing(name, group, read(group.get("Tags")), given=name == "default")


def group(aws: WatchedAws) -> dict[str, str]:
    found = aws.items("ec2", "DescribeSecurityGroups", "SecurityGroups",
                      Filters=[{"Name": "group-name", "Values": [NAME]}])  # fmt: skip
    return {"GroupId": next(found)["GroupId"]}


def rules(operation: str, *permissions: dict[str, Any]) -> Meddle:
    return lambda aws: aws.call("ec2", operation, **group(aws), IpPermissions=list(permissions))


def tcp(port: int, **peers: Any) -> dict[str, Any]:
    peers = peers or {"IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **peers}


def to_itself(aws: WatchedAws) -> None:
    rule = tcp(8080, UserIdGroupPairs=[group(aws)])
    aws.call("ec2", "AuthorizeSecurityGroupIngress", **group(aws), IpPermissions=[rule])


def foreign(aws: WatchedAws, tags: Tags) -> None:
    made = aws.call("ec2", "CreateSecurityGroup", GroupName=NAME, Description="x", VpcId=default_vpc(aws))
    if tags:
        aws.call("ec2", "CreateTags", Resources=[made["GroupId"]], Tags=upper(tags))


CASE = Case(
    kind="ec2.security_group",
    id="web",
    things=things,
    made_by=("ec2:CreateSecurityGroup", "ec2:AuthorizeSecurityGroupIngress"),
    removed_by=("ec2:DeleteSecurityGroup",),
    drifts={
        "ingress": (
            Drift("another port is opened", rules("AuthorizeSecurityGroupIngress", tcp(22))),
            Drift("our port is closed", rules("RevokeSecurityGroupIngress", tcp(8080))),
            Drift(
                "our port is opened over IPv6",
                rules("AuthorizeSecurityGroupIngress", tcp(8080, Ipv6Ranges=[{"CidrIpv6": "::/0"}])),
            ),
            Drift("it lets itself in", to_itself),
        ),
        "egress": (
            Drift("the way out is closed", rules("RevokeSecurityGroupEgress", EVERYTHING)),
            Drift("another way out is opened", rules("AuthorizeSecurityGroupEgress", tcp(443))),
        ),
    },
    fixed={
        "network": "ec2:CreateSecurityGroup puts it into a VPC for ever: a spec with another replaces it."
    },
    foreign=foreign,
    removal=Drift(
        "it is deleted",
        lambda aws: aws.call("ec2", "DeleteSecurityGroup", **group(aws)),
        also=[("update", "ecs.service", ["security_groups"])],
    ),
)
