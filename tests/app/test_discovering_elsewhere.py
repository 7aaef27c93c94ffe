"""The private namespace of `discovery` where there is more than one VPC, and where a removal was cut short."""

from __future__ import annotations

from typing import Any

from tests.lifecycle.cases.network import made_vpc
from tests.support.apps import ONE, Deployer
from tests.support.watched import WatchedAws

FOUND = f"{ONE}    discovery: true\n"


def inside(text: str, subnet: str) -> str:
    return text.replace("services:", f"network: {{subnets: [{subnet}]}}\nservices:")


def spaces(aws: WatchedAws) -> list[dict[str, Any]]:
    return list(aws.items("servicediscovery", "ListNamespaces", "Namespaces"))


def namespaces_of_services(aws: WatchedAws) -> list[str]:
    """The namespace of each service of Cloud Map."""
    services = aws.items("servicediscovery", "ListServices", "Services")
    shown = [aws.call("servicediscovery", "GetService", Id=one["Id"])["Service"] for one in services]
    return [str(one["NamespaceId"]) for one in shown]


def test_in_another_vpc_there_is_a_new_one_and_the_old_one_goes(
    deployer: Deployer, moto_aws: WatchedAws
) -> None:
    deployer.up(FOUND)
    (old,) = spaces(moto_aws)
    _, [subnet] = made_vpc(moto_aws, subnets=1)
    text = inside(FOUND, subnet)
    deployer.up(text)
    (new,) = spaces(moto_aws)
    assert new["Id"] != old["Id"]
    assert namespaces_of_services(moto_aws) == [new["Id"]]
    assert deployer.plan(text).plan.documents() == []
