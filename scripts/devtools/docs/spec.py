"""docs/spec.md, from the models: every key, what it takes, its default, and an example from examples/."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError, PydanticUndefined

from devtools.docs import examples, markdown
from fargatectl.spec import sizes
from fargatectl.spec.capacity import Spot
from fargatectl.spec.connect import Connect
from fargatectl.spec.containers import Capabilities, Mount, Sidecar, Ulimit
from fargatectl.spec.deployment import Breaker, EarlySuccess
from fargatectl.spec.discovery import AppDiscovery, Discovery
from fargatectl.spec.fields import Reader
from fargatectl.spec.load_balancer import LoadBalancer, ServiceLoadBalancer, TargetHealth
from fargatectl.spec.log_router import LogRouter
from fargatectl.spec.models import Build, Deployment, HealthCheck, Logs, Network, OwnNetwork, Service, Spec
from fargatectl.spec.observing import Alarms
from fargatectl.spec.roles import Roles, Statement, TaskRole
from fargatectl.spec.scaling import Cooldown, Metric, Scaling, Scheduled, Step
from fargatectl.spec.schema import json_schema
from fargatectl.spec.tracing import Tracing

_SECTIONS: dict[str, tuple[type[BaseModel], str]] = {
    "": (Spec, "The app"),
    "services.*": (Service, "A service"),
    "services.*.build": (Build, "In build"),
    "services.*.health_check": (HealthCheck, "In health_check"),
    "services.*.load_balancer": (ServiceLoadBalancer, "In a service's load_balancer"),
    "services.*.load_balancer.health_check": (TargetHealth, "In load_balancer.health_check"),
    "services.*.deployment": (Deployment, "In deployment"),
    "services.*.spot": (Spot, "In spot"),
    "services.*.scaling": (Scaling, "In scaling"),
    "services.*.scaling.cooldown": (Cooldown, "In cooldown"),
    "services.*.scaling.steps.*": (Step, "A step"),
    "services.*.scaling.steps.*.metric": (Metric, "In metric"),
    "services.*.scaling.schedule.*": (Scheduled, "A scheduled action"),
    "services.*.mounts.*": (Mount, "A mount"),
    "services.*.ulimits.*": (Ulimit, "A ulimit"),
    "services.*.capabilities": (Capabilities, "In capabilities"),
    "services.*.sidecars.*": (Sidecar, "A sidecar"),
    "services.*.log_router": (LogRouter, "In log_router"),
    "services.*.deployment.breaker": (Breaker, "In breaker"),
    "services.*.deployment.early_success": (EarlySuccess, "In early_success"),
    "load_balancer": (LoadBalancer, "In load_balancer"),
    "services.*.role": (TaskRole, "In role"),
    "services.*.role.statements.*": (Statement, "A statement of role"),
    "network": (Network, "In network"),
    "network.create": (OwnNetwork, "In network.create"),
    "roles": (Roles, "In roles"),
    "logs": (Logs, "In logs"),
    "alarms": (Alarms, "In alarms"),
    "services.*.tracing": (Tracing, "In tracing"),
    "services.*.connect": (Connect, "In connect"),
    "discovery": (AppDiscovery, "In discovery"),
    "services.*.discovery": (Discovery, "In a service's discovery"),
}
# What may stand in place of a map.
_SHORT: dict[type[BaseModel], str] = {
    Alarms: ", or true or false",
    Tracing: ", or `xray`",
    Connect: ", or true or false",
    Discovery: ", or true or false",
    OwnNetwork: ", or `true` for its defaults",
    HealthCheck: ", or `false`",
    Build: ", or a text, which is its `context`",
    EarlySuccess: ", or `true` or `false`, which is its `enable`",
    ServiceLoadBalancer: ", or true or false",
    Spot: ", or `true`",
    Metric: ", or a text, which is its `name`",
    TaskRole: ", or a text, which is its `arn`",
}
_COLLECTIONS = {
    "mounts": "a map of names to paths or maps",
    "ulimits": "a map of names to numbers or maps",
    "schedule": "a map of names to maps",
    "sidecars": "a map of names to maps",
}
_NOTHING_FITS = "\0 \0"  # a value that every reader with rules refuses, in words that say what it takes


@dataclass(frozen=True)
class Key:
    """A key of the spec by its path, such as ``services.*.port``."""

    path: str
    name: str
    about: str
    takes: str
    default: str


def page() -> str:
    """The whole page."""
    shown: dict[str, examples.Use] = {}
    for path in examples.all_specs():
        for use in examples.uses(path):
            shown.setdefault(use.key, use)
    sections = []
    for prefix, (model, title) in _SECTIONS.items():
        where = prefix.replace("*", "NAME")
        sections.append(f"## {title}" + (f"\n\nBelow `{where}`." if prefix else ""))
        sections.append((model.__doc__ or "").strip().partition("\n\n")[0])
        sections += [_entry(key, shown.get(key.path)) for key in _keys(prefix, model)]
        if not prefix:
            sections.append(_environments(shown["environments"]))
    return markdown.page(markdown.NOTE, "# The spec", _INTRODUCTION, *sections, "## Sizes", _sizes())


def paths() -> list[str]:
    """Every key of the spec, as `examples.uses` names them."""
    keys = [key.path for prefix, (model, _) in _SECTIONS.items() for key in _keys(prefix, model)]
    return [*keys, "environments"]


_INTRODUCTION = """\
`fargate.yml`, found in the current folder or one above it, or named with `-f`. Every fault is told at once,
with its file, line and key; what services want of each other is looked at once each is right by itself. A
key that is not known is a fault. `fargatectl validate` checks a spec with
all its environments (with `-e` one of them) without touching AWS.

