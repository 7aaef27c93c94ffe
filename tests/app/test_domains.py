"""Domain names, certificates, and Network Load Balancers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from fargatectl.app import only
from fargatectl.aws.errors import translated
from fargatectl.aws.session import Aws
from fargatectl.engine.events import Notice
from fargatectl.errors import ForeignError, SpecError, UsageError
from fargatectl.resources._dns import cname
from tests.support.apps import Deployer
from tests.support.dump import NOTHING, remains
from tests.support.watched import WatchedAws

SECURE = """\
app: shop
load_balancer: {domain: shop.example.com}
services:
  web: {image: "public.example/web:1", port: 8080, load_balancer: true}
  api: {image: "public.example/api:1", port: 9000, load_balancer: {host: api.example.com}}
"""


def zone(aws: WatchedAws, name: str = "example.com") -> str:
    made = aws.call("route53", "CreateHostedZone", Name=name, CallerReference=name)
    return str(made["HostedZone"]["Id"]).rpartition("/")[2]


def records(aws: WatchedAws, zone_id: str) -> dict[tuple[str, str], Any]:
    shown = aws.items("route53", "ListResourceRecordSets", "ResourceRecordSets", HostedZoneId=zone_id)
    return {(one["Name"], one["Type"]): one for one in shown if one["Type"] not in ("NS", "SOA")}


def test_one_service_alone_is_reached_by_its_name_too(deployer: Deployer, moto_aws: WatchedAws) -> None:
    here = zone(moto_aws)
    loaded = deployer.load(SECURE)
    document = deployer.up_to(deployer.run(loaded), only(deployer.app(loaded), ["api"]))
    assert [one["url"] for one in document["services"]] == ["https://api.example.com"]
    assert ("api.example.com.", "A") in records(moto_aws, here)
    listeners = [one["name"] for one in document["changes"] if one["kind"] == "elbv2.listener"]
    assert sorted(listeners) == ["shop:443", "shop:80"]
    rest = {one.kind for one in deployer.plan(SECURE).plan.changes}
    assert not rest & {"route53.record", "elbv2.listener"}


def test_a_domain_is_enough_for_https(deployer: Deployer, moto_aws: WatchedAws) -> None:
    here = zone(moto_aws)
    document = deployer.up(SECURE)
    assert [one["url"] for one in document["services"]] == [
        "https://shop.example.com", "https://api.example.com",
    ]  # fmt: skip
    (balancer,) = moto_aws.items("elbv2", "DescribeLoadBalancers", "LoadBalancers")
    found = records(moto_aws, here)
    for name in ("shop.example.com.", "api.example.com."):
        target = found[name, "A"]["AliasTarget"]["DNSName"]
        assert target.rstrip(".") == balancer["DNSName"]
    listeners = {
        one["Port"]: one
        for one in moto_aws.items(
            "elbv2", "DescribeListeners", "Listeners", LoadBalancerArn=balancer["LoadBalancerArn"]
        )
    }
    assert listeners[80]["DefaultActions"][0]["Type"] == "redirect"
    assert listeners[443]["SslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-2021-06"
    (certificate,) = moto_aws.items("acm", "ListCertificates", "CertificateSummaryList")
    assert listeners[443]["Certificates"] == [{"CertificateArn": certificate["CertificateArn"]}]
    assert deployer.plan(SECURE).plan.documents() == []
    aws = deployer.aws()
    assert deployer.up(SECURE, aws)["changes"] == []
    deployer.down(SECURE)
    assert remains(moto_aws) == NOTHING
    assert records(moto_aws, here) == {}


def test_another_name_moves_the_record_and_the_certificate(deployer: Deployer, moto_aws: WatchedAws) -> None:
    here = zone(moto_aws)
    deployer.up(SECURE)
    text = SECURE.replace("shop.example.com", "store.example.com")
    aws = deployer.aws()
    deployer.up(text, aws)
    assert {name for name, kind in records(moto_aws, here) if kind == "A"} == {
        "store.example.com.", "api.example.com.",
    }  # fmt: skip
    assert aws.writes.index("ModifyListener") < aws.writes.index("DeleteCertificate")
    assert deployer.plan(text).plan.documents() == []
    plain = SECURE.replace("load_balancer: {domain: shop.example.com}\n", "")
    deployer.up(plain)
    assert records(moto_aws, here) == {}
    assert deployer.plan(plain).plan.documents() == []


@pytest.mark.parametrize(
    ("name", "key"), [("*.shop.example.com", "RSA_2048"), ("shop.example.com", "EC_prime256v1")]
)
def test_the_proof_of_somebody_elses_certificate_stays(
    deployer: Deployer, moto_aws: WatchedAws, name: str, key: str
) -> None:
    """ACM renews it only as long as the proof is there, and *.NAME has the same as NAME."""
    here = zone(moto_aws)
    deployer.up(SECURE)
    proofs = _prove(moto_aws, here)  # moto issues certificates without one
    moto_aws.call("acm", "RequestCertificate", DomainName=name, KeyAlgorithm=key)
    deployer.down(SECURE)
    assert list(records(moto_aws, here)) == [(proofs["shop.example.com"], "CNAME")]


@pytest.mark.parametrize("name", ["*.shop.example.com", "shop.example.com"])
def test_the_proof_of_a_certificate_in_another_region_stays(
    deployer: Deployer, moto_aws: WatchedAws, name: str
) -> None:
    """As of an app that has moved: the record is the same one in every region."""
    here = zone(moto_aws)
    deployer.up(SECURE)
    proofs = _prove(moto_aws, here)
    (there,) = [one for one in moto_aws.elsewhere("acm") if one.region == "eu-west-1"]
    there.call("acm", "RequestCertificate", DomainName=name)
    deployer.down(SECURE)
    assert list(records(moto_aws, here)) == [(proofs["shop.example.com"], "CNAME")]


@pytest.mark.parametrize(
    ("code", "stays"), [("UnrecognizedClientException", False), ("AccessDeniedException", True)]
)
def test_a_region_that_does_not_say_may_need_the_proof_but_not_one_that_is_not_enabled(
    deployer: Deployer, moto_aws: WatchedAws, code: str, stays: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = zone(moto_aws)
    deployer.up(SECURE)
    proofs = _prove(moto_aws, here)
    asked = Aws.items

    def items(aws: Aws, service: str, operation: str, key: str, /, **parameters: Any) -> Iterator[Any]:
        if aws.region == "ap-east-1":
            with translated(service, operation):
                raise ClientError({"Error": {"Code": code, "Message": "no"}}, operation)
        return asked(aws, service, operation, key, **parameters)

    monkeypatch.setattr(Aws, "items", items)
    deployer.down(SECURE)
    monkeypatch.undo()
    assert set(records(moto_aws, here)) == ({(one, "CNAME") for one in proofs.values()} if stays else set())
    told = [one.text for one in deployer.events if isinstance(one, Notice) and "ap-east-1" in one.text]
    assert bool(told) is stays


def _prove(aws: WatchedAws, zone_id: str) -> dict[str, str]:
    """Put the proofs of the only certificate into the zone: their names by what they prove."""
    (one,) = aws.items("acm", "ListCertificates", "CertificateSummaryList")
    shown = aws.call("acm", "DescribeCertificate", CertificateArn=one["CertificateArn"])["Certificate"]
    proofs = {}
    for option in shown["DomainValidationOptions"]:
        record = option["ResourceRecord"]
        proofs[option["DomainName"]] = record["Name"]
        made = cname(record["Name"], record["Value"])
        batch = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": made}]}
        aws.call("route53", "ChangeResourceRecordSets", HostedZoneId=zone_id, ChangeBatch=batch)
    return proofs


def test_a_certificate_with_another_key_is_found_again(deployer: Deployer, moto_aws: WatchedAws) -> None:
    zone(moto_aws)
    text = SECURE + "overrides: {acm.certificate: {app: {KeyAlgorithm: EC_prime256v1}}}\n"
    deployer.up(text)
    assert deployer.up(text)["changes"] == []
    deployer.down(text)
    assert remains(moto_aws) == NOTHING


def test_a_given_certificate_needs_no_zone(deployer: Deployer, moto_aws: WatchedAws) -> None:
    arn = moto_aws.call("acm", "RequestCertificate", DomainName="shop.example.com")["CertificateArn"]
    text = SECURE.replace("domain: shop.example.com", f"certificate: {arn}")
    document = deployer.up(text)
    assert document["services"][1]["url"] == "https://api.example.com"
    assert deployer.plan(text).plan.documents() == []
    deployer.down(text)
    assert [
        one["CertificateArn"] for one in moto_aws.items("acm", "ListCertificates", "CertificateSummaryList")
    ] == [arn]


def test_a_certificate_of_another_region_is_refused_before_anything_is_made(deployer: Deployer) -> None:
    arn = "arn:aws:acm:eu-west-1:123456789012:certificate/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"
    aws = deployer.aws()
    with pytest.raises(SpecError) as caught:
        deployer.up(SECURE.replace("domain: shop.example.com", f"certificate: {arn}"), aws)
    (problem,) = caught.value.problems
    assert (problem.line, problem.key) == (2, "load_balancer.certificate")
    assert "is a certificate of eu-west-1, the load balancer is in us-east-1" in problem.text
    assert aws.calls == []


def test_two_zones_of_one_name_are_refused_before_anything_is_made(
    deployer: Deployer, moto_aws: WatchedAws
) -> None:
    """The world asks one of them; ACM would wait for its proof in that one."""
    for reference in ("old", "new"):
        moto_aws.call("route53", "CreateHostedZone", Name="example.com", CallerReference=reference)
    aws = deployer.aws()
    with pytest.raises(UsageError) as caught:
        deployer.up(SECURE, aws)
    assert "2 hosted zones of Route 53 are called example.com: " in caught.value.message
    assert aws.writes == []


def test_without_a_zone_nothing_is_made(deployer: Deployer) -> None:
    aws = deployer.aws()
    with pytest.raises(UsageError) as caught:
        deployer.up(SECURE, aws)
    assert "no hosted zone of Route 53 in this account holds shop.example.com" in caught.value.message
    assert aws.writes == []


def test_somebody_elses_record_stops_everything(deployer: Deployer, moto_aws: WatchedAws) -> None:
    here = zone(moto_aws)
    theirs = {"Name": "shop.example.com", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}
    batch = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": theirs}]}
    moto_aws.call("route53", "ChangeResourceRecordSets", HostedZoneId=here, ChangeBatch=batch)
    aws = deployer.aws()
    with pytest.raises(ForeignError, match=r"the record shop\.example\.com") as caught:
        deployer.up(SECURE, aws)
    assert "load_balancer.certificate" in caught.value.hint  # another app or cluster name would not help
    assert "Choose another app" not in caught.value.hint
    assert aws.writes == []
    given = moto_aws.call("acm", "RequestCertificate", DomainName="shop.example.com")["CertificateArn"]
    deployer.up(SECURE.replace("domain: shop.example.com", f"certificate: '{given}'"))  # as it says
    deployer.down(SECURE)
    assert list(records(moto_aws, here)) == [("shop.example.com.", "A")]


NETWORK = """\
app: shop
services:
  db: {image: "public.example/db:1", port: 5432, load_balancer: {protocol: tcp}}
  dns:
    image: public.example/dns:1
    port: 5353
    load_balancer: {protocol: udp, listen: 53, health_check: {port: 8080}}
  web: {image: "public.example/web:1", port: 8080, load_balancer: true}
