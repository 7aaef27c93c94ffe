"""A network of the app's own on the local AWS, with a real container in it, and back to nothing."""

from __future__ import annotations

import pytest

from tests.e2e.harness import GREETING, Cloud, fetch

pytestmark = pytest.mark.e2e

SPEC = "app: own\nnetwork: {create: %s}\nservices: {web: {build: SERVICE, port: 8080}}\n"


def test_a_service_answers_from_a_network_of_its_own_and_both_go(cloud: Cloud) -> None:
    before = cloud.everything()
    spec = cloud.spec("own", SPEC % "true")
    up = cloud.run("up", "--local", "-f", spec, "-o", "json").json
    kinds = [change["kind"] for change in up["changes"]]
    assert (
        kinds.count("ec2.vpc") == kinds.count("ec2.route_table") == kinds.count("ec2.internet_gateway") == 1
    )
    assert kinds.count("ec2.subnet") == 2
    (web,) = up["services"]
    assert fetch(web["url"]) == GREETING

    ec2 = cloud.client("ec2")
    mine = [{"Name": "tag:fargatectl:app", "Values": ["own"]}]
    (vpc,) = ec2.describe_vpcs(Filters=mine)["Vpcs"]
    subnets = {one["SubnetId"] for one in ec2.describe_subnets(Filters=mine)["Subnets"]}
    (interface,) = ec2.describe_network_interfaces()["NetworkInterfaces"]
    assert (interface["VpcId"], interface["SubnetId"] in subnets) == (vpc["VpcId"], True)

    again = cloud.run("up", "--local", "-f", spec, "-o", "json", "-v")
    assert again.json["changes"] == []

    cloud.spec("own", SPEC % "{private: nat, zones: 3}")
    moved = cloud.run("up", "--local", "-f", spec, "-o", "json").json
    assert "ec2.nat_gateway" in [change["kind"] for change in moved["changes"]]
    assert cloud.run("plan", "--local", "-f", spec, "--exit-code", "-o", "json").json["changes"] == []

    cloud.spec("own", SPEC % "{private: endpoints, zones: 3}")
    shut = cloud.run("up", "--local", "-f", spec, "-o", "json").json
    made = [change for change in shut["changes"] if change["kind"] == "ec2.vpc_endpoint"]
    assert [change["action"] for change in made] == ["create"] * len(made) != []
    assert ("delete", "ec2.nat_gateway") in [(one["action"], one["kind"]) for one in shut["changes"]]
    assert cloud.run("plan", "--local", "-f", spec, "--exit-code", "-o", "json").json["changes"] == []

    cloud.run("down", "--yes", "--local", "-f", spec, "-o", "json")
    assert cloud.everything() == before
    for listed in (
        ec2.describe_vpcs,
        ec2.describe_subnets,
        ec2.describe_route_tables,
        ec2.describe_internet_gateways,
        ec2.describe_addresses,
        ec2.describe_vpc_endpoints,
    ):
        (found,) = [value for value in listed(Filters=mine).values() if isinstance(value, list)]
        assert found == []
