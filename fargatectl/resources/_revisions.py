"""Which revisions of a task definition family matter: the one to compare with, and those to remove."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from fargatectl.aws.errors import AwsError
from fargatectl.engine.observe import Look
from fargatectl.engine.resource import Live
from fargatectl.engine.scope import TAG_ID
from fargatectl.resources._services import TAG_REVISION, Found, services
from fargatectl.resources._tags import read

TAG_FINGERPRINT = "fargatectl:fingerprint"
TAG_OVERRIDDEN = "fargatectl:overridden"
KEPT = 10  # revisions of a family that stay registered, to roll back to

_AHEAD = 10  # families that are read before it is known whether they differ

Made = Callable[[str], bool]
"""Whether a revision of this fingerprint is what is wanted."""

Fields = Callable[[Mapping[str, Any]], dict[str, object]]
Described = tuple[Mapping[str, Any], dict[str, str]]  # a task definition and its tags
Newest = tuple[list[str], Described | None]


def find(
    look: Look,
    kind: str,
    wanted: Mapping[str, tuple[str, Made]],
    fields: Fields,
    read: Collection[str] = (),
) -> list[Live]:
    """The live revision of each wanted family, and all that is to be removed.

    Args:
        wanted: Family -> (address of its service, what is wanted).
        read: Families of which more counts than the fingerprint.
    """
    addresses = [address for address, _ in wanted.values()]
    # Each takes calls of its own: for an app of many, only those that differ are read.
    ahead = list(wanted) if look.at_once and len(wanted) <= _AHEAD else []
    found, there, *newest = look.gather(
        lambda: {one.address: one for one in services(look, addresses)},
        lambda: families(look),
        *[partial(_newest, look, family) for family in ahead],
    )
    early = dict(zip(ahead, newest, strict=True))
    asks: list[Callable[[], list[Live]]] = []
    for family, (address, made) in wanted.items():
        service = found.get(address)
        service = service if service and service.owned else None
        known = said(service)
        same = service and known and short(known[0]).startswith(f"{family}:") and made(known[1])
        if known and same and family not in read:
            # Registered revisions never change: the service's tag spares reading this one.
            asks.append(partial(_known, kind, *known))
        elif family in there:
            running = str(service.raw["taskDefinition"]) if service else ""
            known = early.get(family)
            asks.append(partial(_chosen, look, kind, family, running, made, fields, known))
    asks += [
        partial(_all, look, kind, family)
        for family in sorted(there - set(wanted))
        if family.startswith(f"{look.scope.prefix}-")
    ]
    return [live for part in look.gather(*asks) for live in part]


def live(
    kind: str,
    definition: Mapping[str, Any],
    tags: Mapping[str, str],
    owned: bool,
    fields: Mapping[str, object],
    cause: str = "",
) -> Live:
    """A revision as DescribeTaskDefinition shows it."""
    family, arn = str(definition["family"]), str(definition["taskDefinitionArn"])
    fingerprint = tags.get(TAG_FINGERPRINT, "")
    extra = {
        "status": definition.get("status", "ACTIVE"), "tags": tags, **({"cause": cause} if cause else {})
    }  # fmt: skip
    return Live(
        kind, tags.get(TAG_ID, ""), family, family, owned,
        {**fields, "overridden": tags.get(TAG_OVERRIDDEN, "")},
        {"arn": arn, "revision": arn.rpartition(":")[2], "fingerprint": fingerprint},
        fingerprint=of_spec(fingerprint), extra=extra, raw=definition,
    )  # fmt: skip


def families(look: Look) -> set[str]:
    """The families of the app's services, and of what else has a name that begins so."""

    def ask() -> set[str]:
        start = f"{look.scope.prefix}-"
        return set(look.aws.items("ecs", "ListTaskDefinitionFamilies", "families", familyPrefix=start))

    return look.once("families", ask)


def of_spec(fingerprint: str) -> str:
    """The part of a fingerprint that no moved tag of an image changes."""
    return fingerprint.partition(".")[0]


