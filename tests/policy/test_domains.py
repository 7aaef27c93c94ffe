"""The printed policies of an app with domain names: nothing is missing, and no records but its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from moto import settings

from fargatectl.errors import FargatectlError
from fargatectl.local.ministack_patches.permissions import needs
from tests.lifecycle.cases import record
from tests.lifecycle.domains import SECURE, records
from tests.support.apps import Deployer
from tests.support.watched import WatchedAws

from .enforcing import EnforcingAws, Known, permits, without
from .test_enforced import policy

SEVERAL = SECURE.replace("    load_balancer: true\n", "    load_balancer: {host: ['*.shop.example.com']}\n")
CHANGE = "route53:ChangeResourceRecordSets"


@pytest.fixture(autouse=True)
def zone(moto_aws: WatchedAws) -> None:
    moto_aws.call("route53", "CreateHostedZone", Name="example.com", CallerReference="example.com")


@pytest.mark.parametrize("text", [SECURE, SEVERAL])
def test_with_exactly_the_policies_records_are_made_mended_and_removed(
    deployer: Deployer, moto_aws: WatchedAws, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "ACM_VALIDATION_WAIT", 1)  # ACM waits for its proof
    rules = {purpose: policy(deployer, purpose, text) for purpose in ("deploy", "read-only", "destroy")}
    deployer.up(text, EnforcingAws(moto_aws, rules["deploy"]))
    assert {one["Type"] for _, one in records(moto_aws)} == {"A", "CNAME", "TXT"}
    record.elsewhere(moto_aws)
    deployer.up(text, EnforcingAws(moto_aws, rules["deploy"]))
    deployer.up(
        text.replace("domain: shop.example.com", "idle_timeout: 60"), EnforcingAws(moto_aws, rules["deploy"])
    )
    assert list(records(moto_aws)) == []
    deployer.up(text, EnforcingAws(moto_aws, rules["deploy"]))
    assert deployer.plan(text, EnforcingAws(moto_aws, rules["read-only"])).plan.changes == ()
    deployer.down(text, EnforcingAws(moto_aws, rules["destroy"]))
    assert list(records(moto_aws)) == []


@pytest.mark.parametrize(
    ("purpose", "action"), [("deploy", CHANGE), ("destroy", CHANGE), ("deploy", "route53:GetChange")]
)
def test_each_is_missed(deployer: Deployer, moto_aws: WatchedAws, purpose: str, action: str) -> None:
    rules = without(policy(deployer, purpose, SECURE), action)
    if purpose == "destroy":
        deployer.up(SECURE)
    run = deployer.up if purpose == "deploy" else deployer.down
    with pytest.raises(FargatectlError, match=f"not permitted: {action}"):
        run(SECURE, EnforcingAws(moto_aws, rules))


MARK = "shop.default.shop._fargatectl.example.com"
PROOF = "_0a1b.shop.example.com"


@pytest.mark.parametrize(
    ("records", "purposes"),
    [
        ([("UPSERT", "A", "shop.example.com"), ("UPSERT", "TXT", MARK)], {"deploy"}),
        ([("DELETE", "A", "Shop.Example.com."), ("DELETE", "TXT", MARK)], {"deploy", "destroy"}),
        ([("CREATE", "A", "*.shop.example.com")], {"deploy"}),
        ([("CREATE", "A", "\\052.shop.example.com")], {"deploy"}),
        ([("UPSERT", "CNAME", PROOF)], {"deploy"}),
        ([("DELETE", "CNAME", PROOF)], {"deploy", "destroy"}),
        # Somebody else's:
        ([("UPSERT", "A", "example.com")], set()),
        ([("UPSERT", "A", "www.shop.example.com")], set()),
        ([("UPSERT", "A", "shop.example.com"), ("UPSERT", "A", "example.com")], set()),
        ([("UPSERT", "MX", "shop.example.com")], set()),
        ([("UPSERT", "NS", "shop.example.com")], set()),
        ([("UPSERT", "CNAME", "shop.example.com")], set()),
        ([("UPSERT", "CNAME", "_0a1b.example.com")], set()),
        ([("DELETE", "TXT", "shop.prod.shop._fargatectl.example.com")], set()),
        ([("DELETE", "TXT", "shop.default.shops._fargatectl.example.com")], set()),
    ],
)  # fmt: skip
def test_only_records_of_its_own_names_may_be_changed(
    deployer: Deployer, moto_aws: WatchedAws, records: list[tuple[str, str, str]], purposes: set[str]
) -> None:
    changes = [
        {"Action": action, "ResourceRecordSet": {"Type": kind, "Name": name}}
        for action, kind, name in records
    ]
    parameters: Mapping[str, Any] = {"HostedZoneId": "Z0A1B", "ChangeBatch": {"Changes": changes}}
    [need] = needs(CHANGE, parameters, Known(moto_aws))
    found = {purpose for purpose in ("deploy", "read-only", "destroy")
             if permits(policy(deployer, purpose, SEVERAL), need)}  # fmt: skip
    assert found == purposes
