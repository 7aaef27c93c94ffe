"""The certificate of an app's domain names, asked of ACM and proved by records in Route 53."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from functools import partial
from typing import Any, ClassVar, Self

from fargatectl.aws.errors import AwsError
from fargatectl.dataclass import dataclass
from fargatectl.engine.observe import Look
from fargatectl.engine.outputs import Outputs
from fargatectl.engine.resource import (
    FIXED,
    IDENTITY,
    FieldChange,
    Live,
    NotYet,
    Resource,
    Settled,
    Watch,
)
from fargatectl.engine.rights import Operation, Right, Territory
from fargatectl.engine.scope import TAG_ID
from fargatectl.engine.tools import Tools
from fargatectl.errors import DeployError
from fargatectl.resources import _overridable
from fargatectl.resources._dns import change, cname, may_change, zone_in
from fargatectl.resources._proofs import everybodys, proofs, remove_proof
from fargatectl.resources._tags import index, read, upper
from fargatectl.resources.hosted_zone import HostedZone

_GOOD = ("ISSUED", "PENDING_VALIDATION")
_AT_ONCE = 8
Shown = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, eq=False)
class Certificate(Resource):
    """A certificate of ACM for domain names whose zones are in Route 53, where ACM's proof is put.

    The records of the proof carry no mark of ours. Their values are ACM's own for this account and name:
    they go with the certificate, unless another one of the account, in whatever region, needs them for the
    same name.

    Attributes:
        domains: The first is the certificate's main one.
        token: Makes asking again, after an answer was lost, no second request.

    Outputs: ``arn``.
    """

    kind: ClassVar[str] = "acm.certificate"
    overridable = _overridable.CERTIFICATE

    domains: tuple[str, ...] = field(metadata=FIXED)
    zones: tuple[HostedZone, ...] = field(metadata=IDENTITY)
    status: str = field(default="issued or to be", metadata=FIXED)
    token: str = field(default_factory=lambda: uuid.uuid4().hex, metadata=IDENTITY)

    def values(self, outputs: Outputs) -> dict[str, object]:
        return {"domains": tuple(sorted(self.domains)), "status": self.status}

    @classmethod
    def searches(cls, territory: Territory) -> Sequence[Right]:
        every = (territory.arn("acm", "certificate/*"),)
        return (
            Right((Operation.SEARCH,), ("acm:ListCertificates",)),
            Right((Operation.SEARCH,), ("acm:ListTagsForCertificate",), every),
        )

    def rights(self, territory: Territory) -> Sequence[Right]:
        # ACM gives certificates their ids: they are told apart by their tags.
        every = (territory.arn("acm", "certificate/*"),)
        tagged, to_tag = territory.tagged("aws:ResourceTag"), territory.tagged("aws:RequestTag")
        # ACM proves a name with a CNAME record below it, and *.NAME with the one for NAME.
        proofs = tuple(sorted({f"_{{any}}.{one.removeprefix('*.')}" for one in self.domains}))
        changes = (Operation.FOLLOW, Operation.DELETE, Operation.PRUNE)
        return (
            Right((Operation.FIND,), ("acm:ListCertificates", "tag:GetResources")),
            Right((Operation.FIND, Operation.SEARCH), ("acm:ListTagsForCertificate",), every),
            Right((Operation.FIND, Operation.SEARCH, *changes), ("acm:DescribeCertificate",), every, tagged),
            Right((Operation.CREATE,), ("acm:RequestCertificate",), when=to_tag),
            Right((Operation.CREATE,), ("acm:AddTagsToCertificate",), every, to_tag),
            Right((Operation.UPDATE,), self.overriding("acm"), every, tagged),
            Right((Operation.DELETE, Operation.PRUNE), ("acm:DeleteCertificate",), every, tagged),
            Right(changes, ("route53:ListHostedZones",)),
            may_change(territory, (Operation.FOLLOW, Operation.PRUNE), ("CNAME",), proofs),
            may_change(territory, (Operation.DELETE,), ("CNAME",), proofs),
        )

    @classmethod
    def find(cls, look: Look, wanted: Sequence[Self]) -> Iterable[Live]:
        known = {arn: tags for arn, tags in index(look).items() if ":acm:" in arn}
        if not (wanted or known or look.thorough):
            return []
        shown = everybodys(look.aws)
        names = {one.name for one in wanted}
        here = [
            str(one["CertificateArn"])
            for one in shown
            if look.thorough or one["CertificateArn"] in known or one.get("DomainName") in names
        ]
        # ACM answers some ten a second, and an account may hold thousands of somebody else's.
        found = [
            live
            for some in (here[start : start + _AT_ONCE] for start in range(0, len(here), _AT_ONCE))
            for live in look.gather(*[partial(_look_at, look, arn, known) for arn in some])
        ]
        return [live for live in found if live is not None]

    def create(self, tools: Tools, outputs: Outputs) -> Live:
        first, *others = self.domains
        more = {"SubjectAlternativeNames": others} if others else {}
        answer = tools.aws.call(
            "acm",
            "RequestCertificate",
            DomainName=first,
            ValidationMethod="DNS",
            IdempotencyToken=self.token,
            Tags=upper(tools.scope.tags(self.id)),
            **more,
        )
        return Live(
            self.kind, self.id, self.name, self.address, True, self.values(outputs),
            {"arn": str(answer["CertificateArn"])}, settled=False,
        )  # fmt: skip

    def update(self, tools: Tools, live: Live, fields: Mapping[str, FieldChange], outputs: Outputs) -> Live:
        raise TypeError("a certificate never changes")  # all its fields are FIXED

    def watch(self, tools: Tools, live: Live, outputs: Outputs) -> Watch | None:
        return None if live.settled else _Validation(tools, live.outputs["arn"], self.name)

    @classmethod
    def delete(cls, tools: Tools, live: Live) -> None:
        arn = live.outputs["arn"]
        described = tools.aws.call("acm", "DescribeCertificate", CertificateArn=arn)["Certificate"]
        tools.aws.call("acm", "DeleteCertificate", CertificateArn=arn)
        # Only then: should it still be in use, its proof must stay.
        remove_proof(tools, described)


class _Validation:
    """Puts ACM's proof into Route 53 once ACM has said what it is, and waits until ACM has seen it."""

    def __init__(self, tools: Tools, arn: str, name: str) -> None:
        self._tools, self._arn, self._name = tools, arn, name
        self._proved: set[tuple[str, str]] = set()

    def poll(self) -> NotYet | Settled:
        shown = self._tools.aws.call("acm", "DescribeCertificate", CertificateArn=self._arn)["Certificate"]
        status = str(shown["Status"])
        if status == "ISSUED":
            return Settled("issued")
        if status != "PENDING_VALIDATION":
            why = shown.get("FailureReason") or status
            raise DeployError(
                f"ACM does not issue the certificate of {self._name}: {why}",
                hint="See that the name is yours and that no CAA record forbids Amazon, then run it again.",
            )
        lacking = proofs(shown) - self._proved
        for name, value in sorted(lacking):
            zone = zone_in(self._tools.aws, name)
            if zone is not None:
                change(self._tools.aws, zone, ("UPSERT", cname(name, value)))
        self._proved |= lacking
        return NotYet("waiting for ACM to see its proof in Route 53", 3.0)

    def abandon(self) -> str:
        return f"ACM goes on validating the certificate of {self._name}"


def _look_at(look: Look, arn: str, known: Mapping[str, Mapping[str, str]]) -> Live | None:
    """A certificate that is ours; None for any other."""
    try:
        tags = known.get(arn) if not look.thorough else None
        if tags is None:
            tags = read(look.aws.call("acm", "ListTagsForCertificate", CertificateArn=arn)["Tags"])
        if not look.scope.owns(tags):
            return None
        shown = look.aws.call("acm", "DescribeCertificate", CertificateArn=arn)["Certificate"]
    except AwsError as error:
        if error.gone:
            return None
        raise
    name, status = str(shown["DomainName"]), str(shown["Status"])
    return Live(
        Certificate.kind,
        tags.get(TAG_ID, ""),
        name,
        name,
        True,
        {
            "domains": tuple(sorted(map(str, shown.get("SubjectAlternativeNames") or [name]))),
            "status": Certificate.status if status in _GOOD else status.lower(),
        },
        {"arn": arn},
        settled=status != "PENDING_VALIDATION",
        # Asked for as EC_prime256v1 and shown as EC-prime256v1 (ACM API reference).
        raw={**shown, "KeyAlgorithm": str(shown.get("KeyAlgorithm", "")).replace("-", "_")},
    )
