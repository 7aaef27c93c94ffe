"""`ec2.internet_gateway`."""

from __future__ import annotations

from collections.abc import Iterator

from fargatectl.resources._tags import read
from tests.lifecycle.case import Case, Drift, Thing
from tests.lifecycle.networks import NAMELESS, PUBLIC, TWICE, detach, everything, id_of
from tests.support.watched import WatchedAws


def things(aws: WatchedAws) -> Iterator[Thing]:
    default = {one["VpcId"] for one in everything(aws, "Vpcs") if one["IsDefault"]}
    for one in everything(aws, "InternetGateways"):
        vpcs = {to["VpcId"] for to in one["Attachments"]}
        yield Thing(one["InternetGatewayId"], one, read(one.get("Tags")), given=bool(vpcs & default))


def drop(aws: WatchedAws) -> None:
    gateway = id_of(aws, "InternetGateways", "network")
    detach(aws)
    aws.call("ec2", "DeleteInternetGateway", InternetGatewayId=gateway)


CASE = Case(
    kind="ec2.internet_gateway",
    id="network",
    spec=PUBLIC,
    things=things,
    made_by=("ec2:CreateInternetGateway", "ec2:AttachInternetGateway"),
    removed_by=("ec2:DetachInternetGateway", "ec2:DeleteInternetGateway"),
    drifts={"vpc": (Drift("it is taken off the VPC", detach),)},
    removal=Drift("it is deleted", drop, also=[("update", "ec2.route_table", ["ipv4"])]),
    cannot={
        "foreign": NAMELESS.format("CreateInternetGateway"),
        "repetition": TWICE.format("CreateInternetGateway"),
    },
)
