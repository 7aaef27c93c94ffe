"""The role that ECS itself works with in an account (its service-linked role), made when it is missing.

Source: Amazon ECS Developer Guide, "Using service-linked roles for Amazon ECS". It is never deleted: other
apps of the account need it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from fargatectl.aws.errors import AwsError
from fargatectl.engine.rights import Operation, Right, Territory
from fargatectl.engine.tools import Tools

_SERVICE = "ecs.amazonaws.com"


@contextmanager
def linked_role(tools: Tools) -> Iterator[None]:
    """Make the role when a call in the block fails for want of it; the error goes on: the engine retries."""
    try:
        yield
    except AwsError as error:
        if "service linked role" in error.text.lower():
            _make(tools)
        raise


def linked_role_right(
    territory: Territory, service: str = _SERVICE, name: str = "AWSServiceRoleForECS"
) -> Right:
    """The permission to make one: this one role, for this one service.

    Some services make their role themselves, with the permissions of whoever calls: Elastic Load Balancing
    does at CreateLoadBalancer (its user guide, "Service-linked roles").
    """
    return Right(
        (Operation.CREATE,),
        ("iam:CreateServiceLinkedRole",),
        (territory.global_arn("iam", f"role/aws-service-role/{service}/{name}*"),),
        {"StringEquals": {"iam:AWSServiceName": service}},
    )


def _make(tools: Tools) -> None:
    try:
        tools.aws.call("iam", "CreateServiceLinkedRole", AWSServiceName=_SERVICE)
    except AwsError as error:
        # It exists by now: somebody else, or the try before, has made it.
        if not error.exists and error.error not in ("InvalidInput", "InvalidInputException"):
            raise
