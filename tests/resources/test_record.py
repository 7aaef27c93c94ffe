"""A changed DNS record is followed until all name servers of Route 53 know it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fargatectl.engine.events import Event, Notice, Progress
from fargatectl.engine.resource import NotYet, Settled
from fargatectl.engine.scope import Scope
from fargatectl.engine.tools import Tools
from fargatectl.resources import record
from tests.lifecycle.cases.record import elsewhere
from tests.lifecycle.domains import SECURE, change, records
from tests.support.apps import Deployer
from tests.support.watched import Call, WatchedAws


@pytest.fixture(autouse=True)
def zone(moto_aws: WatchedAws) -> None:
    moto_aws.call("route53", "CreateHostedZone", Name="example.com", CallerReference="example.com")


def slow(aws: WatchedAws, times: int) -> WatchedAws:
    """It says so often that a change is pending."""
    left = [times]

    def how(_: Call, real: Callable[[], Any]) -> Any:
        answer = real()
        if left[0]:
            left[0] -= 1
            answer["ChangeInfo"]["Status"] = "PENDING"
        return answer

    aws.rig("route53", "GetChange", how)
    return aws


def asked(aws: WatchedAws) -> list[str]:
    return [one["Id"] for one in aws.of("GetChange")]


def test_up_waits_for_the_name_servers(
    deployer: Deployer, moto_aws: WatchedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "_BETWEEN", 0.01)
    aws = slow(deployer.aws(), 2)
    deployer.up(SECURE, aws)
    assert len(asked(aws)) == 3
    assert not any("/" in one for one in asked(aws))
    told = {one.text for one in deployer.events if isinstance(one, Progress) and one.kind == "route53.record"}
    assert told == {"waiting for Route 53's name servers"}

    elsewhere(moto_aws)  # a changed one too
    aws = slow(deployer.aws(), 1)
    deployer.up(SECURE, aws)
    assert len(asked(aws)) == 2

    aws = deployer.aws()  # and what has not changed is not asked for
    deployer.up(SECURE, aws)
    assert asked(aws) == []


def test_without_waiting_nobody_asks(deployer: Deployer) -> None:
    aws = slow(deployer.aws(), 100)
    deployer.up(SECURE, aws, wait=False)
    assert len(aws.of("ChangeResourceRecordSets")) >= 1
    assert asked(aws) == []


def test_after_a_while_it_is_only_told(deployer: Deployer) -> None:
    now, events = [0.0], list[Event]()
    tools = Tools(slow(deployer.aws(), 100), Scope("shop"), emit=events.append, clock=lambda: now[0])
    watch = record._Spreading(tools, "C2682N5HXP0BZ4", "shop.example.com")
    found = watch.poll()
    assert isinstance(found, NotYet)
    assert found.seconds >= 5  # of the five calls a second that Route 53 takes from an account, few are ours
    now[0] = 299.0
    assert isinstance(watch.poll(), NotYet)
    assert events == []
    now[0] = 300.0
    assert isinstance(watch.poll(), Settled)
    [notice] = events
    assert isinstance(notice, Notice)
    assert notice.level == "warning"
    assert "Not all name servers of Route 53 know shop.example.com yet" in notice.text


def lead_to(aws: WatchedAws, target: str) -> None:
    alias = {"HostedZoneId": "Z35SXDOTRQ7X7K", "DNSName": target, "EvaluateTargetHealth": False}
    change(aws, "UPSERT", {"Name": "shop.example.com", "Type": "A", "AliasTarget": alias})


@pytest.mark.parametrize(
    "target", ["shop-123.eu-west-1.elb.amazonaws.com", "dualstack.shop-4f0a.elb.eu-west-1.amazonaws.com."]
)
def test_down_leaves_the_record_of_the_app_in_another_region(
    deployer: Deployer, moto_aws: WatchedAws, target: str
) -> None:
    """The app has moved there, and its record and mark with it: down here is only the end of the move."""
    deployer.up(SECURE)
    lead_to(moto_aws, target)
    deployer.down(SECURE)
    left = {one["Type"] for _, one in records(moto_aws) if "shop.example.com" in str(one)}
    assert left == {"A", "TXT"}


@pytest.mark.parametrize("target", ["d111111abcdef8.cloudfront.net", ""])
def test_down_leaves_a_record_that_somebody_has_led_elsewhere(
    deployer: Deployer, moto_aws: WatchedAws, target: str
) -> None:
    deployer.up(SECURE)
    if target:
        lead_to(moto_aws, target)
    else:
        elsewhere(moto_aws)
    deployer.down(SECURE)
    assert [(one["Name"], one["Type"]) for _, one in records(moto_aws)] == [("shop.example.com.", "A")]
    assert any(
        "shop.example.com leads elsewhere by now" in one.text
        for one in deployer.events
        if isinstance(one, Notice)
    )
