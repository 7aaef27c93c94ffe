"""The repositories of an app, and the images that its services run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fargatectl.resources.image import Image
from fargatectl.resources.repository import Repository, lifecycle_policy
from fargatectl.topology.names import repository_name

if TYPE_CHECKING:
    from fargatectl.spec import models
    from fargatectl.topology.basis import Basis


def repositories(basis: Basis) -> dict[str, Repository]:
    """The repository of each service that is built, by the service's name.

    An image given for one run does not make the repository superfluous.
    """
    spec = basis.spec
    built = {
        name: service.repository or spec.repository or repository_name(basis.scope.prefix)
        for name, service in spec.services.items()
        if service.build is not None
    }
    made = {
        name: Repository(
            id=name,
            name=name,
            account=basis.account,
            lifecycle=lifecycle_policy([service for service, used in built.items() if used == name]),
            kms_key=basis.kms_key,
        )
        for name in dict.fromkeys(built.values())
    }
    return {service: made[name] for service, name in built.items()}


def images(
    basis: Basis,
    repositories: Mapping[str, Repository],
    given: Mapping[str, str],
    content_hash: Callable[[Any], str],
) -> dict[str, Image | str]:
    """What each service runs: an image that is built, or the reference of one that is there.

    Args:
        given: Service name -> image reference that takes the place of what the spec says.
        content_hash: Of a `fargatectl.images.context.BuildSpec`.
    """
    shared: dict[tuple[str, str], Image] = {}
    found: dict[str, Image | str] = {}
    for name, wanted in basis.spec.services.items():
        found[name] = given.get(name) or wanted.image or ""
        if wanted.build is not None and name not in given:
            source = _source(wanted.build, wanted, basis.loaded.path)
            content = content_hash(source)
            # Services of the same content share one image, under the name of the first of them.
            key = (repositories[name].name, content)
            found[name] = shared.setdefault(key, _image(name, repositories[name], content, source))
    return found


def _image(service: str, repository: Repository, content: str, source: Any) -> Image:
    tag = f"{service}.{content[:20]}"
    return Image(id=service, name=f"{repository.name}:{tag}", repository=repository, tag=tag, build=source)


def _source(build: models.Build, wanted: models.Service, file: Path) -> Any:
    from fargatectl.images.context import BuildSpec

    # The spec is no part of the app: a changed count must not make a new image of `build: .`.
    inside = file.resolve().is_relative_to(build.context)
    platform = "linux/arm64" if str(wanted.architecture) == "arm64" else "linux/amd64"
    return BuildSpec(
        context=build.context,
        dockerfile=build.dockerfile,
        args=tuple(sorted(build.args.items())),
        target=build.target,
        platform=build.platform or platform,
        left_out=(file.resolve().relative_to(build.context).as_posix(),) if inside else (),
    )
