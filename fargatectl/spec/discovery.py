"""How a service is found by DNS: ECS service discovery with Cloud Map.

Sources: Cloud Map API reference (CreatePrivateDnsNamespace, CreateService); ECS developer guide, "Use service
discovery to connect Amazon ECS services with DNS names".
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from fargatectl.spec import fields
from fargatectl.spec.connect import DNS, Connected
from fargatectl.spec.deployment import SHIFTING
from fargatectl.spec.observing import Observed
from fargatectl.spec.parts import Model
from fargatectl.spec.scaling import most

if TYPE_CHECKING:
    from fargatectl.spec.models import Service

_LONGEST_NAME, _LONGEST_NAMESPACE = 127, 125  # together the 253 that DNS allows
_LONGEST_LABEL = 62  # of DNS's 63 an SRV record's begins with "_"
_TYPES = {"A": "A", "SRV": "SRV", "a": "A", "srv": "SRV"}
MOST_TASKS = 1000
"""ECS developer guide, service discovery considerations: of one service, as Route 53 holds no more."""


def _on() -> fields.Reader:
    """`true`, `false`, or a map."""

    def read(value: object) -> object:
        if isinstance(value, Mapping | Discovery) or value is None:
            return value
        return {} if fields.yes_or_no().read(value) else None

    return fields.Reader(read, {"type": "boolean"}, extends=True)


class Discovery(Model):
    """A service's name in DNS, where the addresses of its tasks are found."""

    name: (
        Annotated[str, fields.matching(DNS, "write a DNS name, such as api", longest=_LONGEST_NAME)] | None
    ) = Field(
        None,
        description=(
            "Its name in the namespace; the service's name if not given. An SRV record's is `_NAME._tcp`."
        ),
    )
    type: Annotated[Literal["A", "SRV"], fields.one_of(_TYPES)] = Field(
        "A",
        description="A: the address of each task, all that most programs ask for. SRV: its port as well.",
    )
    ttl: Annotated[int, fields.seconds(0, 2_147_483_647)] = Field(
        10,
        description="For how many seconds an answer may be kept, with tasks in it that are gone by then.",
    )


class AppDiscovery(Model):
    """Where the names of services with `discovery` are."""

    namespace: (
        Annotated[
            str,
            fields.matching(DNS, "write a domain name, such as shop.local", longest=_LONGEST_NAMESPACE),
        ]
        | None
    ) = Field(
        None,
        description=(
            "The namespace, what all the names end with: `APP.local` if not given, and `APP-ENV.local` in an "
            "environment. It is a private hosted zone of the VPC, and hides a public domain of that name."
        ),
    )


class Discoverable(Connected):
    """What is said of a service's names."""

    discovery: Annotated[Discovery | None, _on()] = Field(
        None,
        description=(
            "Service discovery with Cloud Map: `true`, or a map. Anything in the VPC finds the tasks by DNS, "
            "`api.shop.local`, and connects to them itself, without a proxy. Behind a load balancer the "
            "app's other services are let in too."
        ),
    )

    @model_validator(mode="after")
    def _can_be_found(self) -> Self:
        if self.discovery is not None and (why := _why_not(self)):
            raise fields.fault(why[0], "discovery", *why[1:])
        return self


def _why_not(service: Discoverable) -> tuple[str, ...]:
    """What is wrong with its `discovery`, and below it with which key."""
    from fargatectl.spec.models import Service

    assert isinstance(service, Service)
    assert service.discovery is not None
    wanted = service.discovery
    if service.port is None:
        return ("needs port: the one that the container listens on",)
    if service.deployment.strategy in SHIFTING:
        return (
            f"cannot stand beside deployment.strategy: {service.deployment.strategy}, which shifts requests "
            "at the load balancer, while DNS would show new tasks at once: use rolling, or connect",
        )
    tasks = most(service.count, service.scaling)
    if tasks > MOST_TASKS:
        return (f"is for at most {MOST_TASKS} tasks, not {tasks}: use connect or load_balancer",)
    name = wanted.name or ""
    if wanted.type == "SRV" and ("." in name or len(name) > _LONGEST_LABEL):
        return (
            f"{fields.describe(name)} is not valid: with type SRV write one label of at most "
            f"{_LONGEST_LABEL} characters, such as api",
            "name",
        )
    return ()


class Named(Observed):
    """The key of the app about its services' names."""

    discovery: AppDiscovery = Field(
        default_factory=fields.fresh(AppDiscovery),
        description="The namespace of the services with `discovery`, which is made for them.",
    )


def record_name(service: str, wanted: Discovery) -> str:
    """Its name in the namespace; of an SRV record as RFC 2782 has it, unlike any other type's."""
    name = wanted.name or service
    return f"_{name}._tcp" if wanted.type == "SRV" else name


def name_faults(services: Mapping[str, "Service"]) -> Iterator[PydanticCustomError]:
    """Services that have the name of another one."""
    known: dict[str, str] = {}
    for service, one in services.items():
        if one.discovery is None:
            continue
        name = record_name(service, one.discovery)
        if name in known:
            why = f"has the name {name}, as {known[name]} has: give it another one (discovery.name)"
            yield fields.fault(why, service, "discovery")
        known[name] = service
