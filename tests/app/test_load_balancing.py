"""Services behind a load balancer: what is made, its address, its rules, what is refused at once."""

from __future__ import annotations

from typing import Any

import pytest

from fargatectl.engine.events import Notice
from fargatectl.errors import DeployError, UsageError
from fargatectl.rollout import leaving
from tests.support.apps import Deployer, changed
from tests.support.dump import NOTHING, remains
from tests.support.watched import WatchedAws

BEHIND = """\
app: shop
services:
  web: {image: "public.example/web:1", port: 8080, load_balancer: true}
"""


def balancer(aws: WatchedAws) -> dict[str, Any]:
    (one,) = aws.items("elbv2", "DescribeLoadBalancers", "LoadBalancers")
    return dict(one)


def test_true_is_enough(deployer: Deployer, moto_aws: WatchedAws) -> None:
    aws = deployer.aws()
    document = deployer.up(BEHIND, aws)
    one = balancer(moto_aws)
    assert one["Scheme"] == "internet-facing"
    assert one["Type"] == "application"
    assert document["services"][0]["url"] == f"http://{one['DNSName']}"
    assert deployer.status(BEHIND)["services"][0]["url"] == f"http://{one['DNSName']}"
    assert deployer.plan(BEHIND).plan.documents() == []
    deployer.down(BEHIND)
    assert remains(moto_aws) == NOTHING


SHARED = """\
app: shop
services:
  web: {image: "public.example/web:1", port: 8080, load_balancer: true}
  api: {image: "public.example/api:1", port: 9000, load_balancer: {path: /api, health_check: {path: /health}}}
  admin: {image: "public.example/admin:1", port: 9001, load_balancer: {host: admin.example.com}}
  worker: {image: "public.example/worker:1"}
"""


def rules(aws: WatchedAws) -> dict[int, list[Any]]:
    """Priority -> the patterns of each rule."""
    (listener,) = aws.items(
        "elbv2", "DescribeListeners", "Listeners", LoadBalancerArn=balancer(aws)["LoadBalancerArn"]
    )
    shown = aws.items("elbv2", "DescribeRules", "Rules", ListenerArn=listener["ListenerArn"])
    return {
        int(one["Priority"]): [
            pattern
            for condition in one["Conditions"]
            for config in ("HostHeaderConfig", "PathPatternConfig")
            for pattern in condition.get(config, {}).get("Values", ())
        ]
        for one in shown
        if one["Priority"] != "default"
    }


def test_services_share_one_and_the_narrower_rule_comes_first(
    deployer: Deployer, moto_aws: WatchedAws
) -> None:
    document = deployer.up(SHARED)
    found = rules(moto_aws)
    assert [found[number] for number in sorted(found)] == [
        ["admin.example.com"], ["/api", "/api/*"], ["/*"],
    ]  # fmt: skip
    name = balancer(moto_aws)["DNSName"]
    assert [one["url"] for one in document["services"]] == [
        f"http://{name}", f"http://{name}/api", "http://admin.example.com", None,
    ]  # fmt: skip
    assert deployer.plan(SHARED).plan.documents() == []


@pytest.mark.parametrize(("path", "shown"), [("/~jane", ""), ("/a/$meta", "/a"), ("/v1/*/x", "/v1")])
def test_a_url_is_what_a_tag_of_ecs_may_hold(
    deployer: Deployer, moto_aws: WatchedAws, path: str, shown: str
) -> None:
    text = BEHIND.replace("load_balancer: true", f'load_balancer: {{path: "{path}"}}')
    document = deployer.up(text)
    assert document["services"][0]["url"] == f"http://{balancer(moto_aws)['DNSName']}{shown}"
    assert deployer.plan(text).plan.documents() == []


def test_a_service_that_comes_does_not_move_the_rules_of_others(
    deployer: Deployer, moto_aws: WatchedAws
) -> None:
    deployer.up(BEHIND)
    (first,) = rules(moto_aws)
    deployer.up(SHARED)
    assert first in rules(moto_aws)


def test_tasks_let_in_the_load_balancer_alone(deployer: Deployer, moto_aws: WatchedAws) -> None:
    deployer.up(BEHIND)
    groups = {
        one["GroupName"]: one for one in moto_aws.items("ec2", "DescribeSecurityGroups", "SecurityGroups")
    }
    (rule,) = groups["shop-web"]["IpPermissions"]
    assert (rule["FromPort"], rule["ToPort"], rule["IpRanges"]) == (8080, 8080, [])
    (pair,) = rule["UserIdGroupPairs"]
    assert pair["GroupId"] == groups["shop--load-balancer"]["GroupId"]
    assert balancer(moto_aws)["SecurityGroups"] == [pair["GroupId"]]


