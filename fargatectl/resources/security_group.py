"""The EC2 security group around a service's tasks, with its rules."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any, ClassVar, Self

from fargatectl.aws.errors import AwsError
from fargatectl.dataclass import dataclass
from fargatectl.engine.observe import Look
from fargatectl.engine.outputs import Outputs, texts
from fargatectl.engine.resource import FIXED, IDENTITY, FieldChange, Live, Resource
from fargatectl.engine.rights import Operation, Right, Territory
from fargatectl.engine.scope import TAG_ID
from fargatectl.engine.tools import Tools
from fargatectl.errors import ForeignError
from fargatectl.resources import _overridable
from fargatectl.resources._ec2 import ours
from fargatectl.resources._tags import read, upper
from fargatectl.resources.network import Network, locate

ANYWHERE = "0.0.0.0/0"
ANYWHERE_IPV6 = "::/0"
EVERYTHING = f"all {ANYWHERE}"


def tcp(port: int, source: str = ANYWHERE) -> str:
    """The rule that lets TCP to a port in, as text: ``tcp 8080 0.0.0.0/0``."""
    return f"tcp {port} {source}"


def peer(group: SecurityGroup) -> str:
    """What stands in a rule for a group that is one of the `peers`: its id is not known yet."""
    return f"{{{group.name}}}"


@dataclass(frozen=True, kw_only=True, eq=False)
class SecurityGroup(Resource):
    """A security group; its rules are texts, ``<protocol> [<port>[-<port>]] <CIDR or sg-...>``.

    Attributes:
        peers: Groups that the rules speak of, as `peer` writes them.

    Outputs: ``arn`` (its id, which is what others refer to).
    """

    kind: ClassVar[str] = "ec2.security_group"
    overridable = _overridable.SECURITY_GROUP

    network: Network = field(metadata=FIXED)
    ingress: tuple[str, ...] = ()
    egress: tuple[str, ...] = (EVERYTHING,)
    peers: tuple[SecurityGroup, ...] = field(default=(), metadata=IDENTITY)

    def values(self, outputs: Outputs) -> dict[str, object]:
        return {
            "network": outputs.get(self.network, "vpc"),
            "ingress": self._rules(self.ingress, outputs),
            "egress": self._rules(self.egress, outputs),
        }

    def _rules(self, rules: Iterable[str], outputs: Outputs) -> tuple[str, ...]:
        """With the ids of the peers; one that is not made yet stands there by its name, unlike all ids."""
        ids = {peer(group): str(outputs.get(group)) for group in self.peers}
        return tuple(sorted(" ".join(ids.get(word, word) for word in rule.split()) for rule in rules))

    def rights(self, territory: Territory) -> Sequence[Right]:
        # AWS gives groups their ids: they are told apart by their tags.
        groups = (territory.arn("ec2", "security-group/*"),)
        vpc = (territory.arn("ec2", f"vpc/{self.network.vpc or '*'}"),)
        tagged, to_tag = territory.tagged("aws:ResourceTag"), territory.tagged("aws:RequestTag")
        making = {"StringEquals": {"ec2:CreateAction": "CreateSecurityGroup"}}
        changes = tuple(
            f"ec2:{verb}SecurityGroup{way}"
            for verb in ("Authorize", "Revoke")
            for way in ("Ingress", "Egress")
        )
        return (
            Right((Operation.FIND, Operation.SEARCH), ("ec2:DescribeSecurityGroups",)),
            Right((Operation.CREATE,), ("ec2:CreateSecurityGroup",), groups, to_tag),
            Right((Operation.CREATE,), ("ec2:CreateSecurityGroup",), vpc),
            Right((Operation.CREATE,), ("ec2:CreateTags",), groups, making),
            Right((Operation.UPDATE,), changes, groups, tagged),
            Right((Operation.DELETE, Operation.PRUNE), ("ec2:DeleteSecurityGroup",), groups, tagged),
        )

    @classmethod
    def find(cls, look: Look, wanted: Sequence[Self]) -> Iterable[Live]:
        mine, named = look.gather(
            lambda: own_groups(look),
            lambda: _groups(look, _names(wanted)) if look.at_once else [],
        )
        known = {(live.name, live.fields["network"]) for live in mine}
        missing = [one for one in wanted if (one.name, locate(look, one.network).vpc) not in known]
        # A VPC of the app's own that is not made yet has no groups.
        vpcs = {vpc for one in missing if (vpc := locate(look, one.network).vpc)}
        if not look.at_once and vpcs:
            named = _groups(look, {**_names(missing), "vpc-id": sorted(vpcs)})
        names = {one.name for one in missing}
        return [*mine, *(one for one in named if one.name in names and one.fields["network"] in vpcs)]

    def create(self, tools: Tools, outputs: Outputs) -> Live:
        vpc = outputs.need(self.network, "vpc")
        answer = tools.aws.call(
            "ec2",
            "CreateSecurityGroup",
            GroupName=self.name,
            Description=f"fargatectl: {tools.scope.app} {tools.scope.environment} {self.id}",
            VpcId=vpc,
            TagSpecifications=[
                {
                    "ResourceType": "security-group",
                    "Tags": upper({"Name": self.name, **tools.scope.tags(self.id)}),
                }
            ],
        )
        # AWS gives every new group this one rule.
        fields = {"network": vpc, "ingress": (), "egress": (EVERYTHING,)}
        return Live(
            self.kind, self.id, self.name, self.address, True, fields, {"arn": str(answer["GroupId"])}
        )

    def update(self, tools: Tools, live: Live, fields: Mapping[str, FieldChange], outputs: Outputs) -> Live:
        values = self.values(outputs)
        for direction, old, new in _differences(live, fields, values):
            _change(tools, f"AuthorizeSecurityGroup{direction}", live.outputs["arn"], new - old)
        return dataclasses.replace(live, fields=values)

    def tidy(self, tools: Tools, live: Live, fields: Mapping[str, FieldChange], outputs: Outputs) -> None:
        """Last: tasks that still serve may need a rule that goes, such as that for the port of before."""
        for direction, old, new in _differences(live, fields, self.values(outputs)):
            _change(tools, f"RevokeSecurityGroup{direction}", live.outputs["arn"], old - new)

    @classmethod
    def delete(cls, tools: Tools, live: Live) -> None:
        try:
            tools.aws.call("ec2", "DeleteSecurityGroup", GroupId=live.outputs["arn"])
        except AwsError as error:
            if error.error == "DependencyViolation" and (others := _naming(tools, live.outputs["arn"])):
                raise ForeignError(
                    f"rules of security groups that are not ours name {live.name}: {', '.join(others)}",
                    hint="AWS removes no group that is named. Remove these rules, then run the same command "
                    "again: aws ec2 describe-security-groups --filters "
                    f"Name=ip-permission.group-id,Values={live.outputs['arn']}",
                ) from error
            raise  # tasks, which are on their way out, have interfaces in it


def _naming(tools: Tools, group: str) -> list[str]:
    """The groups of others with rules that name a group: they keep it for as long as they do."""
    found = {
        f"{one['GroupName']} ({one['GroupId']})"
        for direction in ("", "egress.")
        for one in tools.aws.items(
            "ec2", "DescribeSecurityGroups", "SecurityGroups",
            Filters=[{"Name": f"{direction}ip-permission.group-id", "Values": [group]}],
        )
        if one["GroupId"] != group and not tools.scope.owns(read(one.get("Tags"))) and _names_it(one, group)
    }  # fmt: skip
    return sorted(found)


def _names_it(other: Mapping[str, Any], group: str) -> bool:
    """Whether a rule of another group does; not everything that speaks EC2 knows that filter."""
    rules = [*other.get("IpPermissions", ()), *other.get("IpPermissionsEgress", ())]
    return any(peer.get("GroupId") == group for rule in rules for peer in rule.get("UserIdGroupPairs", ()))


def _differences(
    live: Live, fields: Mapping[str, FieldChange], values: Mapping[str, object]
) -> Iterable[tuple[str, set[str], set[str]]]:
    for root, direction in (("ingress", "Ingress"), ("egress", "Egress")):
        if root in fields:
            yield direction, set(texts(live.fields.get(root))), set(texts(values[root]))


def own_groups(look: Look) -> list[Live]:
    """The app's own, asked once for all who need them."""
    return look.once(
        "own security groups",
        lambda: [
            _live(look, group)
            for group in look.aws.items(
                "ec2", "DescribeSecurityGroups", "SecurityGroups", Filters=ours(look.scope)
            )
        ],
    )


