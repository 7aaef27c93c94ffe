"""What a service's `discovery` becomes."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from fargatectl.errors import DeployError, ForeignError, SpecError
from tests.support.apps import ONE, Deployer, changed
from tests.support.watched import ACCOUNT, REGION, WatchedAws

TWO = """\
app: shop
services:
  web: {image: "public.example/web:1", port: 8080, load_balancer: true}
  api: {image: "public.example/api:1", port: 9000, discovery: true}
"""
FOUND = f"{ONE}    discovery: true\n"


def services(aws: WatchedAws) -> dict[str, dict[str, Any]]:
    names = ["web", "api"]
    shown = aws.call("ecs", "DescribeServices", cluster="shop", services=names)["services"]
    return {one["serviceName"]: one for one in shown}


def zones(aws: WatchedAws) -> list[str]:
    return [one["Name"] for one in aws.items("route53", "ListHostedZones", "HostedZones")]


def test_its_tasks_are_found_under_its_name_in_the_apps_namespace(
    deployer: Deployer, moto_aws: WatchedAws
) -> None:
    aws = deployer.aws()
    deployer.up(TWO, aws)
    (space,) = aws.of("CreatePrivateDnsNamespace")
    assert space["Name"] == "shop.local"
    assert zones(moto_aws) == ["shop.local."]
    (made,) = [one for one in aws.of("CreateService") if "Name" in one]
    assert made["Name"] == "api"
    assert made["DnsConfig"]["DnsRecords"] == [{"Type": "A", "TTL": 10}]
    (service,) = moto_aws.items("servicediscovery", "ListServices", "Services")
    shown = services(moto_aws)
    assert shown["api"]["serviceRegistries"] == [{"registryArn": service["Arn"]}]
    assert shown["web"]["serviceRegistries"] == []
    assert deployer.plan(TWO).plan.documents() == []


def test_an_srv_record_tells_the_port(deployer: Deployer, moto_aws: WatchedAws) -> None:
    deployer.up(TWO.replace("discovery: true", "discovery: {name: items, type: srv, ttl: 1m}"))
    (service,) = moto_aws.items("servicediscovery", "ListServices", "Services")
    assert service["Name"] == "_items._tcp"
    assert service["DnsConfig"]["DnsRecords"] == [{"Type": "SRV", "TTL": 60}]
    (registry,) = services(moto_aws)["api"]["serviceRegistries"]
    assert registry["port"] == 9000


def test_each_environment_has_its_names_and_the_spec_can_give_them(
    deployer: Deployer, moto_aws: WatchedAws
) -> None:
    deployer.up(f"{TWO}environments: {{prod: {{}}}}\n", environment="prod")
    assert zones(moto_aws) == ["shop-prod.local."]
    named = f"{TWO}discovery: {{namespace: internal.example.com}}\n"
    deployer.up(named)
    assert sorted(zones(moto_aws)) == ["internal.example.com.", "shop-prod.local."]
    deployer.down(named)
    assert zones(moto_aws) == ["shop-prod.local."]


def test_a_new_type_or_namespace_takes_the_place_of_the_old(deployer: Deployer, moto_aws: WatchedAws) -> None:
    """AWS changes neither; both are under other names, so that the old tasks are found until the end."""
    deployer.up(TWO)
    for text in (
        TWO.replace("discovery: true", "discovery: {type: SRV}"),
        f"{TWO}discovery: {{namespace: items.internal}}\n",
    ):
        deployer.up(text)
        assert deployer.plan(text).plan.documents() == []
        assert len(list(moto_aws.items("servicediscovery", "ListServices", "Services"))) == 1
    assert zones(moto_aws) == ["items.internal."]


def test_behind_a_load_balancer_the_others_are_let_in(deployer: Deployer) -> None:
    aws = deployer.aws()
    text = TWO.replace("load_balancer: true", "load_balancer: true, discovery: true")
    deployer.up(text, aws)
    rules = [one for call in aws.of("AuthorizeSecurityGroupIngress") for one in call["IpPermissions"]]
    to_web = [one for one in rules if one.get("FromPort") == 8080]
    assert sum(len(one.get("UserIdGroupPairs", ())) for one in to_web) == 2  # the load balancer, the others
    made = [one for one in aws.of("CreateService") if "serviceName" in one]
    groups = [set(one["networkConfiguration"]["awsvpcConfiguration"]["securityGroups"]) for one in made]
    assert len(set.intersection(*groups)) == 1
    assert deployer.plan(text).plan.documents() == []


def test_a_migration_is_let_in_as_its_service_is(deployer: Deployer) -> None:
    text = TWO.replace(
        "load_balancer: true", "load_balancer: true, discovery: true, before_deploy: [migrate]"
    )
    service = deployer.app(deployer.load(text)).services["web"]
    assert service.before_deploy[0].security_groups == service.security_groups
    assert len(service.security_groups) == 2


def test_one_that_is_found_no_more_is_taken_out(deployer: Deployer, moto_aws: WatchedAws) -> None:
    deployer.up(FOUND)
    aws = deployer.aws()
    deployer.up(ONE, aws)
    (request,) = aws.of("UpdateService")
    assert request["serviceRegistries"] == []
    assert zones(moto_aws) == []
    assert deployer.plan(ONE).plan.documents() == []


def test_an_app_that_wants_none_asks_nobody(deployer: Deployer) -> None:
    deployer.up()
    aws = deployer.aws()
    deployer.plan(ONE, aws)
    assert not [one for one in aws.calls if one.service == "servicediscovery"]


def test_a_namespace_is_left_while_tasks_are_in_it(deployer: Deployer, moto_aws: WatchedAws) -> None:
    """ECS takes them out as they stop: later than the service itself is gone."""
    from moto.servicediscovery.models import servicediscovery_backends

    deployer.up(FOUND)
    backend = servicediscovery_backends[ACCOUNT][REGION]
    (service,) = backend.services.values()
    backend.register_instance(service.id, "0a1b", "0a1b", {"AWS_INSTANCE_IPV4": "10.0.0.4"})
    aws, refused = deployer.aws(), []

    def stop(_: object, real: Any) -> Any:
        if len(refused) < 2:
            refused.append(1)
        else:
            service.instances.clear()
        return real()

    aws.rig("servicediscovery", "DeleteService", stop)
    deployer.down(FOUND, aws)
    assert len(refused) == 2
    assert zones(moto_aws) == []


def test_tasks_are_put_again_into_one_that_was_made_again(
    deployer: Deployer, moto_aws: WatchedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes back with the ARN of before, and ECS registers only tasks that start."""
    from moto.servicediscovery import models

    monkeypatch.setattr(models, "random_id", lambda size: "a" * size)
    deployer.up(FOUND)
    (service,) = moto_aws.items("servicediscovery", "ListServices", "Services")
    moto_aws.call("servicediscovery", "DeleteService", Id=service["Id"])
    aws = deployer.aws()
    deployer.up(FOUND, aws)
    (request,) = aws.of("UpdateService")
    assert request["forceNewDeployment"]
    assert request["serviceRegistries"] == [{"registryArn": service["Arn"]}]


