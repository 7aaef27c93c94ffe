"""What Route 53 asks for, and what it tests when records are changed; see `permissions`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .permissions_known import Known

CHANGES = ("route53:ChangeResourceRecordSets",)
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_.")


def changes(operation: str, parameters: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Condition key -> values: of all changes of a batch.

    Source: Route 53 Developer Guide, "Using IAM policy conditions for fine-grained access control". The local
    AWS asks without them: it does not read a batch, which is XML.
    """
    batch = parameters.get("ChangeBatch", {}).get("Changes", ())
    if not batch:
        return {}
    return {
        f"{operation}NormalizedRecordNames": _each(
            _normal(one["ResourceRecordSet"]["Name"]) for one in batch
        ),
        f"{operation}RecordTypes": _each(one["ResourceRecordSet"]["Type"] for one in batch),
        f"{operation}Actions": _each(one["Action"] for one in batch),
    }


def _each(values: Any) -> tuple[str, ...]:
    return tuple(sorted(set(values)))


def _normal(name: str) -> str:
    """In lower case, without the last dot, all but a-z, 0-9, ``-``, ``_`` and ``.`` in octal."""
    plain = name.lower().rstrip(".").replace("\\052", "*")
    return "".join(one if one in _PLAIN else f"\\{ord(one):03o}" for one in plain)


def _zone(parameters: Mapping[str, Any], _: Known) -> list[str]:
    return [f"arn:aws:route53:::hostedzone/{str(parameters['HostedZoneId']).rpartition('/')[2]}"]


def _change(parameters: Mapping[str, Any], _: Known) -> list[str]:
    return [f"arn:aws:route53:::change/{str(parameters['Id']).rpartition('/')[2]}"]


DNS: dict[str, Callable[[Mapping[str, Any], Known], list[str]]] = {
    "route53:ChangeResourceRecordSets": _zone,
    "route53:GetChange": _change,
    "route53:ListResourceRecordSets": _zone,
}
