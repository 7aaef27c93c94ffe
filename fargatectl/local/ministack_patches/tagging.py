"""GetResources also lists log groups, secrets, security groups and load balancers.

And it takes resource types whose ids hold a slash.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import alb, cloudwatch_logs, ec2, tagging

from .patching import replace


def _log_groups() -> Iterator[tuple[str, list[dict[str, str]]]]:
    for name, group in cloudwatch_logs._log_groups.items():
        arn = cloudwatch_logs._make_group_arn_no_star(name)
        yield arn, tagging._normalise_flat(group.get("tags"))


# What the id of a thing of EC2's begins with -> the type in its ARN.
_OF_NETWORKS = {
    "eigw": "egress-only-internet-gateway", "eipalloc": "elastic-ip", "igw": "internet-gateway",
    "nat": "natgateway", "rtb": "route-table", "subnet": "subnet", "vpc": "vpc", "vpce": "vpc-endpoint",
}  # fmt: skip


def _of_ec2() -> Iterator[tuple[str, list[dict[str, str]]]]:
    for group_id in ec2._security_groups:
        yield ec2._security_group_arn(group_id), tagging._normalise_list(ec2._tags.get(group_id))
    for thing, tags in list(ec2._tags.items()):
        kind = _OF_NETWORKS.get(thing.partition("-")[0])
        if kind:
            arn = f"arn:aws:ec2:{get_region()}:{get_account_id()}:{kind}/{thing}"
            yield arn, tagging._normalise_list(tags)


def _load_balancing() -> Iterator[tuple[str, list[dict[str, str]]]]:
    for arn, tags in alb._tags.items():
        yield arn, tagging._normalise_list(tags)


def matches_type_filters(arn: str, type_filters: list[str]) -> bool:
    """Whether `arn` is of one of the types: ``service`` or ``service:type``.

    The type ends at the first colon or slash of the resource part, whichever comes first:
    ``log-group:/ecs/web`` is a ``log-group``.
    """
    if not type_filters:
        return True
    _, _, service, _, _, resource = arn.split(":", 5)
    kind = resource.replace("/", ":").split(":", 1)[0]
    return any(wanted in (service, f"{service}:{kind}") for wanted in type_filters)


def _only_tagged(original: Any) -> Any:
    """GetResources returns resources that have, or had, tags; never untagged ones."""

    def matches_tag_filters(tags: list[dict[str, str]], filters: list[dict[str, Any]]) -> bool:
        return bool(tags) and bool(original(tags, filters))

    return matches_tag_filters


def install() -> None:
    """Add the collectors and replace the two filters."""
    tagging._COLLECTORS["logs"] = _log_groups
    tagging._COLLECTORS["ec2"] = _of_ec2
    tagging._COLLECTORS["elasticloadbalancing"] = _load_balancing
    tagging._COLLECTORS["secretsmanager"] = tagging._collect_secretsmanager
    replace(tagging, "_matches_type_filters", lambda _original: matches_type_filters)
    replace(tagging, "_matches_tag_filters", _only_tagged)
