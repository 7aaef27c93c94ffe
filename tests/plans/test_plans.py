"""What `plan` says of each example in an empty account, word for word.

After a change of what plans say: ``FARGATECTL_WRITE_PLANS=1 .venv/bin/python -m pytest tests/plans`` writes
the texts anew; read the difference before you commit it.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import Any

import pytest
from devtools.docs import examples

from fargatectl import operations
from fargatectl.app import build, scope_of
from fargatectl.console.report import plan_text
from fargatectl.resources._tags import canonical
from fargatectl.resources.secret import put
from fargatectl.spec.load import LoadedSpec, load
from fargatectl.spec.secrets import secret_source
from tests.docs.test_examples import environments
from tests.lifecycle.cases.given_alarm import make as make_alarm
from tests.lifecycle.cases.kms_key import backend
from tests.support.apps import Deployer
from tests.support.watched import REGION

EXPECTED = Path(__file__).parent / "expected"
CASES = {
    f"{path.parent.name}{'-' + name if name else ''}": (path, name)
    for path in examples.all_specs()
    for name in environments(path)
}
WRITES = bool(os.environ.get("FARGATECTL_WRITE_PLANS"))
# What AWS gives by chance, such as vpc-0a1b2c3d.
ID = re.compile(r"\b([a-z]{2,8})-[0-9a-f]{8,17}\b")


def stable(text: str) -> str:
    """The text with AWS's ids numbered in order of appearance."""
    known: dict[str, str] = {}
    return ID.sub(lambda found: known.setdefault(found[0], f"{found[1]}-{len(known) + 1}"), text)


def content_hash(source: Any) -> str:
    """Of what the spec says alone: the text must not change with the example's app."""
    told = (source.dockerfile, source.args, source.target, source.platform)
    return hashlib.sha256(repr(told).encode()).hexdigest()


def make_network(deployer: Deployer, spec: Any, patch: pytest.MonkeyPatch) -> None:
    """The VPC, subnets and security groups that an example names, under those very ids.

    Named subnets lead to a NAT gateway where tasks have no public addresses.
    """
    from moto.ec2.models import security_groups, subnets, vpcs

    network, aws, vpc = spec.network, deployer.aws(), ""
    list(aws.items("ec2", "DescribeVpcs", "Vpcs"))  # moto makes the default VPC now, with an id of its own
    if network.vpc or network.subnets:
        with patch.context() as inner:
            if network.vpc:
                inner.setattr(vpcs, "random_vpc_id", lambda: network.vpc)
            vpc = aws.call("ec2", "CreateVpc", CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
        gateway = aws.call("ec2", "CreateInternetGateway")["InternetGateway"]["InternetGatewayId"]
        aws.call("ec2", "AttachInternetGateway", InternetGatewayId=gateway, VpcId=vpc)
        here = [{"Name": "vpc-id", "Values": [vpc]}]
        table, *_ = aws.items("ec2", "DescribeRouteTables", "RouteTables", Filters=here)
        aws.call("ec2", "CreateRoute", RouteTableId=table["RouteTableId"], GatewayId=gateway,
                 DestinationCidrBlock="0.0.0.0/0")  # fmt: skip
    for number, subnet in enumerate(network.subnets or ()):
        with patch.context() as inner:
            inner.setattr(subnets, "random_subnet_id", lambda subnet=subnet: subnet)
            aws.call("ec2", "CreateSubnet", VpcId=vpc, CidrBlock=f"10.9.{number}.0/24",
                     AvailabilityZone=f"{REGION}{'abc'[number % 3]}")  # fmt: skip
    if network.subnets and any(service.public_ip is False for service in spec.services.values()):
        outside = aws.call("ec2", "CreateSubnet", VpcId=vpc, CidrBlock="10.9.99.0/24")["Subnet"]["SubnetId"]
        address = aws.call("ec2", "AllocateAddress", Domain="vpc")["AllocationId"]
        nat = aws.call("ec2", "CreateNatGateway", SubnetId=outside, AllocationId=address)["NatGateway"]
        private = aws.call("ec2", "CreateRouteTable", VpcId=vpc)["RouteTable"]["RouteTableId"]
        aws.call("ec2", "CreateRoute", RouteTableId=private, NatGatewayId=nat["NatGatewayId"],
                 DestinationCidrBlock="0.0.0.0/0")  # fmt: skip
        for subnet in network.subnets:
            aws.call("ec2", "AssociateRouteTable", RouteTableId=private, SubnetId=subnet)
    for group in network.security_groups or ():
        with patch.context() as inner:
            inner.setattr(security_groups, "random_security_group_id", lambda group=group: group)
            aws.call(
                "ec2", "CreateSecurityGroup", GroupName=f"their {group}", Description="theirs", VpcId=vpc
            )


def set_secrets(deployer: Deployer, loaded: LoadedSpec) -> None:
    """Those that only people can set."""
    for service in loaded.spec.services.values():
        for source in map(secret_source, service.secrets.values()):
            if source.service == "app" and not source.generated:
                deployer.aws().call("ssm", "PutParameter", **put(scope_of(loaded), source.name, "value"))


def make_roles(deployer: Deployer, loaded: LoadedSpec) -> None:
    """Those of the user's own."""
    trust = canonical(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": "sts:AssumeRole",
                    "Principal": {"Service": "ecs-tasks.amazonaws.com"},
                }
            ],
        }
    )
    for service in loaded.spec.services.values():
        if service.role and service.role.arn:
            path, _, name = service.role.arn.partition(":role")[2].rpartition("/")
            deployer.aws().call(
                "iam",
                "CreateRole",
                RoleName=name,
                Path=f"{path}/",
                AssumeRolePolicyDocument=trust,
            )


