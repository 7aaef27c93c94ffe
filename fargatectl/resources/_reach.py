"""Whether a task in a subnet can reach what it needs, judged by routes, gateways and endpoints.

It says no only where that is certain: a route to a transit gateway, a firewall or an appliance may lead
anywhere. Sources: Amazon ECS Developer Guide, "Amazon ECS task networking options for Fargate" and "Amazon
ECS interface VPC endpoints"; Amazon ECR User Guide, "Amazon ECR interface VPC endpoints".
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fargatectl.dataclass import dataclass
from fargatectl.resources._routes import EVERYWHERE, default_route, destination, table_of, target

Shown = Mapping[str, Any]

INTERNET = "the internet"
S3 = "s3"
NAMES = {
    "ecr.api": "ECR",
    "ecr.dkr": "ECR",
    S3: "ECR",  # which keeps the layers of images there
    "logs": "CloudWatch Logs",
    "secretsmanager": "Secrets Manager",
    "ssm": "SSM Parameter Store",
}
"""An endpoint's service -> what is behind it, for people."""

# What a route may lead to that no route table tells the end of.
_UNKNOWN = ("tgw-", "pcx-", "vgw-", "eni-", "i-", "vpce-", "lgw-", "cagw-", "arn:")


@dataclass(frozen=True)
class Surroundings:
    """What stands in a VPC, as EC2 shows it.

    Attributes:
        groups: The security groups of the interface endpoints.
    """

    tables: Sequence[Shown]
    nats: Sequence[Shown]
    endpoints: Sequence[Shown]
    groups: Sequence[Shown] = ()


@dataclass(frozen=True)
class Task:
    """What a task brings along.

    Attributes:
        needs: Services of `NAMES`, and `INTERNET` for an image from elsewhere.
        public_ip: Whether it has a public IPv4 address.
        groups: Ids of security groups that it is or may be in.
    """

    needs: tuple[str, ...]
    public_ip: bool
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Stuck:
    """What a task in a subnet cannot reach.

    Attributes:
        why: Which route is missing, for people.
        missing: What it cannot reach -> why the endpoint for it does not help; empty where there is none.
        remedy: What would help.
    """

    subnet: str
    table: str
    why: str
    missing: Mapping[str, str]
    remedy: str

    @property
    def what(self) -> str:
        """What it cannot reach, for people."""
        names = list(dict.fromkeys(NAMES.get(need, need) for need in self.missing))
        return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)

    @property
    def endpoints(self) -> str:
        """Why endpoints do not help, for people; empty where none could."""
        lacking = [need for need, reason in self.missing.items() if not reason and need != INTERNET]
        none = f"the VPC has no endpoint for {', '.join(lacking)}" if lacking else ""
        return "; ".join(dict.fromkeys(filter(None, [none, *self.missing.values()])))


def stuck(subnet: Shown, task: Task, around: Surroundings) -> Stuck | None:
    """What a task in this subnet cannot reach; None where nothing is certainly out of reach."""
    table = table_of(str(subnet["SubnetId"]), around.tables)
    if not table:  # nobody can tell
        return None
    why, remedy = _no_way_out(subnet, table, task, around)
    if not why:
        return None
    reasons = {need: _no_endpoint(need, subnet, table, task, around) for need in task.needs}
    missing = {need: reason for need, reason in reasons.items() if reason is not None}
    if not missing:
        return None
    return Stuck(str(subnet["SubnetId"]), str(table.get("RouteTableId", "")), why, missing, remedy)


def endpoint_groups(endpoints: Iterable[Shown]) -> list[str]:
    """The ids of the security groups around endpoints."""
    return sorted({str(group["GroupId"]) for one in endpoints for group in one.get("Groups", ())})


_NAT = "a route 0.0.0.0/0 to a NAT gateway"


def _no_way_out(subnet: Shown, table: Shown, task: Task, around: Surroundings) -> tuple[str, str]:
    """Why nothing leads to the internet, and what would; empty where something does or may."""
    name = f"its route table {table.get('RouteTableId')}"
    if subnet.get("Ipv6Native"):
        out = default_route(table, "ipv6") or _nat64(table)
        why = f"{name} has no route for IPv6 to an internet gateway, egress-only or not"
        return ("", "") if out else (why, "a route ::/0 to an internet gateway")
    to = default_route(table, "ipv4")
    if not to:
        if any(target(one).startswith(_UNKNOWN) for one in _beyond(table) if not _to_a_service(one)):
            return "", ""
        only = " (its route for IPv6 does not help: these have IPv4 addresses)" * bool(
            default_route(table, "ipv6")
        )
        return f"{name} has no route to the internet{only}", _NAT
    if _state(table, to) == "blackhole":
        return f"the route 0.0.0.0/0 of {name} leads to {to}, which is gone", _NAT
    if to.startswith("igw-"):
        if task.public_ip:
            return "", ""
        return (
            f"{name} leads to the internet gateway {to}, and the task has no public IP address",
            "public_ip",
        )
    if to.startswith("nat-"):
        return _no_nat(to, around)
    return "", ""