def _change(tools: Tools, operation: str, group: str, rules: set[str]) -> None:
    if not rules:
        return
    permissions = [_permission(rule) for rule in sorted(rules)]
    try:
        tools.aws.call("ec2", operation, GroupId=group, IpPermissions=permissions)
    except AwsError as error:
        if not (error.exists if operation.startswith("Authorize") else error.gone):
            raise
        # One of them is as wanted already (a lost answer, tried again): AWS then takes none of the others.
        if len(rules) > 1:
            for rule in sorted(rules):
                _change(tools, operation, group, {rule})


def _permission(rule: str) -> dict[str, Any]:
    protocol, *ports, peer = rule.split()
    permission: dict[str, Any] = {"IpProtocol": "-1" if protocol == "all" else protocol}
    if ports:
        first, _, last = ports[0].partition("-")
        permission |= {"FromPort": int(first), "ToPort": int(last or first)}
    if peer.startswith("sg-"):
        permission["UserIdGroupPairs"] = [{"GroupId": peer}]
    elif ":" in peer:
        permission["Ipv6Ranges"] = [{"CidrIpv6": peer}]
    elif peer.startswith("pl-"):
        permission["PrefixListIds"] = [{"PrefixListId": peer}]
    else:
        permission["IpRanges"] = [{"CidrIp": peer}]
    return permission