def make_file_systems(deployer: Deployer, loaded: LoadedSpec, patch: pytest.MonkeyPatch) -> None:
    """Those of the user's own, with mount targets, under those very ids."""
    from moto.efs.models import mock_random

    def called(id: str) -> None:
        inner.setattr(mock_random, "get_random_hex", lambda *_: id.partition("-")[2])

    aws = deployer.aws()
    for one in loaded.spec.file_systems.values():
        if not one.id:
            continue
        subnet = next(iter(aws.items("ec2", "DescribeSubnets", "Subnets")))["SubnetId"]
        with patch.context() as inner:
            called(one.id)
            aws.call("efs", "CreateFileSystem", CreationToken=one.id)
        aws.call("efs", "CreateMountTarget", FileSystemId=one.id, SubnetId=subnet)
        if one.access_point:
            with patch.context() as inner:
                called(one.access_point)
                aws.call("efs", "CreateAccessPoint", ClientToken=one.access_point, FileSystemId=one.id)


def make_key(deployer: Deployer, loaded: LoadedSpec) -> None:
    """The user's own."""
    if loaded.spec.kms_key:
        key = deployer.aws().call("kms", "CreateKey")["KeyMetadata"]["KeyId"]
        backend().create_alias(key, loaded.spec.kms_key)


def make_alarms(deployer: Deployer, loaded: LoadedSpec) -> None:
    """The user's own."""
    for service in loaded.spec.services.values():
        for name in service.deployment.alarms:
            make_alarm(deployer.aws(), name)


@pytest.mark.parametrize("name", CASES)
def test_the_plan_of_an_example(name: str, deployer: Deployer, monkeypatch: pytest.MonkeyPatch) -> None:
    path, environment = CASES[name]
    loaded = load(path, environment=environment, environ={})
    make_network(deployer, loaded.spec, monkeypatch)
    set_secrets(deployer, loaded)
    make_roles(deployer, loaded)
    make_file_systems(deployer, loaded, monkeypatch)
    make_key(deployer, loaded)
    make_alarms(deployer, loaded)
    if loaded.spec.load_balancer.domain:
        zone = loaded.spec.load_balancer.domain.partition(".")[2]
        deployer.aws().call("route53", "CreateHostedZone", Name=zone, CallerReference=zone)
    app = build(loaded, region=REGION, content_hash=content_hash)
    run = deployer.run(loaded)
    document = operations.plan(run, app).document(run)
    text = stable(plan_text(document)) + "\n"
    expected = EXPECTED / f"{name}.txt"
    if WRITES:
        expected.write_text(text, "utf-8")
    assert text == expected.read_text("utf-8")


def test_no_text_is_left_over() -> None:
    assert {path.stem for path in EXPECTED.glob("*.txt")} == set(CASES)