def test_so_they_are_where_somebody_else_made_it_again(deployer: Deployer) -> None:
    from moto.servicediscovery.models import servicediscovery_backends

    deployer.up(FOUND)
    (service,) = servicediscovery_backends[ACCOUNT][REGION].services.values()
    assert deployer.plan(FOUND).plan.documents() == []
    service.created += datetime.timedelta(hours=1).total_seconds()
    assert changed(deployer.plan(FOUND).plan.documents()) == [("update", "ecs.service", ["discovery.stale"])]


def test_a_namespace_that_aws_cannot_make_is_told_with_what_to_do(deployer: Deployer) -> None:
    aws = deployer.aws()
    failed = {"Status": "FAIL", "ErrorCode": "CONFLICTING_DOMAIN_EXISTS", "ErrorMessage": "the domain exists"}
    aws.rig("servicediscovery", "GetOperation", lambda *_: {"Operation": failed})
    with pytest.raises(DeployError, match=r"the namespace shop\.local: the domain exists") as caught:
        deployer.up(FOUND, aws)
    assert "discovery.namespace" in str(caught.value.hint)


def test_somebody_elses_namespace_of_that_name_is_not_touched(
    deployer: Deployer, moto_aws: WatchedAws
) -> None:
    vpc = moto_aws.call("ec2", "DescribeVpcs")["Vpcs"][0]["VpcId"]
    moto_aws.call("servicediscovery", "CreatePrivateDnsNamespace", Name="items.internal", Vpc=vpc)
    with pytest.raises(ForeignError, match=r"items\.internal"):
        deployer.up(f"{FOUND}discovery: {{namespace: items.internal}}\n")


@pytest.mark.parametrize(
    ("discovery", "said"),
    [
        ("{name: API}", "write a DNS name"),
        ("{type: CNAME}", "must be A or SRV"),
        ("{ttl: soon}", "is not a duration"),
        ("{ttl: -1}", "is not a duration"),
        ("{name: api.v1, type: SRV}", "write one label"),
        ("maybe", "must be true"),
        ("{port: 80}", "port"),
    ],
)
def test_what_cannot_be_is_told(deployer: Deployer, discovery: str, said: str) -> None:
    with pytest.raises(SpecError, match=said):
        deployer.load(f"{ONE}    discovery: {discovery}\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (FOUND.replace("    port: 8080\n", ""), "web.discovery: needs port"),
        (f"{FOUND}    count: 1001\n", "web.discovery: is for at most 1000 tasks, not 1001"),
        (
            f"{FOUND}    scaling: {{max: 2000, cpu: 50}}\n",
            "web.discovery: is for at most 1000 tasks, not 2000",
        ),
        (
            f"{FOUND}    load_balancer: true\n    deployment: {{strategy: blue_green}}\n",
            "web.discovery: cannot stand beside deployment.strategy: blue_green",
        ),
        (f"{FOUND}discovery: {{namespace: Shop}}\n", "discovery.namespace: 'Shop' is not valid"),
        (
            TWO.replace("load_balancer: true", "discovery: {name: api}"),
            "services.api.discovery: has the name api, as web has",
        ),
    ],
)
def test_what_does_not_fit_together_is_told_where_it_stands(deployer: Deployer, text: str, said: str) -> None:
    with pytest.raises(SpecError) as caught:
        deployer.load(text)
    assert said in str(caught.value)
