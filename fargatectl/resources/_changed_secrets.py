"""Which services run with values of secrets that were changed since."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from fargatectl.resources.secret import stored
from fargatectl.rollout.deployments import primary

if TYPE_CHECKING:
    from fargatectl.engine.observe import Look
    from fargatectl.resources._services import Found
    from fargatectl.resources.task_definition import TaskDefinition


def changed_secrets(
    look: Look, definitions: Mapping[str, TaskDefinition]
) -> Callable[[Found], tuple[str, ...]]:
    """Tells of a service the ids of the app's own secrets that were set since its newest deployment began.

    ECS hands a secret's value to a task when it starts (ECS Developer Guide, "Pass sensitive data to an ECS
    container"): what changes later, running tasks do not see.

    Args:
        definitions: Address of a wanted service -> what its tasks are made of.
    """
    if not any(one.own_secrets for one in definitions.values()):
        return lambda _: ()
    changed_at = {str(one["Name"]): one.get("LastModifiedDate") for one in stored(look)}

    def changed(service: Found) -> tuple[str, ...]:
        definition, began = definitions.get(service.address), primary(service.raw).get("createdAt")
        if definition is None or not isinstance(began, datetime):
            return ()
        moments = {one.id: changed_at.get(one.name) for one in definition.own_secrets}
        # One that is not there is about to be made, with another value.
        return tuple(name for name, moment in moments.items() if moment is None or moment > began)

    return changed
