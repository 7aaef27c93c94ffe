"""Secrets that a spec holds in plain text: learnt, so that they are never shown, and warned about."""

from __future__ import annotations

from collections.abc import Iterator

from fargatectl import secrecy
from fargatectl.errors import Problem
from fargatectl.spec.models import LoadedSpec
from fargatectl.spec.tree import Node

_IN_ENV = (
    "looks like a secret, and whoever may read the task definition can read it: keep it in SSM Parameter "
    "Store or Secrets Manager and name it under secrets"
)
_IN_ARGS = (
    "looks like a secret, and the image's history keeps it: leave it out of the build; what the app needs "
    "when it runs belongs under secrets"
)


def learn(root: Node) -> None:
    """Hide from now on what a spec's texts hold of secrets; before the check, since faults quote values."""
    for node in root.walk():
        if isinstance(node.value, str):
            name = node.path[-1] if node.path else ""
            named = isinstance(name, str) and bool({"env", "args", "options"} & set(node.path[:-1]))
            if "overrides" in node.path and name == "value":  # of a variable, by its name
                named, name = True, node.path[-2]
            secrecy.learn(str(name) if named else "", node.value)
        elif isinstance(node.value, dict) and {"name", "value"} <= set(node.value):  # a variable as in ECS
            secrecy.learn(str(node.value["name"].value), str(node.value["value"].value))


def warnings(loaded: LoadedSpec) -> Iterator[Problem]:
    """One for each value in `env`, log options and `build.args` that looks secret; none of them shows it."""
    for service, one in loaded.spec.services.items():
        for name, value in one.env.items():
            if secrecy.is_secret(name, value):
                yield _problem(loaded, f"services.{service}.env.{name}", _IN_ENV)
        for beside, sidecar in one.sidecars.items():
            for name, value in sidecar.env.items():
                if secrecy.is_secret(name, value):
                    yield _problem(loaded, f"services.{service}.sidecars.{beside}.env.{name}", _IN_ENV)
        for name, value in one.log_router.options.items() if one.log_router else ():
            if secrecy.is_secret(name, value):
                yield _problem(loaded, f"services.{service}.log_router.options.{name}", _IN_ENV)
        for name, value in one.build.args.items() if one.build else ():
            if secrecy.is_secret(name, value):
                yield _problem(loaded, f"services.{service}.build.args.{name}", _IN_ARGS)


def _problem(loaded: LoadedSpec, key: str, text: str) -> Problem:
    return Problem(str(loaded.path), loaded.line_of(key), key, text)
