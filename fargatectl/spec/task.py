"""What a service says of its tasks beside its own container: the other containers."""

from pydantic import Field

from fargatectl.spec import fields
from fargatectl.spec.containers import Sidecar
from fargatectl.spec.discovery import Discoverable
from fargatectl.spec.log_router import LogRouter
from fargatectl.spec.parts import EcsName


class TaskOptions(Discoverable):
    """The options of the service's own container, and the containers beside it."""

    sidecars: dict[EcsName, Sidecar] = Field(
        default_factory=fields.fresh(dict),
        description="Containers that run beside it in every task, by name.",
    )
    log_router: LogRouter | None = Field(
        None,
        description=(
            "Route what its containers print with FireLens: a container `log_router` runs in every task and "
            "sends it on. Only its own lines are then in the app's log group, where `fargatectl logs` and "
            "the explanation of a failure look."
        ),
    )
