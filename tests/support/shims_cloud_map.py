"""Where moto's Cloud Map keeps less than AWS does; see `tests.support.shims`.

Source: Cloud Map API reference, the errors of each operation.

- CreateHttpNamespace, CreatePrivateDnsNamespace, CreateService: moto makes a second one of the same name; and
  it refuses a second private namespace in one VPC, of whatever name. On AWS a name is the VPC's own, or the
  account's where there is no VPC. The same request id is the same request.
- CreatePrivateDnsNamespace, DeleteNamespace: moto calls the hosted zone otherwise than the namespace, puts
  it into no VPC, and leaves it there.
- DeleteNamespace, DeleteService: moto removes a namespace with services in it, and a service that is not
  there.
- ListServices: moto ignores the filters, and shows the namespace.
- ECS UpdateService: moto drops ``serviceRegistries``.
- ECS CreateService, UpdateService: moto takes a registry that is not there.
"""

from __future__ import annotations

import json
from typing import Any


def install(monkeypatch: Any) -> None:
    """Bring moto closer to AWS for as long as the patches last."""
    from moto.core.exceptions import JsonRESTError
    from moto.ecs.exceptions import EcsClientException
    from moto.ecs.responses import EC2ContainerServiceResponse
    from moto.route53 import route53_backends
    from moto.servicediscovery.models import ServiceDiscoveryBackend, servicediscovery_backends
    from moto.servicediscovery.responses import ServiceDiscoveryResponse

    http = ServiceDiscoveryBackend.create_http_namespace
    private = ServiceDiscoveryBackend.create_private_dns_namespace
    make = ServiceDiscoveryBackend.create_service
    remove, drop = ServiceDiscoveryBackend.delete_namespace, ServiceDiscoveryBackend.delete_service

    def refuse_second(self: Any, name: str, vpc: str | None) -> None:
        if any((one.name, one.vpc) == (name, vpc) for one in self.namespaces.values()):
            raise JsonRESTError("NamespaceAlreadyExists", f"Namespace {name} already exists")

    def create_http_namespace(self: Any, name: str, *given: Any, **more: Any) -> Any:
        refuse_second(self, name, None)
        return http(self, name, *given, **more)

    def create_private_dns_namespace(self: Any, *, name: str, vpc: str, **more: Any) -> Any:
        refuse_second(self, name, vpc)
        others = [(one, one.vpc) for one in self.namespaces.values()]
        for one, _ in others:
            one.vpc = None
        try:
            operation = private(self, name=name, vpc=vpc, **more)
        finally:
            for one, own in others:
                one.vpc = own
        made = self.namespaces[self.operations[operation].targets["NAMESPACE"]]
        made.dns_properties["HostedZoneId"] = made.dns_properties["HostedZoneId"].rpartition("/")[2]
        zone = zones(self)[made.dns_properties["HostedZoneId"]]
        zone.name = f"{name}."
        zone.add_vpc(vpc, self.region_name)
        return operation

    def zones(self: Any) -> Any:
        return route53_backends[self.account_id]["aws"].zones

    def delete_namespace(self: Any, namespace_id: str) -> Any:
        if any(one.namespace_id == namespace_id for one in self.services.values()):
            raise JsonRESTError("ResourceInUse", "Namespace has associated services")
        namespace = self.namespaces.get(namespace_id)
        if namespace is not None and namespace.type == "DNS_PRIVATE":
            zones(self).pop(namespace.dns_properties.get("HostedZoneId"), None)
        return remove(self, namespace_id)

    def create_service(self: Any, *, name: str, namespace_id: str, **more: Any) -> Any:
        if any((one.name, one.namespace_id) == (name, namespace_id) for one in self.services.values()):
            raise JsonRESTError("ServiceAlreadyExists", f"Service {name} already exists")
        return make(self, name=name, namespace_id=namespace_id, **more)

    def delete_service(self: Any, service_id: str) -> Any:
        if self.get_service(service_id).instances:
            raise JsonRESTError("ResourceInUse", "Service contains registered instances")
        return drop(self, service_id)

    def list_services(self: Any) -> str:
        filters = json.loads(self.body).get("Filters") or ()
        wanted = {value for one in filters if one["Name"] == "NAMESPACE_ID" for value in one["Values"]}
        every = self.servicediscovery_backend.list_services()
        shown = [one.to_json() for one in every if one.namespace_id in wanted or not wanted]
        for one in shown:
            one.pop("NamespaceId")  # as on AWS, which shows it of a single one
        return json.dumps({"Services": shown})

    made, changed = EC2ContainerServiceResponse.create_service, EC2ContainerServiceResponse.update_service

    def known(self: Any) -> list[dict[str, Any]] | None:
        registries: list[dict[str, Any]] | None = self._get_param("serviceRegistries")
        services = servicediscovery_backends[self.current_account][self.region].services.values()
        for one in registries or ():
            if one["registryArn"] not in {service.arn for service in services}:
                raise EcsClientException(f"The registry {one['registryArn']} does not exist.")
        return registries

    def create_ecs_service(self: Any) -> Any:
        known(self)
        return made(self)

    def update_ecs_service(self: Any) -> Any:
        registries = known(self)
        result = changed(self)
        if registries is not None:
            result.result["service"].service_registries = registries
        return result

    for name, patch in {
        "create_http_namespace": create_http_namespace,
        "create_private_dns_namespace": create_private_dns_namespace,
        "delete_namespace": delete_namespace,
        "create_service": create_service,
        "delete_service": delete_service,
    }.items():
        monkeypatch.setattr(ServiceDiscoveryBackend, name, patch)
    monkeypatch.setattr(ServiceDiscoveryResponse, "list_services", list_services)
    monkeypatch.setattr(EC2ContainerServiceResponse, "create_service", create_ecs_service)
    monkeypatch.setattr(EC2ContainerServiceResponse, "update_service", update_ecs_service)
