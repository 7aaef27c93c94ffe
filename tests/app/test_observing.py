"""What a spec's `alarms`, `notify`, `dashboard` and `container_insights` become."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fargatectl.errors import SpecError
from tests.support.apps import ONE, Deployer, changed

BEHIND = ONE.replace("port: 8080", "port: 8080\n    load_balancer: true")
TOPIC = "arn:aws:sns:us-east-1:123456789012:oncall"


def alarms(deployer: Deployer, text: str) -> dict[str, dict[str, Any]]:
    aws = deployer.aws()
    deployer.up(text, aws)
    assert deployer.plan(text).plan.documents() == []
    return {one["AlarmName"]: one for one in aws.of("PutMetricAlarm")}


def test_without_a_load_balancer_cpu_and_memory_are_watched(deployer: Deployer) -> None:
    made = alarms(deployer, f"{ONE}alarms: true\n")
    assert set(made) == {"shop-web--cpu", "shop-web--memory"}
    assert made["shop-web--cpu"]["AlarmActions"] == []
    assert made["shop-web--cpu"]["Threshold"] == 80


def test_behind_one_its_targets_are_watched_too(deployer: Deployer) -> None:
    made = alarms(deployer, f"{BEHIND}alarms: true\nnotify: ops@shop.example\ncontainer_insights: on\n")
    assert {name.partition("--")[2] for name in made} == {
        "cpu", "memory", "errors", "unhealthy-hosts", "missing-tasks",
    }  # fmt: skip
    errors = made["shop-web--errors"]
    named = {one["Name"]: one["Value"] for one in errors["Dimensions"]}
    assert named["LoadBalancer"].startswith("app/shop-")
    assert named["TargetGroup"].startswith("targetgroup/shop-web-")
    assert errors["TreatMissingData"] == "notBreaching"
    assert errors["AlarmActions"] == errors["OKActions"] == ["arn:aws:sns:us-east-1:123456789012:shop-alarms"]
    missing = made["shop-web--missing-tasks"]
    assert (missing["Threshold"], missing["ComparisonOperator"]) == (1, "LessThanThreshold")


def test_what_is_off_is_not_made_and_a_given_topic_is_told(deployer: Deployer) -> None:
    aws = deployer.aws()
    text = f"{BEHIND}alarms: {{memory: off, errors: off, unhealthy_hosts: 1, minutes: 7}}\nnotify: {TOPIC}\n"
    deployer.up(text, aws)
    made = {one["AlarmName"]: one for one in aws.of("PutMetricAlarm")}
    assert set(made) == {"shop-web--cpu", "shop-web--unhealthy-hosts"}
    assert made["shop-web--cpu"]["AlarmActions"] == [TOPIC]
    assert made["shop-web--cpu"]["EvaluationPeriods"] == 7
    assert aws.of("CreateTopic") == []


def test_where_requests_are_shifted_both_groups_are_watched(deployer: Deployer) -> None:
    text = f"{BEHIND}    deployment: {{strategy: blue_green}}\nalarms: true\n"
    made = {one["name"] for one in deployer.plan(text).plan.documents()}
    assert {"shop-web--errors", "shop-web--errors-alternate"} <= made


def test_what_no_longer_stands_in_the_spec_is_removed(deployer: Deployer) -> None:
    deployer.up(f"{ONE}alarms: true\nnotify: ops@shop.example\ndashboard: true\n")
    assert sorted(changed(deployer.plan(ONE).plan.documents())) == [
        ("delete", "cloudwatch.alarm", []),
        ("delete", "cloudwatch.alarm", []),
        ("delete", "cloudwatch.dashboard", []),
        ("delete", "sns.topic", []),
    ]


def test_the_dashboard_shows_what_there_is(deployer: Deployer) -> None:
    aws = deployer.aws()
    deployer.up(f"{BEHIND}dashboard: true\n", aws)
    (request,) = aws.of("PutDashboard")
    assert request["DashboardName"] == "shop-us-east-1"
    titles = [one["properties"].get("title") for one in json.loads(request["DashboardBody"])["widgets"]]
    assert titles == [
        None, "web: CPU and memory, %", "web: requests", "web: seconds to answer", "web: targets",
    ]  # fmt: skip
    assert "<" not in request["DashboardBody"]


def test_an_app_that_wants_none_asks_nobody_about_them(deployer: Deployer) -> None:
    deployer.up()
    aws = deployer.aws()
    deployer.plan(ONE, aws)
    assert not [one for one in aws.calls if one.service in ("sns", "cloudwatch")]


FAULTS = [
    ("notify: ops@shop.example", "has nothing to tell of"),
    ("alarms: true\nnotify: ops", "write an e-mail address"),
    (f"alarms: true\nnotify: [ops@shop.example, '{TOPIC}']", "not both"),
    ("alarms: {cpu: 101}", "must be off or a number from 1 to 100"),
    ("container_insights: off\nalarms: {missing_tasks: true}", "needs container_insights"),
    ("alarms: {missing_tasks: true}", "needs container_insights"),
    ("container_insights: some", "must be enhanced or enabled or disabled"),
]


@pytest.mark.parametrize(("lines", "said"), FAULTS)
def test_what_cannot_be_is_told(deployer: Deployer, lines: str, said: str) -> None:
    with pytest.raises(SpecError) as raised:
        deployer.load(f"{ONE}{lines}\n")
    (problem,) = raised.value.problems
    assert said in problem.text
