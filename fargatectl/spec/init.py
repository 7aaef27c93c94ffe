"""A new spec proposed from what a folder holds: a Compose file, a Dockerfile, its own name."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from fargatectl.errors import UsageError
from fargatectl.spec.compose import ComposeService, compose_services
from fargatectl.spec.compose_links import Links, links
from fargatectl.spec.compose_ports import Ports
from fargatectl.spec.dockerfile import exposed_port, head
from fargatectl.spec.healthcheck import Ignored, ignored
from fargatectl.spec.parts import NAME, NAME_RULE
from fargatectl.spec.yaml_text import scalar

NO_DOCKERFILE = "# no Dockerfile here yet: add one, or use image: NAME"
"""Stands beside a `build` whose Dockerfile is not there."""

_HANDFUL = 6
_FOLDER = re.compile(r"[^\W_][\w .-]*")  # not hidden, and nothing that a spec takes for a variable
_OF_OTHERS = ("node_modules", "vendor", "venv")


def propose(folder: Path, *, app: str | None, port: int | None) -> str:
    """The text of a spec for what is in `folder`; nothing is written.

    Args:
        folder: Where the spec will stand.
        app: The app's name; from the folder's name if None.
        port: The port of the first service; None to go by what is seen.

    Raises:
        UsageError: `app` or `port` is not valid, or the Compose file cannot be read.
    """
    if app is not None and not re.fullmatch(NAME, app, re.ASCII):
        raise UsageError(f"{app!r} is not a name for an app: {NAME_RULE}")
    if port is not None and not 1 <= port <= 65535:
        raise UsageError(f"{port} is not a port: give 1 to 65535")
    every = compose_services(folder)
    found, left = _services(every, folder)
    if port is not None:
        found[0] = replace(found[0], ports=Ports(open=port))
    taken: set[str] = set()
    names = {one.name: _unused(_name(one.name), taken) for one in found}
    linked = links([*every, *found], names)
    lines = [
        f"app: {scalar(app or _name(folder.resolve().name))}  # names and tags all that is made",
        "",
        *(f"# Left out: {one}" for one in left),
        "services:",
    ]
    for service in found:
        lines += _service(service, names[service.name], linked[service.name], folder)
    return "\n".join(lines) + "\n"


def _services(every: list[ComposeService], folder: Path) -> tuple[list[ComposeService], list[str]]:
    """What is to be written, at least one; and what is left out, with the reason."""
    left = [f"{_name(one.name)} {why}" for one in every if (why := _why_not(one))]
    if runnable := [one for one in every if not _why_not(one) and (one.build or one.image)]:
        return runnable, left
    built = _from_dockerfiles(folder)
    if more := ", ".join(_name(one.name) for one in built[_HANDFUL:]):
        left.append(f"{more}. They have a Dockerfile too: write them as those below.")
    return built[:_HANDFUL], left


def _why_not(service: ComposeService) -> str:
    """Why a service is left out; empty where it is not."""
    if service.data_store:
        return (
            f"({service.data_store}). "
            "A task on Fargate loses its data when it ends; use an AWS service for it."
        )
    return "(profiles). It is off by default in Compose." if service.optional else ""


def _from_dockerfiles(folder: Path) -> list[ComposeService]:
    """The services of a folder without a Compose file: of its Dockerfile, or of those one folder below."""
    below = [] if (folder / "Dockerfile").is_file() else _folders_below(folder)
    if len(below) <= 1:
        return [_built("web", folder, f"./{below[0]}" if below else ".")]
    return [_built(name, folder, f"./{name}") for name in below]


def _folders_below(folder: Path) -> list[str]:
    """The names of the subfolders that have a Dockerfile of the app's own."""
    found = sorted(path.parent.name for path in folder.glob("*/Dockerfile") if path.is_file())
    return [name for name in found if _FOLDER.fullmatch(name) and name not in _OF_OTHERS]


def _built(name: str, folder: Path, context: str) -> ComposeService:
    ports = Ports(open=exposed_port(head(folder / context / "Dockerfile")))
    return ComposeService(name, build={"context": context}, ports=ports)