"""


def test_tcp_and_udp_are_behind_a_network_load_balancer(deployer: Deployer, moto_aws: WatchedAws) -> None:
    aws = deployer.aws()
    document = deployer.up(NETWORK, aws)
    found = {one["Type"]: one for one in moto_aws.items("elbv2", "DescribeLoadBalancers", "LoadBalancers")}
    name = found["network"]["DNSName"]
    assert [one["url"] for one in document["services"]] == [
        f"tcp://{name}:5432", f"udp://{name}:53", f"http://{found['application']['DNSName']}",
    ]  # fmt: skip
    groups = {one["Name"]: one for one in aws.of("CreateTargetGroup")}
    checks = {
        one["Protocol"]: (one["HealthCheckProtocol"], one["HealthCheckPort"]) for one in groups.values()
    }
    assert checks == {
        "TCP": ("TCP", "traffic-port"), "UDP": ("TCP", "8080"), "HTTP": ("HTTP", "traffic-port"),
    }  # fmt: skip
    ports = [one["containerDefinitions"][0]["portMappings"] for one in aws.of("RegisterTaskDefinition")]
    assert [{"containerPort": 5353, "protocol": "udp"}] in ports
    assert deployer.plan(NETWORK).plan.documents() == []
    deployer.down(NETWORK)
    assert remains(moto_aws) == NOTHING
