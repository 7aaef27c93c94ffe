"""The rules between the services of an app, and between them and the keys of the app."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pydantic_core import PydanticCustomError

from fargatectl.spec import fields
from fargatectl.spec.containers import container_faults
from fargatectl.spec.discovery import name_faults
from fargatectl.spec.load_balancer import conflicts
from fargatectl.spec.log_router import router_faults
from fargatectl.spec.network import service_faults
from fargatectl.spec.ordering import order_faults
from fargatectl.spec.storage import storage_faults

if TYPE_CHECKING:
    from fargatectl.spec.models import Service


def misfits(services: Mapping[str, "Service"], app: Mapping[str, Any]) -> Iterator[PydanticCustomError]:
    """Every fault of services that are each right by themselves.

    Args:
        app: The app's other keys, without those that were refused already.
    """
    if "network" in app:
        yield from service_faults(app["network"], services)
    balancer = app.get("load_balancer")
    if balancer and balancer.model_fields_set and not any(one.load_balancer for one in services.values()):
        yield fields.fault(
            "is there for no service: add load_balancer: true to one, or take this out (in an overlay, null "
            "removes it)",
            "load_balancer",
            up=1,
        )
    behind = {name: one.load_balancer for name, one in services.items() if one.load_balancer}
    for name, why in conflicts(behind, {name: one.port for name, one in services.items()}):
        yield fields.fault(why, name, "load_balancer")
    yield from order_faults({name: service.after for name, service in services.items()})
    for name, one in services.items():
        own = one.container or name
        yield from container_faults(name, own, one, one.sidecars, one.health_check)
        yield from router_faults(name, own, one.log_router, one.sidecars)
    yield from name_faults(services)
    yield from storage_faults(app.get("file_systems", {}), services)
