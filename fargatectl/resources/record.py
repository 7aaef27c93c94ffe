"""The DNS record that leads from a domain name to the load balancer."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from functools import partial
from typing import Any, ClassVar, Self

from fargatectl.dataclass import dataclass
from fargatectl.engine.events import Notice
from fargatectl.engine.observe import Look
from fargatectl.engine.outputs import Outputs
from fargatectl.engine.resource import FIXED, FieldChange, Live, NotYet, Resource, Settled, Watch
from fargatectl.engine.rights import Operation, Right, Territory
from fargatectl.engine.scope import Scope
from fargatectl.engine.tools import Tools
from fargatectl.resources import _overridable
from fargatectl.resources._dns import INSYNC, alias, change, may_change, txt
from fargatectl.resources._services import TAG_URL, services
from fargatectl.resources.hosted_zone import HostedZone, plain, zone_of, zones
from fargatectl.resources.load_balancer import LoadBalancer, balancers
from fargatectl.resources.service import Service

_MARKS = "_fargatectl"  # the part of a zone where the marks of ownership lie
# Route 53 Developer Guide, "How long does it take for changes to propagate": within 60 seconds, as a rule.
_PATIENCE, _BETWEEN = 300.0, 5.0  # seconds
# NAME-ID.REGION.elb.amazonaws.com of an Application Load Balancer, NAME-ID.elb.REGION.amazonaws.com of a
# Network Load Balancer.
_OF_A_LOAD_BALANCER = re.compile(r"\.(?:([a-z0-9-]+)\.elb|elb\.([a-z0-9-]+))\.amazonaws\.com")


@dataclass(frozen=True, kw_only=True, eq=False)
class Record(Resource):
    """An alias record (type A) of a domain name, with a mark beside it that says whose it is.

    Records carry no tags. The mark is a TXT record, made by the same call (Route 53 takes a batch as a whole
    or not at all): ``NAME.ENVIRONMENT.APP._fargatectl.ZONE``, so that all marks of an app lie together and
    one call a zone finds them. A record without a mark is somebody else's.

    Its `name` is the domain name.
    """

    kind: ClassVar[str] = "route53.record"
    overridable = _overridable.RECORD
    follows: ClassVar[bool] = True
    if_foreign: ClassVar[str] = (
        "Remove or rename the record once nothing needs it. Or give load_balancer.certificate in place of "
        "load_balancer.domain, and lead the name to the load balancer yourself."
    )

    zone: HostedZone = field(metadata=FIXED)
    load_balancer: LoadBalancer

    def values(self, outputs: Outputs) -> dict[str, object]:
        return {
            "zone": outputs.get(self.zone, "zone"),
            "load_balancer": outputs.get(self.load_balancer, "dns_name"),
        }

    @classmethod
    def searches(cls, territory: Territory) -> Sequence[Right]:
        every = (f"arn:{territory.partition}:route53:::hostedzone/*",)
        return (
            Right((Operation.SEARCH,), ("route53:ListHostedZones",)),
            Right((Operation.SEARCH,), ("route53:ListResourceRecordSets",), every),
        )

    def rights(self, territory: Territory) -> Sequence[Right]:
        every = (f"arn:{territory.partition}:route53:::hostedzone/*",)
        names, types = (self.name, f"{{any}}.{_suffix(territory.scope, '{any}')}"), ("A", "TXT")
        changes = (Operation.CREATE, Operation.UPDATE, Operation.PRUNE)
        return (
            Right((Operation.FIND,), ("route53:ListHostedZones",)),
            Right((Operation.FIND,), ("route53:ListResourceRecordSets",), every),
            Right(
                (Operation.FOLLOW,),
                ("route53:GetChange",),
                (f"arn:{territory.partition}:route53:::change/*",),
            ),
            may_change(territory, changes, types, names),
            may_change(territory, (Operation.DELETE,), types, names),
        )

    @classmethod
    def find(cls, look: Look, wanted: Sequence[Self]) -> Iterable[Live]:
        places = {zone_of(look, one.name): None for one in wanted}
        if look.thorough or _hosts(look) - {one.name for one in wanted}:
            places |= dict.fromkeys(zones(look).items())
        parts = look.gather(*[partial(_marks, look, *place) for place in places])
        marked = {name: (zone, mark) for part in parts for name, zone, mark in part}
        names = {one.name for one in wanted}
        asked = {one.name: zone_of(look, one.name)[0] for one in wanted}
        asked |= {name: zone for name, (zone, _) in marked.items()}
        found = look.gather(*[partial(_record, look, zone, name) for name, zone in asked.items()])
        there = dict(zip(asked.items(), found, strict=True))
        wants = [
            _live(name, zone, shown, marked[name][1] if name in marked else None)
            for (name, zone), shown in there.items()
            if name in names and shown  # a mark without a record is nothing, until it is to go
        ]
        return wants + [
            _live(name, zone, shown if _leads_to_ours(look, shown) else None, marked[name][1], shown)
            for (name, zone), shown in there.items()
            if name not in names and not _leads_to_another_region(look, shown)
        ]

    def create(self, tools: Tools, outputs: Outputs) -> Live:
        zone = outputs.need(self.zone, "zone")
        mark = _mark(tools.scope, self.name, outputs.need(self.zone, "suffix"))
        begun = change(tools.aws, zone, ("CREATE", self._alias(outputs)), ("UPSERT", mark))
        return Live(
            self.kind, self.id, self.name, self.address, True, self.values(outputs), {"zone": zone},
            settled=not begun, extra={"change": begun},
        )  # fmt: skip

    def update(self, tools: Tools, live: Live, fields: Mapping[str, FieldChange], outputs: Outputs) -> Live:
        begun = change(tools.aws, live.outputs["zone"], ("UPSERT", self._alias(outputs)))
        extra = {**live.extra, "change": begun}
        return dataclasses.replace(live, fields=self.values(outputs), settled=not begun, extra=extra)

    def watch(self, tools: Tools, live: Live, outputs: Outputs) -> Watch | None:
        return None if live.settled else _Spreading(tools, live.extra["change"], self.name)

    @classmethod
    def delete(cls, tools: Tools, live: Live) -> None:
        zone = live.outputs["zone"]
        # The mark goes last: until then the record is known as ours.
        if live.extra.get("shown"):
            change(tools.aws, zone, ("DELETE", live.extra["shown"]))
        elif live.extra.get("stays"):
            text = f"The DNS record of {live.name} leads elsewhere by now: it stays, as nobody's of this app."
            tools.emit(Notice(text, "warning"))
        change(tools.aws, zone, ("DELETE", live.extra["mark"]))

    def _alias(self, outputs: Outputs) -> Mapping[str, Any]:
        balancer = self.load_balancer
        leading = alias(self.name, outputs.need(balancer, "dns_name"), outputs.need(balancer, "zone"))
        # The mark goes with it in the same call, and none of this into that.
        return self.overrides.merged_into(_overridable.RECORD_SET, leading)


class _Spreading:
    """Waits until all name servers of Route 53 know a record: until then its address may not work."""

    def __init__(self, tools: Tools, change: str, name: str) -> None:
        self._tools, self._change, self._name = tools, change, name
        self._until = tools.clock() + _PATIENCE

    def poll(self) -> NotYet | Settled:
        shown = self._tools.aws.call("route53", "GetChange", Id=self._change)["ChangeInfo"]
        if shown["Status"] == INSYNC:
            return Settled("all name servers know it")
        if self._tools.clock() < self._until:
            return NotYet("waiting for Route 53's name servers", _BETWEEN)
        text = (
            f"Not all name servers of Route 53 know {self._name} yet: its address may take a while to work."
        )
        self._tools.emit(Notice(text, "warning"))
        return Settled("not known everywhere yet")

    def abandon(self) -> str:
        return f"Route 53 goes on telling its name servers of {self._name}"


def _suffix(scope: Scope, zone: str) -> str:
    return f"{scope.environment}.{scope.app}.{_MARKS}.{zone}"


def _mark(scope: Scope, name: str, zone: str) -> Mapping[str, Any]:
    inside = name.removesuffix(zone).rstrip(".").replace("*", "_any") or "_zone"
    return txt(f"{inside}.{_suffix(scope, zone)}", f"fargatectl {name}")


def _hosts(look: Look) -> set[str]:
    """The names that our services were reached by: their records may be there still."""
    found = services(look, [one.address for one in look.wanted(Service)])
    urls = [one.tags.get(TAG_URL, "") for one in found if one.owned]
    hosts = {url.partition("://")[2].partition("/")[0].partition(":")[0] for url in urls}
    return {host for host in hosts if host and not host.endswith(".amazonaws.com")}


def _sets(look: Look, zone: str, start: str) -> Iterable[Mapping[str, Any]]:
    """The record sets of a zone from a name on, in Route 53's order: by the parts of names from the right."""
    shown: Iterable[Mapping[str, Any]] = look.aws.items(
        "route53", "ListResourceRecordSets", "ResourceRecordSets", HostedZoneId=zone, StartRecordName=start,
        PaginationConfig={"PageSize": 100},
    )  # fmt: skip
    return shown


