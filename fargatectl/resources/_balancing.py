"""What the kinds of Elastic Load Balancing share: names, tags, and one look at each list for all of them.

Names: a load balancer or target group is called ``<logical name>-<mark>`` in AWS. The mark is a hash of what
AWS cannot change in place, so that one that takes another's place can stand beside it until the users have
moved (Elastic Load Balancing API reference: names are unique within account and region).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from fargatectl.aws.errors import AwsError
from fargatectl.engine.observe import Look
from fargatectl.resources._tags import index, read

LONGEST_NAME = 25  # of 32 characters, less the mark
_MARK = re.compile(r"-[0-9a-f]{6}$")
_BATCH = 20  # Elastic Load Balancing API reference, DescribeTags

Shown = Mapping[str, Any]


def marked(name: str, *fixed: object) -> str:
    """The name in AWS of what has this logical name and these fields that never change."""
    return f"{name}-{hashlib.sha256(repr(fixed).encode()).hexdigest()[:6]}"


def logical(name: str) -> str:
    """The logical name of what is called so in AWS."""
    return _MARK.sub("", name)


def hinted(look: Look, part: str) -> set[str]:
    """ARNs that the index says are ours.

    Args:
        part: What the resource part of the ARN begins with, such as ``loadbalancer/``.
    """
    parts = {arn: arn.split(":", 5) for arn in index(look)}
    return {
        arn
        for arn, (*_, service, _, _, rest) in parts.items()
        if service == "elasticloadbalancing" and rest.startswith(part)
    }


def listed(look: Look, part: str, ask: Callable[[], list[Shown]], *, wanted: bool) -> list[Shown]:
    """All of a kind in the account, where one is wanted or may be ours; otherwise no call is made.

    Args:
        part: As in `hinted`.
        ask: Lists them.
    """
    return ask() if wanted or look.thorough or hinted(look, part) else []


def tags_of(look: Look, arns: Sequence[str]) -> dict[str, dict[str, str]]:
    """ARN -> tags: from the index, where that knows them and nothing is to be removed by them; else asked."""
    known = {} if look.thorough else index(look)
    missing = [arn for arn in arns if arn not in known]
    batches = [missing[start : start + _BATCH] for start in range(0, len(missing), _BATCH)]
    asked = look.gather(*[lambda part=part: _described(look, part) for part in batches])
    found = {str(one["ResourceArn"]): read(one.get("Tags")) for part in asked for one in part}
    return {arn: known.get(arn) or found.get(arn, {}) for arn in arns}


def _described(look: Look, arns: Sequence[str]) -> list[Shown]:
    """One that is gone meanwhile fails the whole call: the others are then asked for one by one."""
    try:
        answer: list[Shown] = look.aws.call("elbv2", "DescribeTags", ResourceArns=list(arns))[
            "TagDescriptions"
        ]
    except AwsError as error:
        if not error.gone:
            raise
        if len(arns) == 1:
            return []
        return [one for arn in arns for one in _described(look, [arn])]
    return answer


def found_or(ask: Callable[[], list[Shown]]) -> list[Shown]:
    """What a call about one thing answers; nothing where that thing is gone meanwhile."""
    try:
        return ask()
    except AwsError as error:
        if error.gone:
            return []
        raise


def attributes(pairs: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """A mapping from the ``Attributes`` of a load balancer or target group."""
    return {str(one["Key"]): str(one.get("Value", "")) for one in pairs}


def pairs(attributes: Mapping[str, str]) -> list[dict[str, str]]:
    """The other way round."""
    return [{"Key": key, "Value": value} for key, value in attributes.items()]
