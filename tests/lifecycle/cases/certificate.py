"""`acm.certificate`."""

from __future__ import annotations

from collections.abc import Iterator

from fargatectl.resources._tags import read
from tests.lifecycle.balancing import BEHIND
from tests.lifecycle.case import Case, Drift, Thing
from tests.lifecycle.domains import SECURE
from tests.support.watched import WatchedAws

NEVER = "acm:RequestCertificate settles it for ever: a spec with other names replaces it."


EVERY = {"keyTypes": ["RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1"]}


def things(aws: WatchedAws) -> Iterator[Thing]:
    for one in aws.items("acm", "ListCertificates", "CertificateSummaryList", Includes=EVERY):
        arn = {"CertificateArn": one["CertificateArn"]}
        shown = aws.call("acm", "DescribeCertificate", **arn)["Certificate"]
        said = {name: shown[name] for name in ("DomainName", "SubjectAlternativeNames", "Status")}
        tags = aws.call("acm", "ListTagsForCertificate", **arn)["Tags"]
        yield Thing(one["DomainName"], said, read(tags))


def remove(aws: WatchedAws) -> None:
    arn = next(aws.items("acm", "ListCertificates", "CertificateSummaryList"))["CertificateArn"]
    aws.call("acm", "DeleteCertificate", CertificateArn=arn)


CASE = Case(
    kind="acm.certificate",
    id="app",
    spec=SECURE,
    things=things,
    made_by=("acm:RequestCertificate",),
    removed_by=("acm:DeleteCertificate",),
    fixed={"domains": NEVER, "status": "acm:DescribeCertificate tells it: no call of ours sets it."},
    removal=Drift("it is deleted", remove, also=[("update", "elbv2.listener", ["certificate"])]),
    without=BEHIND,
    prod="{load_balancer: {domain: prod.example.com}}",
    cannot={"foreign": "acm:RequestCertificate takes a name as often as one likes."},
)