def short(arn: str) -> str:
    """``family:revision`` of a task definition's ARN."""
    return arn.rpartition("/")[2]


def said(service: Found | None) -> tuple[str, str] | None:
    """The (ARN, fingerprint) of a service's task definition, where its tag speaks of that very revision."""
    if service is None:
        return None
    arn = str(service.raw["taskDefinition"])
    revision, fingerprint, _ = (*service.tags.get(TAG_REVISION, "").split(":"), "", "")[:3]
    return (arn, fingerprint) if revision == arn.rpartition(":")[2] else None


def _known(kind: str, arn: str, fingerprint: str) -> list[Live]:
    definition = {"family": short(arn).rpartition(":")[0], "taskDefinitionArn": arn}
    return [live(kind, definition, {TAG_FINGERPRINT: fingerprint}, True, {})]


def _describe(look: Look, name: str) -> Described:
    answer = look.aws.call("ecs", "DescribeTaskDefinition", taskDefinition=name, include=["TAGS"])
    return answer["taskDefinition"], read(answer.get("tags"))


def _arns(look: Look, family: str, status: str) -> list[str]:
    return list(
        look.aws.items(
            "ecs",
            "ListTaskDefinitions",
            "taskDefinitionArns",
            familyPrefix=family,
            status=status,
            sort="DESC",
        )
    )


def _newest(look: Look, family: str) -> Newest:
    """The active revisions of a family, and the newest of them as it is described."""

    def ask() -> Described | None:
        try:
            return _describe(look, family)
        except AwsError as error:
            if error.gone:
                return None
            raise

    arns, described = look.gather(lambda: _arns(look, family, "ACTIVE"), ask)
    return arns, described


def _chosen(
    look: Look,
    kind: str,
    family: str,
    running: str,
    made: Made,
    fields: Fields,
    known: Newest | None,
) -> list[Live]:
    """The revision to compare with: one that is what is wanted, else the one that runs, else the newest."""
    arns, newest = known or (_arns(look, family, "ACTIVE"), None)
    at_hand = {str(newest[0]["taskDefinitionArn"]): newest} if newest else {}
    candidates = list(dict.fromkeys([*([running] if running else []), *arns[:1]]))
    described = look.gather(*[lambda arn=arn: at_hand.get(arn) or _describe(look, arn) for arn in candidates])
    lives = [
        # What our service runs is ours to replace, even where somebody registered it by hand.
        live(kind, definition, tags, arn == running or look.scope.owns(tags), fields(definition))
        for arn, (definition, tags) in zip(candidates, described, strict=True)
    ]
    same = [one for one in lives if made(one.outputs["fingerprint"])]
    # What it was made from says nothing where that is not all that is wanted.
    chosen = same[:1] or [replace(one, fingerprint="") for one in lives[:1]]
    if chosen and chosen[0].owned:
        used = {running, chosen[0].outputs["arn"]}
        cause = f"older than the last {KEPT} revisions"
        chosen += [_bare(kind, arn, "ACTIVE", cause) for arn in arns[KEPT:] if arn not in used]
    return chosen


def _all(look: Look, kind: str, family: str) -> list[Live]:
    """Every revision of a family that the spec no longer has, if it is ours."""
    arns, inactive = look.gather(
        lambda: _arns(look, family, "ACTIVE"), lambda: _arns(look, family, "INACTIVE")
    )
    known = [*arns, *inactive]
    # The newest may be somebody's by hand: whoever made the oldest made the family.
    asked = dict.fromkeys([*known[:1], *known[-1:]])
    described = look.gather(*[lambda arn=arn: _describe(look, arn) for arn in asked])
    if not any(look.scope.owns(tags) for _, tags in described):
        return []
    return [
        *(_bare(kind, arn, "ACTIVE") for arn in arns),
        *(_bare(kind, arn, "INACTIVE") for arn in inactive),
    ]


def _bare(kind: str, arn: str, status: str, cause: str = "") -> Live:
    definition = {"family": short(arn).rpartition(":")[0], "taskDefinitionArn": arn, "status": status}
    return live(kind, definition, {}, True, {}, cause)
