"""What resources know of each other: ARNs, ids, digests; real, predicted, or not known yet."""

from __future__ import annotations

import threading
from typing import Any

from fargatectl.dataclass import dataclass
from fargatectl.engine.resource import Live, Resource


@dataclass(frozen=True)
class Pending:
    """A value that AWS gives only once `kind` `id` is made; unequal to everything known."""

    kind: str
    id: str
    output: str

    def __str__(self) -> str:
        return f"(the new {self.kind.partition('.')[2].replace('_', ' ')} {self.id})"


def texts(value: object) -> tuple[str, ...]:
    """The texts of a resolved list; none while it is not known."""
    return value if isinstance(value, tuple) else ()


class Outputs:
    """The live state of wanted resources, shared by the threads that converge them."""

    def __init__(self) -> None:
        self._live: dict[Resource, Live] = {}
        self._stale: set[Resource] = set()
        self._lock = threading.Lock()

    def put(self, resource: Resource, live: Live) -> None:
        """Say what a resource is now."""
        with self._lock:
            self._live[resource] = live
            self._stale.discard(resource)

    def expect(self, resource: Resource) -> None:
        """Say that a resource will be made anew: what it was is no longer to be relied on."""
        with self._lock:
            self._live.pop(resource, None)
            self._stale.add(resource)

    def live(self, resource: Resource) -> Live | None:
        """What a resource is now, or None while it is not there."""
        with self._lock:
            return self._live.get(resource)

    def get(self, resource: Resource, output: str = "arn") -> Any:
        """One output of a resource: what AWS said, else what can be predicted, else a `Pending`."""
        live = self.live(resource)
        if live is not None and output in live.outputs:
            return live.outputs[output]
        return resource.predict(self).get(output) or Pending(resource.kind, resource.id, output)

    def need(self, resource: Resource, output: str = "arn") -> str:
        """As `get`, for a call about to be made: the value must be known.

        Raises:
            LookupError: It is not; the order of work is wrong.
        """
        value = self.get(resource, output)
        if isinstance(value, Pending):
            raise LookupError(f"needed too early: {value}")
        return str(value)

    def resolve(self, value: object) -> object:
        """A field's value with every resource in it replaced by its main output."""
        if isinstance(value, Resource):
            return self.get(value)
        if isinstance(value, tuple):
            return tuple(self.resolve(item) for item in value)
        return value
