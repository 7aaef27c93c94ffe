"""The network as EC2 shows it: interfaces with filters and public addresses, groups in use, a way out.

API names: DescribeNetworkInterfaces, DeleteSecurityGroup (error ``DependencyViolation``),
AuthorizeSecurityGroupIngress (``InvalidPermission.Duplicate``), DescribeSecurityGroups,
DescribeRouteTables.
"""

from __future__ import annotations

from typing import Any

from ministack.services import ec2

from .patching import Function, replace

Interface = dict[str, Any]


def _filter_values(interface: Interface, name: str) -> set[str] | None:
    """What a DescribeNetworkInterfaces filter compares with, or None for a filter not known here."""
    groups = interface.get("Groups", [])
    known: dict[str, set[str]] = {
        "network-interface-id": {interface["NetworkInterfaceId"]},
        "group-id": {group["GroupId"] for group in groups},
        "group-name": {group["GroupName"] for group in groups},
        "subnet-id": {interface["SubnetId"]},
        "vpc-id": {interface["VpcId"]},
        "status": {interface["Status"]},
        "description": {interface["Description"]},
        "private-ip-address": {interface["PrivateIpAddress"]},
        "addresses.private-ip-address": {interface["PrivateIpAddress"]},
        "association.public-ip": {interface.get("Association", {}).get("PublicIp", "")},
        "interface-type": {interface.get("InterfaceType", "interface")},
        "availability-zone": {interface.get("AvailabilityZone", "")},
    }
    return known.get(name)


def _is_tag_filter(name: str) -> bool:
    return name == "tag-key" or name.startswith("tag:")


def describe_network_interfaces(parameters: dict[str, Any]) -> Any:
    """DescribeNetworkInterfaces, with its filters; one it does not know is an error, as in AWS."""
    wanted = ec2._parse_member_list(parameters, "NetworkInterfaceId")
    filters: dict[str, list[str]] = ec2._parse_filters(parameters)
    for interface_id in wanted:
        if interface_id not in ec2._network_interfaces:
            message = f"The networkInterface ID '{interface_id}' does not exist"
            return ec2._error("InvalidNetworkInterfaceID.NotFound", message, 400)
    found = ""
    for interface in list(ec2._network_interfaces.values()):
        if wanted and interface["NetworkInterfaceId"] not in wanted:
            continue
        if not ec2._resource_matches_tag_filters(interface["NetworkInterfaceId"], filters):
            continue
        matches = True
        for name, values in filters.items():
            if _is_tag_filter(name):
                continue
            actual = _filter_values(interface, name)
            if actual is None:
                return ec2._error("InvalidParameterValue", f"The filter '{name}' is invalid", 400)
            matches = matches and bool(actual & set(values))
        if matches:
            found += ec2._eni_fields_xml(interface)
    return ec2._xml(
        200, "DescribeNetworkInterfacesResponse", f"<networkInterfaceSet>{found}</networkInterfaceSet>"
    )


def _with_association(original: Function) -> Function:
    def eni_fields_xml(interface: Interface, tag: str = "item") -> str:
        xml: str = original(interface, tag=tag)
        public_ip = interface.get("Association", {}).get("PublicIp")
        if not public_ip:
            return xml
        association = (
            f"<association><publicIp>{public_ip}</publicIp><publicDnsName></publicDnsName>"
            "<ipOwnerId>amazon</ipOwnerId></association>"
        )
        return xml.replace("<groupSet>", f"{association}<groupSet>", 1)

    return eni_fields_xml


def _refusing_groups_in_use(original: Function) -> Function:
    def delete_security_group(parameters: dict[str, Any]) -> Any:
        group_id = ec2._p(parameters, "GroupId")
        users = [
            interface
            for interface in list(ec2._network_interfaces.values())
            if any(group["GroupId"] == group_id for group in interface.get("Groups", []))
        ]
        peers = [
            other
            for other in list(ec2._security_groups.values())
            if other["GroupId"] != group_id and _names_group(other, group_id)
        ]
        if group_id and (users or peers):
            return ec2._error("DependencyViolation", f"resource {group_id} has a dependent object", 400)
        return original(parameters)

    return delete_security_group


def _names_group(group: dict[str, Any], group_id: str) -> bool:
    rules = [*group.get("IpPermissions", []), *group.get("IpPermissionsEgress", [])]
    return any(pair.get("GroupId") == group_id for rule in rules for pair in rule.get("UserIdGroupPairs", []))


def _with_group_id_filter(original: Function) -> Function:
    def describe_security_groups(parameters: dict[str, Any]) -> Any:
        wanted = ec2._parse_filters(parameters).get("group-id")
        if wanted is None:
            return original(parameters)
        known = [group_id for group_id in wanted if group_id in ec2._security_groups]
        if not known:
            return ec2._xml(200, "DescribeSecurityGroupsResponse", "<securityGroupInfo></securityGroupInfo>")
        narrowed = {**parameters}
        for position, group_id in enumerate(known, start=1):
            narrowed[f"GroupId.{position}"] = [group_id]
        return original(narrowed)

    return describe_security_groups


def _with_route_to_the_internet(original: Function) -> Function:
    """A default VPC's main route table leads to its internet gateway ("Default VPCs", VPC user guide)."""

    def init_defaults() -> None:
        is_new = ec2._DEFAULT_RTB_ID not in ec2._route_tables
        original()
        if is_new:
            ec2._route_tables[ec2._DEFAULT_RTB_ID]["Routes"].append(dict(_DEFAULT_ROUTE))

    return init_defaults


_DEFAULT_ROUTE = {
    "DestinationCidrBlock": "0.0.0.0/0",
    "GatewayId": ec2._DEFAULT_IGW_ID,
    "State": "active",
    "Origin": "CreateRoute",
}


def _refusing_duplicates(original: Function) -> Function:
    def authorize_ingress(parameters: dict[str, Any]) -> Any:
        group = ec2._security_groups.get(ec2._p(parameters, "GroupId"))
        asked = _sources(ec2._parse_ip_permissions(parameters, "IpPermissions"))
        if group and asked & _sources(group["IpPermissions"]):
            message = "the specified rule already exists"
            return ec2._error("InvalidPermission.Duplicate", message, 400)
        return original(parameters)

    return authorize_ingress


def _sources(permissions: list[dict[str, Any]]) -> set[tuple[object, ...]]:
    """Every single rule in `permissions`: protocol, ports and one source."""
    return {
        (rule.get("IpProtocol"), rule.get("FromPort"), rule.get("ToPort"), source[key])
        for rule in permissions
        for ranges, key in (
            ("IpRanges", "CidrIp"),
            ("Ipv6Ranges", "CidrIpv6"),
            ("UserIdGroupPairs", "GroupId"),
        )
        for source in rule.get(ranges, [])
        if key in source
    }


def install() -> None:
    """Replace EC2's answers about interfaces and security groups; complete the default VPC."""
    for table in ec2._route_tables.values():  # made when the module was imported
        table["Routes"].append(dict(_DEFAULT_ROUTE))
    replace(ec2, "_eni_fields_xml", _with_association)
    replace(ec2, "_describe_network_interfaces", lambda _original: describe_network_interfaces)
    replace(ec2, "_delete_security_group", _refusing_groups_in_use)
    replace(ec2, "_describe_security_groups", _with_group_id_filter)
    replace(ec2, "_authorize_sg_ingress", _refusing_duplicates)
    replace(ec2, "_init_defaults", _with_route_to_the_internet)
