"""A VPC endpoint keeps its security groups and whether it has private DNS, which MiniStack forgets.

API names: CreateVpcEndpoint, ModifyVpcEndpoint, DescribeVpcEndpoints (VpcEndpoint.Groups, PrivateDnsEnabled).
"""

from __future__ import annotations

import re
from typing import Any

from ministack.services import ec2

from .patching import Function, replace

Endpoint = dict[str, Any]


def _created(original: Function) -> Function:
    def create_vpc_endpoint(parameters: dict[str, Any]) -> Any:
        status, headers, body = original(parameters)
        found = re.search(r"<vpcEndpointId>([^<]+)</vpcEndpointId>", _text(body))
        if found is None:
            return status, headers, body
        endpoint: Endpoint = ec2._vpc_endpoints[found[1]]
        endpoint["Groups"] = ec2._parse_member_list(parameters, "SecurityGroupId")
        asked = ec2._p(parameters, "PrivateDnsEnabled")
        # AWS's default: on for an interface endpoint.
        endpoint["PrivateDnsEnabled"] = endpoint["VpcEndpointType"] == "Interface" and asked != "false"
        return ec2._xml(200, "CreateVpcEndpointResponse", ec2._vpce_fields_xml(endpoint, tag="vpcEndpoint"))

    return create_vpc_endpoint


def _modified(original: Function) -> Function:
    def modify_vpc_endpoint(parameters: dict[str, Any]) -> Any:
        endpoint: Endpoint | None = ec2._vpc_endpoints.get(ec2._p(parameters, "VpcEndpointId"))
        if endpoint is not None:
            gone = ec2._parse_member_list(parameters, "RemoveSecurityGroupId")
            groups = [*endpoint.get("Groups", ()), *ec2._parse_member_list(parameters, "AddSecurityGroupId")]
            endpoint["Groups"] = [one for one in dict.fromkeys(groups) if one not in gone]
            if asked := ec2._p(parameters, "PrivateDnsEnabled"):
                endpoint["PrivateDnsEnabled"] = asked == "true"
        return original(parameters)

    return modify_vpc_endpoint


def _shown(original: Function) -> Function:
    def vpce_fields_xml(endpoint: Endpoint, tag: str = "item") -> str:
        groups = "".join(f"<item><groupId>{one}</groupId></item>" for one in endpoint.get("Groups", ()))
        dns = str(bool(endpoint.get("PrivateDnsEnabled"))).lower()
        more = f"<groupSet>{groups}</groupSet><privateDnsEnabled>{dns}</privateDnsEnabled>"
        text: str = original(endpoint, tag)
        return text.replace("<subnetIdSet>", f"{more}<subnetIdSet>", 1)

    return vpce_fields_xml


def _text(body: object) -> str:
    return body.decode() if isinstance(body, bytes) else str(body)


def install() -> None:
    """Replace what keeps and shows an endpoint."""
    replace(ec2, "_vpce_fields_xml", _shown)
    replace(ec2, "_create_vpc_endpoint", _created)
    replace(ec2, "_modify_vpc_endpoint", _modified)
