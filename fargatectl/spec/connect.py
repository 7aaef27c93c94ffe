"""How services of an app find each other: ECS Service Connect."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from fargatectl.spec import fields
from fargatectl.spec.parts import Model
from fargatectl.spec.tracing import Traced

DNS = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?){0,5}"


def _on() -> fields.Reader:
    """`true`, `false`, or a map."""

    def read(value: object) -> object:
        if isinstance(value, Mapping | Connect) or value is None:
            return value
        return {} if fields.yes_or_no().read(value) else None

    return fields.Reader(read, {"type": "boolean"}, extends=True)


class Connect(Model):
    """A service's place in Service Connect: the name and port by which the others reach it."""

    name: Annotated[str, fields.matching(DNS, "write a DNS name, such as api", longest=127)] | None = Field(
        None, description="The DNS name by which the others reach it; the service's name if not given."
    )
    listen: Annotated[int, fields.whole(1, 65535)] | None = Field(
        None, description="The port at which they do; the container's `port` if not given."
    )
    protocol: Annotated[
        Literal["tcp", "http", "http2", "grpc"],
        fields.one_of({name: name for name in ("tcp", "http", "http2", "grpc")}),
    ] = Field("tcp", description="tcp, or http, http2 or grpc, of which there are metrics for each answer.")


class Connected(Traced):
    """What is said of a service's place among the others."""

    connect: Annotated[Connect | None, _on()] = Field(
        None,
        description=(
            "ECS Service Connect: `true`, or a map. The app's services that have it reach each other by "
            "name, `http://api:8080`, through a proxy that ECS runs in each task (give those tasks some more "
            "memory). A service without a `port` only reaches the others."
        ),
    )

    @model_validator(mode="after")
    def _can_listen(self) -> Self:
        if self.connect is not None and getattr(self, "port", None) is None:
            for key in ("name", "listen"):
                if getattr(self.connect, key) is not None:
                    raise fields.fault("needs port: the one that the container listens on", "connect", key)
        return self
