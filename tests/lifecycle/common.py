"""Words that several cases use."""

from __future__ import annotations

from typing import Any

from tests.support.watched import WatchedAws

from .case import Meddle

ACCOUNT = "sts:GetCallerIdentity tells whose credentials these are: nothing moves to another account."


def call(service: str, operation: str, /, **parameters: Any) -> Meddle:
    """One call behind our back."""
    return lambda aws: aws.call(service, operation, **parameters)


def given(**parameters: Any) -> dict[str, Any]:
    """The parameters that are not empty: AWS takes no empty list of tags."""
    return {name: value for name, value in parameters.items() if value}


TASK: dict[str, Any] = {
    "requiresCompatibilities": ["FARGATE"],
    "networkMode": "awsvpc",
    "cpu": "256",
    "memory": "512",
    "containerDefinitions": [{"name": "theirs", "image": "public.example/theirs:1"}],
}
"""What somebody else's task is made of."""


def default_vpc(aws: WatchedAws) -> str:
    """Its id."""
    found = aws.items("ec2", "DescribeVpcs", "Vpcs", Filters=[{"Name": "is-default", "Values": ["true"]}])
    return str(next(found)["VpcId"])


def default_subnet(aws: WatchedAws) -> str:
    """The id of one of its subnets."""
    here = [{"Name": "default-for-az", "Values": ["true"]}]
    return str(next(aws.items("ec2", "DescribeSubnets", "Subnets", Filters=here))["SubnetId"])
