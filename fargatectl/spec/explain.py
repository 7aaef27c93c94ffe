"""Faults in plain words: unknown keys, found in the tree, and what pydantic refused, translated."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any, get_args

from pydantic import BaseModel

from fargatectl.errors import Problem
from fargatectl.spec.fields import FAULT, IN_BOTH, NO_SOURCE, describe
from fargatectl.spec.tree import Node, Path, dotted

# What other tools call a key; a suggestion goes by these before it goes by spelling.
_OTHER_NAMES = {
    "cmd": "command",
    "desired_count": "count",
    "docker": "build",
    "environment": "env",
    "healthcheck": "health_check",
    "instances": "count",
    "name": "app",
    "os": "operating_system",
    "platform": "architecture",
    "ports": "port",
    "replicas": "count",
    "retention": "retention_days",
    "runtime_platform": "architecture",
    "scale": "count",
    "storage": "ephemeral_storage",
    "variables": "env",
    "vcpu": "cpu",
}

_NAMES = "the app's own name is load_balancer.domain at the top of the spec"
# Keys of other tools that no single key here stands for -> what to write instead; where there is
# load_balancer, or within it.
_INSTEAD = {
    "domain": f"{_NAMES}, one of a service alone load_balancer.host of the service",
    "exec": "leave it out, ECS Exec is not there yet",
    "http": f"write load_balancer, with path, host and health_check; {_NAMES}",
    "nlb": "write port, and load_balancer with protocol: tcp",
}

# pydantic's errors for a value of the wrong shape; readers in `fields` refuse everything else themselves.
_SHAPES = {"model_type": "a map", "dict_type": "a map (NAME: value)", "list_type": "a list"}


def suggestion(word: str, choices: Collection[str]) -> str:
    """The choice that was probably meant by `word`, or an empty text."""
    known = _OTHER_NAMES.get(word.lower())
    if known in choices:
        return known or ""
    near = difflib.get_close_matches(word.lower(), choices, 3)
    # Letters in another order are the most common slip: prot is port, and difflib finds spot as near.
    swapped = [choice for choice in near if sorted(choice) == sorted(word.lower())]
    return next(iter([*swapped, *near]), "")


def unknown_keys(
    node: Node, model: type[BaseModel], file: str, also: Collection[str] = ()
) -> Iterable[Problem]:
    """A fault for every key below `node` that `model` does not have.

    Args:
        node: What is to become a `model`; where it has another shape, nothing is said here.
        model: The model, which has the allowed keys.
        file: The spec's path, for the faults.
        also: Keys that are allowed besides the model's at this level.
    """
    if not isinstance(node.value, dict):
        return
    allowed = sorted({*model.model_fields, *also})
    for key, child in node.value.items():
        if key not in allowed:
            fault = f"unknown key{_advice(key, child.path[:-1], model, allowed)}"
            yield Problem(file, child.line, dotted(child.path), fault)
        elif key in model.model_fields:
            inner, in_map = _inner_model(model.model_fields[key].annotation)
            if inner is not None:
                for below in [entry for _, entry in child.children] if in_map else [child]:
                    yield from unknown_keys(below, inner, file)


def _advice(key: str, above: Path, model: type[BaseModel], allowed: Collection[str]) -> str:
    """What to write in place of an unknown key."""
    if key in _INSTEAD and not {"load_balancer", "path"}.isdisjoint(allowed):
        return f": {_INSTEAD[key]}"
    services = model.model_fields.get("services")
    inner, _ = _inner_model(services.annotation) if services else (None, False)
    of_a_service = inner.model_fields if inner else {}
    meant = "" if key in of_a_service else suggestion(key, allowed)
    there = key if key in of_a_service else _OTHER_NAMES.get(key, "")
    if not meant and there in of_a_service:
        return f": it is a service's, write {dotted((*above, 'services', 'NAME', there))}"
    return (f": did you mean {meant}?" if meant else "") + f" (allowed here: {', '.join(allowed)})"


def _inner_model(annotation: Any) -> tuple[type[BaseModel] | None, bool]:
    """The model in a field's type, and whether the field is a map of such models."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, False
    models = [found for found, _ in map(_inner_model, get_args(annotation)) if found]
    return (models[0] if models else None), getattr(annotation, "__origin__", None) is dict


def shared_names(root: Node, file: str) -> Iterable[Problem]:
    """A fault for every name that a service has in `env` and in `secrets`.

    The model refuses these as well, but only once everything else in both is right.
    """
    services = dict(root.children).get("services")
    for _, service in services.children if services else []:
        parts = dict(service.children)
        env = dict(parts["env"].children) if "env" in parts else {}
        for name, secret in parts["secrets"].children if "secrets" in parts else []:
            if isinstance(name, str) and name in env:
                yield Problem(file, secret.line, dotted(secret.path), IN_BOTH)


def misnamed(found: Iterable[Problem], base: Node, overlay: Node) -> Iterable[Problem]:
    """The faults; where a service without an image is the overlay's alone, with the name that was meant."""
    known, named = _services(base), _services(overlay)
    new = {dotted(node.path): name for name, node in named.items() if name not in known}
    for problem in found:
        name = new.get(problem.key, "") if problem.text == NO_SOURCE else ""
        meant = suggestion(name, known) if name else ""
        yield replace(problem, text=f"{problem.text}; did you mean {meant}?") if meant else problem


def _services(root: Node) -> dict[str, Node]:
    services = dict(root.children).get("services")
    return {str(name): node for name, node in services.children} if services else {}


def problems(errors: Iterable[Mapping[str, Any]], root: Node, file: str) -> Iterable[Problem]:
    """Pydantic's errors as faults of the file; unknown keys are left to `unknown_keys`.

    Args:
        errors: `ValidationError.errors()`.
        root: The tree that was validated, for lines and written key paths.
        file: The spec's path.
    """
    for error in errors:
        if error["type"] == "extra_forbidden":
            continue
        # pydantic marks a fault in a map's key with a last "[key]"
        location = tuple(part for part in error["loc"] if part != "[key]")
        if error["type"] == FAULT:
            for fault in (error["ctx"], *error["ctx"].get("more", ())):
                there = (*location[: len(location) - fault["up"]], *fault["at"])
                yield _problem(root, there, str(fault["text"]), file)
        else:
            yield _problem(root, location, _words(error), file)


def _problem(root: Node, location: tuple[str | int, ...], text: str, file: str) -> Problem:
    node, missing = _reach(root, location)
    return Problem(file, node.line, dotted((*node.path, *missing)), text)


def _reach(root: Node, location: tuple[str | int, ...]) -> tuple[Node, tuple[str | int, ...]]:
    """The node at a location, or the last one on the way there, and what is missing."""
    node = root
    for depth, part in enumerate(location):
        found = dict(node.children).get(part)
        if found is None:
            return node, location[depth:]
        node = found
    return node, ()


def _words(error: Mapping[str, Any]) -> str:
    if error["type"] == "missing":
        return "is missing"
    shape = _SHAPES.get(error["type"], "another kind of value")
    if error["input"] is None:
        return f"has no value: it must be {shape}"
    # The text itself is not shown: an env that is not a map may well hold a password.
    given = describe(error["input"]) if isinstance(error["input"], dict | list) else "a text"
    return f"must be {shape}, not {given}"
