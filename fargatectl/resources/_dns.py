"""Changes of records in Route 53."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fargatectl.aws.errors import done_if_gone
from fargatectl.resources.hosted_zone import plain, zone_id

TTL = 60  # seconds

RecordSet = Mapping[str, Any]


def change(aws: Any, zone: str, *changes: tuple[str, RecordSet]) -> None:
    """One batch, all or nothing; removing what is not there is no error.

    Args:
        zone: The zone's id.
        changes: (``CREATE``, ``UPSERT`` or ``DELETE``, record set).
    """
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": dict(record)} for action, record in changes]}
    if {action for action, _ in changes} != {"DELETE"}:
        aws.call("route53", "ChangeResourceRecordSets", HostedZoneId=zone, ChangeBatch=batch)
        return
    with done_if_gone():
        aws.call("route53", "ChangeResourceRecordSets", HostedZoneId=zone, ChangeBatch=batch)


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