def _rules(permissions: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    found = []
    for one in permissions:
        protocol = str(one["IpProtocol"])
        first, last = one.get("FromPort"), one.get("ToPort")
        words = ["all" if protocol == "-1" else protocol]
        if protocol != "-1" and first is not None:
            words.append(str(first) if first == last else f"{first}-{last}")
        peers = [
            *(str(peer["CidrIp"]) for peer in one.get("IpRanges", ())),
            *(str(peer["CidrIpv6"]) for peer in one.get("Ipv6Ranges", ())),
            *(str(peer["GroupId"]) for peer in one.get("UserIdGroupPairs", ())),
            *(str(peer["PrefixListId"]) for peer in one.get("PrefixListIds", ())),
        ]
        found += [" ".join([*words, peer]) for peer in peers]
    return tuple(sorted(found))


def _names(groups: Sequence[SecurityGroup]) -> dict[str, list[str]]:
    return {"group-name": sorted({one.name for one in groups})}


def _groups(look: Look, filters: Mapping[str, list[str]]) -> list[Live]:
    if not all(filters.values()):
        return []
    asked = [{"Name": name, "Values": values} for name, values in filters.items()]
    found = look.aws.items("ec2", "DescribeSecurityGroups", "SecurityGroups", Filters=asked)
    return [_live(look, group) for group in found]


def _live(look: Look, group: Mapping[str, Any]) -> Live:
    tags, name = read(group.get("Tags")), str(group["GroupName"])
    egress = _rules(group.get("IpPermissionsEgress", ()))
    if EVERYTHING in egress:
        # Where the VPC has IPv6, a new group lets everything out there too.
        egress = tuple(rule for rule in egress if rule != "all ::/0")
    return Live(
        SecurityGroup.kind,
        tags.get(TAG_ID, ""),
        name,
        name,
        look.scope.owns(tags),
        {
            "network": group.get("VpcId"),
            "ingress": _rules(group.get("IpPermissions", ())),
            "egress": egress,
        },
        {"arn": str(group["GroupId"])},
        raw=group,
    )
