"""Load balancers as ELBv2 makes, shows and removes them.

CreateLoadBalancer (one call with the same settings gives the one that is there), DescribeLoadBalancers,
DeleteLoadBalancer; the DNSName is an address that answers (see `elb_address`). A load balancer has a network
interface in each subnet, with its security groups, which are therefore in use until a moment after it is
deleted.
"""

from __future__ import annotations

import secrets
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import alb, ec2

from . import elb_address, elb_loop
from .patching import Function, replace

Parameters = dict[str, Any]
LoadBalancer = dict[str, Any]
_PROVISIONING = 1.0  # seconds; AWS takes a minute or three
_INTERFACES_LINGER = 2.0  # seconds; AWS takes up to some minutes
_PATHS = {"application": "app", "network": "net", "gateway": "gwy"}
_ZONES = {"application": "Z35SXDOTRQ7X7K", "network": "Z26RNL4JYFTOTI"}  # Route 53's, of us-east-1
_ATTRIBUTES = {
    "application": {
        "client_keep_alive.seconds": "3600",
        "load_balancing.cross_zone.enabled": "true",
        "routing.http.desync_mitigation_mode": "defensive",
        "routing.http.drop_invalid_header_fields.enabled": "false",
        "routing.http.preserve_host_header.enabled": "false",
        "routing.http.xff_client_port.enabled": "false",
        "routing.http.xff_header_processing.mode": "append",
        "routing.http2.enabled": "true",
        "waf.fail_open.enabled": "false",
    },
    "network": {"load_balancing.cross_zone.enabled": "false"},
}
_MIN_ZONES = 2
_LONGEST_NAME = 32


def _subnets(parameters: Parameters) -> list[str]:
    found: list[str] = list(alb._parse_member_list(parameters, "Subnets"))
    while subnet := alb._p(parameters, f"SubnetMappings.member.{len(found) + 1}.SubnetId"):
        found.append(subnet)
    return found


def _asked(parameters: Parameters) -> dict[str, Any]:
    """What tells two load balancers of one name apart."""
    return {
        "Type": alb._p(parameters, "Type", "application"),
        "Scheme": alb._p(parameters, "Scheme", "internet-facing"),
        "Subnets": sorted(_subnets(parameters)),
        "SecurityGroups": sorted(alb._parse_member_list(parameters, "SecurityGroups")),
    }


def _refusal(asked: dict[str, Any]) -> Any:
    """AWS's error where the subnets cannot hold such a load balancer."""
    for subnet in asked["Subnets"]:
        if subnet not in ec2._subnets:
            return alb._error("SubnetNotFound", f"The subnet ID '{subnet}' does not exist")
    for group in asked["SecurityGroups"]:
        if group not in ec2._security_groups:
            return alb._error("InvalidSecurityGroup", f"One or more security groups are invalid: {group}")
    subnets = [ec2._subnets[subnet] for subnet in asked["Subnets"]]
    zones = {subnet["AvailabilityZone"] for subnet in subnets}
    if asked["Type"] == "application" and len(zones) < _MIN_ZONES:
        message = "At least two subnets in two different Availability Zones must be specified"
        return alb._error("ValidationError", message)
    if len(zones) < len(subnets):
        message = "A load balancer cannot be attached to multiple subnets in the same Availability Zone"
        return alb._error("InvalidConfigurationRequest", message)
    for vpc in {subnet["VpcId"] for subnet in subnets} if asked["Scheme"] == "internet-facing" else ():
        attached = [one for gateway in ec2._internet_gateways.values() for one in gateway["Attachments"]]
        if not any(one["VpcId"] == vpc for one in attached):
            return alb._error("InvalidSubnet", f"VPC {vpc} has no internet gateway")
    return None


def _as_aws_makes_it(original: Function) -> Function:
    def create_lb(parameters: Parameters) -> Any:
        name, asked = alb._p(parameters, "Name"), _asked(parameters)
        if len(name) > _LONGEST_NAME:
            message = f"The load balancer name '{name}' cannot be longer than '{_LONGEST_NAME}' characters"
            return alb._error("ValidationError", message)
        for other in alb._lbs.values():
            if other["LoadBalancerName"] == name:
                if other["_asked"] == asked:
                    return _shown(other)
                message = f"A load balancer with the same name '{name}' exists, but with different settings"
                return alb._error("DuplicateLoadBalancerName", message)
        refused = _refusal(asked)
        if refused:
            return refused
        answer = original(parameters)
        if answer[0] != 200:
            return answer
        made = next(one for one in alb._lbs.values() if one["LoadBalancerName"] == name)
        _complete(made, asked, _subnets(parameters))
        return _shown(made)

    return create_lb


def _complete(made: LoadBalancer, asked: dict[str, Any], subnets: list[str]) -> None:
    old = made["LoadBalancerArn"]
    arn = old.replace("/app/", f"/{_PATHS[asked['Type']]}/", 1)
    for store in (alb._lbs, alb._tags, alb._lb_attrs):
        store[arn] = store.pop(old)
    taken = {one["_address"].host for one in list(alb._lbs._data.values()) if "_address" in one}
    address = elb_address.choose(taken)
    groups = asked["SecurityGroups"] or ([ec2._DEFAULT_SG_ID] if asked["Type"] == "application" else [])
    made.update(
        LoadBalancerArn=arn, DNSName=address.dns_name, Subnets=subnets, SecurityGroups=groups,
        VpcId=ec2._subnets[subnets[0]]["VpcId"], State="provisioning", _address=address, _asked=asked,
    )  # fmt: skip
    known = {one["Key"] for one in alb._lb_attrs[arn]}
    more = _ATTRIBUTES.get(asked["Type"], {})
    alb._lb_attrs[arn] += [{"Key": key, "Value": value} for key, value in more.items() if key not in known]
    _add_interfaces(made)
    elb_loop.later(_PROVISIONING, lambda: made.update(State="active"))


