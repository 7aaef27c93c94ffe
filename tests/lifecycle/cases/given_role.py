"""`iam.given_role`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from tests.lifecycle.case import LookedUp, Thing
from tests.support.watched import ACCOUNT, WatchedAws

ARN = f"arn:aws:iam::{ACCOUNT}:role/team/worker"


def trust(service: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def spec(arn: str) -> str:
    return f"app: shop\nservices: {{web: {{image: public.example/web:1, role: '{arn}'}}}}\n"


def make(aws: WatchedAws, service: str = "ecs-tasks.amazonaws.com") -> None:
    aws.call("iam", "CreateRole", RoleName="worker", Path="/team/", AssumeRolePolicyDocument=trust(service))


def named(aws: WatchedAws) -> tuple[str, Mapping[str, str]]:
    make(aws)
    return spec(ARN), {"arn": ARN}


def elsewhere(aws: WatchedAws) -> tuple[str, str]:
    make(aws)
    return spec(f"arn:aws:iam::{ACCOUNT}:role/worker"), "no such role"


def for_others(aws: WatchedAws) -> tuple[str, str]:
    make(aws, "lambda.amazonaws.com")
    return spec(ARN), "tasks may not assume the role"


def used(aws: WatchedAws) -> Mapping[str, str]:
    (definition,) = aws.of("RegisterTaskDefinition")
    return {"arn": definition["taskRoleArn"]}


def things(aws: WatchedAws) -> Iterator[Thing]:
    for role in aws.items("iam", "ListRoles", "Roles", PathPrefix="/team/"):
        yield Thing(role["RoleName"], role)


CASE = LookedUp(
    kind="iam.given_role",
    id="web",
    found={"by its ARN": named},
    used=used,
    things=things,
    missing={
        "there is none": lambda _: (spec(ARN), "no such role"),
        "it has another path": elsewhere,
        "it is for another service": for_others,
    },
)
