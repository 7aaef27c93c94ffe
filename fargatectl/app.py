"""From a spec to the resources it asks for; `fargatectl.topology` knows each part."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fargatectl.engine.resource import Resource
from fargatectl.engine.scope import Scope
from fargatectl.resources.account import Account
from fargatectl.resources.service import Service
from fargatectl.topology import images as of_images
from fargatectl.topology import services as of_services
from fargatectl.topology import tasks
from fargatectl.topology.basis import basis, scope_of

if TYPE_CHECKING:
    from fargatectl.spec.models import LoadedSpec

__all__ = ["App", "build", "scope_of"]


@dataclass(frozen=True)
class App:
    """What a spec asks for.

    Attributes:
        desired: Every resource.
        services: By name.
    """

    scope: Scope
    account: Account
    desired: tuple[Resource, ...]
    services: Mapping[str, Service]


def build(
    loaded: LoadedSpec,
    *,
    region: str,
    content_hash: Callable[[Any], str],
    images: Mapping[str, str] | None = None,
) -> App:
    """The resources of a spec.

    Args:
        region: IAM is global: names and paths of roles need it.
        content_hash: Of a `fargatectl.images.context.BuildSpec`.
        images: Service name -> image reference that takes the place of what the spec says.
    """
    given = images or {}
    base = basis(loaded, region)
    repositories = of_images.repositories(base)
    run = of_images.images(base, repositories, given, content_hash)
    execution_role = tasks.execution_role(base, repositories, given)
    task_roles = tasks.task_roles(base)
    secrets = tasks.own_secrets(base)
    services = {
        name: of_services.service(
            base,
            name,
            image,
            tasks.task_definition(
                base, name, image, execution_role=execution_role, task_role=task_roles[name], secrets=secrets
            ),
        )
        for name, image in run.items()
    }
    desired = (*services.values(), *dict.fromkeys(repositories.values()))
    return App(base.scope, base.account, desired, services)
