"""`iam.role`."""

from __future__ import annotations

import json
from collections.abc import Iterator

from fargatectl.engine.scope import TAG_APP, TAG_ENVIRONMENT, Scope
from fargatectl.resources._tags import read, upper
from fargatectl.resources.role import role_path
from tests.lifecycle.case import Case, Drift, Tags, Thing
from tests.lifecycle.common import ACCOUNT, call, given
from tests.support.watched import ACCOUNT as ACCOUNT_ID
from tests.support.watched import REGION, WatchedAws

ROLE = {"RoleName": "shop-web-task-us-east-1"}
POLICY = {**ROLE, "PolicyName": "fargatectl"}
OPEN = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
)
ANYBODY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "ecs-tasks.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)


def things(aws: WatchedAws) -> Iterator[Thing]:
    for role in aws.items("iam", "ListRoles", "Roles"):
        name = {"RoleName": role["RoleName"]}
        policies = {
            policy: aws.call("iam", "GetRolePolicy", PolicyName=policy, **name)["PolicyDocument"]
            for policy in aws.items("iam", "ListRolePolicies", "PolicyNames", **name)
        }
        attached = list(aws.items("iam", "ListAttachedRolePolicies", "AttachedPolicies", **name))
        yield Thing(
            role["RoleName"],
            {**role, "policies": policies, "attached": attached},
            read(aws.call("iam", "ListRoleTags", **name)["Tags"]),
        )


def foreign(aws: WatchedAws, tags: Tags) -> None:
    """In the path that whoever has these tags would use."""
    whose = Scope(tags[TAG_APP], tags[TAG_ENVIRONMENT]) if TAG_ENVIRONMENT in tags else None
    path = role_path(whose, REGION) if whose else "/"
    aws.call(
        "iam", "CreateRole", **ROLE, Path=path, AssumeRolePolicyDocument=ANYBODY, **given(Tags=upper(tags))
    )


def remove(aws: WatchedAws) -> None:
    aws.call("iam", "DetachRolePolicy", PolicyArn=READ, **ROLE)
    aws.call("iam", "DeleteRolePolicy", **POLICY)
    aws.call("iam", "DeleteRole", **ROLE)


BOUNDARY, OTHER = (f"arn:aws:iam::{ACCOUNT_ID}:policy/{name}" for name in ("bound", "other"))
FULL = "arn:aws:iam::aws:policy/AmazonS3FullAccess"
READ = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
SPEC = f"""\
app: shop
roles: {{boundary: "{BOUNDARY}"}}
services:
  web:
    image: public.example/web:1
    role:
      policies: [AmazonS3ReadOnlyAccess]
      statements: [{{actions: ["s3:PutObject"], resources: ["arn:aws:s3:::shop/*"]}}]
"""


CASE = Case(
    kind="iam.role",
    id="web-task",
    spec=SPEC,
    things=things,
    made_by=("iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy"),
    removed_by=("iam:DeleteRolePolicy", "iam:DetachRolePolicy", "iam:DeleteRole"),
    drifts={
        "trust": (
            Drift(
                "anybody's tasks may assume it",
                call("iam", "UpdateAssumeRolePolicy", PolicyDocument=ANYBODY, **ROLE),
            ),
        ),
        "statements": (
            Drift("it may do everything", call("iam", "PutRolePolicy", PolicyDocument=OPEN, **POLICY)),
            Drift("it may do nothing", call("iam", "DeleteRolePolicy", **POLICY)),
        ),
        "policies": (
            Drift("one more is attached", call("iam", "AttachRolePolicy", PolicyArn=FULL, **ROLE)),
            Drift("it is detached", call("iam", "DetachRolePolicy", PolicyArn=READ, **ROLE)),
        ),
        "boundary": (
            Drift("it is taken away", call("iam", "DeleteRolePermissionsBoundary", **ROLE)),
            Drift(
                "it is another one",
                call("iam", "PutRolePermissionsBoundary", PermissionsBoundary=OTHER, **ROLE),
            ),
        ),
    },
    fixed={
        "account": ACCOUNT,
        "path": "iam:CreateRole gives it for ever; iam:UpdateRole takes no other.",
    },
    foreign=foreign,
    removal=Drift("it is deleted", remove),
)