Values are read as they are written: `on`, `08` and `1e3` are not guessed at. In any value `${NAME}` stands
for an environment variable and `${NAME:-default}` for one that may be missing or empty; `$$` is a plain `$`.

Editors complete and check a spec with its JSON Schema: `fargatectl schema > fargate.schema.json`, and in the
first line of the spec `# yaml-language-server: $schema=fargate.schema.json`."""


def _keys(prefix: str, model: type[BaseModel]) -> Iterator[Key]:
    own = [name for name in model.model_fields if name in vars(model).get("__annotations__", {})]
    # A sidecar takes what any container does; that stands with the service.
    inherited = [name for name in model.model_fields if name not in own and model is not Sidecar]
    for name in (*own, *inherited):
        field = model.model_fields[name]
        path = f"{prefix}.{name}".lstrip(".")
        yield Key(path, name, field.description or "", _takes(path, field), _default(field))


def _entry(key: Key, use: examples.Use | None) -> str:
    lines = [f"### {key.name}", "", key.about, "", f"- Takes: {key.takes}", f"- Default: {key.default}"]
    if use is not None:
        block = f"```yaml\n{_cut(use.text)}\n```"
        lines += ["", f"From [{use.example}](../examples/{use.example}/{examples.FILE}):", "", block]
    return "\n".join(lines)


def _environments(use: examples.Use) -> str:
    about = str(json_schema()["properties"]["environments"]["description"])
    takes = "a map of environments' names, each to a map of any keys of the spec but `app`"
    return _entry(Key("environments", "environments", about, takes, "none"), use)


def _cut(text: str, most: int = 9) -> str:
    lines = text.splitlines()
    return "\n".join(lines if len(lines) <= most else [*lines[:most], "# ..."])


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "none: it must be given"
    if field.default_factory is not None or field.default is None or field.default is PydanticUndefined:
        return "not set"
    if field.validate_default and field.default == 0:  # follows from other keys; the description says how
        return "follows from `cpu`"
    value = field.default
    return f"`{'true' if value is True else 'false' if value is False else value}`"


def _takes(path: str, field: FieldInfo) -> str:
    path = path.replace("services.*.sidecars.*.", "services.*.")  # described where a service has the same
    for prefix, (model, title) in _SECTIONS.items():
        if prefix == path and prefix != "":
            short = _SHORT.get(model, "")
            return f"a map, see [{title}](#{markdown.anchor(title)}){short}"
    items = _SECTIONS.get(f"{path}.*")
    if items is not None and path != "services":
        link = f"[{items[1]}](#{markdown.anchor(items[1])})"
        return f"{_COLLECTIONS.get(path.rpartition('.')[2], 'a list of maps')}, each as in {link}"
    if path == "services":
        return "a map of names to services, see [A service](#a-service); a name: " + _words(
            next(_readers(typing.get_args(field.annotation)[0]))
        )
    if path == "services.*.memory":
        return "MiB, such as `512`, or a text such as `0.5 GB`; see [Sizes](#sizes)"
    if path.endswith("depends_on"):
        return "a map of containers' names to `start`, `complete`, `success` or `healthy`"
    if path.endswith("registry_credentials"):
        return "`secretsmanager:NAME`, or an ARN"
    origin = typing.get_origin(_bare(field.annotation))
    own = [one for one in field.metadata if isinstance(one, Reader)] or list(_outer(field.annotation))
    inner = list(_readers(field.annotation))
    if origin is dict:
        value = " a secret: " + _words(inner[-1]) if path.endswith("secrets") else " texts"
        return f"a map of names to{value}. A name: {_words(inner[0])}"
    if path.endswith("conditions"):
        return "a map of operators to maps of condition keys to values"
    if origin is list and path.startswith("network"):
        return f"a list of ids, each: {_words(inner[-1])}"
    if path.endswith("before_deploy"):
        return "a list of commands, each a text or a list of texts"
    if path.endswith("after"):
        return "a list of services' names"
    if path.endswith("alarms"):
        return "a name, or a list of names"
    if path.endswith(("command", "entrypoint")):
        return "a text, or a list of texts"
    if origin is list:
        return f"a list, each: {_words(inner[-1])}"
    return _words(own[0])


def _words(reader: Reader) -> str:
    """What a value must be, in the words with which the spec refuses another."""
    try:
        reader.read(_NOTHING_FITS)
    except PydanticCustomError as fault:
        text = fault.message()
        words = text.partition(": ")[2] or text.removeprefix("must be ").partition(", not ")[0]
        return words.removeprefix("use ").removeprefix("write ")
    return "any text"


def _bare(annotation: Any) -> Any:
    """A type without its metadata and without None."""
    while True:
        if typing.get_origin(annotation) is typing.Annotated:
            annotation = typing.get_args(annotation)[0]
        elif isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is typing.Union:
            annotation = next(one for one in typing.get_args(annotation) if one is not type(None))
        else:
            return annotation


def _outer(annotation: Any) -> Iterator[Reader]:
    """The readers of a type itself, not of its items."""
    if typing.get_origin(annotation) is typing.Annotated:
        yield from (one for one in annotation.__metadata__ if isinstance(one, Reader))
    elif isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is typing.Union:
        for one in typing.get_args(annotation):
            yield from _outer(one)


def _readers(annotation: Any) -> Iterator[Reader]:
    """The readers of a type and of its items, outermost first."""
    yield from (one for one in getattr(annotation, "__metadata__", ()) if isinstance(one, Reader))
    for one in typing.get_args(annotation):
        yield from _readers(one)


def _sizes() -> str:
    rows = [[sizes.vcpus(cpu), str(cpu), sizes.describe_memory(cpu)] for cpu in sizes.SIZES]
    return markdown.table(["vCPU", "CPU units", "memory in MiB"], rows)
