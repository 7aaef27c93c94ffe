"""Who may connect to a service without a load balancer: a service's `allow`."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks import moto_tasks
from tests.support.apps import ONE, Deployer
from tests.support.watched import WatchedAws

APP = """\
app: shop
services:
  api: {image: "public.example/api:1", port: 9000, connect: true, allow: []}
  worker: {image: "public.example/worker:1", connect: true}
"""
DISCOVERED = APP.replace("connect: true, allow", "discovery: true, allow").replace(", connect: true", "")


def rules(aws: WatchedAws, port: int) -> dict[str, list[str]]:
    """Who is let in at a port: addresses, prefix lists, and groups by their names."""
    groups = list(aws.items("ec2", "DescribeSecurityGroups", "SecurityGroups"))
    names = {one["GroupId"]: one["GroupName"] for one in groups}
    found: dict[str, list[str]] = {"cidr": [], "list": [], "group": []}
    for rule in (rule for one in groups for rule in one["IpPermissions"] if rule.get("FromPort") == port):
        found["cidr"] += [one["CidrIp"] for one in rule["IpRanges"]]
        found["list"] += [one["PrefixListId"] for one in rule["PrefixListIds"]]
        found["group"] += [names.get(one["GroupId"], one["GroupId"]) for one in rule["UserIdGroupPairs"]]
    return found


def addresses(deployer: Deployer, text: str) -> dict[str, Any]:
    return {one["name"]: one["url"] for one in deployer.up(text)["services"]}


def test_without_it_everybody_may(deployer: Deployer, moto_aws: WatchedAws) -> None:
    deployer.up(ONE)
    assert rules(moto_aws, 8080)["cidr"] == ["0.0.0.0/0"]


@pytest.mark.parametrize("text", [APP, DISCOVERED])
def test_none_but_the_apps_own_tasks(deployer: Deployer, moto_aws: WatchedAws, text: str) -> None:
    deployer.up(text)
    assert rules(moto_aws, 9000) == {"cidr": [], "list": [], "group": ["shop--connect"]}
    assert deployer.plan(text).plan.documents() == []


def test_those_who_are_named(deployer: Deployer, moto_aws: WatchedAws) -> None:
    text = APP.replace("allow: []", "allow: [10.0.0.0/8, 192.0.2.7/32]")
    deployer.up(text)
    assert sorted(rules(moto_aws, 9000)["cidr"]) == ["10.0.0.0/8", "192.0.2.7/32"]
    assert rules(moto_aws, 9000)["group"] == ["shop--connect"]
    assert deployer.plan(text).plan.documents() == []


def test_one_that_was_open_is_closed_and_opened_again(deployer: Deployer, moto_aws: WatchedAws) -> None:
    opened = APP.replace(", allow: []", "")
    deployer.up(opened)
    assert rules(moto_aws, 9000)["cidr"] == ["0.0.0.0/0"]
    deployer.up(APP)
    assert rules(moto_aws, 9000)["cidr"] == []
    assert deployer.plan(APP).plan.documents() == []
    deployer.up(opened)
    assert rules(moto_aws, 9000)["cidr"] == ["0.0.0.0/0"]
    assert deployer.plan(opened).plan.documents() == []


def test_no_address_is_told_that_leads_nobody_there(
    deployer: Deployer, monkeypatch: pytest.MonkeyPatch
) -> None:
    moto_tasks.install(monkeypatch)
    assert addresses(deployer, APP) == {"api": None, "worker": None}
    opened = APP.replace("allow: []", "allow: [10.0.0.0/8]")
    assert addresses(deployer, opened) == {"api": "http://203.0.113.7:9000", "worker": None}
    assert addresses(deployer, APP) == {"api": None, "worker": None}
