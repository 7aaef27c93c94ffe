"""`ec2.vpc`."""

from __future__ import annotations

from collections.abc import Iterator

from fargatectl.resources._tags import read
from tests.lifecycle.case import Case, Drift, Thing
from tests.lifecycle.networks import NAMELESS, PUBLIC, TWICE, everything, id_of, raze
from tests.support.watched import WatchedAws


def things(aws: WatchedAws) -> Iterator[Thing]:
    for one in everything(aws, "Vpcs"):
        answer = aws.call(
            "ec2", "DescribeVpcAttribute", VpcId=one["VpcId"], Attribute="enableDnsHostnames"
        )["EnableDnsHostnames"]  # fmt: skip
        yield Thing(one["VpcId"], {**one, "dns": answer}, read(one.get("Tags")), given=one["IsDefault"])


def no_names(aws: WatchedAws) -> None:
    vpc = id_of(aws, "Vpcs", "network")
    aws.call("ec2", "ModifyVpcAttribute", VpcId=vpc, EnableDnsHostnames={"Value": False})


CASE = Case(
    kind="ec2.vpc",
    id="network",
    spec=PUBLIC,
    things=things,
    made_by=("ec2:CreateVpc", "ec2:ModifyVpcAttribute"),
    removed_by=("ec2:DeleteVpc",),
    drifts={"dns_hostnames": (Drift("its tasks get no DNS names", no_names),)},
    fixed={
        "cidr": "ec2:CreateVpc gives it: others can be added, and a spec with others replaces the VPC.",
        "ipv6": "ec2:CreateVpc gives them; a spec that wants them later replaces the VPC.",
    },
    removal=Drift(
        "it is deleted with all that is in it",
        raze,
        also=[
            ("create", "ec2.subnet", []),
            ("create", "ec2.subnet", []),
            ("create", "ec2.route_table", []),
            ("create", "ec2.security_group", []),
            ("update", "ec2.internet_gateway", ["vpc"]),
            ("update", "ecs.service", ["network", "security_groups"]),
        ],
    ),
    cannot={"foreign": NAMELESS.format("CreateVpc"), "repetition": TWICE.format("CreateVpc")},
)
