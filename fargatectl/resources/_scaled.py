"""The services whose count Application Auto Scaling decides, and what it knows of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from fargatectl.aws.errors import AwsError
from fargatectl.engine.observe import Look
from fargatectl.resources._services import TAG_SCALED, Found, services
from fargatectl.resources.service import Service

API = "application-autoscaling"
DIMENSION = "ecs:service:DesiredCount"
ECS = {"ServiceNamespace": "ecs", "ScalableDimension": DIMENSION}
_BATCH = 50  # Application Auto Scaling API reference, DescribeScalableTargets


def scaled(look: Look) -> list[Found]:
    """Our services that are or once were scaled, by a tag of theirs: where there is none, nobody is asked."""
    found = services(look, {one.address for one in look.wanted(Service)})
    return [one for one in found if one.owned and TAG_SCALED in one.tags]


def described(look: Look, addresses: Iterable[str]) -> list[Mapping[str, Any]]:
    """The scalable targets of services, by the services' addresses."""
    ids = sorted(f"service/{one}" for one in addresses)
    parts = look.gather(
        *[partial(_targets, look, ids[start : start + _BATCH]) for start in range(0, len(ids), _BATCH)]
    )
    return [one for part in parts for one in part]


def details(
    look: Look, target: Mapping[str, Any], *, whole: bool
) -> tuple[dict[str, str], list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """The tags of a target and, where they are wanted, its policies and its scheduled actions."""
    here = {**ECS, "ResourceId": target["ResourceId"]}
    asks = [
        lambda: _tags(look, str(target.get("ScalableTargetARN", ""))),
        lambda: list(
            look.aws.items("application-autoscaling", "DescribeScalingPolicies", "ScalingPolicies", **here)
        ),
        lambda: list(
            look.aws.items("application-autoscaling", "DescribeScheduledActions", "ScheduledActions", **here)
        ),
    ]
    tags, *more = look.gather(*(asks if whole else asks[:1]))
    policies, actions = more or ([], [])
    return tags, policies, actions


def _targets(look: Look, ids: list[str]) -> list[Mapping[str, Any]]:
    return list(
        look.aws.items(
            "application-autoscaling", "DescribeScalableTargets", "ScalableTargets", **ECS, ResourceIds=ids
        )
    )


def _tags(look: Look, arn: str) -> dict[str, str]:
    """Very old targets have no ARN, and so no tags."""
    if not arn:
        return {}
    try:
        found: dict[str, str] = look.aws.call(
            "application-autoscaling", "ListTagsForResource", ResourceARN=arn
        ).get("Tags", {})
    except AwsError as error:
        if error.gone:  # between the two calls
            return {}
        raise
    return found
