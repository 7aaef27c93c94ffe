"""AWS's spellings of tags, and the index of everything tagged as ours."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from fargatectl.engine.observe import Look
from fargatectl.engine.scope import TAG_APP, TAG_ENVIRONMENT

# What the index is asked for: kinds whose own list call can neither show nor filter by tags, those that a
# spec may rename, which would be out of sight under their old names, and those that few specs have.
_INDEXED = (
    "acm:certificate", "ecr:repository", "ecs:cluster", "elasticfilesystem", "elasticloadbalancing",
    "logs:log-group",
    "ec2:egress-only-internet-gateway", "ec2:elastic-ip", "ec2:internet-gateway", "ec2:natgateway",
    "ec2:route-table", "ec2:subnet", "ec2:vpc", "ec2:vpc-endpoint", "cloudwatch", "sns",
)  # fmt: skip


def upper(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """``[{"Key": ..., "Value": ...}]``: EC2, IAM, ECR."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def lower(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """``[{"key": ..., "value": ...}]``: ECS."""
    return [{"key": key, "value": value} for key, value in tags.items()]


def read(tags: Iterable[Mapping[str, str]] | None) -> dict[str, str]:
    """A mapping from either spelling."""
    return {
        str(tag.get("Key", tag.get("key"))): str(tag.get("Value", tag.get("value", ""))) for tag in tags or ()
    }


_COLONS = 5  # of an ARN at least; what has fewer is none, and no hint


def index(look: Look) -> dict[str, dict[str, str]]:
    """ARN -> tags of what the Resource Groups Tagging API (GetResources) says is ours.

    It lags behind by seconds and may name what is already deleted: a hint of where to look, never proof.
    """

    def ask() -> dict[str, dict[str, str]]:
        found = look.aws.items(
            "resourcegroupstaggingapi",
            "GetResources",
            "ResourceTagMappingList",
            TagFilters=[
                {"Key": TAG_APP, "Values": [look.scope.app]},
                {"Key": TAG_ENVIRONMENT, "Values": [look.scope.environment]},
            ],
            ResourceTypeFilters=list(_INDEXED),
        )
        tags = {str(one["ResourceARN"]): read(one.get("Tags")) for one in found}
        return {arn: own for arn, own in tags.items() if arn.count(":") >= _COLONS}

    return look.once("index", ask)


def indexed(look: Look, service: str, separator: str) -> dict[str, dict[str, str]]:
    """Name -> tags of the indexed resources of one kind: what follows `separator` in their ARNs.

    Args:
        service: The ARN's service, such as ``ecr``.
        separator: Such as ``:repository/``.
    """
    return {
        arn.partition(separator)[2].removesuffix(":*"): tags
        for arn, tags in index(look).items()
        if arn.split(":")[2] == service and separator in arn
    }


def canonical(document: Any) -> str:
    """A policy document as one line that is equal when the policy is."""
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except ValueError:
            return str(document)  # no policy: unlike all that is wanted
    return json.dumps(document, sort_keys=True, separators=(",", ":"))