def _service(service: ComposeService, name: str, links: Links, folder: Path) -> list[str]:
    lines = [f"  {scalar(name)}:"]
    if service.dropped:
        lines.append(f"    # Not taken over: {', '.join(service.dropped)}")
    text, target = "", service.build.get("target")
    if service.build:
        dockerfile = folder / service.build["context"] / service.build.get("dockerfile", "Dockerfile")
        lines += _build(service, "" if dockerfile.is_file() else f"  {NO_DOCKERFILE}")
        text = head(dockerfile)
    else:
        lines.append(f"    image: {scalar(service.image)}")
    memory = "1024  # MiB, of which connect takes some" if links.found or links.finds else "512  # MiB"
    lines += [
        *_port(service, exposed_port(text, target)),
        "    cpu: 0.25  # vCPU",
        f"    memory: {memory}",
        "    count: 1  # tasks that run at once",
        *_connect(name, service, links),
    ]
    lines += _health_check(service, ignored(text, target))
    for key, words in (("entrypoint", service.entrypoint), ("command", service.command)):
        if words:
            written = scalar(words) if isinstance(words, str) else f"[{', '.join(map(scalar, words))}]"
            lines.append(f"    {key}: {written}")
    lines += [f"    # {note}" for note in links.notes]
    if links.env:
        lines += ["    env:", *(f"      {key}: {scalar(value)}" for key, value in links.env.items())]
    if service.secrets:
        lines.append("    # Their values are not copied from the Compose file: fargatectl secret set NAME")
        lines += ["    secrets:", *(f"      {key}: app:{key}" for key in service.secrets)]
    return lines


def _connect(name: str, service: ComposeService, links: Links) -> list[str]:
    lines = []
    if links.found:
        lines.append(
            f"    connect: true  # the others find it as {name}:{service.ports.open or service.ports.private}"
        )
    elif links.finds:
        lines.append("    connect: true  # it finds the others by name")
    if links.after:
        lines.append(f"    after: [{', '.join(map(scalar, links.after))}]  # only then is it found here")
    return lines


def _port(service: ComposeService, exposed: int | None) -> list[str]:
    """Its lines; a comment where nothing says that anybody is to reach it."""
    if service.ports.open:
        return [f"    port: {service.ports.open}  # opened to the internet"]
    if service.ports.private:
        closed = f"    allow: []  # {service.ports.why}; without this line everybody may connect"
        return [f"    port: {service.ports.private}", closed]
    if exposed and not _runs_another(service):
        return [f"    # port: {exposed}  # Compose does not publish it; this opens it to the internet"]
    return ["    # port: 8080  # what the container listens on"]


def _health_check(service: ComposeService, check: Ignored | None) -> list[str]:
    """The lines of the Dockerfile's, if it is the service's too: ECS ends the tasks of one that fails."""
    if check is None or service.health_check == "own":
        return []
    if service.health_check == "none":
        return ["    health_check: false  # as in the Compose file"]
    if _runs_another(service):
        return ["    health_check: false  # the Dockerfile's is for the command that it has itself"]
    comment = "    # As the Dockerfile's HEALTHCHECK, which ECS ignores."
    return [comment, *(f"    {line}" for line in check.lines())]


def _runs_another(service: ComposeService) -> bool:
    """Whether it runs something else than its image does by itself."""
    return bool(service.command or service.entrypoint)


def _build(service: ComposeService, missing: str) -> list[str]:
    if list(service.build) == ["context"]:
        return [f"    build: {scalar(service.build['context'])}{missing}"]
    return [
        "    build:" + missing,
        *(f"      {key}: {scalar(value)}" for key, value in service.build.items()),
    ]


def _name(text: str) -> str:
    """A valid name as close to `text` as can be."""
    name = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    return (name if name[:1].isalpha() else f"app-{name}")[:32].strip("-")


def _unused(name: str, names: set[str]) -> str:
    unused, number = name, 2
    while unused in names:
        unused = f"{name[:29]}-{number}"
        number += 1
    names.add(unused)
    return unused