def _shown(load_balancer: LoadBalancer) -> Any:
    inner = f"<LoadBalancers>{alb._lb_xml(load_balancer)}</LoadBalancers>"
    return alb._xml(200, "CreateLoadBalancer", inner)


def _description(load_balancer: LoadBalancer) -> str:
    return f"ELB {load_balancer['LoadBalancerArn'].split(':loadbalancer/')[1]}"


def _add_interfaces(load_balancer: LoadBalancer) -> None:
    for position, subnet_id in enumerate(load_balancer["Subnets"]):
        subnet = ec2._subnets[subnet_id]
        interface: dict[str, Any] = {
            "NetworkInterfaceId": f"eni-{secrets.token_hex(9)[:17]}",
            "SubnetId": subnet_id,
            "VpcId": subnet["VpcId"],
            "AvailabilityZone": subnet["AvailabilityZone"],
            "Description": _description(load_balancer),
            "OwnerId": get_account_id(),
            "Status": "in-use",
            "PrivateIpAddress": subnet["CidrBlock"].rsplit(".", 1)[0] + f".{200 + position}",
            "InterfaceType": "interface",
            "SourceDestCheck": True,
            "MacAddress": "0a:" + ":".join(f"{byte:02x}" for byte in secrets.token_bytes(5)),
            "Groups": [
                {"GroupId": one, "GroupName": ec2._security_groups.get(one, {}).get("GroupName", one)}
                for one in load_balancer["SecurityGroups"]
            ],
            "Attachment": None,
        }
        ec2._network_interfaces[interface["NetworkInterfaceId"]] = interface


def _remove_interfaces(load_balancer: LoadBalancer) -> None:
    account, region, description = get_account_id(), get_region(), _description(load_balancer)

    def remove() -> None:
        for key, interface in list(ec2._network_interfaces._data.items()):
            if key[:2] == (account, region) and interface["Description"] == description:
                ec2._network_interfaces.pop_scoped(*key)

    elb_loop.later(_INTERFACES_LINGER, remove)


def _with_its_listeners(original: Function) -> Function:
    def delete_lb(parameters: Parameters) -> Any:
        arn = alb._p(parameters, "LoadBalancerArn")
        load_balancer = alb._lbs.get(arn)
        if load_balancer is None:
            return original(parameters)
        if alb._lb_attr(arn, "deletion_protection.enabled", "false") == "true":
            message = f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled"
            return alb._error("OperationNotPermitted", message)
        for listener, record in alb._listeners.items():
            if record["LoadBalancerArn"] == arn:
                alb._delete_listener({"ListenerArn": listener})
        _remove_interfaces(load_balancer)
        return original(parameters)

    return delete_lb


def _in_its_zones(original: Function) -> Function:
    def lb_xml(load_balancer: LoadBalancer) -> str:
        shown = str(original({**load_balancer, "Subnets": []}))
        zones = "".join(
            f"<member><ZoneName>{ec2._subnets.get(one, {}).get('AvailabilityZone', '')}</ZoneName>"
            f"<SubnetId>{one}</SubnetId><LoadBalancerAddresses></LoadBalancerAddresses></member>"
            for one in load_balancer["Subnets"]
        )
        own = _ZONES.get(load_balancer["Type"], "")
        shown = shown.replace(_ZONES["application"], own)
        return shown.replace(
            "<AvailabilityZones></AvailabilityZones>", f"<AvailabilityZones>{zones}</AvailabilityZones>"
        )

    return lb_xml


def _naming_the_missing(original: Function) -> Function:
    def describe_lbs(parameters: Parameters) -> Any:
        there = {one["LoadBalancerName"] for one in alb._lbs.values()}
        missing = [one for one in alb._parse_member_list(parameters, "Names") if one not in there]
        missing += [
            one for one in alb._parse_member_list(parameters, "LoadBalancerArns") if one not in alb._lbs
        ]
        if missing and all(len(one) <= _LONGEST_NAME or ":" in one for one in missing):
            return alb._error("LoadBalancerNotFound", f"Load balancers '[{', '.join(missing)}]' not found")
        return original(parameters)

    return describe_lbs


def _telling_groups(original: Function) -> Function:
    """A changed security group is that of the interfaces too."""

    def set_security_groups(parameters: Parameters) -> Any:
        answer = original(parameters)
        load_balancer = alb._lbs.get(alb._p(parameters, "LoadBalancerArn"))
        if answer[0] == 200 and load_balancer is not None:
            description = _description(load_balancer)
            for interface in ec2._network_interfaces.values():
                if interface["Description"] == description:
                    interface["Groups"] = [
                        {"GroupId": one, "GroupName": ec2._security_groups.get(one, {}).get("GroupName", one)}
                        for one in load_balancer["SecurityGroups"]
                    ]
        return answer

    return set_security_groups


def install() -> None:
    """Replace the answers named above."""
    replace(alb, "_create_lb", _as_aws_makes_it)
    replace(alb, "_lb_xml", _in_its_zones)
    replace(alb, "_describe_lbs", _naming_the_missing)
    replace(alb, "_delete_lb", _with_its_listeners)
    replace(alb, "_set_security_groups", _telling_groups)
