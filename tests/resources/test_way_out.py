"""The pre-flight check: can a task reach what starts it? Against networks of all shapes, good and bad."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fargatectl import operations
from fargatectl.errors import ExitCode, UsageError
from tests.support.apps import ONE, Deployer
from tests.support.watched import WatchedAws

from .shapes import SHAPES, Builder, Shape


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_a_network_of_each_shape(
    deployer: Deployer,
    moto_aws: WatchedAws,
    shape: Shape,
    record_property: Callable[[str, object], None],
) -> None:
    builder = Builder(moto_aws)
    shape.make(builder)
    text = shape.spec(builder)
    ahead = _asked_ahead(deployer, text)
    aws = deployer.aws()
    try:
        deployer.up(text, aws)
        refusal = None
    except UsageError as error:
        refusal = error
    assert ahead == (str(refusal) if refusal else "")
    said = refusal.message.partition("cannot reach")[2].strip() if refusal else "deployed"
    record_property("shape", f"{'bad ' if shape.says else 'good'}  {shape.name:<50} {said}")
    if not shape.says:
        assert refusal is None, str(refusal)
        assert deployer.plan(text).plan.documents() == []
        return
    assert refusal is not None, "it was deployed, to fail after 20 minutes"
    assert aws.writes == []
    assert (refusal.code, refusal.exit_code) == ("network.no_route", ExitCode.USAGE)
    for part in shape.says:
        assert part in f"{refusal.message}\n{refusal.hint}"
    file = deployer.folder / "fargate.yml"
    assert refusal.message.startswith(f"{file}:4: services.web: a task in {builder.subnet} (us-east-1")
    assert "Nothing was changed." in refusal.hint
    assert [detail["subnet"] for detail in refusal.details] == [builder.subnet]


def _asked_ahead(deployer: Deployer, text: str) -> str:
    """The refusal where everything is asked in the first round, before the VPC is known."""
    loaded = deployer.load(text)
    try:
        operations.plan(deployer.run(loaded), deployer.app(loaded), at_once=True)
    except UsageError as error:
        return str(error)
    return ""


def test_the_default_vpc_is_checked_too(deployer: Deployer, moto_aws: WatchedAws) -> None:
    [table] = moto_aws.items("ec2", "DescribeRouteTables", "RouteTables")
    moto_aws.call("ec2", "DeleteRoute", RouteTableId=table["RouteTableId"], DestinationCidrBlock="0.0.0.0/0")
    with pytest.raises(UsageError, match="cannot reach ECR and CloudWatch Logs") as caught:
        deployer.up(ONE)
    assert caught.value.message.count(" or subnet-") + 1 == len(caught.value.details) > 1
    assert "\n" not in caught.value.message


def test_every_service_and_subnet_is_named_once(deployer: Deployer, moto_aws: WatchedAws) -> None:
    builder = Builder(moto_aws)
    text = Shape("", lambda _: None).spec(builder) + "  worker:\n    build: .\n"
    with pytest.raises(UsageError) as caught:
        deployer.plan(text)
    assert [detail["service"] for detail in caught.value.details] == ["web", "worker"]
    assert "fargate.yml:8: services.worker: " in caught.value.message
    assert caught.value.hint.count("\n") == 0


def test_what_runs_there_already_has_found_its_way_and_costs_no_call(
    deployer: Deployer, moto_aws: WatchedAws
) -> None:
    """The route is gone, and the tasks of before still run: nothing to do is nothing to refuse."""
    builder = Builder(moto_aws)
    gateway = builder.gateway(builder.table)
    text = Shape("", lambda _: None).spec(builder)
    deployer.up(text)
    assert gateway
    moto_aws.call("ec2", "DeleteRoute", RouteTableId=builder.table, DestinationCidrBlock="0.0.0.0/0")
    aws = deployer.aws()
    assert deployer.plan(text, aws).plan.documents() == []
    assert not {"DescribeVpcEndpoints", "DescribeNatGateways", "DescribeRouteTables"} & set(aws.counts())
    with pytest.raises(UsageError, match="cannot reach"):  # new tasks of another version must find theirs
        deployer.plan(text.replace("hello", "good evening"))


def test_an_endpoint_that_lets_our_group_in_is_good(deployer: Deployer, moto_aws: WatchedAws) -> None:
    """Named by the spec, or the app's own of an earlier run."""
    builder = Builder(moto_aws)
    theirs = builder.group("10.9.0.0/16")
    mine = builder.group("10.8.0.0/16")
    rule = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": mine}]}
    moto_aws.call("ec2", "AuthorizeSecurityGroupIngress", GroupId=theirs, IpPermissions=[rule])
    builder.endpoints("ecr.api", "ecr.dkr", "logs", group=theirs)
    builder.s3()
    text = Shape("", lambda _: None, service="public_ip: false").spec(builder)
    with pytest.raises(UsageError, match="does not let TCP 443 in"):
        deployer.plan(text)
    deployer.up(text.replace("network: {", f"network: {{security_groups: [{mine}], "))


def test_the_check_adds_no_round_to_the_look(deployer: Deployer) -> None:
    """What it asks for a new service: three calls, all after DescribeSubnets as the look for strangers is."""
    aws = deployer.aws()
    deployer.plan(ONE, aws)
    counts = aws.counts()
    asked = ("DescribeRouteTables", "DescribeVpcEndpoints", "DescribeNatGateways", "DescribeSubnets")
    assert [counts[name] for name in asked] == [1, 1, 1, 1]
