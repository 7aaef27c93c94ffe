"""From a spec to the resources it asks for; `fargatectl.topology` knows each part."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any

from fargatectl.dataclass import dataclass
from fargatectl.engine.plan import in_order
from fargatectl.engine.resource import Resource
from fargatectl.engine.scope import Scope
from fargatectl.overrides import overridden
from fargatectl.regional import check_regions
from fargatectl.resources.account import Account
from fargatectl.resources.service import Service
from fargatectl.topology import connecting, load_balancing, storage, tasks
from fargatectl.topology import images as of_images
from fargatectl.topology import services as of_services
from fargatectl.topology.basis import basis, scope_of
from fargatectl.topology.given import images as given_images
from fargatectl.topology.observing import observing
from fargatectl.topology.scaling import scaling

if TYPE_CHECKING:
    from fargatectl.spec.models import LoadedSpec

__all__ = ["App", "build", "only", "scope_of"]


@dataclass(frozen=True)
class App:
    """What a spec asks for.

    Attributes:
        desired: Every resource.
        services: By name.
        beside: Service -> what makes its address work, though the service does not need it: DNS records.
        whole: Whether that is all of the app; of a part, nothing that it does not want is removed.
    """

    scope: Scope
    account: Account
    desired: tuple[Resource, ...]
    services: Mapping[str, Service]
    beside: Mapping[str, tuple[Resource, ...]] = field(default_factory=dict)
    whole: bool = True


def build(
    loaded: LoadedSpec,
    *,
    region: str,
    content_hash: Callable[[Any], str],
    images: Mapping[str, str] | None = None,
) -> App:
    """The resources of a spec, overridden where it says so.

    Args:
        region: IAM is global: names and paths of roles need it.
        content_hash: Of a `fargatectl.images.context.BuildSpec`.
        images: Service name -> image reference that takes the place of what the spec says.

    Raises:
        SpecError: Something in `overrides` is not what AWS takes, or not to be used in this region.
    """
    check_regions(loaded, region)
    app = _build(loaded, region, content_hash, images or {})
    placed = overridden(loaded, app.desired)
    return replace(
        app,
        account=placed(app.account),
        desired=tuple(placed(one) for one in app.desired),
        services={name: placed(one) for name, one in app.services.items()},
        beside={name: tuple(placed(one) for one in beside) for name, beside in app.beside.items()},
    )


def _build(
    loaded: LoadedSpec, region: str, content_hash: Callable[[Any], str], given: Mapping[str, str]
) -> App:
    base = basis(loaded, region)
    repositories = of_images.repositories(base)
    run = of_images.images(base, repositories, given, content_hash)
    execution_role = tasks.execution_role(base, repositories, given)
    places = load_balancing.places(base)
    names = connecting.names(base)
    groups = of_services.groups(base, places, names)
    volumes = storage.volumes(base, groups)
    task_roles = tasks.task_roles(base, volumes)
    secrets = tasks.own_secrets(base)
    there = given_images(base, run)
    definitions = {
        name: tasks.task_definition(
            base,
            name,
            image,
            images=there[name],
            execution_role=execution_role,
            task_role=task_roles[name],
            secrets=secrets,
            volumes=volumes,
        )
        for name, image in run.items()
    }
    services = of_services.services(base, definitions, places, groups, names)
    scaled = [one for service in services.values() for one in scaling(base, service)]
    desired = (
        *services.values(),
        *scaled,
        *dict.fromkeys(repositories.values()),
        *load_balancing.beside(places),
        *observing(base, services),
    )
    beside = {name: place.beside for name, place in places.items()}
    return App(base.scope, base.account, desired, services, beside)


def only(app: App, names: Iterable[str]) -> App:
    """The part of an app that some of its services are: these, what they need, and what is theirs alone.

    Args:
        names: Of services that the app has.
    """
    asked = list(names)
    kept = set(in_order([app.services[name] for name in asked]))
    kept |= set(in_order([one for name in asked for one in app.beside.get(name, ())]))
    for resource in in_order(app.desired):
        about = {one for one in in_order([resource]) if isinstance(one, Service)}
        if about and about <= kept:  # such as an alarm on one of them
            kept.add(resource)
    return replace(
        app,
        desired=tuple(one for one in in_order(app.desired) if one in kept),
        services={name: one for name, one in app.services.items() if one in kept},
        whole=False,
    )