def _marks(look: Look, zone: str, suffix: str) -> list[tuple[str, str, Mapping[str, Any]]]:
    """(domain name, zone, mark) of each record of ours in a zone."""
    start, found = _suffix(look.scope, suffix), []
    for one in _sets(look, zone, start):
        if not plain(one["Name"]).endswith(f".{start}"):
            break
        text = str(one.get("ResourceRecords", [{}])[0].get("Value", "")).strip('"')
        if one["Type"] == "TXT" and text.startswith("fargatectl "):
            found.append((text.partition(" ")[2], zone, one))
    return found


def _record(look: Look, zone: str, name: str) -> Mapping[str, Any] | None:
    """What a name leads to: an address record, or another name."""
    for one in _sets(look, zone, name):
        if plain(one["Name"]) != name:
            break
        if one["Type"] in ("A", "AAAA", "CNAME"):
            return one
    return None


def _target(shown: Mapping[str, Any] | None) -> str:
    """The domain name that an alias leads to; empty for none."""
    return plain((shown or {}).get("AliasTarget", {}).get("DNSName", "")).removeprefix("dualstack.")


def _leads_to_another_region(look: Look, shown: Mapping[str, Any] | None) -> bool:
    """Whether it leads to a load balancer there, as that of an app that has moved: marks have no region."""
    found = _OF_A_LOAD_BALANCER.search(_target(shown))
    return found is not None and look.aws.region not in found.groups()


def _leads_to_ours(look: Look, shown: Mapping[str, Any] | None) -> bool:
    """Whether it leads to a load balancer of this region, or to ours where names have another form."""
    target = _target(shown)
    if not target or _OF_A_LOAD_BALANCER.search(target):
        return bool(target) and not _leads_to_another_region(look, shown)
    return target in {plain(str(one.shown.get("DNSName", ""))) for one in balancers(look) if one.owned}


def _live(
    name: str,
    zone: str,
    shown: Mapping[str, Any] | None,
    mark: Mapping[str, Any] | None,
    stays: Mapping[str, Any] | None = None,
) -> Live:
    return Live(
        Record.kind,
        name if mark else "",
        name,
        name,
        mark is not None,
        {"zone": zone, "load_balancer": _target(shown) if shown and shown["Type"] == "A" else None},
        {"zone": zone},
        extra={"shown": shown, "mark": mark, "stays": None if shown else stays},
        raw=shown or {},
    )