def _no_nat(to: str, around: Surroundings) -> tuple[str, str]:
    """Why a NAT gateway of this VPC leads nowhere; one of another VPC may lead anywhere."""
    for nat in around.nats:
        if nat["NatGatewayId"] != to:
            continue
        if nat.get("State", "available") not in ("available", "pending"):
            return f"its NAT gateway {to} is {nat['State']}", _NAT
        if nat.get("ConnectivityType", "public") == "private":
            return f"its NAT gateway {to} is a private one", "a route 0.0.0.0/0 to a public NAT gateway"
        there = table_of(str(nat["SubnetId"]), around.tables)
        if there and not default_route(there, "ipv4"):
            return (
                f"its NAT gateway {to} stands in {nat['SubnetId']}, whose route table "
                f"{there.get('RouteTableId')} has no route to an internet gateway",
                f"a route 0.0.0.0/0 to an internet gateway in {there.get('RouteTableId')}",
            )
    return "", ""


def _no_endpoint(need: str, subnet: Shown, table: Shown, task: Task, around: Surroundings) -> str | None:
    """Why no endpoint gives a task what it needs, empty where there is none; None where one does."""
    found = [one for one in around.endpoints if str(one["ServiceName"]).endswith(f".{need}")]
    found = [one for one in found if str(one.get("State", "available")).lower() in ("available", "pending")]
    faults = [_useless(one, subnet, table, task, around) for one in found]
    return None if "" in faults else next(iter(faults), "")


def _useless(endpoint: Shown, subnet: Shown, table: Shown, task: Task, around: Surroundings) -> str:
    name = endpoint["VpcEndpointId"]
    if endpoint.get("VpcEndpointType") == "Gateway":
        if table.get("RouteTableId") in endpoint.get("RouteTableIds", ()):
            return ""
        return f"the gateway endpoint {name} is not in route table {table.get('RouteTableId')}"
    if not endpoint.get("PrivateDnsEnabled"):
        # A hosted zone of the user's own may lead to it, or to another VPC's (AWS's centralized endpoints).
        return ""
    ids = {group["GroupId"] for group in endpoint.get("Groups", ())}
    groups = [one for one in around.groups if one["GroupId"] in ids]
    if groups and not any(_lets_in(one, subnet, task) for one in groups):
        return f"the security group {groups[0]['GroupId']} of the endpoint {name} does not let TCP 443 in"
    return ""


def _lets_in(group: Shown, subnet: Shown, task: Task) -> bool:
    """Whether a security group lets HTTPS in from a task in the subnet."""
    inside = ipaddress.ip_network(str(subnet["CidrBlock"]))
    for rule in group.get("IpPermissions", ()):
        if str(rule["IpProtocol"]) not in ("-1", "tcp", "6"):
            continue
        low, high = rule.get("FromPort", 0), rule.get("ToPort", 65535)
        if str(rule["IpProtocol"]) != "-1" and not low <= 443 <= high:
            continue
        if rule.get("PrefixListIds"):  # what is in it would take another call
            return True
        if any(str(pair["GroupId"]) in task.groups for pair in rule.get("UserIdGroupPairs", ())):
            return True
        if any(ipaddress.ip_network(one["CidrIp"]).overlaps(inside) for one in rule.get("IpRanges", ())):
            return True
    return False


def _beyond(table: Shown) -> list[Shown]:
    """The routes that lead out of the VPC."""
    return [one for one in table.get("Routes", ()) if target(one) not in ("", "local")]


def _to_a_service(route: Shown) -> bool:
    """Whether it is a gateway endpoint's, which leads to S3 or DynamoDB; a firewall's names addresses."""
    return destination(route).startswith("pl-") and target(route).startswith("vpce-")


def _nat64(table: Shown) -> str:
    return next((target(one) for one in _beyond(table) if destination(one) == "64:ff9b::/96"), "")


def _state(table: Shown, to: str) -> str:
    routes = [one for one in table.get("Routes", ()) if destination(one) == EVERYWHERE["ipv4"]]
    return next((str(one.get("State", "active")) for one in routes if target(one) == to), "active")