def test_a_service_goes_behind_one_and_comes_out_again(deployer: Deployer, moto_aws: WatchedAws) -> None:
    plain = BEHIND.replace(", load_balancer: true", "")
    deployer.up(plain)
    aws = deployer.aws()
    deployer.up(BEHIND, aws)
    assert aws.writes.index("CreateRule") < aws.writes.index("UpdateService")
    assert deployer.plan(BEHIND).plan.documents() == []
    aws = deployer.aws()
    document = deployer.up(plain, aws)
    assert document["services"][0]["url"] is None
    assert aws.writes.index("UpdateService") < aws.writes.index("DeleteRule")
    assert aws.writes.index("DeleteListener") < aws.writes.index("DeleteLoadBalancer")
    assert deployer.plan(plain).plan.documents() == []
    assert remains(moto_aws)["load balancers"] == []
    assert remains(moto_aws)["target groups"] == []
    assert remains(moto_aws)["security groups"] == ["shop-web"]


def test_an_internal_one_takes_the_place_of_a_public_one(deployer: Deployer, moto_aws: WatchedAws) -> None:
    """AWS cannot change the scheme: a new one is made, the service moves, the old one goes."""
    deployer.up(BEHIND)
    old = balancer(moto_aws)["LoadBalancerArn"]
    text = f"{BEHIND}load_balancer: {{public: false}}\n"
    aws = deployer.aws()
    document = deployer.up(text, aws)
    made = {(one["action"], one["kind"]) for one in document["changes"]}
    assert {("replace", "elbv2.load_balancer"), ("replace", "elbv2.target_group")} <= made
    writes = aws.writes
    assert writes.index("CreateLoadBalancer") < writes.index("UpdateService")
    assert writes.index("UpdateService") < writes.index("DeleteLoadBalancer")
    one = balancer(moto_aws)
    assert one["LoadBalancerArn"] != old
    assert one["Scheme"] == "internal"
    assert document["services"][0]["url"] == f"http://{one['DNSName']}"
    assert deployer.plan(text).plan.documents() == []


def test_another_port_keeps_the_targets(deployer: Deployer) -> None:
    deployer.up(BEHIND)
    changes = changed(deployer.plan(BEHIND.replace("8080", "9090")).plan.documents())
    assert sorted(changes) == [
        ("update", "ec2.security_group", ["ingress"]),
        ("update", "ecs.service", ["task_definition", "target_groups"]),
        ("update", "ecs.task_definition", ["port"]),
    ]


def test_nothing_about_load_balancers_is_asked_where_none_is_wanted(deployer: Deployer) -> None:
    plain = BEHIND.replace(", load_balancer: true", "")
    deployer.up(plain)
    aws = deployer.aws()
    deployer.up(plain, aws)
    assert [one for one in aws.calls if one.service == "elbv2"] == []


def test_one_that_is_not_active_yet_holds_up_the_end_and_nothing_else(
    deployer: Deployer, moto_aws: WatchedAws
) -> None:
    aws = deployer.aws()
    asked: list[int] = []

    def create(_: Any, real: Any) -> Any:
        answer = real()
        answer["LoadBalancers"][0]["State"] = {"Code": "provisioning"}
        return answer

    def describe(_: Any, real: Any) -> Any:
        answer = real()
        asked.append(1)
        done = len(asked) > 1 and "CreateService" in aws.writes
        answer["LoadBalancers"][0]["State"] = {"Code": "active" if done else "provisioning"}
        return answer

    aws.rig("elbv2", "CreateLoadBalancer", create)
    # The list of the look comes by `items`: only the watch asks with `call`.
    aws.rig("elbv2", "DescribeLoadBalancers", lambda call, real: (
        describe(call, real) if "LoadBalancerArns" in call.parameters else real()
    ))  # fmt: skip
    deployer.up(BEHIND, aws)
    assert len(asked) > 1
    assert balancer(moto_aws)["State"]["Code"] == "active"


