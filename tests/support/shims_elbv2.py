"""Where moto's Elastic Load Balancing keeps less than AWS does; see `shims`.

- CreateLoadBalancer: moto makes another one of a name that is taken. AWS answers with the one that is there
  where all is the same, else DuplicateLoadBalancerName. The DNS name is moto's for every one of the name.
- CreateTargetGroup: moto refuses the same one again; AWS answers with it.
- CreateListener: moto makes another one on the same port; AWS refuses it.
- ModifyListener: moto keeps the certificates of one that speaks TLS no more.
- Resource Groups Tagging API: moto does not index listeners and rules; AWS does.
- The default VPC: moto's has no internet gateway, AWS's has.
"""

from __future__ import annotations

from typing import Any


def install(monkeypatch: Any) -> None:
    """Bring moto closer to AWS for as long as the patches last."""
    from moto.core.resource_tagging import TaggedResource
    from moto.ec2.models import EC2Backend
    from moto.elbv2.exceptions import (
        DuplicateListenerError,
        DuplicateLoadBalancerName,
        DuplicateTargetGroupName,
    )
    from moto.elbv2.models import ELBv2Backend

    balancer, group = ELBv2Backend.create_load_balancer, ELBv2Backend.create_target_group
    listener, tagged = ELBv2Backend.create_listener, ELBv2Backend.iter_tagged_resources
    default_vpc = EC2Backend.create_default_vpc

    def create_load_balancer(self: Any, name: str, *given: Any, **more: Any) -> Any:
        for one in self.load_balancers.values():
            if one.name == name:
                tags = self.tagging_service.get_tag_dict_for_resource(one.arn)
                wanted = {tag["Key"]: tag["Value"] for tag in more.get("tags") or ()}
                groups = more.get("security_groups", given[0] if given else [])
                if tags == wanted and sorted(one.security_groups) == sorted(groups):
                    return one
                raise DuplicateLoadBalancerName
        made = balancer(self, name, *given, **more)
        # AWS gives each a number of its own.
        made.dns_name = made.dns_name.replace(f"{name}-1.", f"{name}-{int(made.arn[-8:], 16)}.")
        return made

    def create_target_group(self: Any, name: str, **more: Any) -> Any:
        for one in self.target_groups.values():
            if one.name == name:
                if (one.protocol, one.vpc_id) == (more.get("protocol"), more.get("vpc_id")):
                    tags = self.tagging_service.get_tag_dict_for_resource(one.arn)
                    if tags == {tag["Key"]: tag["Value"] for tag in more.get("tags") or ()}:
                        return one
                raise DuplicateTargetGroupName
        return group(self, name, **more)

    def create_listener(self: Any, load_balancer_arn: str, protocol: str, port: str, *given: Any,
                        **more: Any) -> Any:  # fmt: skip
        owner = self.load_balancers.get(load_balancer_arn)
        if owner and any(str(one.port) == str(port) for one in owner.listeners.values()):
            raise DuplicateListenerError
        return listener(self, load_balancer_arn, protocol, port, *given, **more)

    def iter_tagged_resources(self: Any) -> Any:
        yield from tagged(self)
        for owner in self.load_balancers.values():
            for one in owner.listeners.values():
                rules = [rule.arn for rule in one.rules.values() if not rule.is_default]
                for arn, type_name in [(one.arn, "listener"), *((arn, "listener-rule") for arn in rules)]:
                    tags = self.tagging_service.get_tag_dict_for_resource(arn)
                    kind = f"elasticloadbalancing:{type_name}"
                    yield TaggedResource(arn=arn, tags=tags, resource_type=kind)

    modify = ELBv2Backend.modify_listener

    def modify_listener(self: Any, *given: Any, **more: Any) -> Any:
        one = modify(self, *given, **more)
        if one.protocol not in ("HTTPS", "TLS"):
            one.certificate, one.certificates = None, []
        return one

    def create_default_vpc(self: Any) -> Any:
        vpc = default_vpc(self)
        gateway = self.create_internet_gateway()
        self.attach_internet_gateway(gateway.id, vpc.id)
        table = self.describe_route_tables(filters={"vpc-id": [vpc.id]})[0]
        self.create_route(table.id, "0.0.0.0/0", gateway_id=gateway.id)
        return vpc

    monkeypatch.setattr(ELBv2Backend, "create_load_balancer", create_load_balancer)
    monkeypatch.setattr(ELBv2Backend, "create_target_group", create_target_group)
    monkeypatch.setattr(ELBv2Backend, "create_listener", create_listener)
    monkeypatch.setattr(ELBv2Backend, "modify_listener", modify_listener)
    monkeypatch.setattr(ELBv2Backend, "iter_tagged_resources", iter_tagged_resources)
    monkeypatch.setattr(EC2Backend, "create_default_vpc", create_default_vpc)
