"""The private namespace of `discovery`: in more VPCs than one, and after a removal that was cut short."""

from __future__ import annotations

from typing import Any

import pytest

from fargatectl.aws.errors import AwsError
from fargatectl.errors import DeployError, ForeignError
from tests.lifecycle.cases.network import made_vpc
from tests.support.apps import ONE, Deployer
from tests.support.watched import Call, WatchedAws

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


NAMED = f"{FOUND}discovery: {{namespace: items.internal}}\nenvironments: {{prod: {{}}}}\n"


def test_another_environment_may_have_the_same_name_in_a_vpc_of_its_own(
    deployer: Deployer, moto_aws: WatchedAws
) -> None:
    _, [subnet] = made_vpc(moto_aws, subnets=1)
    deployer.up(NAMED)
    (first,) = spaces(moto_aws)
    deployer.up(inside(NAMED, subnet), environment="prod")
    (second,) = [one for one in spaces(moto_aws) if one["Id"] != first["Id"]]
    assert sorted(namespaces_of_services(moto_aws)) == sorted([first["Id"], second["Id"]])
    deployer.down(NAMED, environment="prod")
    assert spaces(moto_aws) == [first]
    assert deployer.plan(NAMED).plan.documents() == []


def test_in_the_same_vpc_it_is_refused_before_anything_is_made(deployer: Deployer) -> None:
    deployer.up(NAMED)
    aws = deployer.aws()
    with pytest.raises(ForeignError, match=r"items\.internal"):
        deployer.up(NAMED, aws, environment="prod")
    assert aws.writes == []


def test_so_may_somebody_who_does_not_tell_the_vpc(deployer: Deployer, moto_aws: WatchedAws) -> None:
    """The hosted zone tells it."""
    vpc, _ = made_vpc(moto_aws, subnets=1)
    moto_aws.call("servicediscovery", "CreatePrivateDnsNamespace", Name="items.internal", Vpc=vpc)
    deployer.up(NAMED)
    assert len(spaces(moto_aws)) == 2


def test_a_zone_that_is_gone_is_in_nobodys_way(deployer: Deployer, moto_aws: WatchedAws) -> None:
    vpc, _ = made_vpc(moto_aws, subnets=1)
    moto_aws.call("servicediscovery", "CreatePrivateDnsNamespace", Name="items.internal", Vpc=vpc)
    (space,) = spaces(moto_aws)
    moto_aws.call("route53", "DeleteHostedZone", Id=space["Properties"]["DnsProperties"]["HostedZoneId"])
    deployer.up(NAMED)
    assert len(spaces(moto_aws)) == 2


def test_without_the_tag_for_the_vpc_ours_is_not_made_anew(deployer: Deployer, moto_aws: WatchedAws) -> None:
    """AWS would refuse a second one there."""
    deployer.up(FOUND)
    (space,) = spaces(moto_aws)
    moto_aws.call("servicediscovery", "UntagResource", ResourceARN=space["Arn"], TagKeys=["fargatectl:vpc"])
    assert deployer.plan(FOUND).plan.documents() == []
    zone = space["Properties"]["DnsProperties"]["HostedZoneId"]
    moto_aws.call("route53", "DeleteHostedZone", Id=zone)
    assert deployer.plan(FOUND).plan.documents() == []


CONNECTED = f"{ONE}    connect: true\n"


@pytest.mark.parametrize("text", [FOUND, CONNECTED], ids=["private", "http"])
def test_a_removal_that_an_earlier_run_began_is_waited_for(
    deployer: Deployer, moto_aws: WatchedAws, text: str
) -> None:
    deployer.up(text)
    aws = deployer.aws()

    def pending(_: object, real: Any) -> Any:
        real()
        raise AwsError("DuplicateRequest", "in progress", "servicediscovery", "DeleteNamespace")

    aws.rig("servicediscovery", "DeleteNamespace", pending)
    deployer.down(text, aws)
    assert spaces(moto_aws) == []


def test_a_removal_waits_for_the_creation_that_is_under_way(deployer: Deployer, moto_aws: WatchedAws) -> None:
    """AWS refuses it with the same words as a second removal."""
    deployer.up(FOUND)
    aws = deployer.aws()
    refused: list[int] = []

    def busy(_: object, real: Any) -> Any:
        if len(refused) < 2:
            refused.append(1)
            raise AwsError("DuplicateRequest", "in progress", "servicediscovery", "DeleteNamespace")
        return real()

    aws.rig("servicediscovery", "DeleteNamespace", busy)
    deployer.down(FOUND, aws)
    assert spaces(moto_aws) == []


def test_a_change_waits_for_the_one_that_is_under_way(deployer: Deployer) -> None:
    deployer.up(FOUND)
    text = FOUND.replace("discovery: true", "discovery: {ttl: 1m}")
    aws = deployer.aws()
    refused: list[int] = []

    def busy(_: object, real: Any) -> Any:
        if not refused:
            refused.append(1)
            raise AwsError("DuplicateRequest", "in progress", "servicediscovery", "UpdateService")
        return real()

    aws.rig("servicediscovery", "UpdateService", busy)
    deployer.up(text, aws)
    assert refused
    assert deployer.plan(text).plan.documents() == []


@pytest.mark.parametrize("text", [FOUND, CONNECTED], ids=["private", "http"])
def test_a_removal_that_fails_is_told_with_its_reason(deployer: Deployer, text: str) -> None:
    deployer.up(text)
    aws = deployer.aws()
    aws.rig("servicediscovery", "DeleteNamespace", lambda *_: {"OperationId": "gv4g5meo"})

    def failed(call: Call, _: object) -> Any:
        assert call.parameters == {"OperationId": "gv4g5meo"}
        return {"Operation": {"Status": "FAIL", "ErrorMessage": "the hosted zone has other records"}}

    aws.rig("servicediscovery", "GetOperation", failed)
    with pytest.raises(
        DeployError, match=r"remove the namespace shop.*: the hosted zone has other"
    ) as caught:
        deployer.down(text, aws)
    assert "run it again" in str(caught.value.hint)
