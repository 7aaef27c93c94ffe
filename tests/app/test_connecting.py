"""What a service's `connect` becomes."""

from __future__ import annotations

import pytest

from fargatectl.errors import SpecError
from tests.support.apps import ONE, Deployer, changed

TWO = """\
app: shop
services:
  web: {image: "public.example/web:1", port: 8080, load_balancer: true, connect: true}
  api: {image: "public.example/api:1", port: 9000, connect: {name: api.shop, listen: 80, protocol: grpc}}
  worker: {image: "public.example/worker:1", connect: true}
"""


def test_each_is_in_the_namespace_and_offers_its_port(deployer: Deployer) -> None:
    aws = deployer.aws()
    deployer.up(TWO, aws)
    made = {one["serviceName"]: one["serviceConnectConfiguration"] for one in aws.of("CreateService")}
    assert len({one["namespace"] for one in made.values()}) == 1
    assert made["api"]["services"] == [
        {
            "portName": "api",
            "discoveryName": "api.shop",
            "clientAliases": [{"port": 80, "dnsName": "api.shop"}],
        }
    ]
    assert "services" not in made["worker"]
    ports = {one["family"]: one["containerDefinitions"][0] for one in aws.of("RegisterTaskDefinition")}
    (mapping,) = ports["shop-api"]["portMappings"]
    assert (mapping["name"], mapping["appProtocol"]) == ("api", "grpc")
    assert deployer.plan(TWO).plan.documents() == []


def test_behind_a_load_balancer_the_others_are_let_in(deployer: Deployer) -> None:
    aws = deployer.aws()
    deployer.up(TWO, aws)
    rules = [one for call in aws.of("AuthorizeSecurityGroupIngress") for one in call["IpPermissions"]]
    to_web = [one for one in rules if one.get("FromPort") == 8080]
    assert sum(len(one.get("UserIdGroupPairs", ())) for one in to_web) == 2  # the load balancer, the others


def test_one_that_is_connected_no_more_is_taken_out(deployer: Deployer) -> None:
    connected = f"{ONE}    connect: true\n"
    deployer.up(connected)
    assert ("delete", "servicediscovery.namespace", []) in changed(deployer.plan(ONE).plan.documents())
    aws = deployer.aws()
    deployer.up(ONE, aws)
    (request,) = aws.of("UpdateService")
    assert request["serviceConnectConfiguration"] == {"enabled": False}
    assert deployer.plan(ONE).plan.documents() == []


def test_an_app_that_wants_none_asks_nobody(deployer: Deployer) -> None:
    deployer.up()
    aws = deployer.aws()
    deployer.plan(ONE, aws)
    assert not [one for one in aws.calls if one.service == "servicediscovery"]


@pytest.mark.parametrize(
    ("connect", "said"),
    [
        ("{name: API}", "write a DNS name"),
        ("{protocol: udp}", "must be tcp or http"),
        ("maybe", "must be true"),
    ],
)
def test_what_cannot_be_is_told(deployer: Deployer, connect: str, said: str) -> None:
    with pytest.raises(SpecError, match=said):
        deployer.load(f"{ONE}    connect: {connect}\n")


def test_a_name_takes_a_port(deployer: Deployer) -> None:
    with pytest.raises(SpecError, match="needs port"):
        deployer.load(f"{ONE}    connect: {{name: api}}\n".replace("    port: 8080\n", ""))
