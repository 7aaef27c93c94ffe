"""The addresses of running tasks, as `status` and the end of `up` tell them."""

from __future__ import annotations

import pytest

from benchmarks import moto_tasks
from tests.support.apps import ONE, Deployer
from tests.support.watched import WatchedAws


@pytest.fixture(autouse=True)
def running(deployer: Deployer, monkeypatch: pytest.MonkeyPatch) -> None:
    moto_tasks.install(monkeypatch)
    deployer.up()


def test_they_are_asked_for_while_the_tasks_are(deployer: Deployer) -> None:
    aws = deployer.aws()
    (service,) = deployer.status(ONE, aws)["services"]
    assert [one["public_ip"] for one in service["tasks"]] == ["203.0.113.7"]
    assert service["url"] == "http://203.0.113.7:8080"
    (asked,) = aws.of("DescribeNetworkInterfaces")
    assert [one["Name"] for one in asked["Filters"]] == ["group-id"]
    assert deployer.up()["services"] == [service]


def test_those_in_other_groups_too(deployer: Deployer, moto_aws: WatchedAws) -> None:
    """As of tasks that run since before the service got another group."""
    (vpc,) = {one["VpcId"] for one in moto_aws.items("ec2", "DescribeSubnets", "Subnets")}
    group = moto_aws.call("ec2", "CreateSecurityGroup", GroupName="other", Description="x", VpcId=vpc)[
        "GroupId"
    ]
    for one in moto_aws.items("ec2", "DescribeNetworkInterfaces", "NetworkInterfaces"):
        moto_aws.call("ec2", "ModifyNetworkInterfaceAttribute", NetworkInterfaceId=one["NetworkInterfaceId"],
                      Groups=[group])  # fmt: skip
    aws = deployer.aws()
    (shown,) = deployer.status(ONE, aws)["services"]
    assert shown["url"] == "http://203.0.113.7:8080"
    assert [one["Filters"][0]["Name"] for one in aws.of("DescribeNetworkInterfaces")] == [
        "group-id", "network-interface-id",
    ]  # fmt: skip


def test_of_what_does_not_run_nobody_is_asked(deployer: Deployer) -> None:
    idle = f"{ONE}    count: 0\n"
    deployer.up(idle)
    aws = deployer.aws()
    (shown,) = deployer.status(idle, aws)["services"]
    assert (shown["tasks"], shown["url"], aws.of("DescribeNetworkInterfaces")) == ([], None, [])
