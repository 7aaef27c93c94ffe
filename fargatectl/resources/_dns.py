"""Changes of records in Route 53."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fargatectl.aws.errors import done_if_gone
from fargatectl.engine.rights import Operation, Right, Territory
from fargatectl.resources.hosted_zone import plain, zone_id

TTL = 60  # seconds
INSYNC = "INSYNC"  # Route 53 API reference, ChangeInfo
_CONDITION = "route53:ChangeResourceRecordSets"  # what its condition keys begin with

RecordSet = Mapping[str, Any]


def may_change(
    territory: Territory, operations: tuple[Operation, ...], types: tuple[str, ...], names: tuple[str, ...]
) -> Right:
    """The permission to change records of these names and types, in whatever zone of the account.

    Which zone that is nobody knows before it is looked for. Removals may only delete.
    Source: Route 53 Developer Guide, "Using IAM policy conditions for fine-grained access control".

    Args:
        names: As people write them, or patterns with ``{any}`` for any characters.
    """
    keys: dict[str, tuple[str, ...]] = {f"{_CONDITION}RecordTypes": types}
    if set(operations) == {Operation.DELETE}:
        keys[f"{_CONDITION}Actions"] = ("DELETE",)
    patterns = tuple(one.replace("*", "\\052").replace("{any}", "*") for one in names)
    return Right(
        operations,
        ("route53:ChangeResourceRecordSets",),
        (f"arn:{territory.partition}:route53:::hostedzone/*",),
        when={"ForAllValues:StringEquals": keys},
        among={"ForAllValues:StringLike": {f"{_CONDITION}NormalizedRecordNames": patterns}},
    )


def change(aws: Any, zone: str, *changes: tuple[str, RecordSet]) -> str:
    """One batch, all or nothing; removing what is not there is no error.

    Args:
        zone: The zone's id.
        changes: (``CREATE``, ``UPSERT`` or ``DELETE``, record set).

    Returns:
        The id of the change, where Route 53's name servers have yet to learn of it; else empty.
    """
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": dict(record)} for action, record in changes]}
    if {action for action, _ in changes} != {"DELETE"}:
        answer = aws.call("route53", "ChangeResourceRecordSets", HostedZoneId=zone, ChangeBatch=batch)
        info = answer["ChangeInfo"]
        return "" if info["Status"] == INSYNC else str(info["Id"]).rpartition("/")[2]
    with done_if_gone():
        aws.call("route53", "ChangeResourceRecordSets", HostedZoneId=zone, ChangeBatch=batch)
    return ""


def cname(name: str, value: str) -> RecordSet:
    """A name that stands for another."""
    return {"Name": name, "Type": "CNAME", "TTL": TTL, "ResourceRecords": [{"Value": value}]}


def txt(name: str, value: str) -> RecordSet:
    """A text of printable ASCII without quotation marks."""
    return {"Name": name, "Type": "TXT", "TTL": TTL, "ResourceRecords": [{"Value": f'"{value}"'}]}


def alias(name: str, target: str, zone: str) -> RecordSet:
    """A name that stands for a load balancer.

    Args:
        target: The load balancer's DNS name.
        zone: The id of AWS's zone of that name.
    """
    to = {"DNSName": target, "HostedZoneId": zone, "EvaluateTargetHealth": False}
    return {"Name": name, "Type": "A", "AliasTarget": to}


def zone_in(aws: Any, name: str) -> str | None:
    """The id of the public zone that a name lies in; None where there is none."""
    wanted = plain(name)
    fitting = [
        (len(str(one["Name"])), zone_id(one))
        for one in aws.items("route53", "ListHostedZones", "HostedZones")
        if f".{wanted}".endswith(f".{plain(one['Name'])}") and not one.get("Config", {}).get("PrivateZone")
    ]
    return max(fitting)[1] if fitting else None
