"""The records by which ACM knows that a name is ours: one for a name, whatever certificates it is in.

ACM User Guide, "DNS validation": the record of an account and name is the same in every region, and a
certificate is renewed only as long as it is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from fargatectl.engine.events import Notice
from fargatectl.engine.observe import gather
from fargatectl.engine.tools import Tools
from fargatectl.errors import CredentialsError, FargatectlError
from fargatectl.resources._dns import change, cname, zone_in

Shown = Mapping[str, Any]

_KEY_TYPES = (
    "RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1",
)  # fmt: skip


def proofs(shown: Shown) -> set[tuple[str, str]]:
    """The (name, value) of the CNAME records that ACM asks for."""
    options = shown.get("DomainValidationOptions", ())
    records = [one["ResourceRecord"] for one in options if "ResourceRecord" in one]
    return {(str(one["Name"]), str(one["Value"])) for one in records}


def everybodys(aws: Any) -> list[dict[str, Any]]:
    """All certificates of the account and region: ACM lists those with RSA keys of 2048 bits unless asked."""
    every = {"keyTypes": list(_KEY_TYPES)}
    return list(aws.items("acm", "ListCertificates", "CertificateSummaryList", Includes=every))


def remove_proof(tools: Tools, shown: Shown) -> None:
    """Remove the proof of a certificate that is gone; what another one needs, or may need, stays."""
    wanted = {
        str(option["DomainName"]).removeprefix("*."): record
        for option in shown.get("DomainValidationOptions", ())
        if (record := option.get("ResourceRecord")) is not None
    }
    here = everybodys(tools.aws)
    others, unknown = _elsewhere(tools.aws)
    left = {
        str(name).removeprefix("*.")  # *.NAME has the same proof as NAME
        for one in (*here, *others)
        if one["CertificateArn"] != shown["CertificateArn"]
        for name in (one.get("DomainName"), *one.get("SubjectAlternativeNameSummaries", ()))
    }
    for name, record in wanted.items():
        if name in left:
            continue
        if unknown:
            tools.emit(Notice(_UNSEEN.format(record=record["Name"], name=name, regions=", ".join(unknown)),
                              "warning"))  # fmt: skip
            continue
        zone = zone_in(tools.aws, str(record["Name"]))
        if zone is not None:
            change(tools.aws, zone, ("DELETE", cname(str(record["Name"]), str(record["Value"]))))


_UNSEEN = (
    "The record {record} stays: whether a certificate of {name} in another region needs it to be renewed "
    "could not be seen ({regions})."
)


def _elsewhere(aws: Any) -> tuple[list[dict[str, Any]], list[str]]:
    """The certificates of the other regions, and which regions would not say."""

    def ask(there: Any) -> list[dict[str, Any]] | None:
        try:
            return everybodys(there)
        except CredentialsError:
            return []  # a region that is not enabled for the account takes no credentials, and has nothing
        except FargatectlError:
            return None

    regions = aws.elsewhere("acm")
    answers = dict(zip(regions, gather([partial(ask, there) for there in regions]), strict=True))
    known = [one for answer in answers.values() for one in answer or ()]
    return known, [there.region for there, answer in answers.items() if answer is None]
