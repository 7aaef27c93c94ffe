"""The Route 53 hosted zone that a name lies in: looked up, never changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Self

from fargatectl.dataclass import dataclass
from fargatectl.engine.observe import Look
from fargatectl.engine.resource import Live, Lookup
from fargatectl.engine.rights import Operation, Right, Territory
from fargatectl.errors import UsageError


@dataclass(frozen=True, kw_only=True, eq=False)
class HostedZone(Lookup):
    """The public zone of the account whose name is the longest end of a domain name.

    Its `name` is that domain name. Outputs: ``zone`` (id), ``suffix`` (the zone's own name).
    """

    kind: ClassVar[str] = "route53.zone"

    def rights(self, territory: Territory) -> Sequence[Right]:
        return (Right((Operation.FIND,), ("route53:ListHostedZones",)),)

    @classmethod
    def find(cls, look: Look, wanted: Sequence[Self]) -> Iterable[Live]:
        return [_live(look, one.id, one.name) for one in wanted]


def zones(look: Look) -> dict[str, str]:
    """Id -> name of each public zone; asked once for all."""

    def ask() -> dict[str, str]:
        shown = look.aws.items("route53", "ListHostedZones", "HostedZones")
        return {zone_id(one): plain(one["Name"]) for one in shown if not _is_private(one)}

    return look.once("zones", ask)


def plain(name: object) -> str:
    """A DNS name as people write it: Route 53 ends it with a dot, and writes ``*`` as an octal escape."""
    return str(name).lower().rstrip(".").replace("\\052", "*")


def zone_of(look: Look, name: str) -> tuple[str, str]:
    """(id, name) of the zone that a name lies in.

    Raises:
        UsageError: There is none, or there are several of one name: only one of them is asked by the world.
    """
    fitting = [(zone, suffix) for zone, suffix in zones(look).items() if f".{name}".endswith(f".{suffix}")]
    if not fitting:
        raise UsageError(
            f"no hosted zone of Route 53 in this account holds {name}",
            hint="Make one (aws route53 create-hosted-zone), or keep the name where it is: give "
            "load_balancer.certificate in place of load_balancer.domain, and let the name lead to the load "
            "balancer. Nothing was changed.",
            code="load_balancer.no_zone",
        )
    suffix = max((suffix for _, suffix in fitting), key=len)
    same = sorted(zone for zone, other in fitting if other == suffix)
    if len(same) > 1:
        raise UsageError(
            f"{len(same)} hosted zones of Route 53 are called {suffix}: {', '.join(same)}",
            hint="The one whose name servers the registrar knows counts (aws route53 get-hosted-zone): "
            "delete the others, or give load_balancer.certificate in place of names. Nothing was changed.",
            code="load_balancer.two_zones",
        )
    return same[0], suffix


def zone_id(shown: Mapping[str, Any]) -> str:
    """The id alone; Route 53 shows it with ``/hostedzone/`` before it."""
    return str(shown["Id"]).rpartition("/")[2]


def _is_private(shown: Mapping[str, Any]) -> bool:
    return bool(shown.get("Config", {}).get("PrivateZone"))


def _live(look: Look, id: str, name: str) -> Live:
    zone, suffix = zone_of(look, name)
    return Live(HostedZone.kind, id, name, name, True, outputs={"zone": zone, "suffix": suffix})
