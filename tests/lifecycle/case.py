"""What the suite has to know of a kind: a `Case`, or a `LookedUp` where it is never made.

Each kind has one file in `tests/lifecycle/cases/`, whose `CASE` is one of the two. Names in it are those of
the app that `spec` describes: its name is ``shop``, and it runs in the default environment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.support.apps import ONE
from tests.support.watched import WatchedAws

Meddle = Callable[[WatchedAws], object]
Tags = dict[str, str]
Change = tuple[str, str, list[str]]
"""Of a plan: action, kind, fields; see `tests.support.apps.changed`."""

ASPECTS = {
    "foreign": "somebody else's holds its name",
    "tags": "it carries tags, given by the call that makes it",
    "prune": "it is removed once the spec has no use for it",
    "delete": "`down` removes it by a call of its own",
    "repetition": "the call that makes it is sent again when its answer was lost",
}
"""What a kind may be unable to, with a reason in `Case.cannot`."""


@dataclass(frozen=True)
class Thing:
    """One thing of a kind, as AWS's own calls show it, whoever made it.

    Attributes:
        name: Unique within the kind.
        shown: All that AWS shows of it, tags excepted.
        given: AWS itself made it, as it does in every account.
    """

    name: str
    shown: Mapping[str, Any]
    tags: Mapping[str, str] = field(default_factory=dict)
    given: bool = False


@dataclass(frozen=True)
class Drift:
    """A change behind our back, and what the next plan must say of it: exactly that, and nothing else.

    Attributes:
        name: What happened, in a few words; the test's name ends with them.
        meddle: Does it.
        fields: As the plan names them, where it is not just the field that this is a drift of.
        also: The changes of other resources that follow from it.
    """

    name: str
    meddle: Meddle
    fields: Sequence[str] = ()
    also: Sequence[Change] = ()


@dataclass(frozen=True, kw_only=True)
class Case:
    """A kind that is made and removed.

    Attributes:
        kind: Such as ``logs.log_group``.
        id: Of the one in `spec` that is meddled with.
        spec: A text that wants one.
        things: Everything of the kind in the account, whoever made it.
        made_by: The calls that make it, ``service:Operation``, in order: the first creates it.
        removed_by: The calls that remove it.
        drifts: Field -> what can happen to it.
        fixed: Field -> why it cannot drift: names the operation of AWS's API that settles it.
        foreign: Makes one that has its name and these tags. What it needs besides, it makes too.
        lodger: Such a one lives inside one of ours, so that `down` refuses to touch either.
        removal: It is removed behind our back, and what then must be made or changed besides it.
        without: A spec of the same app that has no use for it. By default the app of `spec`, less it and all
            that needs it.
        prod: What must differ in another environment.
        cannot: Aspect (see `ASPECTS`) -> why it does not hold, as in `fixed`.
    """

    kind: str
    id: str
    things: Callable[[WatchedAws], Iterable[Thing]]
    made_by: Sequence[str]
    removed_by: Sequence[str]
    removal: Drift
    spec: str = ONE
    drifts: Mapping[str, Sequence[Drift]] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)
    foreign: Callable[[WatchedAws, Tags], object] | None = None
    lodger: bool = False
    without: str = ""
    cannot: Mapping[str, str] = field(default_factory=dict)
    prod: str = "{}"

    def own(self, aws: WatchedAws) -> list[Thing]:
        """Those in the account that AWS did not make itself."""
        return [thing for thing in self.things(aws) if not thing.given]


@dataclass(frozen=True, kw_only=True)
class LookedUp:
    """A kind that is never made: found, or said to be missing before anything is made; left as it was.

    Attributes:
        kind: Such as ``ec2.network``.
        id: Of the one in the specs.
        found: A way to name it -> makes what is named; the spec that names it, and what its outputs must be.
        used: Those outputs, as the requests of the run that used them have them.
        things: What must be the same before the first `up` and after the last `down`.
        missing: What is not there -> sees to that; the spec that wants it, and a part of the error.
        never_missing: Why there is no such way, as in `Case.fixed`.
    """

    kind: str
    id: str
    found: Mapping[str, Callable[[WatchedAws], tuple[str, Mapping[str, str]]]]
    used: Callable[[WatchedAws], Mapping[str, str]]
    things: Callable[[WatchedAws], Iterable[Thing]]
    missing: Mapping[str, Callable[[WatchedAws], tuple[str, str]]] = field(default_factory=dict)
    never_missing: str = ""