def made_vpc(aws: WatchedAws, zones: str, public: str) -> tuple[str, list[str]]:
    """A VPC with a subnet in each of these zones, of which some route to an internet gateway."""
    vpc = aws.call("ec2", "CreateVpc", CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    gateway = aws.call("ec2", "CreateInternetGateway")["InternetGateway"]["InternetGatewayId"]
    aws.call("ec2", "AttachInternetGateway", InternetGatewayId=gateway, VpcId=vpc)
    table = aws.call("ec2", "CreateRouteTable", VpcId=vpc)["RouteTable"]["RouteTableId"]
    aws.call("ec2", "CreateRoute", RouteTableId=table, GatewayId=gateway, DestinationCidrBlock="0.0.0.0/0")
    # The way out of the others, which is none for a load balancer.
    transit = aws.call("ec2", "CreateTransitGateway")["TransitGateway"]["TransitGatewayId"]
    main, *_ = aws.items("ec2", "DescribeRouteTables", "RouteTables", Filters=[
        {"Name": "vpc-id", "Values": [vpc]}, {"Name": "association.main", "Values": ["true"]}])  # fmt: skip
    aws.call("ec2", "CreateRoute", RouteTableId=main["RouteTableId"], TransitGatewayId=transit,
             DestinationCidrBlock="0.0.0.0/0")  # fmt: skip
    ids = []
    for number, (zone, which) in enumerate(zip(zones, public, strict=True)):
        subnet = aws.call("ec2", "CreateSubnet", VpcId=vpc, CidrBlock=f"10.0.{number}.0/24",
                          AvailabilityZone=f"us-east-1{zone}")["Subnet"]["SubnetId"]  # fmt: skip
        ids.append(subnet)
        if which == "p":
            aws.call("ec2", "AssociateRouteTable", RouteTableId=table, SubnetId=subnet)
    return vpc, ids


@pytest.mark.parametrize(
    ("zones", "public", "tasks", "given", "more", "said"),
    [
        ("ab", "..", "01", "", "", "has them in 0"),
        ("abc", "p..", "012", "", "", "has them in 1"),
        ("a", "p", "0", "", "", "has them in 1"),
        ("aabc", "p.p.", "01", "", "", ""),
        ("abc", "pp.", "2", "", "", "tasks run in us-east-1c"),
        ("ab", "..", "01", "", "public: false", ""),
        ("a", ".", "0", "", "public: false", "a load balancer needs subnets in 2 zones"),
        ("abab", "pp..", "23", "01", "", ""),
        ("abab", "pp..", "23", "03", "", "internet gateway: SUBNET3 has none"),
        ("aab", "ppp", "0", "01", "", "one subnet of each zone"),
        ("ab", "pp", "0", "0", "", "has them in 1"),
    ],
)
def test_subnets_that_aws_would_not_take_are_refused_before_anything_is_made(
    deployer: Deployer,
    moto_aws: WatchedAws,
    zones: str,
    public: str,
    tasks: str,
    given: str,
    more: str,
    said: str,
) -> None:
    _, ids = made_vpc(moto_aws, zones, public)
    subnets = f"subnets: [{', '.join(ids[int(one)] for one in given)}]" if given else ""
    text = (
        f"{BEHIND}network: {{subnets: [{', '.join(ids[int(one)] for one in tasks)}]}}\n"
        f"load_balancer: {{{', '.join(filter(None, [more, subnets]))}}}\n"
    )
    aws = deployer.aws()
    if not said:
        deployer.up(text, aws)
        assert deployer.plan(text).plan.documents() == []
        return
    for number, one in enumerate(ids):
        said = said.replace(f"SUBNET{number}", one)
    with pytest.raises(UsageError) as caught:
        deployer.up(text, aws)
    assert said in caught.value.message
    assert "Nothing was changed." in caught.value.hint
    assert aws.writes == []


def test_the_calls_of_a_run_with_nothing_to_change(deployer: Deployer) -> None:
    deployer.up(BEHIND)
    aws = deployer.aws()
    deployer.up(BEHIND, aws)
    asked = [one.operation for one in aws.calls if one.service == "elbv2"]
    assert sorted(asked) == [
        "DescribeListeners", "DescribeLoadBalancerAttributes", "DescribeLoadBalancers", "DescribeRules",
        "DescribeTargetGroupAttributes", "DescribeTargetGroups",
    ]  # fmt: skip


def test_a_noted_address_that_is_wrong_is_mended(deployer: Deployer, moto_aws: WatchedAws) -> None:
    deployer.up(BEHIND)
    arn = "arn:aws:ecs:us-east-1:123456789012:service/shop/web"
    tags = [{"key": "fargatectl:url", "value": "http://elsewhere"}]
    moto_aws.call("ecs", "TagResource", resourceArn=arn, tags=tags)
    assert changed(deployer.plan(BEHIND).plan.documents()) == [("update", "ecs.service", ["url"])]
    aws = deployer.aws()
    deployer.up(BEHIND, aws)
    assert aws.writes == ["TagResource"]
    assert deployer.plan(BEHIND).plan.documents() == []


PORT = BEHIND.replace("port: 8080", "port: 8081")


def open_ports(aws: WatchedAws) -> set[int]:
    """Those of the service's own group."""
    named = [{"Name": "group-name", "Values": ["shop-web"]}]
    (group,) = aws.items("ec2", "DescribeSecurityGroups", "SecurityGroups", Filters=named)
    return {one["FromPort"] for one in group["IpPermissions"]}


def slow_to_settle(deployer: Deployer) -> WatchedAws:
    """An AWS whose rollouts have only begun when UpdateService answers."""

    def begun(_: object, real: Any) -> Any:
        answer = real()
        answer["service"]["deployments"][0] |= {"rolloutState": "IN_PROGRESS", "runningCount": 0}
        return answer

    aws = deployer.aws()
    aws.rig("ecs", "UpdateService", begun)
    return aws


def said(deployer: Deployer) -> str:
    return "\n".join(one.text for one in deployer.events if isinstance(one, Notice))


def test_the_port_of_before_stays_open_until_the_new_tasks_serve(
    deployer: Deployer, moto_aws: WatchedAws
) -> None:
    deployer.up(BEHIND)
    assert open_ports(moto_aws) == {8080}
    aws = deployer.aws()
    deployer.up(PORT, aws)
    assert open_ports(moto_aws) == {8081}
    order = [one for one in aws.writes if "Ingress" in one or one == "UpdateService"]
    assert order == ["AuthorizeSecurityGroupIngress", "UpdateService", "RevokeSecurityGroupIngress"]
    assert deployer.plan(PORT).plan.documents() == []


def test_the_port_of_before_stays_open_while_old_tasks_still_serve_there(
    deployer: Deployer, moto_aws: WatchedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ECS calls a deployment successful before the old tasks are gone (early success, deferred)."""
    monkeypatch.setattr(leaving, "_BETWEEN", 0.01)
    deployer.up(BEHIND)
    aws, seen = slow_to_settle(deployer), list[set[int]]()

    def draining(_: object, real: Any) -> Any:
        answer = real()
        if "UpdateService" in aws.writes and len(seen) < 4:
            answer["services"][0]["deployments"].append({"id": "old", "status": "ACTIVE", "runningCount": 1})
            seen.append(open_ports(moto_aws))
        return answer

    aws.rig("ecs", "DescribeServices", draining)
    deployer.up(PORT, aws)
    assert seen == [{8080, 8081}] * 4
    assert open_ports(moto_aws) == {8081}


def test_the_port_of_before_stays_open_where_the_old_tasks_go_on_serving(
    deployer: Deployer, moto_aws: WatchedAws
) -> None:
    deployer.up(BEHIND)
    failing = deployer.aws()

    def refuse(*_: object) -> Any:
        raise DeployError("no")

    failing.rig("ecs", "UpdateService", refuse)
    with pytest.raises(DeployError):
        deployer.up(PORT, failing)
    assert open_ports(moto_aws) == {8080, 8081}
    deployer.up(BEHIND)
    assert open_ports(moto_aws) == {8080}


def test_who_does_not_wait_leaves_the_port_of_before_to_the_next_run(
    deployer: Deployer, moto_aws: WatchedAws
) -> None:
    deployer.up(BEHIND)
    slow = slow_to_settle(deployer)
    deployer.up(PORT, slow, wait=False)
    assert "may stay there until the next run" in said(deployer)
    assert open_ports(moto_aws) == {8080, 8081}
    deployer.up(PORT)
    assert open_ports(moto_aws) == {8081}


def test_a_port_that_is_only_added_leaves_nothing_to_the_next_run(deployer: Deployer) -> None:
    deployer.up(BEHIND)
    slow = slow_to_settle(deployer)
    wider = BEHIND.replace("services:", "load_balancer: {allow: [0.0.0.0/0, 10.0.0.0/8]}\nservices:")
    document = deployer.up(wider.replace("web:1", "web:2"), slow, wait=False)
    assert ("update", "ec2.security_group", ["ingress"]) in changed(document["changes"])
    assert "until the next run" not in said(deployer)
